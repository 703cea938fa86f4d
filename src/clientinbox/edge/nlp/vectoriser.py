"""Which counts of words and character runs stand for a text: what scikit-learn's TF-IDF said in training, without it.

Two families of features, each TF-IDF with damped counts (1 + ln n) and unit length: words (pairs too), and runs of
characters inside padded words. `models/scripts` fits the terms with scikit-learn; the program counts them with numpy
alone, and a test holds the two together. Characters of a word are looked up once and remembered, since mail repeats
its words: that is what keeps a message under half a millisecond.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Values = NDArray[np.float32]

_WORD = re.compile(r"(?u)\b\w\w+\b")
_REMEMBERED_WORDS = 20_000
"""Some 8 MB; a bound, because a mailbox never runs out of new words."""
_LONGEST_WORD = 400
"""A longer run without a space (base64, a URL) says nothing, and only its start is looked at."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One family of features as training left it: the terms, in the order of their weights, and how rare each is."""

    terms: tuple[str, ...]
    idf: Values
    shortest: int
    longest: int

    def __post_init__(self) -> None:
        if len(self.terms) != len(self.idf):
            raise ValueError(f"{len(self.terms)} terms and {len(self.idf)} weights do not fit together")


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each known term of one family stands in a text; terms in ascending order."""

    ids: Ids
    times: Ids

    def without(self, part: "Counts") -> "Counts":
        """The counts of a text whose `part` is left out."""
        where = np.searchsorted(self.ids, part.ids)
        where[where == len(self.ids)] = 0
        # A term that only the part has (a word cut at its edge) is none of the text's.
        shared = self.ids[where] == part.ids if len(self.ids) else np.zeros(len(where), bool)
        times = self.times.copy()
        times[where[shared]] -= part.times[shared]
        left = times > 0
        return Counts(self.ids[left], times[left])


@dataclass(frozen=True, slots=True)
class TextCounts:
    """What is counted of one text."""

    words: Counts
    runs: Counts

    def without(self, part: "TextCounts") -> "TextCounts":
        return TextCounts(self.words.without(part.words), self.runs.without(part.runs))


@dataclass(frozen=True, slots=True)
class Features:
    """The features a text has (each once, rows of the weights) and how much of each."""

    ids: Ids
    values: Values


class Vectoriser:
    def __init__(self, words: Terms, runs: Terms) -> None:
        self.words = words
        self.runs = runs
        self.width = len(words.terms) + len(runs.terms)
        self._word_index = {term: at for at, term in enumerate(words.terms)}
        self._runs_of: Callable[[str], tuple[int, ...]] = lru_cache(_REMEMBERED_WORDS)(
            _RunFinder({term: at for at, term in enumerate(runs.terms)}, runs.shortest, runs.longest)
        )

    def __call__(self, text: str) -> Features:
        return self.features(self.counts(text))

    def counts(self, text: str) -> TextCounts:
        lowered = text.lower()
        return TextCounts(_counted(self._word_ids(lowered)), _counted(self._run_ids(lowered)))

    def features(self, counts: TextCounts) -> Features:
        return Features(
            ids=np.concatenate((counts.words.ids, counts.runs.ids + len(self.words.terms))),
            values=np.concatenate((_weighed(counts.words, self.words.idf), _weighed(counts.runs, self.runs.idf))),
        )

    def _word_ids(self, lowered: str) -> list[int]:
        words = _WORD.findall(lowered)
        found: list[int] = []
        index = self._word_index
        for length in range(self.words.shortest, self.words.longest + 1):
            terms = words if length == 1 else _joined(words, length)
            found.extend(at for term in terms if (at := index.get(term)) is not None)
        return found

    def _run_ids(self, lowered: str) -> list[int]:
        found: list[int] = []
        for word in lowered.split():
            found.extend(self._runs_of(word[:_LONGEST_WORD]))
        return found


class _RunFinder:
    """Finds the known runs of characters in one word, which is padded with a space at each end."""

    def __init__(self, index: dict[str, int], shortest: int, longest: int) -> None:
        self.index = index
        self.lengths = range(shortest, longest + 1)

    def __call__(self, word: str) -> tuple[int, ...]:
        padded = f" {word} "
        found: list[int] = []
        for length in self.lengths:
            # The padded word itself counts once when it is shorter than the run, and then no longer run is tried.
            last = len(padded) - length
            for start in range(max(0, last) + 1):
                at = self.index.get(padded[start : start + length])
                if at is not None:
                    found.append(at)
            if last <= 0:
                break
        return tuple(found)


def _joined(words: Sequence[str], length: int) -> list[str]:
    return [" ".join(words[start : start + length]) for start in range(len(words) - length + 1)]


def _counted(found: list[int]) -> Counts:
    ids, times = np.unique(np.asarray(found, np.int64), return_counts=True)
    return Counts(ids, times)


def _weighed(counts: Counts, idf: Values) -> Values:
    if not len(counts.ids):
        return np.empty(0, np.float32)
    values = ((1.0 + np.log(counts.times)) * idf[counts.ids]).astype(np.float32)
    values /= np.sqrt(values @ values)
    return values
