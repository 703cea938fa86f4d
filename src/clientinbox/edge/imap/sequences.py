"""UIDs as IMAP writes them: 1:5,8. Numbers in, short command lines out, and back again."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

LONGEST_SET = 8_000
"""Characters of one set: the line of a command may be as short as 8,192 octets (RFC 7162, section 4)."""
MOST_MESSAGES = 10_000_000


def uid_set(uids: Iterable[int]) -> str:
    """Exactly these UIDs, neighbours written as a range."""
    ordered = sorted(set(uids))
    if not ordered:
        return ""
    runs: list[list[int]] = [[ordered[0], ordered[0]]]
    for before, uid in pairwise(ordered):
        if uid == before + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def chunks(uids: Sequence[int], size: int) -> Iterator[tuple[tuple[int, ...], str]]:
    """Runs of at most `size` UIDs in the order given, each with its set, none longer than a server must take."""
    waiting = [tuple(uids[start : start + size]) for start in range(0, len(uids), size)]
    waiting.reverse()
    while waiting:
        chunk = waiting.pop()
        text = uid_set(chunk)
        if len(text) > LONGEST_SET and len(chunk) > 1:
            middle = len(chunk) // 2
            waiting += [chunk[middle:], chunk[:middle]]
        else:
            yield chunk, text


def expanded(text: str) -> list[int]:
    """The numbers of a set, as ESEARCH answers with it; ValueError for one that no mailbox can hold."""
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        low, high = sorted((int(first), int(last or first)))
        if len(numbers) + high - low > MOST_MESSAGES:  # "1:4294967295" would eat all memory
            raise ValueError("more messages than a folder can hold")
        numbers.extend(range(low, high + 1))
    return numbers


def within(text: str, known: Collection[int]) -> tuple[int, ...]:
    """Which of the known UIDs a set names, ascending; the set may be as long as a server likes."""
    ordered = sorted(known)
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition(":")
        low, high = sorted((int(first), int(last or first)))
        found.update(ordered[bisect_left(ordered, low) : bisect_right(ordered, high)])
    return tuple(sorted(found))
