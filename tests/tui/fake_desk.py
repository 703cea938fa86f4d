"""A desk with everything on it that a screen may meet: the double of `DeskPort` for all tests of screens."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from clientinbox.desk.events import Event
from clientinbox.desk.views import (
    AgreedLine,
    AttachmentView,
    CallEntry,
    CallPrompt,
    CallSheetView,
    DraftView,
    FrameView,
    InboxList,
    InboxRow,
    MessageView,
    NextAction,
    Person,
    Queued,
    Reason,
    SheetLine,
    SheetSection,
    SlotView,
    ThreadPage,
)
from clientinbox.mail.message import Address, Attachment, Direction
from clientinbox.mail.zone import Zone, ZoneKind
from clientinbox.triage.labels import Evidence

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Europe/London"))
HOSTILE = "[/] [URGENT] \x1b]0;x\x07 \u202e"
"""As it would be had every gate before the screens failed."""
US = Address("Ana Ferreira", "ana@lantern.example")
HELEN = Address("Helen Marsh", "helen.marsh@northgatemuseums.example")

LIVID_WORDS = """Ms Ferreira,

I asked three questions. You have answered none of them, and thanked me for patience I had not offered.

On Thursday 4,200 people were sent a letter with my signature on it. If there is nothing there, they will think that the \
museum did not keep its word, and they will be quite right, because I gave it for you.

I no longer believe what you write to me. I have asked Gillian Pask to hold invoice 2041.

Please do not send me another date.

