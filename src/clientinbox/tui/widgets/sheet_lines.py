"""The call sheet as a list of lines, each with where it comes from; one of them is under the cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from clientinbox.desk.views import SheetLine, SheetSection
from clientinbox.tui.glyphs import UNICODE, Glyphs
from clientinbox.tui.inks import COLOUR, Inks
from clientinbox.tui.plain import one_line
from clientinbox.tui.widgets.thread_list import MOVE

SOURCE_WORDS = {"message": "mail", "register": "register", "contact": "contact", "guide": "advice"}


class SheetRow(Horizontal):
    """One line and the word for its source."""

    DEFAULT_CSS = """
    SheetRow {
        height: auto;
        max-width: 106;
        .pointer { width: 2; color: $accent; visibility: hidden; }
        .words { width: 1fr; height: auto; }
        .source { width: 10; height: 1; padding-left: 1; color: $text-muted; }
        &.-current { background: $cursor-background; }
        &.-current .pointer { visibility: visible; }
        &.-current .source { color: $foreground; }
        &:nocolor.-current { text-style: bold; }
        &:nocolor .source { text-style: dim; }
    }
    """

    @dataclass
    class Clicked(Message):
        row: "SheetRow"

    def __init__(self, line: SheetLine, *, inks: Inks, glyphs: Glyphs) -> None:
        super().__init__()
        self.line = line
        self._inks, self._glyphs = inks, glyphs

    def compose(self) -> ComposeResult:
        yield Static(self._glyphs.pointer, classes="pointer", markup=False)
        ink = self._inks.muted if self.line.source == "guide" else ""
        yield Static(Content.styled(one_line(self.line.text), ink), classes="words", markup=False)
        source = SOURCE_WORDS.get(self.line.source, one_line(self.line.source))
        yield Static(Content(source), classes="source", markup=False)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self))


class SheetLines(VerticalScroll, can_focus=True):
    HELP = "What to know before you ring. Every line says where it comes from; enter goes there."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Next line", id="sheet.down", show=False, group=MOVE),
        Binding("up,k", "move(-1)", "Previous line", id="sheet.up", show=False, group=MOVE),
        Binding("ctrl+d,pagedown", "move(10)", "Ten lines down", id="sheet.page_down", show=False, group=MOVE),
        Binding("ctrl+u,pageup", "move(-10)", "Ten lines up", id="sheet.page_up", show=False, group=MOVE),
        Binding("home", "move(-1000)", "First line", id="sheet.top", show=False, group=MOVE),
        Binding("G,end", "move(1000)", "Last line", id="sheet.bottom", show=False, group=MOVE),
        Binding(
            "enter", "open", "Source", id="sheet.open", key_display="enter", tooltip="Where a line is from", group=MOVE
        ),
    ]
    DEFAULT_CSS = """
    SheetLines { background: $background; scrollbar-size-vertical: 1; padding: 0 1 1 1; }
    SheetLines .title { height: 1; color: $text-muted; margin-top: 1; padding-left: 2; }
    """
    cursor: reactive[int] = reactive(0)
    """Among the lines that say something."""

    @dataclass
    class Moved(Message):
        sheet_lines: "SheetLines"
        line: SheetLine | None

        @property
        def control(self) -> "SheetLines":
            return self.sheet_lines

    @dataclass
    class Opened(Moved):
        """Somebody wants to see where a line comes from."""

    def __init__(self, sections: Sequence[SheetSection], *, inks: Inks = COLOUR, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._sections, self._inks, self._glyphs = tuple(sections), inks, glyphs

    def compose(self) -> ComposeResult:
        for section in self._sections:
            yield Static(Content(one_line(section.title).upper()), classes="title", markup=False)
            for line in section.lines:
                if line.text.strip():
                    yield SheetRow(line, inks=self._inks, glyphs=self._glyphs)

    @property
    def rows(self) -> list[SheetRow]:
        return list(self.query(SheetRow))

    @property
    def current(self) -> SheetLine | None:
        rows = self.rows
        return rows[self.cursor].line if rows else None

    def on_mount(self) -> None:
        self.watch_cursor()

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self.rows) - 1))

    def watch_cursor(self) -> None:
        for place, row in enumerate(self.rows):
            row.set_class(place == self.cursor, "-current")
            if place == self.cursor:
                if place == 0:
                    self.scroll_home(animate=False)
                else:
                    self.scroll_to_widget(row, animate=False)
        self.post_message(self.Moved(self, self.current))

    def action_move(self, lines: int) -> None:
        self.cursor += lines

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self, self.current))

    def on_sheet_row_clicked(self, message: SheetRow.Clicked) -> None:
        """One click moves the cursor, one more opens."""
        message.stop()
        place = self.rows.index(message.row)
        if place == self.cursor:
            self.action_open()
        else:
            self.cursor = place
