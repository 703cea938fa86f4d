"""Ring, don't write? Asked when somebody starts a reply to a thread that should be a call. It is a prompt, no lock."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from clientinbox.desk.views import CallPrompt
from clientinbox.tui.plain import one_line
from clientinbox.tui.screens.dialogs import AskLine, Dialog


@dataclass(frozen=True, slots=True)
class CallAnswer:
    choice: str
    """call, hold or write."""
    reason: str = ""


_CHOICES = (
    ("c", "Call", "with the call sheet in front of you"),
    ("h", "Hold 20 min", "the thread comes back, and asks again"),
    ("w", "Write anyway", "with one line that says why; it is kept"),
)


class CallFirst(Dialog[CallAnswer | None]):
    HELP_TITLE = "Ring, don't write?"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "call", "Call", id="call_first.call", tooltip="Shows the call sheet"),
        Binding("h", "hold", "Hold 20 min", id="call_first.hold", tooltip="Decide in twenty minutes"),
        Binding("w", "write", "Write anyway", id="call_first.write", tooltip="With one line that says why"),
        Binding("escape,q", "leave", "Never mind", id="call_first.leave", tooltip="Nothing is kept"),
    ]

    def __init__(self, prompt: CallPrompt) -> None:
        super().__init__()
        self._prompt = prompt

    def compose(self) -> ComposeResult:
        with self.panel("Ring, don't write?", "esc never mind"):
            yield Static(self._who(), markup=False)
            with VerticalScroll(can_focus=False):
                yield from self._reasons()
            yield Static(self._choices(), id="choices", markup=False)

    def _who(self) -> Content:
        inks, person = self.app.inks, self._prompt.contact
        role = one_line(person.role)
        number = one_line(self._prompt.number)
        return Content.assemble(
            (one_line(person.name or person.email), inks.strong),
            (f" ({role})" if role and role != "unknown" else "", inks.muted),
            "  ",
            (number or "no number known", inks.accent if number else inks.muted),
            "\n",
        )

    def _reasons(self) -> ComposeResult:
        """Words that carry several reasons are quoted with the first."""
        inks, glyphs = self.app.inks, self.app.glyphs
        quoted: set[str | None] = {None, ""}
        for reason in self._prompt.reasons:
            yield Static(Content(f"{glyphs.dash} {one_line(reason.text)}"), markup=False)
            if reason.evidence not in quoted:
                words = f"{glyphs.opening}{one_line(reason.evidence or '')}{glyphs.closing}"
                yield Static(Content.styled(words, inks.evidence), classes="words", markup=False)
            quoted.add(reason.evidence)

    def _choices(self) -> Content:
        inks = self.app.inks
        return Content("\n").join(
            Content.assemble((key, inks.accent), (f"  {name:<14}", inks.strong), (words, inks.muted))
            for key, name, words in _CHOICES
        )

    def action_call(self) -> None:
        self.dismiss(CallAnswer("call"))

    def action_hold(self) -> None:
        self.dismiss(CallAnswer("hold"))

    def action_write(self) -> None:
        ask = AskLine(
            "Write anyway",
            "Why is a letter better than a call here? One line; it is kept with the thread.",
            refusal="One line, please: without a reason it would only be a habit.",
        )
        self.app.push_screen(ask, self._with_reason)

    def _with_reason(self, reason: str | None) -> None:
        if reason is not None:
            self.dismiss(CallAnswer("write", reason))

    def action_leave(self) -> None:
        self.dismiss(None)