"""
SIGNATURE = "Helen Marsh\nHead of Visitor Services\nNorthgate Museums\n0191 498 0127\n\n"
QUOTE = "On Mon, 23 Nov 2026 at 11:52, Ana Ferreira wrote:\n> Hi Helen (and hello Judith),\n>\n> Really sorry for the silence!\n"


@dataclass
class Listing:
    all_rows: Sequence[InboxRow]

    def __len__(self) -> int:
        return len(self.all_rows)

    def rows(self, start: int, stop: int) -> Sequence[InboxRow]:
        return self.all_rows[start:stop]

    def position(self, thread_id: str) -> int | None:
        urgent = (index for index, row in enumerate(self.all_rows[:200]) if row.thread_id == thread_id)
        return next(urgent, None)


class Endless:
    """A hundred thousand rows that exist only while they are looked at."""

    def __init__(self, length: int = 100_000) -> None:
        self.length = length
        self.read = 0
        """Rows asked for so far."""

    def __len__(self) -> int:
        return self.length

    def rows(self, start: int, stop: int) -> Sequence[InboxRow]:
        found = range(start, min(stop, self.length))
        self.read += len(found)
        return [
            row(f"t{number}", subject=f"Thread number {number}", needs_you=number < 9, tension=2 if number < 9 else 0)
            for number in found
        ]

    def position(self, thread_id: str) -> int | None:
        number = int(thread_id[1:])
        return number if number < 9 else None


def row(
    thread_id: str,
    *,
    subject: str,
    client: str | None = "Northgate Museums",
    project: str | None = "NGM-2",
    contact: tuple[str, str] = ("Helen Marsh", "decider"),
    labels: tuple[str, ...] = (),
    unsure: tuple[str, ...] = (),
    tension: int | None = 0,
    trend: tuple[int, ...] = (),
    escalate: bool = False,
    needs_you: bool = False,
    waiting_bh: float | None = None,
    days: float = 1.0,
    messages: int = 1,
    unread: bool = False,
    parts: tuple[tuple[str, float], ...] = (),
) -> InboxRow:
    return InboxRow(
        thread_id=thread_id,
        message_id=f"<{thread_id}-last@x.example>",
        subject=subject,
        contact=Person(contact[0], f"{contact[0].split()[0].lower()}@x.example" if contact[0] else "", contact[1]),
        client=client.split()[0].lower() if client else None,
        client_name=client,
        project=project,
        labels=labels,
        unsure=unsure,
        tension=tension,
        trend=trend or ((tension,) if tension is not None else ()),
        escalate=escalate,
        needs_you=needs_you,
        waiting_since=NOW - timedelta(days=days) if waiting_bh is not None else None,
        waiting_bh=waiting_bh,
        score=sum(points for _, points in parts),
        score_parts=parts,
        last_at=NOW - timedelta(days=days),
        messages=messages,
        unread=unread,
    )


def view(
    message_id: str,
    body: str | None,
    *,
    sender: Address = HELEN,
    to: tuple[Address, ...] = (US,),
    zones: tuple[Zone, ...] = (),
    labels: tuple[str, ...] = (),
    tension: int | None = 0,
    evidence: tuple[Evidence, ...] = (),
    cues: tuple[Evidence, ...] = (),
    days: float = 1.0,
    attachments: tuple[Attachment, ...] = (),
    automatic: str = "",
    understood: bool = True,
    corrected: tuple[str, ...] = (),
) -> MessageView:
    out = sender is US
    return MessageView(
        message_id=message_id,
        sent_at=NOW - timedelta(days=days),
        direction=Direction.OUT if out else Direction.IN,
        automatic=automatic,
        sender=sender,
        to=(HELEN,) if out else to,
        cc=(),
        subject="How is the ticketing site getting on?",
        body=body,
        zones=zones,
        attachments=attachments,
        defects=(),
        labels=labels,
        unsure=(),
        probabilities=() if out else (("progress", 0.31), ("complaint", 0.97), ("scope_change", 0.02)),
        tension=None if out else tension,
        tension_probabilities=() if out else (0.01, 0.03, 0.12, 0.84),
        evidence=evidence,
        cues=cues,
        corrected=corrected,
        understood=understood,
    )


def span(body: str, label: str, text: str) -> Evidence:
    start = body.index(text)
    return Evidence(label, text, start, start + len(text))


def northgate() -> ThreadPage:
    """The livid thread."""
    body = LIVID_WORDS + SIGNATURE + QUOTE
    own, signed = len(LIVID_WORDS), len(LIVID_WORDS + SIGNATURE)
    zones = (
        Zone(ZoneKind.NEW, 0, own),
        Zone(ZoneKind.SIGNATURE, own, signed),
        Zone(ZoneKind.QUOTE, signed, len(body)),
    )
    messages = (
        view("<ng-1@x.example>", "When may I expect the test link?", labels=("progress",), tension=1, days=13),
        view(
            "<ng-2@x.example>",
            "You will have the test link by Friday. I'll write tomorrow, good or bad.",
            sender=US,
            days=6,
        ),
        view(
            "<ng-3@x.example>", "Three questions, and I should be obliged for an answer to each.", tension=2, days=1.2
        ),
        view(
            "<ng-4@x.example>", "Hi Helen,\n\nReally sorry for the silence, bear with me.\n\nAna", sender=US, days=0.9
        ),
        view(
            "<northgate-last@x.example>",
            body,
            to=(
                US,
                Address("Judith Amory", "j@x.example"),
                Address("Tom Reyes", "t@x.example"),
                Address("", "ruth@x.example"),
            ),
            zones=zones,
            labels=("complaint",),
            tension=3,
            evidence=(
                span(body, "complaint", "You have answered none of them"),
                span(body, "tension", "I no longer believe what you write to me."),
            ),
            cues=(
                span(body, "trust_gone", "I no longer believe what you write to me."),
                span(body, "withholding", "hold invoice 2041"),
            ),
            days=0.78,
        ),
    )
    return ThreadPage(
        row=ROWS[0],
        messages=messages,
        reasons=(
            Reason("livid", "She is livid", "<northgate-last@x.example>", "I no longer believe what you write to me."),
            Reason("withholding", "She is holding back money", "<northgate-last@x.example>", "hold invoice 2041"),
            Reason("boss", "Her director has been copied in", "<northgate-last@x.example>", None),
        ),
        next_action=NextAction(
            "call", "Ring Helen Marsh, with a date you can keep", NOW + timedelta(hours=1), "Ana Ferreira"
        ),
        project_confidence=1.0,
        project_reason="this thread has been about NGM-2 since 4 November",
        archived=False,
    )


def french() -> ThreadPage:
    body = (
        "ana!! jo!! whoever's there!!\n\nit is GORGEOUS. thank you thank you thank you\n\n"
        "so, while you're in there, could you also add French? just the five pages.\n\nbig love\nsam"
    )
    words = "while you're in there, could you also add French?"
    return ThreadPage(
        row=ROWS[3],
        messages=(
            view("<fr-1@x.example>", "Hi Sam,\n\nthe pages are up.\n\nAna", sender=US, days=2),
            view(
                "<french-last@x.example>",
                body,
                sender=Address("sam ode", "sam@brightandco.example"),
                labels=("scope_change",),
                evidence=(span(body, "scope_change", words),),
                days=0.6,
            ),
        ),
        reasons=(Reason("scope_change", "Asks for more than was agreed", "<french-last@x.example>", words),),
        next_action=NextAction("reply", "Answer with a price and a date", None, "Ana Ferreira"),
        project_confidence=0.9,
        project_reason="the only live project of Bright & Co",
        archived=False,
    )


_LIVID_PARTS = (("tension", 40.0), ("escalate", 20.0), ("waited", 22.5), ("complaint", 8.0), ("decider", 3.0))
ROWS: tuple[InboxRow, ...] = (
    row(
        "northgate", subject="Re: How is the ticketing site getting on?", labels=("complaint",), tension=3,
        trend=(1, 1, 2, 3), escalate=True, needs_you=True, waiting_bh=3 + 10 / 60, days=0.78, messages=12, unread=True,
        parts=_LIVID_PARTS,
    ),
    row(
        "thursday", subject="Re: Thursday", client="Orchard Foods", project="OF-4", contact=("Colin Webb", "decider"),
        labels=("complaint", "progress"), tension=2, trend=(0, 2), escalate=True, needs_you=True, waiting_bh=7.5, days=1.1,
        messages=4, unread=True, parts=(("tension", 26.7), ("escalate", 20.0), ("waited", 15.0)),
    ),
    row(
        "delay", subject="The delay, and whose it is", client="Orchard Foods", project="OF-3", contact=("Priya Nair", "user"),
        labels=("complaint",), unsure=("scope_change",), tension=2, trend=(1, 2), needs_you=True, waiting_bh=0.42, days=0.4,
        messages=2, unread=True, parts=(("tension", 26.7), ("waited", 3.1), ("complaint", 8.0)),
    ),
    row(
        "french", subject="Re: Your pages, for real this time (!!!)", client="Bright & Co", project="BC-1",
        contact=("sam ode", "decider"), labels=("scope_change",), tension=0, needs_you=True, waiting_bh=0.0, days=0.6,
        messages=2, parts=(("scope_change", 4.0), ("decider", 3.0)),
    ),
    row(
        "guide", subject="資料の確認をお願いします 🙂 (proofs, second round)", client="Sundaram & Daughters", project="SD-1",
        contact=("ரேவதி Sundaram", "decider"), labels=("progress",), tension=1, needs_you=True, waiting_bh=12.0, days=2,
    ),
    row(
        "hostile", subject=f"{HOSTILE} price [/offer] [bold]now[/bold]", client="[red]Halden[/] Dental", project="HD-1",
        contact=("Dr Aoife Byrne", "decider"), unsure=("complaint", "progress"), tension=1, needs_you=True, waiting_bh=140.0,
        days=13,
    ),
    row("ferries", subject="A new site for Marram Ferries?", client=None, project=None, contact=("Isla MacInnes", "unknown"), days=3),
    row("phase", subject="Re: Phase one", client="Cragg Haulage", project="CH-1", contact=("Derek Cragg", "decider"), days=8),
    row("ours", subject="Wireframes for sign-off", contact=("Tom Reyes", "user"), tension=None, days=20),
    row("news", subject="", client=None, project=None, contact=("The Kern", "unknown"), tension=None, days=700),
)  # fmt: skip


NUMBER = "0191 498 0127"
_LAST = "<northgate-last@x.example>"


def call_sheet() -> CallSheetView:
    """The sheet of the livid thread: every kind of source on it."""
    sections = (
        (
            "Ring",
            ("Helen Marsh, Head of Visitor Services, decides", "contact", "helen.marsh@northgatemuseums.example"),
            ("0191 498 0127 · 09:00 there now", "message", _LAST),
        ),
        (
            "The story",
            ("Wed 11 Nov: asks when she may expect the test link", "message", "<ng-1@x.example>"),
            ("Wed 18 Nov: you say “the test link by Friday”", "message", "<ng-2@x.example>"),
            ("Mon 23 Nov: asks three questions, tense", "message", "<ng-3@x.example>"),
            ("Mon 23 Nov: you thank her for her patience", "message", "<ng-4@x.example>"),
            ("Mon 23 Nov: livid; director copied in; invoice 2041 on hold", "message", _LAST),
        ),
        (
            "In their words",
            ("“I asked three questions. You have answered none of them, and thanked me for patience I had not offered.”", "message", _LAST),
            ("“Please do not send me another date.”", "message", _LAST),
        ),
        (
            "What we owe",
            ("“test link by Friday 20 Nov”: overdue, 2 bd", "register", "promise 4: test link by Friday 20 Nov (Jo), open"),
        ),
        (
            "On the call",
            ("Hear: let her finish; do not explain yet.", "guide", ""),
            ("Empathise: say what it did to her, in her words.", "guide", ""),
            ("Apologise: for what was ours, without “if” or “but”.", "guide", ""),
            ("Resolve: one next step, with a day you can keep.", "guide", ""),
            ("Diagnose: afterwards, what let it happen.", "guide", ""),
        ),
        (
            "You may offer",
            ("up to £500 of work at no charge, without asking Ruth", "register", "us: goodwill_cap 500 GBP"),
            ("", "", ""),
        ),
    )  # fmt: skip
    made = tuple(SheetSection(str(title), tuple(SheetLine(*line) for line in lines)) for title, *lines in sections)
    printed = "\n".join(f"{each.title}\n" + "\n".join(f"  {line.text}" for line in each.lines) for each in made)
    return CallSheetView("northgate", HELEN_CARD, NUMBER, made, printed)


HELEN_CARD = Person("Helen Marsh", HELEN.email, "decider")

REPLY = DraftView(
    draft_id="7",
    thread_id="northgate",
    kind="reply",
    to="Helen Marsh <helen.marsh@northgatemuseums.example>",
    cc="Judith Amory <j@x.example>",
    bcc="",
    subject="Re: How is the ticketing site getting on?",
    body="",
    waived=(),
)
RECAP_BODY = """\
Dear Ms Marsh,

