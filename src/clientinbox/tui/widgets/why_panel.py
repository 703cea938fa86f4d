"""Why a thread stands where it stands: reasons with their words, the sum, and model and rules apart (`w`)."""

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from clientinbox.desk.views import MessageView, Reason, ThreadPage
from clientinbox.mail.message import Direction
from clientinbox.triage.labels import TENSION_EVIDENCE, Evidence
from clientinbox.tui.glyphs import UNICODE, Glyphs
from clientinbox.tui.inks import COLOUR, Inks
from clientinbox.tui.plain import one_line
from clientinbox.tui.wording import (
    LABEL_WORDS,
    SCORE_WORDS,
    due_words,
    evidence_letter,
    facts,
    level_words,
    stamp,
    tension_word,
)

_BAR = 10
_JUDGED_SHOWN = 8
"""Messages whose verdicts are laid out, newest first."""


class WhyPanel(VerticalScroll, can_focus=True):
    HELP = "Why this thread stands where it stands. Model and rules are shown apart."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Scroll down", id="why.down", show=False),
        Binding("k", "scroll_up", "Scroll up", id="why.up", show=False),
    ]
    DEFAULT_CSS = """
    WhyPanel { background: $surface; scrollbar-size-vertical: 1; padding: 0 1; }
    WhyPanel Static { height: auto; }
    """

    def __init__(self, *, inks: Inks = COLOUR, glyphs: Glyphs = UNICODE, headed: bool = False) -> None:
        """`headed`: with subject and verdict on top, where nothing else on the screen shows them."""
        super().__init__()
        self._inks, self._glyphs, self._headed = inks, glyphs, headed

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    def show(self, page: ThreadPage, now: datetime) -> None:
        why = Why(page, now, self._inks, self._glyphs)
        self.query_one(Static).update(why.content(headed=self._headed))


class Why:
    """Lays the panel out as text; the same for the reader's side panel and the inbox's dialog."""

    def __init__(self, page: ThreadPage, now: datetime, inks: Inks, glyphs: Glyphs) -> None:
        self._page, self._now, self._inks, self._glyphs = page, now, inks, glyphs

    def content(self, *, headed: bool) -> Content:
        blocks = [
            self._verdict() if headed else Content(),
            self._next(),
            self._reasons(),
            self._score(),
            self._project(),
            *self._messages(),
        ]
        return Content("\n\n").join([block for block in blocks if block.plain])

    def _title(self, words: str) -> Content:
        return Content.styled(words.upper(), self._inks.muted)

    def _lines(self, *lines: Content) -> Content:
        return Content("\n").join([line for line in lines if line.plain])

    def _verdict(self) -> Content:
        row = self._page.row
        level = level_words(row) or "no client's message here"
        rest = f" {self._glyphs.dot} ".join(facts(row, self._glyphs))
        return self._lines(
            Content.styled(one_line(row.subject) or "(no subject)", self._inks.strong),
            Content.assemble((level, self._inks.level(row.tension)), (f"  {rest}", "")),
        )

    def _next(self) -> Content:
        action = self._page.next_action
        if action is None:
            return Content()
        due = due_words(action.due, self._now)
        told = f" {self._glyphs.dot} ".join(part for part in (due, one_line(action.owner)) if part)
        return self._lines(
            self._title("next"),
            Content.styled(one_line(action.text), self._inks.strong),
            Content.styled(told, self._inks.muted),
        )

    def _reasons(self) -> Content:
        if not self._page.reasons:
            return Content()
        quoted: set[str | None] = set()
        lines = []
        for reason in self._page.reasons:
            lines.append(self._reason(reason, quote=reason.evidence not in quoted))
            quoted.add(reason.evidence)
        return self._lines(self._title("reasons"), *lines)

    def _reason(self, reason: Reason, *, quote: bool) -> Content:
        """Words that carry several reasons are quoted with the first."""
        words = Content(f"{self._glyphs.dash} {one_line(reason.text)}")
        if not reason.evidence or not quote:
            return words
        return Content.assemble(words, "\n  ", self._quoted(reason.evidence))

    def _quoted(self, words: str) -> Content:
        return Content.styled(f"{self._glyphs.opening}{one_line(words)}{self._glyphs.closing}", self._inks.evidence)

    def _score(self) -> Content:
        parts = [(name, points) for name, points in self._page.row.score_parts if points]
        top = max((points for _, points in parts), default=0.0) or 1.0
        lines = [
            Content.assemble(
                f"{SCORE_WORDS.get(name, one_line(name)):<17}{points:>6.1f}  ",
                (self._glyphs.bar * max(1, round(_BAR * points / top)), self._inks.bar),
            )
            for name, points in parts
        ]
        total = Content.styled(f"{'P, the sum':<17}{self._page.row.score:>6.1f}", self._inks.strong)
        return self._lines(self._title("place in the list"), *lines, total)

    def _project(self) -> Content:
        page, row = self._page, self._page.row
        if row.project is None:
            named = "no project claimed"
        else:
            sure = f" ({page.project_confidence:.0%})" if page.project_confidence is not None else ""
            named = f"{one_line(row.project)}{sure}"
        reason = f"{self._glyphs.dash} {one_line(page.project_reason)}" if page.project_reason else ""
        return self._lines(self._title("project"), Content(named), Content.styled(reason, self._inks.muted))

    def _messages(self) -> list[Content]:
        judged = [each for each in self._page.messages if each.direction is Direction.IN and each.understood]
        return [self._message(view) for view in reversed(judged[-_JUDGED_SHOWN:])]

    def _message(self, view: MessageView) -> Content:
        sender = one_line(view.sender.name or view.sender.email)
        lines = [self._title(f"{stamp(view.sent_at, self._now)} {self._glyphs.dot} {sender}")]
        lines.append(self._tension(view))
        for label, words in LABEL_WORDS.items():
            p = dict(view.probabilities).get(label)
            if p is None and label not in view.labels:
                continue
            state = "yes" if label in view.labels else "unsure" if label in view.unsure else "no"
            if label in view.corrected:
                state += ", set by you"
            ink = self._inks.accent if label in view.labels else self._inks.muted
            shown = f"{p:>4.0%}" if p is not None else "    "
            lines.append(Content.styled(f"{words:<13}{shown}  {state}", ink))
        lines.extend(self._spans("model marks", view.evidence))
        lines.extend(self._spans("rules mark", view.cues))
        return self._lines(*lines)

    def _tension(self, view: MessageView) -> Content:
        if view.tension is None:
            return Content()
        words = f"{'tension':<13}{tension_word(view.tension)} ({view.tension})"
        if TENSION_EVIDENCE in view.corrected:
            words += ", set by you"
        chances = " ".join(f"{tension_word(level)} {p:.0%}" for level, p in enumerate(view.tension_probabilities))
        return self._lines(
            Content.styled(words, self._inks.level(view.tension)),
            Content.styled(chances, self._inks.muted),
        )

    def _spans(self, title: str, spans: tuple[Evidence, ...]) -> list[Content]:
        if not spans:
            return []
        head = Content.styled(title, self._inks.muted)
        return [
            head,
            *(
                Content.assemble(
                    (f"  {evidence_letter(one_line(span.label))} ", self._inks.accent), self._quoted(span.text)
                )
                for span in spans
            ),
        ]
