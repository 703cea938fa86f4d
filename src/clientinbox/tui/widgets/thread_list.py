"""The list of threads: as long as the mailbox, as costly as the screen. Lines are painted from pages read on demand."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from clientinbox.desk.views import InboxList, InboxRow
from clientinbox.tui.glyphs import UNICODE, Glyphs
from clientinbox.tui.widgets.thread_rows import Columns, cells, heading

PAGE = 100
_PAGES_KEPT = 8
_SEARCHED = 300
"""Rows on either side of the old place in which a thread that moved is looked for."""
URGENT_AT_MOST = 500
"""Rows scanned for the end of those that need somebody."""
_ROLES = ("plain", "quiet", "bold", "unread", "label", "calm", "concerned", "tense", "livid", "ring", "rule", "cursor")

MOVE = Binding.Group("Move")


class ThreadList(ScrollView, can_focus=True):
    """Shows an `InboxList`; the cursor stays on its thread when the list changes."""

    HELP = "The threads, most urgent first. Those above the rule need somebody."
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"thread-list--{role}" for role in _ROLES}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Next thread", id="list.down", show=False, group=MOVE),
        Binding("up,k", "move(-1)", "Previous thread", id="list.up", show=False, group=MOVE),
        Binding("ctrl+d", "half(1)", "Half a page down", id="list.half_down", show=False, group=MOVE),
        Binding("ctrl+u", "half(-1)", "Half a page up", id="list.half_up", show=False, group=MOVE),
        Binding("pagedown", "page(1)", "A page down", id="list.page_down", show=False, group=MOVE),
        Binding("pageup", "page(-1)", "A page up", id="list.page_up", show=False, group=MOVE),
        Binding("home", "top", "First thread", id="list.top", show=False, group=MOVE),
        Binding("G,end", "bottom", "Last thread", id="list.bottom", show=False, group=MOVE),
        Binding("v,space", "mark", "Mark", id="list.mark", show=False, tooltip="For a, d and the like", group=MOVE),
        Binding("enter", "open", "Open", id="list.open", key_display="enter", tooltip="Read this thread", group=MOVE),
    ]
    DEFAULT_CSS = """
    ThreadList {
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        overflow-y: auto;
        & > .thread-list--plain { color: $foreground; }
        & > .thread-list--quiet { color: $text-muted; }
        & > .thread-list--bold { color: $foreground; text-style: bold; }
        & > .thread-list--unread { color: $primary; text-style: bold; }
        & > .thread-list--label { color: $accent; text-style: bold; }
        & > .thread-list--calm { color: $text-muted; }
        & > .thread-list--concerned { color: $accent; }
        & > .thread-list--tense { color: $warning; text-style: bold; }
        & > .thread-list--livid { color: $error; text-style: bold; }
        & > .thread-list--ring { color: $livid-foreground; background: $livid-background; text-style: bold; }
        & > .thread-list--rule { color: $text-muted; }
        & > .thread-list--cursor { background: $cursor-background; }
        &:nocolor > .thread-list--quiet { text-style: dim; }
        &:nocolor > .thread-list--ring { text-style: bold reverse; }
        &:nocolor > .thread-list--cursor { text-style: reverse; }
    }
    """

    cursor: reactive[int] = reactive(0)
    """Row under the cursor."""

    @dataclass
    class Moved(Message):
        """Another thread is under the cursor, or none."""

        thread_list: "ThreadList"
        row: InboxRow | None

        @property
        def control(self) -> "ThreadList":
            return self.thread_list

    @dataclass
    class Opened(Message):
        """Somebody wants to read this thread."""

        thread_list: "ThreadList"
        row: InboxRow

        @property
        def control(self) -> "ThreadList":
            return self.thread_list

    @dataclass
    class Marked(Message):
        """Threads were marked, or no longer."""

        thread_list: "ThreadList"

        @property
        def control(self) -> "ThreadList":
            return self.thread_list

    def __init__(self, *, glyphs: Glyphs = UNICODE, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._glyphs = glyphs
        self._list: InboxList | None = None
        self._length = 0
        self._needing = 0
        self._urgent = 0
        """Rows above the rule; 0 where there is no rule."""
        self._touched = False
        """A key was pressed: from then on the cursor stays on its thread, whatever arrives above it."""
        self._now: datetime | None = None
        self._columns = Columns.of(80)
        self.marked: dict[str, None] = {}
        """Thread ids, in the order they were marked."""
        self._pages: OrderedDict[int, tuple[InboxRow, ...]] = OrderedDict()
        self._strips: OrderedDict[tuple[int, bool], Strip] = OrderedDict()
        self._styles: dict[tuple[str, bool], Style] = {}

    # What it shows

    def show(self, threads: InboxList, now: datetime) -> None:
        """Show a list as it stands now; the thread under the cursor stays under it, and where it was on the screen."""
        before = self.current
        line_before = self._line_of(self.cursor)
        self._list, self._now = threads, now
        self._pages.clear()
        self._strips.clear()
        self._length = len(threads)
        self._needing = self._count_needing()
        self._urgent = self._needing if self._needing < self._length else 0
        self.virtual_size = Size(self._content_width, self._length + (1 if self._urgent else 0))
        place = self._find(before.thread_id, self.cursor) if before and self._touched else 0
        place = max(0, min(place, self._length - 1))
        if (moved_by := self._line_of(place) - line_before) and before is not None:
            self.scroll_to(y=self.scroll_offset.y + moved_by, animate=False)
        self.set_reactive(ThreadList.cursor, place)
        self.refresh()
        self._reveal()
        self.post_message(self.Moved(self, self.current))

    @property
    def current(self) -> InboxRow | None:
        return self.row(self.cursor)

    def row(self, index: int) -> InboxRow | None:
        """One row, read with its page where it is not there yet."""
        if self._list is None or not 0 <= index < self._length:
            return None
        number, offset = divmod(index, PAGE)
        page = self._pages.get(number)
        if page is None:
            page = tuple(self._list.rows(number * PAGE, min((number + 1) * PAGE, self._length)))
            self._pages[number] = page
            if len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page[offset] if offset < len(page) else None

    def urgent_rows(self) -> list[InboxRow]:
        """Those above the rule: what needs somebody."""
        rows = (self.row(index) for index in range(self._needing))
        return [row for row in rows if row is not None]

    def _count_needing(self) -> int:
        for index in range(min(self._length, URGENT_AT_MOST)):
            row = self.row(index)
            if row is None or not row.needs_you:
                return index
        return min(self._length, URGENT_AT_MOST)

    def _find(self, thread_id: str, near: int) -> int:
        """Where a thread stands now: among the urgent, else near its old place, else that place itself."""
        assert self._list is not None  # noqa: S101 - only called from show()
        position = self._list.position(thread_id)
        if position is not None:
            return position
        for distance in range(_SEARCHED):
            for index in {near - distance, near + distance}:
                row = self.row(index)
                if row is not None and row.thread_id == thread_id:
                    return index
        return near

    # Painting

    @property
    def _content_width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def heading(self) -> str:
        """The names of the columns, for the line above."""
        return heading(self._columns)

    def _line_of(self, index: int) -> int:
        return index + (1 if self._urgent and index >= self._urgent else 0)

    def _row_at(self, line: int) -> int | None:
        """The row on a line; None on the rule."""
        if not self._urgent or line < self._urgent:
            return line
        return None if line == self._urgent else line - 1

    def render_line(self, y: int) -> Strip:
        line = y + self.scroll_offset.y
        index = self._row_at(line)
        key = (line, index == self.cursor)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._paint(index, selected=key[1]) if line < self.virtual_size.height else self._empty()
            self._strips[key] = strip
            if len(self._strips) > 1_000:  # noqa: PLR2004 - several screens full
                self._strips.popitem(last=False)
        return strip

    def _empty(self) -> Strip:
        return Strip.blank(self._content_width, self.rich_style)

    def _paint(self, index: int | None, *, selected: bool) -> Strip:
        width = self._content_width
        if index is None:
            text = f"   the rest  {self._glyphs.rule * width}"[:width]
            return Strip([Segment(text, self._style("rule"))], width)
        row = self.row(index)
        if row is None or self._now is None:
            return self._empty()
        segments = [
            Segment(text, self._style(role, selected=selected))
            for text, role in cells(row, self._columns, self._now, self._glyphs, marked=row.thread_id in self.marked)
        ]
        if selected:
            segments[0] = Segment(self._glyphs.pointer + segments[0].text[1:], segments[0].style)
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _style(self, role: str, *, selected: bool = False) -> Style:
        """Kept, because working one out costs more than the rest of its cell."""
        style = self._styles.get((role, selected))
        if style is None:
            style = self.rich_style + self.get_component_rich_style(f"thread-list--{role}", partial=True)
            if selected and role != "ring":
                style += self.get_component_rich_style("thread-list--cursor", partial=True)
            elif selected and self.app.no_color:
                style += Style(reverse=False)  # a hole in the reversed line
            self._styles[role, selected] = style
        return style

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def on_resize(self, _event: events.Resize) -> None:
        self._columns = Columns.of(self._content_width)
        self._strips.clear()
        self.virtual_size = Size(self._content_width, self.virtual_size.height)
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self, self.current))  # the line above names columns that may be others now

    # Moving

    def on_key(self) -> None:
        self._touched = True

    def watch_cursor(self, old: int, new: int) -> None:
        self.refresh_lines(self._line_of(old))
        self.refresh_lines(self._line_of(new))
        self._reveal()
        self.post_message(self.Moved(self, self.current))

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, self._length - 1))

    def _reveal(self) -> None:
        """Scroll just so far that the cursor is on the screen; with the first row comes everything above it."""
        height = self.size.height
        line, top = self._line_of(self.cursor), self.scroll_offset.y
        if height <= 0:
            return
        if line < top:
            self.scroll_to(y=line, animate=False)
        elif line >= top + height:
            self.scroll_to(y=line - height + 1, animate=False)

    def action_move(self, rows: int) -> None:
        self.cursor += rows

    def action_half(self, direction: int) -> None:
        self.cursor += direction * max(1, self.size.height // 2)

    def action_page(self, direction: int) -> None:
        self.cursor += direction * max(1, self.size.height - 1)

    def action_top(self) -> None:
        self.cursor = 0

    def action_bottom(self) -> None:
        self.cursor = self._length - 1

    def action_mark(self) -> None:
        """Mark the thread under the cursor, or no longer, and go on to the next."""
        row = self.current
        if row is None:
            return
        if row.thread_id in self.marked:
            del self.marked[row.thread_id]
        else:
            self.marked[row.thread_id] = None
        self._strips.clear()
        self.refresh()
        self.post_message(self.Marked(self))
        self.cursor += 1

    def unmark(self) -> None:
        self.marked.clear()
        self._strips.clear()
        self.refresh()
        self.post_message(self.Marked(self))

    def action_open(self) -> None:
        if (row := self.current) is not None:
            self.post_message(self.Opened(self, row))

    def on_click(self, event: events.Click) -> None:
        """One click moves the cursor, one more opens."""
        self._touched = True
        event.stop()
        index = self._row_at(event.y + self.scroll_offset.y)
        if index is None or not 0 <= index < self._length:
            return
        if index == self.cursor:
            self.action_open()
        else:
            self.cursor = index
