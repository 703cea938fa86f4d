"""A cue that was found. Apart from the table of cues: its patterns take 20 ms to compile, and a list needs none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CueHit:
    """The exact words that gave a cue: offsets into the text that was searched."""

    code: str
    text: str
    start: int
    end: int
    weight: float
    """The cue's weight; half of it inside a negation or a conditional."""
    serious: bool = False
    """A serious cue at full weight."""
    halved: bool = False
    """A negation or a condition takes it back."""
    in_subject: bool = False
    """Offsets count in the subject, not in the text."""
