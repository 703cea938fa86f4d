"""UIDs to sets and back: nothing lost, nothing added, no line too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.imap.sequences import LONGEST_SET, chunks, expanded, uid_set

UIDS = st.lists(st.integers(1, 2**32 - 1) | st.integers(1, 40), unique=True, max_size=60)


@given(uids=UIDS.filter(bool))
def test_a_set_says_exactly_these_uids(uids: list[int]) -> None:
    assert expanded(uid_set(uids)) == sorted(uids)


def test_neighbours_become_a_range() -> None:
    assert uid_set([9, 3, 1, 2, 7, 8]) == "1:3,7:9"
    assert uid_set([]) == ""


@given(uids=UIDS, size=st.integers(1, 20))
def test_chunks_keep_the_order_they_were_given(uids: list[int], size: int) -> None:
    cut = list(chunks(uids, size))

    assert [uid for chunk, _ in cut for uid in chunk] == uids
    assert all(len(chunk) <= size and expanded(text) == sorted(chunk) for chunk, text in cut)


def test_scattered_uids_never_make_a_line_longer_than_a_server_must_take() -> None:
    uids = list(range(4_000_000_000, 1, -400_000))

    cut = list(chunks(uids, 20_000))

    assert [uid for chunk, _ in cut for uid in chunk] == uids
    assert max(len(text) for _, text in cut) <= LONGEST_SET
    assert len(cut) < 40


def test_a_range_that_would_eat_all_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="more messages"):
        expanded("1:4294967295")
