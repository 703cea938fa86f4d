"""The plan loses nothing, asks for nothing twice, and treats a changed UIDVALIDITY as a fresh start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.mail.ports import FolderState
from clientinbox.mail.syncplan import FolderPlan, StoredFolder, batches, plan_folder

UIDS = st.frozensets(st.integers(1, 60), max_size=40)


def server(uidvalidity: int = 7) -> FolderState:
    return FolderState(uidvalidity=uidvalidity, uidnext=None, exists=0)


@given(stored=UIDS, skipped=UIDS, on_server=UIDS)
def test_following_the_plan_makes_the_store_equal_the_server(
    stored: frozenset[int], skipped: frozenset[int], on_server: frozenset[int]
) -> None:
    plan = plan_folder(StoredFolder(7, stored, skipped), server(), on_server)

    known = stored | skipped
    assert (known | set(plan.fetch)) - set(plan.gone) == on_server
    assert not set(plan.fetch) & known
    assert set(plan.gone) <= known
    assert plan.fetch == tuple(sorted(plan.fetch, reverse=True))


@given(on_server=UIDS, done=st.integers(0, 40))
def test_a_kill_after_any_message_leaves_exactly_the_rest_to_fetch(on_server: frozenset[int], done: int) -> None:
    first = plan_folder(StoredFolder(), server(), on_server)
    again = plan_folder(StoredFolder(7, frozenset(first.fetch[:done])), server(), on_server)

    assert first.fetch[:done] + again.fetch == first.fetch


@given(stored=UIDS, skipped=UIDS, on_server=UIDS)
def test_a_changed_uidvalidity_maps_everything_anew(
    stored: frozenset[int], skipped: frozenset[int], on_server: frozenset[int]
) -> None:
    plan = plan_folder(StoredFolder(6, stored, skipped), server(7), on_server)

    assert plan.uidvalidity_changed
    assert set(plan.fetch) == on_server
    assert set(plan.gone) == stored | skipped


def test_a_folder_never_seen_has_no_changed_uidvalidity() -> None:
    assert plan_folder(StoredFolder(), server(), [3, 1, 2]) == FolderPlan(fetch=(3, 2, 1), gone=())


def test_old_mail_is_not_fetched_but_what_is_stored_of_it_is_not_gone() -> None:
    plan = plan_folder(StoredFolder(7, frozenset({1, 9})), server(), [1, 2, 8], wanted=[8])

    assert plan == FolderPlan(fetch=(8,), gone=(9,), older=1)


@given(uids=st.lists(st.integers(1, 1000)), size=st.integers(1, 50))
def test_batches_keep_every_uid_in_order(uids: list[int], size: int) -> None:
    cut = list(batches(uids, size))

    assert [uid for batch in cut for uid in batch] == uids
    assert all(len(batch) == size for batch in cut[:-1])
    assert all(cut)


def test_a_batch_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        list(batches([1], 0))
