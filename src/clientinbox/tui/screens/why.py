"""Why this row stands where it stands, over the inbox (`w`); the reader has the same panel at its side."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from clientinbox.desk.views import ThreadPage
from clientinbox.tui.app import ClientInbox
from clientinbox.tui.widgets.why_panel import WhyPanel


class WhyScreen(ModalScreen[None]):
    app = getters.app(ClientInbox)
    HELP_TITLE = "Why"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,w,h", "close", "Back", id="why.close"),
    ]

    def __init__(self, page: ThreadPage) -> None:
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        panel = WhyPanel(inks=self.app.inks, glyphs=self.app.glyphs, headed=True)
        panel.border_title = "why"
        panel.border_subtitle = f"j k scroll {self.app.glyphs.dot} q back"
        yield panel

    def on_mount(self) -> None:
        self.query_one(WhyPanel).show(self._page, self.app.desk.now())

    def action_close(self) -> None:
        self.dismiss(None)
