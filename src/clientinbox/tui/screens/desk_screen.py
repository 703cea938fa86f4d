"""What the inbox and the reader share: pairs of keys, corrections of a verdict, archive, and the two lines of state."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from textual import events, getters, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen

from clientinbox.desk.events import Event, MessagesArrived
from clientinbox.tui.app import ClientInbox
from clientinbox.tui.glyphs import Glyphs
from clientinbox.tui.inks import Inks
from clientinbox.tui.plain import one_line
from clientinbox.tui.widgets.key_bar import KeyBar, KeyHint
from clientinbox.tui.wording import stamp

_NEWS_GATHERED = 0.05
"""Seconds in which further news joins the same re-reading; a batch of the engine is eight messages."""

JUDGE = Binding.Group("Correct a verdict")
DO = Binding.Group("Do")
LOOK = Binding.Group("Look")


@dataclass(frozen=True, slots=True)
class Step:
    """The second key of a pair."""

    key: str
    action: str
    words: str
    """Beside the key while the first is pending."""
    command: str
    """In the palette and in help."""


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
_FIRST, _LAST = ("open", "back"), ("help",)
_LEADS = {"t": "t  tension", "l": "l  label", "g": "g  go"}


def _place(action: str) -> int:
    """In the bottom line: into and out of threads first, help last."""
    name = action.rpartition(".")[2]
    return 0 if name in _FIRST else 2 if name in _LAST else 1


class DeskScreen(Screen[None]):
    """A screen over the desk's data that re-reads when the desk says that something changed."""

    app = getters.app(ClientInbox)
    key_bar = getters.query_one(KeyBar)
    SEQUENCES: ClassVar[dict[str, tuple[Step, ...]]] = {
        "t": TENSION_STEPS,
        "l": LABEL_STEPS,
        "g": (Step("g", "top", "first", "Go to the top"),),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "why", "Why", id="desk.why", tooltip="Reasons, the words behind them, and the sum", group=LOOK),
        Binding("a", "archive", "Archive", id="desk.archive", tooltip="Out of the inbox; u undoes", group=DO),
        Binding("t", "wait_for('t')", "Tension", id="desk.tension", tooltip="t, then 0 to 3", group=JUDGE),
        Binding("l", "wait_for('l')", "Label", id="desk.label", tooltip="l, then p, c or s", group=JUDGE),
        Binding("g", "wait_for('g')", "To the top (gg)", id="desk.go", show=False),
    ]
    pending: reactive[str] = reactive("")
    """The first key of a pair, waiting for its second."""

    def __init__(self) -> None:
        super().__init__()
        self._stale = False

    @property
    def glyphs(self) -> Glyphs:
        return self.app.glyphs

    @property
    def inks(self) -> Inks:
        return self.app.inks

    @abstractmethod
    def target(self) -> Target | None:
        """What the keys act on now; None where there is nothing."""

    @abstractmethod
    def reload(self) -> None:
        """Read from the desk again."""

    @abstractmethod
    def show_state(self) -> None:
        """Paint the status line."""

    @on(events.Mount)
    def _listen(self) -> None:
        self.app.news.subscribe(self, self._hear)
        self.bindings_updated_signal.subscribe(self, lambda _screen: self._show_keys())

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

    def state_right(self) -> Content:
        """Headline, the desk's time, and what syncing does."""
        if self.app.trouble:
            return Content.styled(self.app.sync_state, self.inks.levels[2])
        now = self.app.desk.now()
        parts = [self.app.headline, stamp(now, now), self.app.sync_state]
        return Content.styled(f" {self.glyphs.dot} ".join(one_line(part) for part in parts if part), self.inks.muted)

    # Pairs of keys

    def action_wait_for(self, key: str) -> None:
        self.pending = key

    def take_second(self, event: events.Key) -> None:
        """The key after the first of a pair. The App hands it over where it would look up bindings, so that a fast
        hand's keys are taken in the order in which they were pressed.
        """
        first, self.pending = self.pending, ""
        for step in self.SEQUENCES[first]:
            if step.key in (event.key, event.character):
                self.call_next(self.run_action, step.action)
                return
        if event.key != "escape":
            self.app.say(f"{first} {event.character or event.key} means nothing here.")

    def watch_pending(self) -> None:
        if self.is_mounted:
            self._show_keys()

    def _show_keys(self) -> None:
        if self.pending:
            hints = [KeyHint(step.key, step.key, step.words) for step in self.SEQUENCES[self.pending]]
            self.key_bar.show([*hints, KeyHint("escape", "esc", "never mind")], lead=_LEADS[self.pending])
            return
        shown: dict[str, KeyHint] = {}
        for _, binding, enabled, _ in self.active_bindings.values():
            if binding.show and binding.id and binding.action not in shown:
                key = self.app.get_key_display(binding)
                shown[binding.action] = KeyHint(binding.key, key, binding.description, enabled=enabled)
        self.key_bar.show([shown[action] for action in sorted(shown, key=_place)])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Greyed where there is nothing to act on."""
        needs_target = action in {"why", "archive"} or (action == "wait_for" and parameters != ("g",))
        return None if needs_target and self.target() is None else True

    # What a person does

    def action_set_tension(self, level: int) -> None:
        if (target := self.target()) is not None:
            self.app.act(lambda: self.app.desk.set_tension(target.message_id, level))

    def action_toggle_label(self, label: str) -> None:
        if (target := self.target()) is not None:
            self.app.act(lambda: self.app.desk.toggle_label(target.message_id, label))

    def action_archive(self) -> None:
        self.archive()

    def archive(self) -> bool:
        """True when the thread is out of the inbox."""
        target = self.target()
        if target is None:
            return False

        def change() -> str:
            said = self.app.desk.archive(target.thread_id)
            return f"{said.rstrip('.')} {self.glyphs.dot} u undoes"

        return self.app.act(change)
