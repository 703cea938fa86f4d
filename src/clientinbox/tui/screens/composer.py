"""The composer: a mail is written here, kept while it is written, and queued when it holds what it must."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from os import environ
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, Static, TextArea

from clientinbox.desk.views import DraftView, FrameView, SlotView
from clientinbox.errors import ClientInboxError
from clientinbox.tui.kept_draft import KeptDraft
from clientinbox.tui.plain import one_line
from clientinbox.tui.screens.keyed_screen import DO, KeyedScreen, Lead, Step
from clientinbox.tui.widgets.frame_panel import FramePanel, frame_summary
from clientinbox.tui.widgets.key_bar import KeyBar, KeyHint
from clientinbox.tui.widgets.letter import HeaderLine, LetterBody
from clientinbox.tui.widgets.status_line import StatusLine

_EVERY = 3.0
"""Seconds after which a draft is saved though nobody paused."""
_PAUSE = 0.3
"""Seconds without a key after which a draft is saved and its frame read again."""
_FIELDS = ("to", "cc", "bcc", "subject")
_KINDS = {"reply": "Reply", "recap": "Recap of the call"}
LEAD = "ctrl+g"


class Composer(KeyedScreen[None]):
    CSS_PATH = "composer.tcss"
    AUTO_FOCUS = "#body"
    HELP_TITLE = "Composer"
    TYPED_IN = True
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - typed by Textual as an instance variable
        (0, "-narrow"),
        (100, "-wide"),
    ]
    LEADS: ClassVar[dict[str, Lead]] = {
        LEAD: Lead(
            LEAD,
            "",
            DO,
            (
                Step("s", "send", "send", "Send"),
                Step("e", "edit", "edit", "Edit in editor"),
                Step("w", "waive", "waive", "Waive a slot of the frame"),
                Step("f", "frame", "frame", "Frame: show or go to it"),
                Step("d", "discard", "discard", "Discard the draft"),
                Step("?", "app.help", "help", "Keys of the composer"),
            ),
        )
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(LEAD, f"wait_for('{LEAD}')", "Commands", id="composer.lead", priority=True, group=DO),
        Binding("escape", "out", "Out of the text, then out of the mail", id="composer.out", group=DO),
        Binding("q", "leave", "Leave: the draft is kept", id="composer.leave", group=DO),
        Binding("i,enter", "write", "Write on", id="composer.write", group=DO),
    ]
    body = query_one(LetterBody)
    panel = query_one(FramePanel)

    def __init__(self, draft: DraftView, *, begun_before: bool = False) -> None:
        """`begun_before`: somebody worked at it already, so leaving it untouched still keeps it."""
        super().__init__()
        self._opened = draft
        self._waived = draft.waived
        self._begun_before = begun_before

    def compose(self) -> ComposeResult:
        yield StatusLine(id="state")
        with Container(id="desk"):
            with Vertical(id="letter"):
                for name in _FIELDS:
                    with Horizontal(classes="field"):
                        yield Static(name.capitalize(), classes="name", markup=False)
                        yield HeaderLine(getattr(self._opened, name), id=name)
                yield Static(id="summary", markup=False)
                yield LetterBody(self._opened.body, id="body")
            yield FramePanel(inks=self.inks, glyphs=self.glyphs)
        yield KeyBar(inks=self.inks)

    def on_mount(self) -> None:
        self._pause = self.set_timer(_PAUSE, self._paused, pause=True)
        self.set_interval(_EVERY, self._save_soon)
        worked_at = self._begun_before or self._opened.kind == "recap"
        stored = self.draft() if self._begun_before or not worked_at else None
        self._keeper = KeptDraft(self.app.desk, stored=stored, is_worked_at=worked_at)
        self.show_state()
        self._read_frame()
        self._save_soon()

    def draft(self) -> DraftView:
        """As it stands on the screen."""
        fields = {name: self.query_one(f"#{name}", HeaderLine).value for name in _FIELDS}
        return replace(self._opened, **fields, body=self.body.text, waived=self._waived, saved_at=None)

    # What it shows

    def show_state(self) -> None:
        title = _KINDS.get(self._opened.kind, one_line(self._opened.kind).capitalize())
        subject = one_line(self.query_one("#subject", HeaderLine).value)
        left = Content.assemble((title, self.inks.strong), (f"  {subject}", self.inks.muted))
        ink = self.inks.levels[2] if self._keeper.failed else self.inks.muted
        self.query_one("#state", StatusLine).show(left, Content.styled(self._keeper.state, ink))

    def hints(self) -> Sequence[KeyHint]:
        lead = self.app.get_key_display(Binding(LEAD, "", ""))
        send = KeyHint(f"{LEAD} s", f"{lead} s", "Send")
        if isinstance(self.focused, Input | TextArea):
            more = [("e", "Editor"), ("w", "Waive"), ("f", "Frame")]
            pairs = [KeyHint(f"{LEAD} {key}", f"{lead} {key}", words) for key, words in more]
            return [send, *pairs, KeyHint("tab", "tab", "Next"), KeyHint("escape", "esc", "Out")]
        here = [KeyHint("w", "w", "Waive")] if isinstance(self.focused, FramePanel) else []
        rest = [KeyHint("i", "i", "Write on"), KeyHint("q", "q", "Leave, draft kept"), KeyHint("?", "?", "Help")]
        return [send, *here, *rest]

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _focus_moved(self) -> None:
        self.show_keys()

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self, event: Input.Changed | TextArea.Changed) -> None:
        event.stop()
        self._touch()

    def _touch(self) -> None:
        self._pause.reset()
        self._pause.resume()

    def _paused(self) -> None:
        self._save_soon()
        self._read_frame()
        self.show_state()

    def _read_frame(self) -> None:
        self.app.run_worker(self._show_frame(self.draft()), exclusive=True, group="frame", exit_on_error=False)

    async def _show_frame(self, draft: DraftView) -> FrameView | None:
        try:
            frame = await asyncio.to_thread(self.app.desk.frame, draft)
        except ClientInboxError as error:
            self.app.say(str(error), wrong=True)
            return None
        if self.is_mounted:
            self.panel.show(frame)
            self.query_one("#summary", Static).update(frame_summary(frame, self.inks, self.glyphs))
        return frame

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    # Keeping it

    def _save_soon(self) -> None:
        """On the App, so that leaving this screen does not stop it."""
        self.app.run_worker(self._save(), group="drafts", exit_on_error=False)

    async def _save(self) -> bool:
        """Save what stands here now; False where the store refuses."""
        async with self._keeper.lock:
            if self._keeper.ended or not self.is_mounted:
                return True
            await self._keeper.save(self.draft())
            self.show_state()
            return not self._keeper.failed

    async def keep(self) -> None:
        await self._save()

    def action_out(self) -> None:
        """Out of the field first, so that a stray escape does not close the mail."""
        if not isinstance(self.focused, Input | TextArea):
            self.action_leave()
        elif self.panel.display:
            self.panel.focus()
        else:
            self.set_focus(None)

    def action_write(self) -> None:
        self.body.focus()

    def action_leave(self) -> None:
        self.app.go(self._leave())

    async def _leave(self) -> None:
        if not self._keeper.is_worked_at and self._keeper.is_stored(self.draft()):
            self.app.ask(lambda: self.app.desk.discard_draft(self._opened.draft_id))  # nobody wrote a word of it
        elif await self._save():
            self.app.say("Draft kept; r opens it again.")
        else:
            self.app.say(self._keeper.state, wrong=True)
            return
        self._keeper.ended = True
        self.dismiss(None)

    # ctrl+g …

    def action_send(self) -> None:
        self.app.go(self._send())

    async def _send(self) -> None:
        async with self._keeper.lock:
            if self._keeper.ended:
                return
            draft = self.draft()
            frame = await self._show_frame(draft)
            if frame is None:
                return
            if frame.blocking:
                self.app.say(f"Not sent. Still open: {', '.join(frame.blocking)}.", wrong=True)
                self._go_to_frame()
                self.panel.show_first_open()
                return
            queued = await asyncio.to_thread(self.app.desk.queue, draft)
            self._keeper.ended = True
        self.dismiss(None)
        self.app.queued(queued)

    async def action_edit(self) -> None:
        """The terminal is the editor's until it ends; before that, what is there is saved."""
        from clientinbox.tui.editor import edited, editor_command

        await self._save()
        try:
            command = editor_command(environ)
            with self.app.suspend():
                text = edited(self.body.text, command)
        except SuspendNotSupported:
            self.app.say("This terminal cannot be lent to an editor; write here.", wrong=True)
        except ClientInboxError as error:
            self.app.say(str(error), wrong=True)
        else:
            if text != self.body.text:
                self.body.replace(text, (0, 0), self.body.document.end)  # so that the text area can undo it
        self.app.refresh(layout=True)

    def action_frame(self) -> None:
        """Where it does not fit beside the text, it is shown under it, and hidden again."""
        if self.has_class("-narrow") and self.has_class("-frame"):
            self.remove_class("-frame")
            self.body.focus()
        else:
            self._go_to_frame()

    def _go_to_frame(self) -> None:
        self.add_class("-frame")
        self.panel.focus()

    def action_waive(self) -> None:
        slot = self.panel.current
        if self.panel.display and slot is not None:
            self._ask_to_waive(slot)
        else:
            self._go_to_frame()
            self.panel.show_first_open()

    @on(FramePanel.Waived)
    def _waive_chosen(self, message: FramePanel.Waived) -> None:
        message.stop()
        self._ask_to_waive(message.slot)

    def _ask_to_waive(self, slot: SlotView) -> None:
        from clientinbox.tui.screens.dialogs import AskLine

        title = one_line(slot.title)
        if slot.waived:
            self._set_waived(slot.slot, None)
            self.app.say(f"“{title}” is asked for again.")
        elif slot.found or not slot.required:
            why = "is filled" if slot.found else "is not asked of this mail"
            self.app.say(f"“{title}” {why}: there is nothing to waive.")
        else:
            ask = AskLine(
                f"Send without: {title}",
                "Why does this mail do without it? One line; it is kept with the draft.",
                refusal="One line, please: a waiver is worth its reason.",
            )
            self.app.push_screen(ask, lambda reason: self._set_waived(slot.slot, reason) if reason else None)

    def _set_waived(self, slot: str, reason: str | None) -> None:
        others = tuple(pair for pair in self._waived if pair[0] != slot)
        self._waived = (*others, (slot, reason)) if reason else others
        self._paused()

    def action_discard(self) -> None:
        from clientinbox.tui.screens.dialogs import Confirm

        question = Confirm("Discard this draft? Its words are gone then.", yes="discard it", no="go on")
        self.app.push_screen(question, self._discard)

    def _discard(self, sure: bool | None) -> None:  # noqa: FBT001 - Textual hands over the answer
        if sure:
            self.app.go(self._discard_now())

    async def _discard_now(self) -> None:
        async with self._keeper.lock:
            said = await asyncio.to_thread(self.app.desk.discard_draft, self._opened.draft_id)
            self._keeper.ended = True
        self.dismiss(None)
        self.app.report(said)
