"""What a zone is. Apart from how zones are found: those patterns take time to compile, and a list needs none."""

from dataclasses import dataclass
from enum import StrEnum


class ZoneKind(StrEnum):
    NEW = "new"
    QUOTE = "quote"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"


@dataclass(frozen=True, slots=True)
class Zone:
    """Characters start…end-1 of a body. The zones of a body are in order, adjoin, and cover all of it."""

    kind: ZoneKind
    start: int
    end: int
