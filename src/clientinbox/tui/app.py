"""The App: theme, bindings, the bridge, and which screen comes next. Everything else belongs to a screen.

The first frame imports Textual alone; the desk is started after it, on a thread of its own.
"""

import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial
from os import environ
from typing import Any, ClassVar, TypeVar

from textual import events, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.signal import Signal
from textual.worker import Worker, WorkerState, get_current_worker

from clientinbox.desk.events import (
    ChangeRefused,
    Event,
    FilingFailed,
    MessagesArrived,
    MessageSent,
    SendFailed,
)
from clientinbox.desk.views import Queued
from clientinbox.errors import ClientInboxError
from clientinbox.tui import inks
from clientinbox.tui.bridge import News, Standing, connect, told
from clientinbox.tui.commands import ExtraCommand, own_commands
from clientinbox.tui.desk_port import DeskPort
from clientinbox.tui.glyphs import ASCII, UNICODE
from clientinbox.tui.plain import one_line
from clientinbox.tui.themes import MONOCHROME, NIGHT, THEMES, own_variables

GENERAL = Binding.Group("Everywhere")
Answer = TypeVar("Answer")
_DEEDS = 50
"""Deeds remembered for u."""
_SECONDS_TOLD = 100
"""From here on a wait is told in minutes."""
_LOG = logging.getLogger(__name__)