thank you for your time on the telephone just now. What we agreed:

- the test link is with you by Wednesday 25 November, 12:00 (Jo)
- invoice 2041 stays on hold until it works

I will write to you on Wednesday at 12:00, whatever I have to report.

Ana Ferreira"""
SLOTS = (
    ("problem", "their problem", True, "4,200 letters"),
    ("explanation", "how it came about", False, "because"),
    ("remedy", "how it is put right", True, "test link"),
    ("date", "by when", True, "by Wednesday 25 November"),
    ("cost", "what it costs", True, "at no cost to you"),
    ("next_update", "next news", True, "I will write to you"),
)
"""Slot, title, required, and the words that fill it in the double's simple reading."""


@dataclass
class FakeDesk:
    """Fits `DeskPort`; keeps what was asked of it."""

    listing: InboxList = field(default_factory=lambda: Listing(ROWS))
    pages: dict[str, ThreadPage] = field(default_factory=lambda: {"northgate": northgate(), "french": french()})
    done: list[tuple[object, ...]] = field(default_factory=list)
    failure: Exception | None = None
    """Raised by every change, and by `start`."""
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    archived: list[list[tuple[int, InboxRow]]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    pending: tuple[str, ...] = ()
    files: tuple[AttachmentView, ...] = ()
    should_ring: set[str] = field(default_factory=lambda: {"northgate"})
    sheet: CallSheetView = field(default_factory=call_sheet)
    drafts: tuple[DraftView, ...] = ()
    complaint: bool = True
    """What is answered is one: the frame asks for its slots."""
    in_outbox: DraftView | None = None

    def now(self) -> datetime:
        return NOW

    def inbox(self) -> InboxList:
        return self.listing

    def thread(self, thread_id: str) -> ThreadPage | None:
        if thread_id in self.pages:
            return self.pages[thread_id]
        found = [each for each in self.rows if each.thread_id == thread_id]
        if not found:
            return None
        only = view(found[0].message_id, f"About {found[0].subject}", sender=HELEN)
        return ThreadPage(found[0], (only,), (), None, None, None, archived=False)

    @property
    def rows(self) -> list[InboxRow]:
        return list(self.listing.rows(0, 200))

    def _change(self, *what: object) -> None:
        if self.failure is not None:
            raise self.failure
        self.done.append(what)

    def set_tension(self, message_id: str, level: int) -> str:
        self._change("tension", message_id, level)
        self._replace(message_id, tension=level, trend=(level,), escalate=False)
        return f"Tension set to {level}."

    def toggle_label(self, message_id: str, label: str) -> str:
        self._change("label", message_id, label)
        before = next(each for each in self.rows if each.message_id == message_id)
        on = label not in before.labels
        labels = (*before.labels, label) if on else tuple(each for each in before.labels if each != label)
        self._replace(message_id, labels=labels)
        return f"{label} {'on' if on else 'off'}."

    def _replace(self, message_id: str, **changes: object) -> None:
        self.listing = Listing(
            [
                replace(each, **changes) if each.message_id == message_id else each  # type: ignore[arg-type]
                for each in self.rows
            ]
        )

    def archive(self, thread_ids: Sequence[str]) -> str:
        return self._away("archive", "Archived.", thread_ids)

    def bin(self, thread_ids: Sequence[str]) -> str:
        return self._away("bin", "Binned.", thread_ids)

    def move(self, thread_ids: Sequence[str], folder: str) -> str:
        return self._away(f"move to {folder}", "Moved.", thread_ids)

    def _away(self, what: str, said: str, thread_ids: Sequence[str]) -> str:
        self._change(what, *thread_ids)
        gone = []
        for thread_id in thread_ids:
            rows = self.rows
            place = next(index for index, each in enumerate(rows) if each.thread_id == thread_id)
            gone.append((place, rows.pop(place)))
            self.listing = Listing(rows)
        self.archived.append(gone)
        return said

    def toggle_read(self, thread_ids: Sequence[str]) -> str:
        self._change("toggle read", *thread_ids)
        return "Read."

    def toggle_flag(self, thread_ids: Sequence[str]) -> str:
        self._change("toggle flag", *thread_ids)
        for thread_id in thread_ids:
            found = next(each for each in self.rows if each.thread_id == thread_id)
            self._replace(found.message_id, flagged=not found.flagged)
        return "Flagged."

    def split(self, message_id: str) -> str:
        self._change("split", message_id)
        return "1 message split off into thread t99"

    def mark_seen(self, thread_id: str) -> bool:
        found = next((each for each in self.rows if each.thread_id == thread_id), None)
        self.seen.append(thread_id)
        if found is None or not found.unread:
            return False
        self._replace(found.message_id, unread=False)
        return True

    def pending_lines(self) -> tuple[str, ...]:
        return self.pending

    def folders(self) -> tuple[str, ...]:
        return ("INBOX", "Archive", "bin")

    def undo(self) -> str | None:
        if not self.archived:
            return None
        self._change("undo")
        rows = self.rows
        for place, back in reversed(self.archived.pop()):
            rows.insert(place, back)
        self.listing = Listing(rows)
        return "Back in the inbox."

    # calls

    def attachments(self, name: str) -> tuple[AttachmentView, ...]:
        return tuple(each for each in self.files if each.message_id == name)

    def save_attachment(self, wanted: AttachmentView) -> Path:
        self._change("save", wanted.filename)
        return Path("/home/ana/Downloads") / wanted.filename

    def open_attachment(self, wanted: AttachmentView) -> str:
        self._change("open", wanted.filename)
        return f"Opening {wanted.filename}."

    def call_prompt(self, thread_id: str) -> CallPrompt | None:
        if thread_id not in self.should_ring:
            return None
        page = self.pages[thread_id]
        return CallPrompt(thread_id, page.row.contact, NUMBER, page.reasons)

    def decide_call(self, thread_id: str, choice: str, reason: str) -> str:
        self._change("decide", thread_id, choice, reason)
        return {"hold": "Held until 09:20.", "write": "Kept: you chose to write.", "call": "Kept: you ring."}[choice]

    def call_sheet(self, thread_id: str) -> CallSheetView | None:
        return self.sheet if thread_id == "northgate" else None

    def agreed_line(self, text: str) -> AgreedLine:
        if " by " not in text:
            return AgreedLine(text, promise=False)
        return AgreedLine(text, promise=True, owner="Jo", due=NOW + timedelta(days=1, hours=3))

    def log_call(self, thread_id: str, entry: CallEntry) -> str:
        self._change("call", thread_id, entry)
        return "Call logged."

    # writing

    def new_reply(self, thread_id: str, *, everybody: bool = False) -> DraftView:
        self._change("reply", thread_id, everybody)
        return replace(REPLY, thread_id=thread_id)

    def new_recap(self, thread_id: str) -> DraftView:
        self._change("recap", thread_id)
        return replace(REPLY, draft_id="8", kind="recap", cc="", subject="Our call just now", body=RECAP_BODY)

    def save_draft(self, draft: DraftView) -> None:
        self._change("save", draft)

    def saved(self) -> list[DraftView]:
        return [what[1] for what in self.done if what[0] == "save" and isinstance(what[1], DraftView)]

    def discard_draft(self, draft_id: str) -> str:
        self._change("discard", draft_id)
        return "Draft discarded."

    def unfinished(self, thread_id: str | None = None) -> tuple[DraftView, ...]:
        return tuple(draft for draft in self.drafts if thread_id in (None, draft.thread_id))

    def frame(self, draft: DraftView) -> FrameView:
        waived = dict(draft.waived)
        slots = tuple(
            SlotView(slot, title, words in draft.body, words if words in draft.body else "", self.complaint and needed, waived.get(slot, ""))
            for slot, title, needed, words in SLOTS
        )  # fmt: skip
        return FrameView(slots, tuple(re.findall("‹[^›]*›", draft.body)))

    def queue(self, draft: DraftView) -> Queued:
        self._change("queue", draft)
        self.in_outbox = draft
        return Queued("31", draft.subject, NOW + timedelta(seconds=30))

    def send_at_once(self, outbox_id: str) -> None:
        self._change("send at once", outbox_id)

    def take_back(self, outbox_id: str) -> DraftView | None:
        self._change("take back", outbox_id)
        return self.in_outbox

    # the engine

    def start(self) -> None:
        self._change("start")

    def sync(self) -> None:
        self._change("sync")

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)

    def close(self) -> None:
        self._change("close")
