"""The bottom line: the few keys that matter here, or, after the first key of a pair, what the second may be."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.widget import Widget

from clientinbox.tui.inks import COLOUR, Inks


@dataclass(frozen=True, slots=True)
class KeyHint:
    key: str
    """As Textual names it; the two of a pair with a space between."""
    shown: str
    words: str
    enabled: bool = True


class KeyBar(Widget):
    """One widget for all keys: Textual's Footer mounts one for each, and mounts them again at every change."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: 1;
        background: $footer-background;
        color: $text-muted;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        padding: 0 1;
    }
    KeyBar.-pending { background: $panel; color: $foreground; }
    """

    def __init__(self, *, inks: Inks = COLOUR) -> None:
        super().__init__()
        self._inks = inks
        self._lead = ""
        self._hints: tuple[KeyHint, ...] = ()

    def show(self, hints: Sequence[KeyHint], *, lead: str = "") -> None:
        """`lead` is the key already pressed, with what it is for."""
        if (tuple(hints), lead) != (self._hints, self._lead):
            self._hints, self._lead = tuple(hints), lead
            self.set_class(bool(lead), "-pending")
            self.refresh()

    def render(self) -> Content:
        parts: list[Content | tuple[str, str]] = []
        if self._lead:
            parts.append((f"{self._lead}  ", self._inks.strong))
        for hint in self._hints:
            parts.append((hint.shown, self._inks.accent if hint.enabled else self._inks.muted))
            parts.append((f" {hint.words}   ", "" if hint.enabled else "dim"))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        place = event.get_content_offset(self)
        if place is None:
            return
        end = len(self._lead) + 2 if self._lead else 0
        for hint in self._hints:
            end += len(hint.shown) + len(hint.words) + 4
            if place.x < end:
                for key in hint.key.split():
                    self.app.simulate_key(key)
                return