class ClientInbox(App[int]):
    """`run()` returns the exit code; None where the terminal went away."""

    CSS_PATH: ClassVar = ["screens/inbox.tcss", "screens/thread.tcss", "screens/why.tcss", "screens/help.tcss"]
    COMMANDS: ClassVar = {own_commands}
    TITLE = "clientinbox"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", id="app.help", tooltip="The keys of this screen", group=GENERAL),
        Binding("f1", "help", "Help", id="app.help_typing", show=False, group=GENERAL),
        Binding("ctrl+p", "command_palette", "Commands", id="app.palette", show=False, priority=True, group=GENERAL),
        Binding("colon", "command_palette", "Commands", id="app.commands", show=False, key_display=":", group=GENERAL),
        Binding("dollar_sign", "sync", "Sync", id="app.sync", show=False, tooltip="Fetch new mail now", group=GENERAL),
        Binding("u", "undo", "Undo", id="app.undo", show=False, tooltip="Take the last change back", group=GENERAL),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", show=False, priority=True, group=GENERAL),
    ]

    def __init__(
        self,
        desk: DeskPort,
        *,
        headline: str = "",
        extra_commands: Sequence[ExtraCommand] = (),
        ascii_only: bool = False,
    ) -> None:
        """`headline` stands in the status line ("demo"); `extra_commands` go into the palette."""
        mono = "NO_COLOR" in environ  # ansi_color must be known to Textual's own __init__, which chooses the filter
        super().__init__(ansi_color=True if mono else None)
        self.desk = desk
        self.headline = headline
        self.extra_commands = tuple(extra_commands)
        self.glyphs = ASCII if ascii_only else UNICODE
        self.inks = inks.MONO if self.no_color else inks.COLOUR
        self.news: Signal[Event] = Signal(self, "news")
        self._standing = Standing()
        self._disconnect: Callable[[], None] | None = None
        self._deeds: list[Queued | None] = []
        """What u takes back, newest last: a mail on its way out, or (None) a change that the desk remembers."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = MONOCHROME if self.no_color else NIGHT.name
        self.set_class(ascii_only, "-ascii")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return own_variables(dark=self.current_theme.dark)

    def get_default_screen(self) -> Screen[None]:
        """The inbox itself: an empty screen below it would be made and painted for nothing."""
        from clientinbox.tui.screens.inbox import InboxScreen

        return InboxScreen()

    def on_mount(self) -> None:
        self._disconnect = connect(self.desk, self)
        self.call_after_refresh(self._start_desk)

    def on_unmount(self) -> None:
        if self._disconnect is not None:
            self._disconnect()

    def on_key(self, event: events.Key) -> None:
        """Pairs of keys come before bindings, at the one place where both arrive in order."""
        from clientinbox.tui.screens.keyed_screen import KeyedScreen

        if isinstance(self.screen, KeyedScreen) and self.screen.pending:
            event.prevent_default()
            self.screen.take_second(event)

    async def on_event(self, event: events.Event) -> None:
        """Where text is typed, the second key of a pair is taken before it reaches the text."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            from clientinbox.tui.screens.keyed_screen import KeyedScreen

            screen = self.screen
            if isinstance(screen, KeyedScreen) and screen.TYPED_IN and screen.pending:
                screen.take_second(event)
                return
        await super().on_event(event)

    # The desk

    @property
    def sync_state(self) -> str:
        """What the status line says of syncing."""
        return one_line(self._standing.line)

    @property
    def trouble(self) -> bool:
        """Is it something that somebody should look at?"""
        return self._standing.trouble

    @work(thread=True, exclusive=True, group="desk", exit_on_error=False)
    def _start_desk(self) -> None:
        """Attaching may take a second, starting the engine too."""
        self.desk.start()

    def action_sync(self) -> None:
        self._standing = Standing()  # whoever asks wants to hear of it anew
        self._standing.say(f"syncing{self.glyphs.ellipsis}")
        self.news.publish(MessagesArrived(()))
        self._ask_for_sync()

    @work(thread=True, exclusive=True, group="sync", exit_on_error=False)
    def _ask_for_sync(self) -> None:
        self.desk.sync()

    def run_extra(self, command: ExtraCommand) -> None:
        """A command of the palette that came with the door (the demo's `next`)."""
        self.run_worker(
            partial(self._run_extra, command), thread=True, group="extra", exclusive=True, exit_on_error=False
        )

    def _run_extra(self, command: ExtraCommand) -> None:
        said = command.run()
        if said and not get_current_worker().is_cancelled:
            self.say(said)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """With exit_on_error=False nobody else would hear of it."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        if isinstance(error, ClientInboxError):
            self._standing.say(error.what, trouble=True)
            self.say(str(error), wrong=True)
            self.news.publish(MessagesArrived(()))
        elif error is not None:
            _LOG.error("a worker of the TUI failed", exc_info=error)
            self.say(f"That failed inside clientinbox ({type(error).__name__}); the log says more.", wrong=True)

    def on_news(self, message: News) -> None:
        message.stop()
        event = message.event
        self._standing.hear(event, f"{self.desk.now():%H:%M}")
        if (said := told(event)) is not None:
            self.say(said, wrong=isinstance(event, SendFailed | FilingFailed | ChangeRefused))
        if isinstance(event, MessageSent | SendFailed):
            self._forget(str(event.outbox))
        self.news.publish(event)

    def ask(self, question: Callable[[], Answer]) -> Answer | None:
        """Read from the desk; None, and a toast, where it cannot answer."""
        try:
            return question()
        except ClientInboxError as error:
            self.say(str(error), wrong=True)
            return None

    # What a person did

    def act(self, change: Callable[[], str | None], *, nothing: str = "") -> bool:
        """Do one short change at the desk, say what was done, and let the screens read again."""
        try:
            said = change()
        except ClientInboxError as error:
            self.say(str(error), wrong=True)
            return False
        if said is None:
            self.say(nothing)
            return False
        self._remember(None)
        self.report(said)
        return True

    def report(self, said: str) -> None:
        """Say what was done, and let the screens read again."""
        self.say(said[:1].upper() + said[1:])
        self.news.publish(MessagesArrived(()))

    def _remember(self, deed: Queued | None) -> None:
        self._deeds = [*self._deeds[1 - _DEEDS :], deed]

    def _forget(self, outbox_id: str) -> None:
        self._deeds = [deed for deed in self._deeds if deed is None or deed.outbox_id != outbox_id]

    def action_undo(self) -> None:
        """Take back what was done last: a mail that has not left, or a change."""
        now = self.desk.now()
        self._deeds = [deed for deed in self._deeds if deed is None or deed.leaves_at > now]
        queued = self._deeds.pop() if self._deeds else None
        if queued is not None:
            self.go(self._take_back(queued))
            return
        try:
            said = self.desk.undo()
        except ClientInboxError as error:
            self.say(str(error), wrong=True)
            return
        if said is None:
            self.say("Nothing to take back.")
        else:
            self.report(said)

    # Mail on its way out

    def go(self, way: Coroutine[Any, Any, None]) -> None:
        """Run something that asks and waits; what the desk refuses on the way is said in its own sentence."""
        self.run_worker(self._go(way), group="way", exit_on_error=False)

    async def _go(self, way: Coroutine[Any, Any, None]) -> None:
        try:
            await way
        except ClientInboxError as error:
            self.say(str(error), wrong=True)

    def queued(self, mail: Queued) -> None:
        """A mail will leave in a moment; until then u brings it back."""
        self._remember(mail)
        seconds = max(0, round((mail.leaves_at - self.desk.now()).total_seconds()))
        wait = f"{seconds} s" if seconds < _SECONDS_TOLD else f"{round(seconds / 60)} min"
        self.say(f"sending in {wait}, u to undo")
        self.news.publish(MessagesArrived(()))

    def leaving(self, now: datetime) -> str:
        """Of the newest mail in its undo window; "" where there is none."""
        mails = [deed for deed in self._deeds if deed is not None and deed.leaves_at > now]
        if not mails:
            return ""
        return f"sending at {mails[-1].leaves_at.astimezone(now.tzinfo):%H:%M:%S}"

    async def _take_back(self, mail: Queued) -> None:
        from clientinbox.tui.answering import compose

        draft = self.desk.take_back(mail.outbox_id)
        if draft is None:
            self.say("That mail has left already.", wrong=True)
            return
        self.news.publish(MessagesArrived(()))
        self.say("Not sent: here is your draft again.")
        compose(self, draft, begun_before=True, quietly=True)

    def say(self, words: str, *, wrong: bool = False) -> None:
        """A toast; safe from any thread."""
        self.notify(one_line(words), severity="error" if wrong else "information", markup=False, timeout=4)

    def action_help(self) -> None:
        from clientinbox.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen.of(self.screen))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo and sync belong to the lists and the reader: elsewhere their keys are taken by mistake."""
        if action in {"undo", "sync"} and self.is_running:
            from clientinbox.tui.screens.desk_screen import DeskScreen

            below = [screen for screen in self.screen_stack if not isinstance(screen, ModalScreen)]
            return bool(below) and isinstance(below[-1], DeskScreen)
        return super().check_action(action, parameters)

    async def action_quit(self) -> None:
        from clientinbox.tui.screens.keyed_screen import KeyedScreen

        for screen in self.screen_stack:
            if isinstance(screen, KeyedScreen):
                await screen.keep()
        now = self.desk.now()
        waiting = [deed for deed in self._deeds if deed is not None and deed.leaves_at > now]
        if waiting:
            self.go(self._quit_with_mail(waiting))
        else:
            self.exit(0)

    async def _quit_with_mail(self, waiting: list[Queued]) -> None:
        """A mail in its undo window would leave without anybody at the keys: say so, and ask."""
        from clientinbox.tui.screens.leaving import Leaving

        answer = await self.push_screen_wait(Leaving(len(waiting)))
        if answer == "send":
            for mail in waiting:
                self.desk.send_at_once(mail.outbox_id)
        if answer is not None:
            self.exit(0)


__all__ = ["ClientInbox", "ExtraCommand"]
