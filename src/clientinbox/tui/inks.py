"""The styles of words inside a text, with colour and for NO_COLOR, where reverse and bold carry the weight."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inks:
    levels: tuple[str, str, str, str]
    """By tension, calm first."""
    ring: str
    muted: str
    strong: str
    accent: str
    evidence: str
    cue: str
    bar: str
    good: str
    """Done, filled."""

    def level(self, tension: int | None) -> str:
        return self.levels[tension or 0]


COLOUR = Inks(
    levels=("$text-muted", "$accent", "bold $warning", "bold $error"),
    ring="bold $livid-foreground on $livid-background",
    muted="$text-muted",
    strong="bold",
    accent="bold $accent",
    evidence="bold underline on $evidence-background",
    cue="underline",
    bar="$primary",
    good="$success",
)
MONO = Inks(
    levels=("dim", "", "bold", "bold"),
    ring="bold reverse",
    muted="dim",
    strong="bold",
    accent="bold",
    evidence="bold underline",
    cue="underline",
    bar="",
    good="",
)
