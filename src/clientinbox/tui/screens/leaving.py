"""Quitting while a mail waits in its undo window: it is asked, for nobody would be there to take it back."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from clientinbox.tui.plain import content
from clientinbox.tui.screens.dialogs import Dialog
from clientinbox.tui.wording import plural


class Leaving(Dialog[str | None]):
    """Answers with “send” or “later”; None to stay."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "answer('send')", "Send now", id="leaving.send"),
        Binding("l,q", "answer('later')", "Later", id="leaving.later"),
        Binding("escape", "stay", "Stay", id="leaving.stay"),
    ]

    def __init__(self, mails: int) -> None:
        super().__init__()
        self._mails = mails

    def compose(self) -> ComposeResult:
        ink = self.app.inks.accent
        with self.panel("", "esc stay"):
            verb = "waits" if self._mails == 1 else "wait"
            yield Static(content(f"{plural(self._mails, 'mail')} {verb} in the outbox."), markup=False)
            yield Static(
                Content.assemble(
                    ("s", ink),
                    "  send now, then quit     ",
                    ("l", ink),
                    "  quit; it leaves when its time has come, or at the next start",
                ),
                id="choices",
                markup=False,
            )

    def action_answer(self, answer: str) -> None:
        self.dismiss(answer)

    def action_stay(self) -> None:
        self.dismiss(None)
