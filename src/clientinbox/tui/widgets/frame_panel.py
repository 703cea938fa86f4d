"""The solution frame beside a draft: what an answer must hold, which words hold it, and what is still open."""

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from clientinbox.desk.views import FrameView, SlotView
from clientinbox.tui.glyphs import UNICODE, Glyphs
from clientinbox.tui.inks import COLOUR, Inks
from clientinbox.tui.plain import one_line
from clientinbox.tui.widgets.thread_list import MOVE


def is_open(slot: SlotView) -> bool:
    """It must be filled, and nothing fills it."""
    return slot.required and not slot.found and not slot.waived


def frame_summary(frame: FrameView, inks: Inks, glyphs: Glyphs) -> Content:
    """One line, for where the panel does not fit."""
    needed = [slot for slot in frame.slots if slot.required]
    if not needed and not frame.unfilled:
        return Content.styled("frame: nothing is asked of this mail", inks.muted)
    done = sum(not is_open(slot) for slot in needed)
    open_ = [one_line(title) for title in frame.blocking]
    lead = f"frame: {done} of {len(needed)}"
    if not open_:
        return Content.assemble((f"{lead} {glyphs.dot} complete", inks.good))
    return Content.assemble(lead, (f" {glyphs.dot} still open: {', '.join(open_)}", inks.levels[2]))


_NARROW = 40
"""Cells of the panel beside the text."""


class FramePanel(VerticalScroll, can_focus=True):
    HELP = "What an answer must hold. Ticked: your words that fill it. w waives one, with a reason."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Next slot", id="frame.down", show=False, group=MOVE),
        Binding("up,k", "move(-1)", "Previous slot", id="frame.up", show=False, group=MOVE),
        Binding("w", "waive", "Waive this slot", id="frame.waive", tooltip="With one line that says why"),
    ]
    DEFAULT_CSS = """
    FramePanel { background: $surface; scrollbar-size-vertical: 1; padding: 0 1; }
    FramePanel Static { height: auto; }
    FramePanel .slot { padding: 0 1; }
    FramePanel #rest { padding: 0 1; margin-top: 1; }
    FramePanel:focus .slot.-current { background: $cursor-background; }
    FramePanel:nocolor:focus .slot.-current { text-style: reverse; }
    """
    cursor: reactive[int] = reactive(0)

    @dataclass
    class Waived(Message):
        """Somebody wants to send without this slot."""

        frame_panel: "FramePanel"
        slot: SlotView

        @property
        def control(self) -> "FramePanel":
            return self.frame_panel

    def __init__(self, *, inks: Inks = COLOUR, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._inks, self._glyphs = inks, glyphs
        self._frame: FrameView | None = None
        self._lines: list[Static] = []

    def compose(self) -> ComposeResult:
        yield Static(Content.styled("SOLUTION FRAME", self._inks.muted), markup=False)
        yield Static(id="rest", markup=False)

    @property
    def current(self) -> SlotView | None:
        slots = self._frame.slots if self._frame is not None else ()
        return slots[self.cursor] if self.cursor < len(slots) else None

    def show(self, frame: FrameView) -> None:
        """The frame of the text as it stands now; the cursor stays on its slot."""
        self._frame = frame
        missing = len(frame.slots) - len(self._lines)
        if missing > 0:
            new = [Static(classes="slot", markup=False) for _ in range(missing)]
            self._lines.extend(new)
            self.mount_all(new, before="#rest")
        for place, line in enumerate(self._lines):
            line.display = place < len(frame.slots)
            if line.display:
                line.update(self._slot(frame.slots[place]))
        self.query_one("#rest", Static).update(self._rest(frame))
        self.watch_cursor()

    def show_first_open(self) -> None:
        """Put the cursor on what keeps the mail from leaving."""
        if self._frame is not None:
            self.cursor = next((place for place, slot in enumerate(self._frame.slots) if is_open(slot)), self.cursor)

    def _slot(self, slot: SlotView) -> Content:
        inks, glyphs = self._inks, self._glyphs
        title = one_line(slot.title)
        if slot.found:
            quoted = f"{glyphs.opening}{one_line(slot.text)}{glyphs.closing}" if slot.text.strip() else ""
            lead = Content.assemble((f"{glyphs.ticked} ", inks.good), (title, inks.strong))
            return self._with(lead, quoted)
        if slot.waived:
            lead = Content.assemble((f"{glyphs.crossed} ", inks.muted), (title, inks.strong))
            return self._with(lead, f"waived: {one_line(slot.waived)}")
        ink = inks.levels[2] if slot.required else inks.muted
        told = "needed" if slot.required else "helps"
        return Content.assemble((f"{glyphs.unticked} ", ink), (title, inks.strong), (f"  {told}", ink))

    def _with(self, lead: Content, words: str) -> Content:
        """The words behind the title where the panel is wide, else under it."""
        indent = cell_len(self._glyphs.ticked) + 1
        width = (self.size.width or _NARROW) - 5
        if not words:
            return lead
        if width >= _NARROW and lead.cell_length + cell_len(words) < width:
            return Content.assemble(lead, "  ", words)
        lines = Content(words).wrap(max(10, width - indent))
        return Content("\n").join([lead, *(Content(" " * indent) + line for line in lines)])

    def on_resize(self) -> None:
        if self._frame is not None:
            self.show(self._frame)

    def _rest(self, frame: FrameView) -> Content:
        inks, glyphs = self._inks, self._glyphs
        lines = []
        if frame.unfilled:
            lines.append(Content.styled("still to be filled in the text:", inks.levels[2]))
            lines.extend(Content(f"{glyphs.dash} {one_line(each)}") for each in frame.unfilled)
        elif not any(slot.required for slot in frame.slots):
            lines.append(Content.styled("Nothing here is asked of this mail.", inks.muted))
        elif not frame.blocking:
            lines.append(Content.styled("Complete.", inks.good))
        return Content("\n").join(lines)

    def validate_cursor(self, cursor: int) -> int:
        slots = len(self._frame.slots) if self._frame is not None else 0
        return max(0, min(cursor, slots - 1))

    def watch_cursor(self) -> None:
        for place, line in enumerate(self._lines):
            line.set_class(place == self.cursor, "-current")
            if place == self.cursor and self.has_focus:
                self.scroll_to_widget(line, animate=False)

    def action_move(self, slots: int) -> None:
        self.cursor += slots

    def action_waive(self) -> None:
        if self.current is not None:
            self.post_message(self.Waived(self, self.current))
