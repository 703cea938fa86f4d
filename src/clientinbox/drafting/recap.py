"""The mail after a call: only what was logged, in the order of the solution frame, with open slots left open.

Owns nothing but the arrangement of facts: each date, number and name in it was typed into the call log or handed in
from a register. What nobody said stays ‹how much?›, and blocks sending until somebody fills it.
"""

import re

from clientinbox.drafting.days import long_day
from clientinbox.drafting.frame import Slot, placeholder
from clientinbox.relationship.calls import Agreed, CallRecord

_TELLS = re.compile(
    r"\b(?:rings?|calls?|phones?|writes?|e-?mails?|updates?|notes?|hears?|tells?|let (?:you|them|her|him) know|reports?"
    r"|confirms?|texts?|messages?|speaks?)\b",
    re.IGNORECASE,
)
_COSTS = re.compile(
    r"\b(?:no|free of) (?:extra )?(?:cost|charge)|\bat (?:no|our) (?:extra )?(?:cost|expense)|[£$€₹]\s?[0-9]"
    r"|\bCR-[0-9]+|\brefund|\bcredit note|\bfees? (?:taken )?off|\b(?:GBP|USD|EUR|INR)\b",
    re.IGNORECASE,
)


def recap(
    call: CallRecord,
    salutation: str,
    from_name: str,
    *,
    problem: str = "",
    explanation: str = "",
    cost: str = "",
    next_update: str = "",
) -> str:
    """The draft of a recap.

    Args:
        call: as it was logged; its time is shown in the zone it carries.
        salutation: as it is to stand, without a comma: "Dear Kim".
        from_name: who signs.
        problem: words of theirs about what went wrong, exactly as they wrote them; quoted.
        explanation: why, as somebody typed it; the line is left out where nobody did.
        cost: what it costs them, from the log or a register.
        next_update: when they hear next, unless an agreed line says so.
    """
    if not call.reached:
        return _not_reached(call, salutation, from_name)
    agreed = [line for line in call.agreed if line.text.strip()]
    costs = [line for line in agreed if _COSTS.search(line.text) and line.due is None]
    updates = [line for line in agreed if line not in costs and _TELLS.search(line.text) and line.due is not None]
    rest = [line for line in agreed if line not in costs and line not in updates]
    remedies = [line for line in rest if line.promise]
    others = [line for line in rest if not line.promise]
    lines = [
        f"{_one_line(salutation)},",
        "",
        f"Thank you for talking to me on {long_day(call.at.date())}.",
        "This is what we said, so that you have it in writing.",
        "",
        f"What went wrong: {_quoted(problem) or placeholder(Slot.PROBLEM)}",
        *([f"Why: {_one_line(explanation)}"] if explanation.strip() else []),
        *_slot("How we are putting it right", remedies or others, Slot.REMEDY),
        *([f"By when: {placeholder(Slot.DATE)}"] if not any(line.due for line in remedies or others) else []),
        *(f"Also agreed: {_agreed(line)}" for line in (others if remedies else [])),
        f"Cost to you: {_one_line(cost) or '; '.join(line.text for line in costs) or placeholder(Slot.COST)}",
        *(
            _slot("Next update", updates, Slot.NEXT_UPDATE)
            if updates or not next_update.strip()
            else [f"Next update: {_one_line(next_update)}"]
        ),
        "",
        _one_line(from_name),
    ]
    return "\n".join(lines) + "\n"


def _not_reached(call: CallRecord, salutation: str, from_name: str) -> str:
    rung = long_day(call.at.date(), call.at.time())
    lines = [
        f"{_one_line(salutation)},",
        "",
        f"I rang you on {rung} and did not reach you. I would rather say this than write it.",
        "",
        f"I will ring again {placeholder(Slot.NEXT_UPDATE)}",
        "",
        _one_line(from_name),
    ]
    return "\n".join(lines) + "\n"


def _slot(heading: str, lines: list[Agreed], slot: Slot) -> list[str]:
    return [f"{heading}: {_agreed(line)}" for line in lines] or [f"{heading}: {placeholder(slot)}"]


def _agreed(line: Agreed) -> str:
    """A line as it was typed, and behind it what was logged beside it and its words do not say."""
    text = _one_line(line.text)
    extra = []
    if line.due is not None and not _says_day(line, text):
        extra.append(long_day(line.due, line.at))
    first = line.owner.split()[:1]
    if line.owner and not re.search(rf"(?<!\w){re.escape(first[0])}(?!\w)", text, re.IGNORECASE):
        extra.insert(0, _one_line(line.owner))
    return f"{text} ({', '.join(extra)})" if extra else text


def _says_day(line: Agreed, text: str) -> bool:
    """Whether the words name the logged day by its number: "by Friday" is another day by the time it is read."""
    if line.due is None:
        return False
    return re.search(rf"(?<![0-9]){line.due.day}(?![0-9])", text) is not None


def _quoted(words: str) -> str:
    return f"“{_one_line(words)}”" if words.strip() else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
