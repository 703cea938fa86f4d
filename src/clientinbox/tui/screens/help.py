"""The keys of a screen, grouped by task (`?`), made from its bindings so that it cannot be wrong."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from clientinbox.tui.app import GENERAL, ClientInbox
from clientinbox.tui.screens.keyed_screen import KeyedScreen

_KEYS_WIDTH = 12
_SIGNS = (
    ("!!", "livid (3)"),
    ("!", "tense (2)"),
    ("{dot}", "concerned (1)"),
    ("P C S", "for: progress, complaint, scope change"),
    ("c?", "unsure whether it is one"),
    ("3h10", "business hours since the oldest unanswered mail"),
    ("RING", "ring, don't write"),
    ("CHECK", "the sender may not be who it says"),
    ("{opening} {closing}", "the words that carry a flag"),
)


@dataclass(frozen=True, slots=True)
class KeyLine:
    keys: str
    words: str


class HelpScreen(ModalScreen[None]):
    app = getters.app(ClientInbox)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,h", "close", "Back", id="help.close"),
        Binding("j", "down", "Scroll down", id="help.down", show=False),
        Binding("k", "up", "Scroll up", id="help.up", show=False),
    ]

    def __init__(self, title: str, groups: dict[str, list[KeyLine]], focused: str) -> None:
        super().__init__()
        self._title = title
        self._groups = groups
        self._focused = focused

    @classmethod
    def of(cls, screen: Screen[Any]) -> "HelpScreen":
        """The help of the screen below."""
        groups: dict[str, list[KeyLine]] = {}
        for group, line in _key_lines(screen):
            groups.setdefault(group, []).append(line)
        focused = screen.focused
        return cls(getattr(screen, "HELP_TITLE", ""), groups, (focused.HELP or "") if focused is not None else "")

    def compose(self) -> ComposeResult:
        panel = VerticalScroll(Static(self._text(), markup=False))
        panel.border_title = f"keys: {self._title.lower()}" if self._title else "keys"
        panel.border_subtitle = f"j k scroll {self.app.glyphs.dot} q back"
        yield panel

    def _text(self) -> Content:
        inks = self.app.inks
        blocks = [Content.styled(self._focused, inks.muted)] if self._focused else []
        for group, lines in sorted(self._groups.items(), key=lambda item: item[0] == GENERAL.description):
            blocks.append(self._block(group, [(line.keys, line.words) for line in lines]))
        blocks.append(self._block("Signs", [(sign.format(**asdict(self.app.glyphs)), words) for sign, words in _SIGNS]))
        blocks.append(Content.styled("To select text with the mouse, drag; in some terminals hold shift.", inks.muted))
        return Content("\n\n").join(blocks)

    def _block(self, title: str, lines: list[tuple[str, str]]) -> Content:
        inks = self.app.inks
        rows = [Content.assemble((f"{keys:<{_KEYS_WIDTH}}", inks.accent), words) for keys, words in lines]
        return Content("\n").join([Content.styled(title.upper(), inks.muted), *rows])

    def action_close(self) -> None:
        self.dismiss(None)

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)


def _key_lines(screen: Screen[Any]) -> Iterator[tuple[str, KeyLine]]:
    """Group and line of every key with an id; the keys of one action share a line."""
    keys: dict[str, list[str]] = {}
    first: dict[str, Binding] = {}
    for _, binding, _, _ in screen.active_bindings.values():
        if binding.id and binding.description and not binding.action.startswith("wait_for"):
            shown = keys.setdefault(binding.action, [])
            if (name := screen.app.get_key_display(binding)) not in shown:
                shown.append(name)
            first.setdefault(binding.action, binding)
    for action, binding in first.items():
        words = binding.description
        if binding.tooltip and binding.tooltip != words:
            words = f"{words}: {binding.tooltip[0].lower()}{binding.tooltip[1:]}"
        group = binding.group.description if binding.group else GENERAL.description
        yield group, KeyLine(" ".join(keys[action]), words)
    if isinstance(screen, KeyedScreen):
        for lead in screen.LEADS.values():
            for step in lead.steps:
                yield lead.group.description, KeyLine(f"{lead.shown} {step.key}", step.command)
