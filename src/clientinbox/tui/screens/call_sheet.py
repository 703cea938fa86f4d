"""The call sheet (`!`): one page to have in front of you while you ring. Every line leads to where it comes from."""

import os
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from clientinbox.desk.views import CallSheetView, MessageView, SheetLine, ThreadPage
from clientinbox.tui.plain import defused, one_line
from clientinbox.tui.screens.keyed_screen import DO, KeyedScreen
from clientinbox.tui.widgets.key_bar import KeyBar
from clientinbox.tui.widgets.sheet_lines import SheetLines
from clientinbox.tui.widgets.status_line import StatusLine
from clientinbox.tui.wording import stamp

_NOTICES = {
    "register": ("from the register", "As it stands in the register:"),
    "contact": ("from the contact's card", "From the card of this contact:"),
    "guide": ("standing advice", "Standing advice, the same for every call; nothing of it is about this client."),
}


class CallSheetScreen(KeyedScreen[None]):
    CSS_PATH = "call_sheet.tcss"
    AUTO_FOCUS = "SheetLines"
    HELP_TITLE = "Call sheet"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,h", "back", "Back", id="call_sheet.back"),
        Binding("y", "copy", "Copy number", id="call_sheet.copy", tooltip="If your terminal allows", group=DO),
        Binding("P", "save", "Save", id="call_sheet.print", tooltip="As a text file, to print", group=DO),
        Binding("K", "log", "Log the call", id="call_sheet.log", tooltip="What was said, then the recap", group=DO),
    ]
    lines = query_one(SheetLines)

    def __init__(self, sheet: CallSheetView, page: ThreadPage | None) -> None:
        """`page`: the thread, which knows when the mails behind the lines were sent."""
        super().__init__()
        self.sheet = sheet
        self._mails: dict[str, MessageView] = {each.message_id: each for each in page.messages} if page else {}

    def compose(self) -> ComposeResult:
        yield StatusLine(id="state")
        yield SheetLines(self.sheet.sections, inks=self.inks, glyphs=self.glyphs)
        yield Static(id="source", markup=False)
        yield KeyBar(inks=self.inks)

    def on_mount(self) -> None:
        person = self.sheet.contact
        role = f" ({one_line(person.role)})" if person.role not in {"", "unknown"} else ""
        number = one_line(self.sheet.number) or "no number known"
        left = Content.assemble(
            (f"Call {one_line(person.name or person.email)}", self.inks.strong),
            (role, self.inks.muted),
            "  ",
            (number, self.inks.accent if self.sheet.number else self.inks.muted),
        )
        self.query_one("#state", StatusLine).show(left, self.state_right())

    @on(SheetLines.Moved)
    def _moved(self, message: SheetLines.Moved) -> None:
        message.stop()
        words = self._source_words(message.line) if message.line is not None else ""
        self.query_one("#source", Static).update(Content.styled(words, self.inks.muted))

    def _source_words(self, line: SheetLine) -> str:
        if line.source != "message":
            return _NOTICES.get(line.source, ("",))[0]
        mail = self._mails.get(line.source_id)
        if mail is None:
            return "from a mail of another thread"
        sender = one_line(mail.sender.name or mail.sender.email)
        return f"from the mail of {sender}, {stamp(mail.sent_at, self.app.desk.now())}"

    @on(SheetLines.Opened)
    def _open(self, message: SheetLines.Opened) -> None:
        message.stop()
        line = message.line
        if line is None:
            return
        if line.source == "message":
            self._open_mail(line.source_id)
        elif line.source in _NOTICES:
            self._show_source(line)

    def _open_mail(self, message_id: str) -> None:
        from clientinbox.tui.screens.thread import ThreadScreen

        thread_id = self.sheet.thread_id
        if message_id not in self._mails:
            page = self.app.ask(lambda: self.app.desk.thread(message_id))
            if page is None:
                self.app.say("That mail is no longer in the store.", wrong=True)
                return
            thread_id = page.row.thread_id
        self.app.push_screen(ThreadScreen(thread_id, at=message_id))

    def _show_source(self, line: SheetLine) -> None:
        from clientinbox.tui.screens.dialogs import Notice

        title, lead = _NOTICES[line.source]
        words = defused(line.source_id).strip() or one_line(line.text)
        parts = [Content.styled(lead, self.inks.muted), Content(words)]
        if line.source == "contact":
            parts.append(Content(one_line(line.text)))
        self.app.push_screen(Notice(title, Content("\n\n").join(parts)))

    def action_back(self) -> None:
        self.dismiss(None)

    def action_copy(self) -> None:
        if not self.sheet.number:
            self.app.say("No number is known; it can stand in the registry or in a signature.")
            return
        self.app.copy_to_clipboard(one_line(self.sheet.number))
        self.app.say("Number copied (if your terminal allows).")

    def action_save(self) -> None:
        self.app.run_worker(self._save, thread=True, group="paper", exit_on_error=False)

    def _save(self) -> None:
        from clientinbox.errors import ClientInboxError
        from clientinbox.tui.paper import save_sheet

        try:
            path = save_sheet(self.sheet.thread_id, self.sheet.printed, os.environ)
        except ClientInboxError as error:
            self.app.say(str(error), wrong=True)
        else:
            self.app.say(f"Saved as {path}")

    def action_log(self) -> None:
        from clientinbox.tui.answering import log_call

        self.app.go(log_call(self.app, self.sheet.thread_id))
