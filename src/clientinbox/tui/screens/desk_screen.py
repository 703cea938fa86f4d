"""What the inbox and the reader share: answering, calls, corrections of a verdict, sorting, and re-reading on news."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType

from clientinbox.desk.events import Event, MessagesArrived
from clientinbox.tui.screens.keyed_screen import DO, JUDGE, LOOK, KeyedScreen, Lead, Step

_NEWS_GATHERED = 0.05
"""Seconds in which further news joins the same re-reading; a batch of the engine is eight messages."""

ANSWER = Binding.Group("Answer")


@dataclass(frozen=True, slots=True)
class Target:
    """What the keys act on."""

    thread_id: str
    message_id: str
    subject: str


TENSION_STEPS = tuple(
    Step(str(level), f"set_tension({level})", word, f"Set tension to {level}, {word}")
    for level, word in enumerate(("calm", "concerned", "tense", "livid"))
)
LABEL_STEPS = (
    Step("p", "toggle_label('progress')", "progress", "Label: progress on or off"),
    Step("c", "toggle_label('complaint')", "complaint", "Label: complaint on or off"),
    Step("s", "toggle_label('scope_change')", "scope change", "Label: scope change on or off"),
)
_ON_A_THREAD = frozenset(
    {"why", "archive", "bin", "toggle_read", "toggle_flag", "move", "reply", "reply_all", "call_sheet", "log_call"}
)


class DeskScreen(KeyedScreen[None]):
    """A screen over the desk's data that re-reads when the desk says that something changed."""

    LEADS: ClassVar[dict[str, Lead]] = {
        "t": Lead("t", "tension", JUDGE, TENSION_STEPS),
        "l": Lead("l", "label", JUDGE, LABEL_STEPS),
        "g": Lead("g", "go", LOOK, (Step("g", "top", "first", "Go to the top"),)),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reply", "Reply", id="desk.reply", tooltip="Answer, or be told to ring", group=ANSWER),
        Binding("R", "reply_all", "Reply to all", id="desk.reply_all", show=False, group=ANSWER),
        Binding(
            "exclamation_mark",
            "call_sheet",
            "Call sheet",
            id="desk.call_sheet",
            key_display="!",
            tooltip="What to know before you ring",
            group=ANSWER,
        ),
        Binding("K", "log_call", "Log a call", id="desk.log_call", show=False, tooltip="And write it up", group=ANSWER),
        Binding("w", "why", "Why", id="desk.why", tooltip="Reasons, the words behind them, and the sum", group=LOOK),
        Binding("a", "archive", "Archive", id="desk.archive", tooltip="Out of the inbox; u undoes", group=DO),
        Binding("d", "bin", "Bin", id="desk.bin", show=False, tooltip="Into the bin; u undoes", group=DO),
        Binding("U", "toggle_read", "Read or unread", id="desk.read", show=False, group=DO),
        Binding("F", "toggle_flag", "Flag", id="desk.flag", show=False, tooltip="Flagged or not", group=DO),
        Binding(
            "greater_than_sign",
            "move",
            "Move to a folder",
            id="desk.move",
            key_display=">",
            show=False,
            tooltip="Of its server",
            group=DO,
        ),
        Binding(
            "W",
            "pending",
            "What waits",
            id="desk.pending",
            show=False,
            tooltip="Changes that a server is still to hear of, or refused",
            group=LOOK,
        ),
        Binding("t", "wait_for('t')", "Tension", id="desk.tension", show=False, tooltip="t, then 0 to 3", group=JUDGE),
        Binding("l", "wait_for('l')", "Label", id="desk.label", show=False, tooltip="l, then p, c or s", group=JUDGE),
        Binding("g", "wait_for('g')", "To the top (gg)", id="desk.go", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._stale = False

    @abstractmethod
    def target(self) -> Target | None:
        """What the keys act on now; None where there is nothing."""

    def chosen(self) -> tuple[str, ...]:
        """Threads that are sorted together: those that are marked, else the one that the keys act on."""
        target = self.target()
        return () if target is None else (target.thread_id,)

    def sorted_away(self) -> None:
        """The chosen threads have gone somewhere else."""

    @abstractmethod
    def reload(self) -> None:
        """Read from the desk again."""

    @abstractmethod
    def show_state(self) -> None:
        """Paint the status line."""

    @on(events.Mount)
    def _listen(self) -> None:
        self.app.news.subscribe(self, self._hear)

    def _hear(self, event: Event) -> None:
        self.show_state()
        if isinstance(event, MessagesArrived) and not event.threads:
            self.reload()  # our own doing: the hand expects it at once
        elif not self._stale:
            self._stale = True
            self.set_timer(_NEWS_GATHERED, self._freshen)

    def _freshen(self) -> None:
        self._stale = False
        self.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Greyed where there is nothing to act on."""
        needs_target = action in _ON_A_THREAD or (action == "wait_for" and parameters != ("g",))
        return None if needs_target and self.target() is None else True

    # Answering

    def action_reply(self) -> None:
        self._answer(everybody=False)

    def action_reply_all(self) -> None:
        self._answer(everybody=True)

    def _answer(self, *, everybody: bool) -> None:
        from clientinbox.tui.answering import answer

        if (target := self.target()) is not None:
            self.app.go(answer(self.app, target.thread_id, everybody=everybody))

    def action_call_sheet(self) -> None:
        from clientinbox.tui.answering import show_call_sheet

        if (target := self.target()) is not None:
            self.app.go(show_call_sheet(self.app, target.thread_id))

    def action_log_call(self) -> None:
        from clientinbox.tui.answering import log_call

        if (target := self.target()) is not None:
            self.app.go(log_call(self.app, target.thread_id))

    # Verdicts and the list

    def action_set_tension(self, level: int) -> None:
        if (target := self.target()) is not None:
            self.app.act(lambda: self.app.desk.set_tension(target.message_id, level))

    def action_toggle_label(self, label: str) -> None:
        if (target := self.target()) is not None:
            self.app.act(lambda: self.app.desk.toggle_label(target.message_id, label))

    # Sorting

    def action_archive(self) -> None:
        if self._sort(self.app.desk.archive):
            self.sorted_away()

    def action_bin(self) -> None:
        if self._sort(self.app.desk.bin):
            self.sorted_away()

    def action_toggle_read(self) -> None:
        self._sort(self.app.desk.toggle_read)

    def action_toggle_flag(self) -> None:
        self._sort(self.app.desk.toggle_flag)

    def action_move(self) -> None:
        self.app.go(self._ask_and_move())

    async def _ask_and_move(self) -> None:
        from clientinbox.tui.screens.dialogs import AskLine

        chosen = self.chosen()
        folders = self.app.ask(self.app.desk.folders)
        if not chosen or folders is None:
            return
        there = f" {self.glyphs.dot} ".join(folders)
        folder = await self.app.push_screen_wait(
            AskLine("move to a folder", f"Synced: {there}. Any other of the server goes too.", refusal="Which folder?")
        )
        if folder is not None and self._sort(lambda threads: self.app.desk.move(threads, folder), chosen):
            self.sorted_away()

    def action_pending(self) -> None:
        from textual.content import Content

        from clientinbox.tui.plain import one_line
        from clientinbox.tui.screens.dialogs import Notice

        lines = self.app.ask(self.app.desk.pending_lines)
        if lines is not None:
            words = [one_line(line) for line in lines] or ["Every change has reached its server."]
            self.app.push_screen(Notice("what waits", Content("\n".join(words))))

    def _sort(self, deed: Callable[[Sequence[str]], str], chosen: tuple[str, ...] | None = None) -> bool:
        """True when it was done."""
        threads = self.chosen() if chosen is None else chosen
        if not threads:
            return False

        def change() -> str:
            return f"{deed(threads).rstrip('.')} {self.glyphs.dot} u undoes"

        return self.app.act(change)
