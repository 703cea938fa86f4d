"""What came of the call (`K`): a few questions, one after the other; what was answered stays in sight above them."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, Static

from clientinbox.desk.views import AgreedLine, CallEntry, InboxRow
from clientinbox.errors import ClientInboxError
from clientinbox.tui.call_form import TYPED, Ask, CallForm
from clientinbox.tui.plain import one_line
from clientinbox.tui.screens.keyed_screen import DO, KeyedScreen
from clientinbox.tui.widgets.key_bar import KeyBar, KeyHint
from clientinbox.tui.widgets.status_line import StatusLine
from clientinbox.tui.wording import stamp, tension_word

_LABEL = 12
_LEVELS = range(4)
_ENTER = "enter"


class CallLogScreen(KeyedScreen[CallEntry | None]):
    """Ends with what the desk has kept, or None."""

    CSS_PATH = "call_log.tcss"
    AUTO_FOCUS = ""
    HELP_TITLE = "Log a call"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", id="call_log.yes", group=DO),
        Binding("n", "no", "No", id="call_log.no", group=DO),
        Binding("p", "promise", "It is a promise", id="call_log.promise", group=DO),
        *(
            Binding(
                str(level), f"mood({level})", f"They sounded {tension_word(level)}", id=f"call_log.{level}", group=DO
            )
            for level in _LEVELS
        ),
        Binding(_ENTER, "go_on", "Go on", id="call_log.go_on", group=DO),
        Binding("up,shift+tab", "back", "Back one question", id="call_log.back", group=DO),
        Binding("escape", "leave", "Leave", id="call_log.leave", tooltip="Asks, where words would be lost", group=DO),
    ]
    line = query_one(Input)

    def __init__(self, row: InboxRow) -> None:
        super().__init__()
        self._row = row
        self.form = CallForm()

    def compose(self) -> ComposeResult:
        yield StatusLine(id="state")
        with VerticalScroll(id="answers", can_focus=False):
            yield Static(id="said", markup=False)
        yield Static(id="question", markup=False)
        yield Input(compact=True, select_on_focus=False)
        yield Static(id="wrong", markup=False)
        yield KeyBar(inks=self.inks)

    def on_mount(self) -> None:
        left = Content.assemble(
            (f"Call with {self._who}", self.inks.strong),
            (f"  {one_line(self._row.client_name or '')}", self.inks.muted),
        )
        self.query_one("#state", StatusLine).show(left, self.state_right())
        self._ask()

    @property
    def _who(self) -> str:
        return one_line(self._row.contact.name or self._row.contact.email)

    # What it shows

    def _ask(self, typed: str = "") -> None:
        """Put the question that is due; `typed` stands in its line."""
        is_typed = self.form.ask in TYPED
        self.line.display = is_typed
        self.line.value = typed
        self.line.cursor_position = len(typed)
        self._refuse("")
        self.query_one("#question", Static).update(self._question())
        self.query_one("#said", Static).update(self._said())
        self.query_one("#answers", VerticalScroll).scroll_end(animate=False)
        self.set_focus(self.line if is_typed else None)
        self.show_keys()

    def _refuse(self, words: str) -> None:
        self.query_one("#wrong", Static).update(Content.styled(words, self.inks.levels[2]))

    def _question(self) -> Content:
        ask, form, inks = self.form.ask, self.form, self.inks
        match ask:
            case Ask.REACHED:
                words, hint = f"Did you reach {self._who}?", "y or n"
            case Ask.MINUTES:
                words, hint = "How many minutes did it take?", "empty if you do not know"
            case Ask.AGREED:
                words = "What else did you agree?" if form.agreed else "What did you agree?"
                hint = "a line each, in your words; an empty line ends"
            case Ask.PROMISE:
                return self._offer()
            case Ask.MOOD:
                words, hint = f"How did {self._who} sound at the end?", "0 calm to 3 livid; enter if you cannot say"
            case Ask.NOTE:
                words = "Anything else, for yourself?"
                hint = "enter keeps the call and opens the recap" if form.reached else "enter keeps the call"
        return Content.assemble((words, inks.strong), (f"  {hint}", inks.muted))

    def _offer(self) -> Content:
        offered, inks, dash = self.form.offered, self.inks, self.glyphs.dash
        if offered is None:
            return Content()
        said = Content.assemble((one_line(offered.text), ""), "\n")
        if offered.promise:
            asked = Content.assemble(
                (self._promise(offered), inks.accent), f" {dash} ", ("enter accepts, n: no promise", inks.muted)
            )
        else:
            asked = Content.assemble(
                ("no promise in it", ""), f" {dash} ", ("enter goes on, p: it is a promise", inks.muted)
            )
        return said + asked

    def _promise(self, line: AgreedLine) -> str:
        owner = f" by {one_line(line.owner)}" if line.owner else ""
        due = stamp(line.due, self.app.desk.now()) if line.due is not None else "no day named"
        return f"promise{owner}, {due}"

    def _said(self) -> Content:
        form = self.form
        lines: list[Content] = []
        if form.reached is not None and form.ask is not Ask.REACHED:
            lines.append(self._answer("reached", "yes" if form.reached else "no"))
        if form.ask not in {Ask.REACHED, Ask.MINUTES} and form.reached:
            lines.append(self._answer("minutes", "not known" if form.minutes is None else str(form.minutes)))
            for place, agreed in enumerate(form.agreed):
                lines.extend(self._agreed("" if place else "agreed", agreed))
            if not form.agreed and form.ask in {Ask.MOOD, Ask.NOTE}:
                lines.append(self._answer("agreed", "nothing"))
        if form.ask is Ask.NOTE and form.reached:
            mood = "not said" if form.mood is None else f"{tension_word(form.mood)} ({form.mood})"
            lines.append(self._answer("mood after", mood))
        return Content("\n").join(lines)

    def _answer(self, label: str, words: str) -> Content:
        return Content.assemble((label.ljust(_LABEL), self.inks.muted), words)

    def _agreed(self, label: str, line: AgreedLine) -> list[Content]:
        glyphs, inks = self.glyphs, self.inks
        first = self._answer(label, f"{glyphs.dash} {one_line(line.text)}")
        if not line.promise:
            return [first]
        told = f"{glyphs.ticked} {self._promise(line)}"
        return [first, Content.assemble(" " * (_LABEL + 2), (told, inks.good))]

    def hints(self) -> Sequence[KeyHint]:
        form = self.form
        match form.ask:
            case Ask.REACHED:
                first = [KeyHint("y", "y", "Yes"), KeyHint("n", "n", "No")]
            case Ask.MINUTES | Ask.AGREED:
                first = [KeyHint(_ENTER, _ENTER, "Go on")]
            case Ask.PROMISE if form.offered is not None and form.offered.promise:
                first = [KeyHint(_ENTER, _ENTER, "A promise"), KeyHint("n", "n", "No promise")]
            case Ask.PROMISE:
                first = [KeyHint(_ENTER, _ENTER, "No promise"), KeyHint("p", "p", "A promise")]
            case Ask.MOOD:
                first = [KeyHint(str(level), str(level), tension_word(level)) for level in _LEVELS]
                first.append(KeyHint(_ENTER, _ENTER, "skip"))
            case Ask.NOTE:
                first = [KeyHint(_ENTER, _ENTER, "Keep the call")]
        back = [KeyHint("up", "up", "Back one")]
        return [*first, *(back if form.ask is not Ask.REACHED else []), KeyHint("escape", "esc", "Leave")]

    # Keys

    def action_yes(self) -> None:
        if self.form.ask is Ask.REACHED:
            self.form.take_reached(reached=True)
            self._ask("" if self.form.minutes is None else str(self.form.minutes))
        elif self.form.ask is Ask.PROMISE and self.form.offered is not None and self.form.offered.promise:
            self._decide(promise=True)

    def action_no(self) -> None:
        if self.form.ask is Ask.REACHED:
            self.form.take_reached(reached=False)
            self._ask(self.form.note)
        elif self.form.ask is Ask.PROMISE:
            self._decide(promise=False)

    def action_promise(self) -> None:
        if self.form.ask is Ask.PROMISE:
            self._decide(promise=True)

    def _decide(self, *, promise: bool) -> None:
        self.form.decide_promise(promise=promise)
        self._ask()

    def action_mood(self, level: int) -> None:
        if self.form.ask is Ask.MOOD:
            self.form.take_mood(level)
            self._ask(self.form.note)

    def action_go_on(self) -> None:
        """Enter where nothing is typed: what is offered is taken."""
        if self.form.ask is Ask.PROMISE and self.form.offered is not None:
            self._decide(promise=self.form.offered.promise)
        elif self.form.ask is Ask.MOOD:
            self.form.take_mood(None)
            self._ask(self.form.note)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        text = one_line(event.value)
        match self.form.ask:
            case Ask.MINUTES:
                if wrong := self.form.take_minutes(text):
                    self._refuse(wrong)
                else:
                    self._ask()
            case Ask.AGREED if text:
                line = self.app.ask(lambda: self.app.desk.agreed_line(text))
                self.form.offer(line if line is not None else AgreedLine(text, promise=False))
                self._ask()
            case Ask.AGREED:
                self.form.end_lines()
                self._ask()
            case Ask.NOTE:
                self.form.note = text
                self._keep()
            case _:
                pass

    def _keep(self) -> None:
        """Where the desk refuses, everything stays as it is."""
        entry = self.form.entry()
        try:
            said = self.app.desk.log_call(self._row.thread_id, entry)
        except ClientInboxError as error:
            self._refuse(one_line(str(error)))
            return
        self.app.report(said)
        self.dismiss(entry)

    def action_back(self) -> None:
        if self.form.ask is Ask.NOTE:
            self.form.note = one_line(self.line.value)
        self._ask(self.form.back())

    def action_leave(self) -> None:
        from clientinbox.tui.screens.dialogs import Confirm

        if not self.form.has_words(self.line.value):
            self.dismiss(None)
            return
        question = Confirm("Throw away what you typed about this call?", yes="throw it away", no="go on")
        self.app.push_screen(question, self._leave)

    def _leave(self, sure: bool | None) -> None:  # noqa: FBT001 - Textual hands over the answer
        if sure:
            self.dismiss(None)
