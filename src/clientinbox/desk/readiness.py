"""May this text go out? What blocks it, in words: open placeholders always, open slots in answer to a complaint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.summaries import assess
from clientinbox.desk.views import FrameView, SlotView
from clientinbox.drafting.frame import NEEDED, SLOT_QUESTIONS, Frame, Slot, find_frame, missing, unfilled
from clientinbox.edge.store import Connection
from clientinbox.errors import ClientInboxError, UsageError
from clientinbox.triage.labels import Label

_SIGNS = dict(zip(Slot, "①②③④⑤⑥", strict=True))


@dataclass(frozen=True, slots=True)
class Gap:
    slot: str
    """Of the solution frame, which may be waived with a reason; "" for a placeholder, which may not."""
    words: str


class NotReady(ClientInboxError):
    """Something is open in the text that must not be open when it goes out."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        waivable = [gap.slot for gap in gaps if gap.slot]
        super().__init__(
            f"Not sent: {' '.join(gap.words for gap in gaps)}",
            todo=f"Write it, or waive it with a reason ({waivable[0]}=…)." if waivable else "Fill it in.",
        )
        self.gaps = tuple(gaps)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a draft answers, as far as the frame asks."""

    labels: tuple[str, ...] = ()
    """Of what nobody has answered yet."""
    words: str | None = None


def answered_by(connection: Connection, thread: int, knowledge: Knowledge, now: datetime) -> Answered:
    derived = assess(connection, thread, knowledge, now)
    if derived is None:
        return Answered()
    last = max((at for at, turn in enumerate(derived.turns) if turn.answers_client), default=-1)
    open_turns = [turn for turn in derived.turns[last + 1 :] if turn.by_client]
    texts = [turn.own_text for turn in open_turns if turn.own_text]
    return Answered(tuple(derived.summary.state["labels"]), "\n\n".join(texts) or None)


def gaps_in(
    text: str, answered: Answered, knowledge: Knowledge, now: datetime, *, waived: Mapping[str, str]
) -> tuple[Gap, ...]:
    gaps = [Gap("", f"{found.text} is still to be filled in.") for found in unfilled(text)]
    frame = _frame(text, answered, knowledge, now)
    gaps += [
        Gap(slot.value, f"{_title(slot)}: {SLOT_QUESTIONS[slot]}") for slot in missing(frame, answered.labels, waived)
    ]
    return tuple(gaps)


def frame_view(
    text: str, answered: Answered | None, knowledge: Knowledge, now: datetime, *, waived: Mapping[str, str]
) -> FrameView:
    answered = answered or Answered()
    frame = _frame(text, answered, knowledge, now)
    needed = NEEDED if Label.COMPLAINT in answered.labels else ()
    return FrameView(
        slots=tuple(
            SlotView(
                slot=state.slot.value,
                title=_title(state.slot),
                found=state.found,
                text=state.text,
                required=state.slot in needed,
                waived=waived.get(state.slot.value, ""),
            )
            for state in frame.slots
        ),
        unfilled=tuple(found.text for found in unfilled(text)),
    )


def _frame(text: str, answered: Answered, knowledge: Knowledge, now: datetime) -> Frame:
    return find_frame(
        text,
        answered.words,
        now,
        knowledge.calendar.timezone,
        people=[person.name for person in knowledge.registry.us.people],
        calendar=knowledge.calendar,
    )


def _title(slot: Slot) -> str:
    return f"{_SIGNS[slot]} {slot.value.replace('_', ' ')}"


def checked_waivers(waived: Mapping[str, str]) -> dict[str, str]:
    """UsageError for a slot there is none of, and for one without a reason."""
    slots = [slot.value for slot in Slot]
    for slot, reason in waived.items():
        if slot not in slots:
            raise UsageError(f"There is no slot {slot!r}.", todo=f"There are: {', '.join(slots)}.")
        if not reason.strip():
            raise UsageError(f"Why is {slot} left out?", todo=f"{slot}=REASON")
    return {slot: reason.strip() for slot, reason in waived.items()}
