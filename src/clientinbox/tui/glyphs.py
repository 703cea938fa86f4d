"""The few signs we draw ourselves, twice: as they look best, and in plain ASCII for terminals and readers without them.

Each but a box is one cell wide in every terminal we know, which is why there is no telephone sign: a call is the word
RING.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    ellipsis: str
    dot: str
    """Between facts on one line, and the sign of tension 1."""
    unread: str
    marked: str
    """A thread that was chosen for the next deed."""
    flagged: str
    arrow: str
    """From one thing to the next: a trend, sender to recipient, a next action."""
    dash: str
    rule: str
    bar: str
    """One step of a bar chart."""
    opening: str
    """Before words that carry a flag."""
    closing: str
    pointer: str
    """Beside the row under the cursor."""
    ticked: str
    """A slot that is filled; like the next two a box, three cells where a box must be typed."""
    unticked: str
    crossed: str
    """A slot that was waived."""


UNICODE = Glyphs(
    ellipsis="…",
    dot="·",
    unread="●",
    marked="✓",
    flagged="⚑",
    arrow="→",
    dash="–",
    rule="─",
    bar="━",
    opening="‹",
    closing="›",
    pointer="▌",
    ticked="☑",
    unticked="☐",
    crossed="☒",
)
ASCII = Glyphs(
    ellipsis="~",
    dot=".",
    unread="*",
    marked="x",
    flagged="+",
    arrow=">",
    dash="-",
    rule="-",
    bar="=",
    opening="<",
    closing=">",
    pointer=">",
    ticked="[x]",
    unticked="[ ]",
    crossed="[-]",
)
