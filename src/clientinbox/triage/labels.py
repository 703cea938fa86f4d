"""What a message is for, how tense its sender is, and the words that say so.

Labels and levels are those of the annotation guide (models/corpus/GUIDE.md).
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Label(StrEnum):
    PROGRESS = "progress"
    """Reports or asks where the agreed work stands."""
    COMPLAINT = "complaint"
    """Something about work, service, people, time or money is not acceptable."""
    SCOPE_CHANGE = "scope_change"
    """Asks for, proposes or announces a change to what was agreed."""


class Tension(IntEnum):
    CALM = 0
    CONCERNED = 1
    TENSE = 2
    LIVID = 3


TENSION_EVIDENCE = "tension"
"""`Evidence.label` of a span that carries the tension."""

UNSURE_FROM, UNSURE_TO = 0.40, 0.60
"""A probability in this band is said to be unsure."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The clause that carries a label or the tension: offsets into the text it was found in."""

    label: str
    """A `Label` value, or TENSION_EVIDENCE."""
    text: str
    """At most 200 characters."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Classification:
    """What a classifier says of one message's own words."""

    labels: frozenset[Label]
    probabilities: dict[Label, float]
    tension: Tension
    tension_probabilities: tuple[float, float, float, float]
    evidence: tuple[Evidence, ...] = ()
    unsure: frozenset[Label] = field(default_factory=frozenset)
    foreign: bool = False
    """Not English: nothing was judged."""


ABSTAINED = Classification(
    labels=frozenset(),
    probabilities=dict.fromkeys(Label, 0.5),
    tension=Tension.CALM,
    tension_probabilities=(0.25, 0.25, 0.25, 0.25),
    unsure=frozenset(Label),
    foreign=True,
)
"""What is said of a text that is not English: a person has to look."""
