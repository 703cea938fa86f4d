"""The small dialogs: a line to type, a yes or no, a few words to read. Each ends by `dismiss` alone."""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Input, Static

from clientinbox.tui.app import ClientInbox
from clientinbox.tui.plain import content, one_line


class Dialog(ModalScreen[ScreenResultType]):
    """A panel in the middle of what it is about."""

    app = getters.app(ClientInbox)
    CSS_PATH = "dialogs.tcss"

    def panel(self, title: str, subtitle: str) -> Vertical:
        panel = Vertical(id="panel")
        panel.border_title = Content(one_line(title))
        panel.border_subtitle = Content(subtitle)
        return panel


class AskLine(Dialog[str | None]):
    """One line of text that must not be empty; None where nothing is kept."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Never mind", id="ask.leave")]

    def __init__(self, title: str, question: str, *, refusal: str) -> None:
        """`refusal` is said to an empty line."""
        super().__init__()
        self._title, self._question, self._refusal = title, question, refusal

    def compose(self) -> ComposeResult:
        with self.panel(self._title, f"enter keep {self.app.glyphs.dot} esc never mind"):
            yield Static(content(self._question), markup=False)
            yield Input(compact=True, select_on_focus=False)
            yield Static(id="wrong", markup=False)

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        event.stop()
        words = one_line(event.value)
        if words:
            self.dismiss(words)
        else:
            self.query_one("#wrong", Static).update(Content.styled(self._refusal, self.app.inks.levels[2]))

    def action_leave(self) -> None:
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """A question with y or n; whatever leaves it otherwise is a no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "say(True)", "Yes", id="confirm.yes"),
        Binding("n,escape,q", "say(False)", "No", id="confirm.no"),
    ]

    def __init__(self, question: str, *, yes: str, no: str) -> None:
        super().__init__()
        self._question, self._yes, self._no = question, yes, no

    def compose(self) -> ComposeResult:
        inks = self.app.inks
        with self.panel("", ""):
            yield Static(content(self._question), markup=False)
            yield Static(
                Content.assemble(("y", inks.accent), f"  {self._yes}     ", ("n", inks.accent), f"  {self._no}"),
                id="choices",
                markup=False,
            )

    def action_say(self, yes: bool) -> None:  # noqa: FBT001 - an action's parameter has no name
        self.dismiss(yes)


class Notice(Dialog[None]):
    """Words to read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,h", "close", "Back", id="notice.close"),
        Binding("j,down", "scroll(1)", "A line down", id="notice.down", show=False),
        Binding("k,up", "scroll(-1)", "A line up", id="notice.up", show=False),
    ]

    def __init__(self, title: str, words: Content) -> None:
        super().__init__()
        self._title, self._words = title, words

    def compose(self) -> ComposeResult:
        with self.panel(self._title, "q back"), VerticalScroll(can_focus=False):
            yield Static(self._words, markup=False)

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        self.dismiss(None)
