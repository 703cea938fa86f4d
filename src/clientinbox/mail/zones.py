"""Zones of a message: which words are the sender's own, which are quoted, signature or disclaimer."""

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
