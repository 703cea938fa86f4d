"""Somebody else changes the mailbox, or the clock, while we are at it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fault_proxy import Fault, Kind
from fault_world import Running, World, until

JUMPS = (timedelta(days=1), timedelta(days=-1), timedelta(days=365), timedelta(days=-365), timedelta(0))


def renew(world: World) -> None:
    """The same mail under other UIDs and another UIDVALIDITY."""
    with world.server() as client:
        client.select_folder("Archive")
        uids = client.search("ALL")
        raws = [data[b"BODY[]"] for data in client.fetch(uids, ["BODY.PEEK[]"]).values()] if uids else []
        client.unselect_folder()
        client.delete_folder("Archive")
        client.create_folder("Archive")
        for raw in reversed(raws):
            client.append("Archive", raw)


def rename(world: World) -> None:
    with world.server() as client:
        client.rename_folder("Archive", "Elsewhere")
        client.create_folder("Archive")


def rename_back(world: World) -> None:
    with world.server() as client:
        client.delete_folder("Archive")
        client.rename_folder("Elsewhere", "Archive")


def remove(world: World) -> None:
    with world.server() as client:
        client.delete_folder("Archive")


def remake(world: World) -> None:
    with world.server() as client:
        if not client.folder_exists("Archive"):  # a folder with a role comes back by itself
            client.create_folder("Archive")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("deed", "undo"), [(renew, None), (rename, rename_back), (remove, remake)])
def test_a_folder_is_changed_in_the_middle_of_a_sync(
    build: Callable[..., World],
    run: Callable[[World], Running],
    tries: Callable[[int, int], int],
    table: dict[str, int],
    deed: Callable[[World], None],
    undo: Callable[[World], None] | None,
) -> None:
    if undo is not None and not tries(0, 1):
        pytest.skip("only with --faults=full")
    world = build()
    gone = set(world.deliver(9, folder="Archive"))
    world.deliver(3)
    engine = run(world)
    engine.sync_well()
    for number in range(tries(2, 24)):
        gone |= set(world.deliver(3, folder="Archive"))
        world.proxy.arm(Fault(Kind.MEANWHILE, world.rng.randrange(4000), meanwhile=lambda: deed(world)))
        engine.sync()
        if world.proxy.armed:  # it said less than that
            world.proxy.arm(None)
            deed(world)
        engine.sync()
        if undo is not None:
            undo(world)
        engine.sync_well()
        assert world.flaws(gone=frozenset(gone)) == [], number
        table["deeds"] = table.get("deeds", 0) + 1


@pytest.mark.timeout(600)
def test_the_clock_jumps_while_mail_is_fetched_and_waits_to_go_out(
    build: Callable[..., World],
    run: Callable[[World], Running],
    serve_smtp: Callable[..., Any],
    tries: Callable[[int, int], int],
    table: dict[str, int],
) -> None:
    sink = serve_smtp()
    world = build(smtp_port=sink.port)
    world.deliver(3)
    engine = run(world)
    engine.sync_well()
    sent = []
    for number in range(tries(1, 6)):
        draft = world.draft("<0.0@client.example>")
        queued = world.run("send", draft, "--undo", "60", "--json")
        assert queued.returncode == 0, queued.stderr
        for jump in world.rng.sample(JUMPS, len(JUMPS)):
            world.deliver(3)
            engine.link.send({"do": "clock", "offset": jump / timedelta(seconds=1)})
            engine.sync_well()
            assert world.flaws(gone=world.sent()) == [], (number, jump)
        engine.link.send({"do": "clock", "offset": 120.0})
        until(lambda: not world.unfiled(), "it does not go out")
        engine.link.send({"do": "clock", "offset": 0.0})
        sent.append(draft)
        table["jumps"] = table.get("jumps", 0) + len(JUMPS) + 2
    engine.sync_well()
    assert len(sink.received) == len(sent)
    assert world.flaws() == []
    with world.store() as store:
        dates = [row[0] for row in store.execute("SELECT sent_at FROM messages WHERE ours = 0")]
    assert all(date.startswith("2026-03-02") for date in dates)
