"""In which order the inbox stands: rule 14, an open sum of seven parts that `w` prints.

    P = 40·tension/3 + 20·escalate + 15·min(1.5, waited/goal)
      + 10·promise overdue + 8·complaint + 4·scope change + 3·decider

waited is in business hours from the oldest unanswered mail; the goal is 8 of them, 2 where the tension is 2 or more.
Everything else is yes or no. Where nothing waits on us the waiting part is 0; tension and escalation count until they
are settled. Ties: the longest waiting first.
"""

from dataclasses import dataclass
from datetime import datetime

from clientinbox.triage.labels import Tension

GOAL_HOURS = 8.0
TENSE_GOAL_HOURS = 2.0
MOST_WAITED = 1.5

PART_NAMES = ("tension", "escalate", "waited", "promise_overdue", "complaint", "scope_change", "decider")


@dataclass(frozen=True, slots=True)
class UrgencyFacts:
    """What the order of a thread depends on."""

    tension: Tension | None = None
    """Of the mail that decides; None on threads no client wrote to by hand."""
    escalate: bool = False
    waited_hours: float | None = None
    """Business hours since the oldest unanswered mail; None when nobody waits on us."""
    promise_overdue: bool = False
    """A promise of ours to this thread's client and project is past its date."""
    complaint: bool = False
    scope_change: bool = False
    decider: bool = False
    """The sender decides or approves on their side."""


@dataclass(frozen=True, slots=True)
class Urgency:
    total: float
    parts: tuple[tuple[str, float], ...]
    """In the order of PART_NAMES, zeros included; they add up to the total."""


def urgency(facts: UrgencyFacts) -> Urgency:
    """The sum of rule 14, 0 to 107.5, with its parts to two decimals."""
    level = int(facts.tension or 0)
    goal = TENSE_GOAL_HOURS if level >= Tension.TENSE else GOAL_HOURS
    waited = min(MOST_WAITED, max(0.0, facts.waited_hours or 0.0) / goal)
    points = (
        40 * level / Tension.LIVID,
        20.0 * facts.escalate,
        15 * waited,
        10.0 * facts.promise_overdue,
        8.0 * facts.complaint,
        4.0 * facts.scope_change,
        3.0 * facts.decider,
    )
    parts = tuple((name, round(value, 2)) for name, value in zip(PART_NAMES, points, strict=True))
    return Urgency(round(sum(value for _, value in parts), 2), parts)


def order_key(order: Urgency, waiting_since: datetime | None, last_at: datetime) -> tuple[float, float, float]:
    """Sort ascending by this: most urgent first, then the longest waiting, then the newest."""
    return (-order.total, waiting_since.timestamp() if waiting_since else float("inf"), -last_at.timestamp())
