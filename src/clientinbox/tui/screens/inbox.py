"""The inbox: which thread needs somebody, most urgent first, and why the one under the cursor does."""

from collections import Counter
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.timer import Timer
from textual.widgets import Static

from clientinbox.desk.views import InboxRow, ThreadPage
from clientinbox.tui.screens.desk_screen import DeskScreen, Target
from clientinbox.tui.widgets.key_bar import KeyBar
from clientinbox.tui.widgets.peek import peek_content
from clientinbox.tui.widgets.status_line import StatusLine
from clientinbox.tui.widgets.thread_list import MOVE, URGENT_AT_MOST, ThreadList
from clientinbox.tui.wording import tension_word

_STILL = 0.06
"""Seconds the cursor rests before the thread under it is read for its reasons; a held key does not wait for them."""


class InboxScreen(DeskScreen):
    AUTO_FOCUS = "ThreadList"
    HELP_TITLE = "Inbox"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "app.quit", "Quit", id="inbox.quit", show=False),
        Binding("escape", "unmark", "Unmark all", id="inbox.unmark", show=False, group=MOVE),
    ]
    threads = query_one(ThreadList)

    def compose(self) -> ComposeResult:
        yield StatusLine(id="state")
        yield Static(id="heading", markup=False)
        yield ThreadList(glyphs=self.glyphs)
        yield Static(id="empty", markup=False)
        yield Static(id="peek", markup=False)
        yield KeyBar(inks=self.inks)

    def on_mount(self) -> None:
        self._rest: Timer | None = None
        self.threads.loading = True
        self.show_state()
        self.call_after_refresh(self.reload)

    def reload(self) -> None:
        desk, threads = self.app.desk, self.threads
        shown = self.app.ask(desk.inbox)
        threads.loading = False
        if shown is None:
            return
        threads.show(shown, desk.now())
        self.set_class(len(shown) == 0, "-empty")
        if len(shown) == 0:
            self.query_one("#empty", Static).update(self._empty_words())
            threads.can_focus = False
        elif not threads.can_focus:
            threads.can_focus = True
            self.call_after_refresh(threads.focus)  # it lost it while there was nothing to show
        self.show_state()
        self.refresh_bindings()

    def _empty_words(self) -> str:
        if self.app.sync_state:
            return f"No mail yet.\n\n{self.app.sync_state}"
        return "No mail yet.\n\nPress $ to sync."

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self.show_state)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_heading)

    def _show_heading(self) -> None:
        self.query_one("#heading", Static).update(self.threads.heading, layout=False)

    # State

    def show_state(self) -> None:
        self.query_one("#state", StatusLine).show(self._counts(), self.state_right())
        if self.has_class("-empty"):
            self.query_one("#empty", Static).update(self._empty_words())

    def _counts(self) -> Content:
        rows = self.threads.urgent_rows()
        if not rows and not self.threads.marked:
            return Content.styled("clientinbox", self.inks.strong)
        by_level = Counter(row.tension for row in rows)
        parts = [
            (f"{by_level[level]} {tension_word(level)}", self.inks.level(level)) for level in (3, 2) if by_level[level]
        ]
        count = f"{len(rows)}+" if len(rows) >= URGENT_AT_MOST else str(len(rows))
        if marked := len(self.threads.marked):
            parts.append((f"{marked} marked", self.inks.accent))
        parts.append((f"{count} need{'s' if len(rows) == 1 else ''} you", self.inks.strong))
        joined: list[tuple[str, str]] = []
        for place, part in enumerate(parts):
            joined.extend([(f" {self.glyphs.dot} ", self.inks.muted), part] if place else [part])
        return Content.assemble(*joined)

    # The thread under the cursor

    @on(ThreadList.Moved)
    def _moved(self, message: ThreadList.Moved) -> None:
        message.stop()
        self._show_peek(message.row, None)
        self._show_heading()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_STILL, self._peek)  # a timer fires once: each move gets its own

    def _peek(self) -> None:
        row = self.threads.current
        if row is not None:
            self._show_peek(row, self.app.ask(lambda: self.app.desk.thread(row.thread_id)))

    def _show_peek(self, row: InboxRow | None, page: ThreadPage | None) -> None:
        peek = self.query_one("#peek", Static)
        if row is None:
            peek.update("")
            return
        peek.update(peek_content(row, page, self.inks, self.glyphs, self.app.desk.now()), layout=False)

    @on(ThreadList.Opened)
    def _open(self, message: ThreadList.Opened) -> None:
        from clientinbox.tui.screens.thread import ThreadScreen

        message.stop()
        self.app.push_screen(ThreadScreen(message.row.thread_id))

    def target(self) -> Target | None:
        row = self.threads.current if self.is_mounted else None
        return Target(row.thread_id, row.message_id, row.subject) if row is not None else None

    def chosen(self) -> tuple[str, ...]:
        return tuple(self.threads.marked) or super().chosen()

    def sorted_away(self) -> None:
        self.threads.unmark()

    def action_unmark(self) -> None:
        self.threads.unmark()

    @on(ThreadList.Marked)
    def _marked(self, message: ThreadList.Marked) -> None:
        message.stop()
        self.show_state()

    def action_top(self) -> None:
        self.threads.action_top()

    def action_why(self) -> None:
        from clientinbox.tui.screens.why import WhyScreen

        row = self.threads.current
        page = self.app.ask(lambda: self.app.desk.thread(row.thread_id)) if row is not None else None
        if page is not None:
            self.app.push_screen(WhyScreen(page))
