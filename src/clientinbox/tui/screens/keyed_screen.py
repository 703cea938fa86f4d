"""What every full screen of ours has: a bottom line of keys, pairs of keys, and the right of the state line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, getters, on
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen, ScreenResultType

from clientinbox.tui.app import ClientInbox
from clientinbox.tui.glyphs import Glyphs
from clientinbox.tui.inks import Inks
from clientinbox.tui.plain import one_line
from clientinbox.tui.widgets.key_bar import KeyBar, KeyHint
from clientinbox.tui.wording import stamp

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
class Lead:
    """The first key of a pair."""

    shown: str
    """As it stands in the bottom line and in help."""
    words: str
    group: Binding.Group
    steps: tuple[Step, ...]


_FIRST, _LAST = ("open", "back"), ("help",)


def _place(action: str) -> int:
    """In the bottom line: into and out of threads first, help last."""
    name = action.rpartition(".")[2]
    return 0 if name in _FIRST else 2 if name in _LAST else 1


class KeyedScreen(Screen[ScreenResultType]):
    app = getters.app(ClientInbox)
    key_bar = getters.query_one(KeyBar)
    HELP_TITLE: ClassVar[str] = ""
    LEADS: ClassVar[dict[str, Lead]] = {}
    """By first key."""
    TYPED_IN: ClassVar[bool] = False
    """Text is typed here: its first keys are priority bindings, and the second must not reach the text."""
    pending: reactive[str] = reactive("")
    """The first key of a pair, waiting for its second."""

    @property
    def glyphs(self) -> Glyphs:
        return self.app.glyphs

    @property
    def inks(self) -> Inks:
        return self.app.inks

    async def keep(self) -> None:
        """Save what somebody typed here: the program is about to end."""

    @on(events.Mount)
    def _follow_bindings(self) -> None:
        self.bindings_updated_signal.subscribe(self, lambda _screen: self.show_keys())

    def state_right(self) -> Content:
        """Headline, mail on its way out, the desk's time, and what syncing does."""
        if self.app.trouble:
            return Content.styled(self.app.sync_state, self.inks.levels[2])
        now = self.app.desk.now()
        parts = [self.app.leaving(now) or self.app.headline, stamp(now, now), self.app.sync_state]
        return Content.styled(f" {self.glyphs.dot} ".join(one_line(part) for part in parts if part), self.inks.muted)

    # Pairs of keys

    def action_wait_for(self, key: str) -> None:
        self.pending = key

    def take_second(self, event: events.Key) -> None:
        """The key after the first of a pair. The App hands it over where it would look up bindings, so that a fast
        hand's keys are taken in the order in which they were pressed.
        """
        first, self.pending = self.pending, ""
        lead = self.LEADS[first]
        for step in lead.steps:
            if step.key in (event.key, event.character):
                self.call_next(self.run_action, step.action)
                return
        if event.key not in ("escape", first):
            self.app.say(f"{lead.shown} {event.character or event.key} means nothing here.")

    def watch_pending(self) -> None:
        if self.is_mounted:
            self.show_keys()

    def show_keys(self) -> None:
        if self.pending:
            lead = self.LEADS[self.pending]
            hints = [KeyHint(step.key, step.key, step.words) for step in lead.steps]
            shown = self.app.get_key_display(Binding(self.pending, "", ""))
            self.key_bar.show([*hints, KeyHint("escape", "esc", "never mind")], lead=f"{shown}  {lead.words}".rstrip())
        else:
            self.key_bar.show(self.hints())

    def hints(self) -> Sequence[KeyHint]:
        """The keys that matter now: those that bindings show, unless a screen knows better."""
        shown: dict[str, KeyHint] = {}
        for _, binding, enabled, _ in self.active_bindings.values():
            if binding.show and binding.id and binding.action not in shown:
                key = self.app.get_key_display(binding)
                shown[binding.action] = KeyHint(binding.key, key, binding.description, enabled=enabled)
        return [shown[action] for action in sorted(shown, key=_place)]
