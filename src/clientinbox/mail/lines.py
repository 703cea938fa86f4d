"""A body by lines, while it is being cut into zones."""

from dataclasses import dataclass

from clientinbox.mail.zone import ZoneKind


@dataclass(slots=True)
class Lines:
    texts: list[str]
    kinds: list[ZoneKind]
    confidences: list[float]

    @classmethod
    def of(cls, text: str) -> "Lines":
        texts = text.split("\n")
        return cls(texts, [ZoneKind.NEW] * len(texts), [1.0] * len(texts))

    def mark(self, first: int, last: int, kind: ZoneKind, confidence: float) -> None:
        """Lines first…last-1."""
        self.kinds[first:last] = [kind] * (last - first)
        self.confidences[first:last] = [confidence] * (last - first)

    def written_from(self, number: int) -> int | None:
        """The first line from here on that is not empty."""
        return next((below for below in range(number, len(self.texts)) if self.texts[below].strip()), None)
