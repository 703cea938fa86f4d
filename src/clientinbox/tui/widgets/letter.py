"""Where a mail is typed. What is pasted passes the same gate as mail: a paste can carry escape sequences, too."""

from textual import events
from textual.widgets import Input, TextArea

from clientinbox.tui.plain import defused, one_line


class HeaderLine(Input):
    """To, Cc, Bcc or Subject; enter goes to the next."""

    DEFAULT_CSS = """
    HeaderLine { background: $background; color: $foreground; width: 1fr; }
    HeaderLine:focus { background: $surface; background-tint: $foreground 0%; }
    HeaderLine:nocolor:focus { text-style: underline; }
    """

    def __init__(self, value: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(one_line(value), id=id, compact=True, select_on_focus=False)

    def _on_paste(self, event: events.Paste) -> None:
        event.text = one_line(event.text)
        super()._on_paste(event)
        event.prevent_default()


class LetterBody(TextArea):
    HELP = "The text of the mail. It is kept as you type; escape leads out of it."
    DEFAULT_CSS = """
    LetterBody { border: none; padding: 0 1; background: $background; height: 1fr; scrollbar-size-vertical: 1; }
    LetterBody:focus { border: none; }
    LetterBody .text-area--cursor-line { background: $background; }
    """

    def __init__(self, text: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(defused(text), id=id, soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = defused(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        await super()._on_paste(event)
        event.prevent_default()
