"""One message in the reader: a heading and its words, or, folded, a single line."""

from dataclasses import dataclass, replace
from datetime import datetime

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from clientinbox.desk.views import MessageView
from clientinbox.mail.message import Address, Direction
from clientinbox.tui.glyphs import Glyphs
from clientinbox.tui.inks import Inks
from clientinbox.tui.message_text import Reading, body_content, first_words
from clientinbox.tui.plain import fitted, one_line
from clientinbox.tui.wording import LABEL_WORDS, LETTERS, plural, stamp, tension_word

_NAME = 18
_NAMES_SHOWN = 3


class MessageCard(Static):
    """Takes a `MessageView`; what is open or folded is its own affair."""

    DEFAULT_CSS = """
    MessageCard {
        height: auto;
        max-width: 104;
        margin: 0 1 0 1;
        padding: 0 1;
        border-left: outer $panel;
        &.-open { margin: 0 1 1 1; }
        &.-us { border-left: outer $secondary 40%; }
        &.-concerned { border-left: outer $accent; }
        &.-tense { border-left: outer $warning; }
        &.-livid { border-left: outer $error; }
        &.-current { background: $surface; }
        &:nocolor { border-left: blank; }
        &:nocolor.-current { border-left: heavy; }
    }
    """

    @dataclass
    class Chosen(Message):
        """Somebody clicked on this message."""

        card: "MessageCard"

        @property
        def control(self) -> "MessageCard":
            return self.card

    def __init__(self, view: MessageView, now: datetime, *, inks: Inks, glyphs: Glyphs, is_open: bool) -> None:
        super().__init__(markup=False)
        self._now, self._inks, self._glyphs = now, inks, glyphs
        self._open = is_open
        self.reading = Reading()
        self.view = view

    def on_mount(self) -> None:
        self._paint()

    @property
    def is_open(self) -> bool:
        return self._open

    def toggle(self, *, is_open: bool | None = None) -> None:
        self._open = (not self._open) if is_open is None else is_open
        self._paint()

    def read(self, *, unfolded: bool | None = None, cues: bool | None = None, more: bool = False) -> None:
        """Show it another way; None leaves that part as it is."""
        reading = self.reading
        reading = reading if unfolded is None else replace(reading, unfolded=unfolded)
        reading = reading if cues is None else replace(reading, cues=cues)
        reading = replace(reading, times=reading.times * 2) if more else reading
        if reading != self.reading:
            self.reading = reading
            self._paint()

    def take(self, view: MessageView, now: datetime) -> None:
        """The same message, known better."""
        if (view, now) != (self.view, self._now):
            self.view, self._now = view, now
            self._paint()

    def on_resize(self, _event: events.Resize) -> None:
        self._paint()

    def on_click(self) -> None:
        self.post_message(self.Chosen(self))

    def _paint(self) -> None:
        tension = self.view.tension
        us = self.view.direction is Direction.OUT
        self.set_class(self._open, "-open")
        self.set_class(us, "-us")
        for level, name in ((1, "-concerned"), (2, "-tense"), (3, "-livid")):
            self.set_class(tension == level and not us, name)
        self.update(self._opened() if self._open else self._one_line())

    @property
    def _width(self) -> int:
        return self.content_size.width or 74  # before the first layout

    def _one_line(self) -> Content:
        glyphs, inks = self._glyphs, self._inks
        when = stamp(self.view.sent_at, self._now)
        width = max(0, self._width - _NAME - len(when) - 4)
        return Content.assemble(
            (fitted(self._sender(), _NAME, ellipsis=glyphs.ellipsis), ""),
            "  ",
            (fitted(first_words(self.view), width, ellipsis=glyphs.ellipsis), inks.muted),
            "  ",
            (when, inks.muted),
        )

    def _opened(self) -> Content:
        lines = [self._heading(), *self._notes(), Content("")]
        lines.append(body_content(self.view, self.reading, self._inks, self._glyphs))
        return Content("\n").join(lines)

    def _sender(self) -> str:
        name = _name(self.view.sender)
        return f"{name} (us)" if self.view.direction is Direction.OUT else name

    def _heading(self) -> Content:
        inks, view, glyphs = self._inks, self.view, self._glyphs
        people = [_name(address) for address in (*view.to, *view.cc)]
        to = ", ".join(people[:_NAMES_SHOWN]) + (f" +{len(people) - _NAMES_SHOWN}" if people[_NAMES_SHOWN:] else "")
        when = stamp(view.sent_at, self._now)
        sender = fitted(self._sender(), min(cell_len(self._sender()), self._width // 2), ellipsis=glyphs.ellipsis)
        room = self._width - cell_len(sender) - len(when) - 2
        parts: list[Content | tuple[str, str] | str] = [
            (sender, inks.strong),
            (" " + fitted(f"{glyphs.arrow} {to}" if to else "", room - 1, ellipsis=glyphs.ellipsis), inks.muted),
            (f"  {when}", inks.muted),
        ]
        verdict: list[tuple[str, str]] = []
        if view.tension:
            verdict.append((f"{tension_word(view.tension)} ({view.tension})", inks.level(view.tension)))
        for label, words in LABEL_WORDS.items():
            if label in view.labels:
                verdict.append((f"{LETTERS[label]} {words}", inks.accent))
            elif label in view.unsure:
                verdict.append((f"{LETTERS[label].lower()}? {words}", inks.muted))
        if view.corrected:
            verdict.append(("set by you", inks.muted))
        if verdict:
            parts.append("\n")
            for place, part in enumerate(verdict):
                parts.extend([f" {glyphs.dot} " if place else "", part])
        return Content.assemble(*parts)

    def _notes(self) -> list[Content]:
        """Invitations, attachments, defects, automatic mail, and mail nobody has read for us yet: a line each."""
        view, inks = self.view, self._inks
        notes = ["new topic?  S splits it off"] if view.new_topic else []
        if view.unreadable:
            notes.append(one_line(view.unreadable))
        beware = [f"check the sender: {one_line(warning.text)}" for warning in view.warnings]
        if view.automatic:
            notes.append(f"automatic mail ({one_line(view.automatic)}): not judged")
        elif view.direction is Direction.IN and view.body is not None and not view.understood and not view.unreadable:
            notes.append("not judged yet")
        meeting = () if view.invitation is None else view.invitation.lines
        clashes = () if view.invitation is None else view.invitation.clashes
        if view.attachments:
            names = ", ".join(f"{one_line(each.filename)} ({_size(each.size)})" for each in view.attachments)
            notes.append(f"{plural(len(view.attachments), 'attachment')}: {names}")
        notes.extend(one_line(defect) for defect in view.defects if defect != view.unreadable)
        return [
            *(Content.styled(warning, inks.ring) for warning in beware),
            *(Content.styled(one_line(line), inks.strong if place == 0 else "") for place, line in enumerate(meeting)),
            *(Content.styled(one_line(line), inks.accent) for line in clashes),
            *(Content.styled(note, inks.muted) for note in notes),
        ]


def _name(address: Address) -> str:
    return one_line(address.name or address.email) or "(no address)"


def _size(octets: int) -> str:
    kilo, mega = 1_000, 1_000_000
    if octets >= mega:
        return f"{octets / mega:.1f} MB"
    return f"{octets // kilo} kB" if octets >= kilo else f"{octets} B"
