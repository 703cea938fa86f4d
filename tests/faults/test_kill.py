"""`kill -9` at any point of our code, and a mail that does it by itself: nothing lost, nothing twice, and it goes on."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fault_world import Running, World, until

from clientinbox.desk.events import EngineBack, EngineLost

KILLER = Path(__file__).with_name("killer")
SPAN = 2500
"""Calls of the desk and the store in a sync of a dozen mails."""


def deadly(world: World, **settings: object) -> Path:
    """From now on processes of this world end; returns the file that counts them."""
    deaths = world.home / "deaths"
    deaths.unlink(missing_ok=True)
    path = os.pathsep.join(part for part in (str(KILLER), os.environ.get("PYTHONPATH", "")) if part)
    world.environment |= {"PYTHONPATH": path, "FAULTS_KILLS": str(deaths)}
    world.environment |= {f"FAULTS_{name.upper()}": str(value) for name, value in settings.items()}
    return deaths


def died(deaths: Path) -> int:
    return deaths.stat().st_size if deaths.exists() else 0


def progress(world: World) -> int:
    return world.count() + world.count("messages WHERE body IS NOT NULL") + world.count("verdicts")


@pytest.mark.timeout(3600)
def test_a_sync_that_is_killed_at_any_call_is_made_good(
    build: Callable[..., World], tries: Callable[[int, int], int], table: dict[str, int]
) -> None:
    world = build()
    world.deliver(9)
    world.sync()
    with closing(sqlite3.connect(world.database)) as store, store:
        store.execute(
            "INSERT INTO corrections (message_id, field, value, made_at) VALUES ('<0.0@client.example>', 'tension', 3, '')"
        )
    killed = 0
    for number in range(tries(1, 20)):
        world.deliver(9)
        most = tries(3, 4)
        deaths = deadly(world, seed=number, most=most, span=SPAN)
        for _ in range(2 * most):
            # the first is killed itself; the next ones leave the work to an engine, which is killed and started again
            if world.run("sync", "--json").returncode == 0 and died(deaths) >= most:
                break
        killed += died(deaths)
        deadly(world, seed=0, most=0, span=1)
        world.sync()
        assert world.flaws() == [], number
    with world.store() as store:
        assert store.execute("SELECT value FROM corrections").fetchall() == [(3,)]
    table["killed"] = killed
    assert killed >= tries(2, 70)


@pytest.mark.timeout(1800)
def test_an_engine_that_is_killed_at_any_moment_is_missed_and_started_again(
    build: Callable[..., World],
    run: Callable[[World], Running],
    tries: Callable[[int, int], int],
    table: dict[str, int],
) -> None:
    world = build()
    world.deliver(3)
    engine = run(world)
    engine.sync_well()
    for number in range(tries(1, 30)):
        world.deliver(30)
        (pid,) = until(world.engines, "no engine", 90)
        goal = progress(world) + world.rng.randrange(60)
        engine.link.send({"do": "sync"})
        until(lambda: progress(world) >= goal, "it does not move", pause=0.002)  # noqa: B023
        os.kill(pid, signal.SIGKILL)
        said: list[object] = []

        def heard(kind: type[object]) -> bool:
            said.extend(engine.heard())  # noqa: B023
            return any(isinstance(event, kind) for event in said)  # noqa: B023

        until(lambda: heard(EngineLost), "nobody said it")
        if number == 0:  # later ones are started later each time, unless somebody asks
            until(lambda: heard(EngineBack), "it is not started again", 120)
        engine.sync_well()
        assert world.flaws() == [], number
        table["killed"] = table.get("killed", 0) + 1


@pytest.mark.timeout(300)
def test_the_mail_that_ends_the_engine_is_set_aside_while_doors_look_on(
    build: Callable[..., World], run: Callable[[World], Running]
) -> None:
    world = build()
    ids = world.deliver(5)
    bad = world.deliver_text("Read me. XYZZY-BOOM. Where is it?")
    ids += world.deliver(4)
    deaths = deadly(world, poison="XYZZY-BOOM")
    engine = run(world)
    report = until(lambda: (found := engine.sync()) and found["ok"] and found, "it never gets through", 120, 0.5)
    assert [(each["message_id"], each["stage"]) for each in report["unreadable"]] == [(bad, "body")]
    assert died(deaths) == 3
    with world.store() as store:
        judged = {row[0] for row in store.execute("SELECT message_id FROM messages JOIN verdicts ON message = id")}
        theirs = {row[0] for row in store.execute("SELECT message_id FROM messages WHERE ours = 0")}
    assert theirs == judged | {bad}
    assert set(ids) - theirs == {identifier for identifier in ids if ".1@" in identifier}
    shown = world.run("show", bad)
    assert "it ended the program" in shown.stdout
    assert "XYZZY-BOOM" in shown.stdout
    assert "could not be read" in world.run("triage").stdout
    assert not any("Traceback" in words for words in world.said)


@pytest.mark.usefixtures("full")
@pytest.mark.timeout(300)
def test_a_command_that_syncs_outlives_the_mail_that_killed_the_one_before(build: Callable[..., World]) -> None:
    world = build()
    world.deliver(3)
    bad = world.deliver_text("XYZZY-BOOM?")
    deaths = deadly(world, poison="XYZZY-BOOM")
    first = world.run("sync", "--json")
    assert first.returncode == -signal.SIGSEGV
    second: Any = world.run("sync")
    assert second.returncode == 0, second.stderr
    assert bad in second.stdout
    assert second.stderr.count("ended in the middle") == 1
    assert died(deaths) == 3
