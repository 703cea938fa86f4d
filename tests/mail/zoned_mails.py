"""The mails of `zones/*.txt` with the zone that each line has, and how well the zoner finds the sender's own words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clientinbox.mail.zone import ZoneKind
from clientinbox.mail.zones import zones_of

KINDS = {
    "n": ZoneKind.NEW,
    "q": ZoneKind.QUOTE,
    "f": ZoneKind.FORWARDED,
    "s": ZoneKind.SIGNATURE,
    "d": ZoneKind.DISCLAIMER,
}


@dataclass(frozen=True, slots=True)
class ZonedMail:
    name: str
    language: str
    held_out: bool
    lines: tuple[str, ...]
    gold: tuple[ZoneKind | None, ...]
    """None for an empty line, which counts nowhere."""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def found(self) -> tuple[ZoneKind, ...]:
        """The zone that each line begins in."""
        kinds: list[ZoneKind] = []
        zones = iter(zones_of(self.text))
        zone, at = next(zones), 0
        for line in self.lines:
            while at >= zone.end and (following := next(zones, None)) is not None:
                zone = following
            kinds.append(zone.kind)
            at += len(line) + 1
        return tuple(kinds)


@dataclass(slots=True)
class Score:
    """Counts of lines."""

    right: int = 0
    lost: int = 0
    """Own words that were taken for something else."""
    alien: int = 0
    """Words of others that were taken for own."""
    same_kind: int = 0
    lines: int = 0
    wrong: list[str] = field(default_factory=list)
    """Names of the mails with a lost or alien line."""

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.lost + self.alien)

    @property
    def kinds(self) -> float:
        """Share of lines given their very kind."""
        return self.same_kind / self.lines


def zoned_mails() -> Iterator[ZonedMail]:
    for path in sorted((Path(__file__).parent / "zones").glob("*.txt")):
        for number, block in enumerate(path.read_text(encoding="utf-8").split("=== ")[1:]):
            head, _, body = block.partition("\n")
            lines, gold = [], []
            for line in body.rstrip("\n").split("\n"):
                gold.append(KINDS[line[0]] if line else None)
                lines.append(line[2:].replace("␠", " ").replace("⍽", "\xa0"))
            yield ZonedMail(head.partition(" | ")[0], head[:2], number % 3 == 2, tuple(lines), tuple(gold))


def score(mails: Iterable[ZonedMail]) -> Score:
    total = Score()
    for mail in mails:
        before = total.lost + total.alien
        for gold, found in zip(mail.gold, mail.found(), strict=True):
            if gold is None:
                continue
            own, said = gold is ZoneKind.NEW, found is ZoneKind.NEW
            total.right += own and said
            total.lost += own and not said
            total.alien += said and not own
            total.same_kind += gold is found
            total.lines += 1
        if total.lost + total.alien > before:
            total.wrong.append(mail.name)
    return total
