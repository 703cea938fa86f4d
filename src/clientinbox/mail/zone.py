"""What a zone is. Apart from how zones are found: those patterns take time to compile, and a list needs none."""

from dataclasses import dataclass
from enum import StrEnum

UNSURE = 0.5
"""A zone no surer than this is not judged, and shown with a word that says so."""


class ZoneKind(StrEnum):
    NEW = "new"
    QUOTE = "quote"
    FORWARDED = "forwarded"
    """What somebody else wrote and the sender passes on."""
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"
    """And banners of gateways, and footers of lists."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Characters start…end-1 of a body. The zones of a body are in order, adjoin, and cover all of it."""

    kind: ZoneKind
    start: int
    end: int
    confidence: float = 1.0

    @property
    def unsure(self) -> bool:
        return self.confidence <= UNSURE
