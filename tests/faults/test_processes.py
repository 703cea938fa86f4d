"""Many at once, and what others leave behind."""

import json
import os
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from fault_world import World, until

KILLER = Path(__file__).with_name("killer")


@pytest.mark.timeout(1800)
def test_of_many_that_start_at_once_one_is_the_engine_and_all_are_answered(
    build: Callable[..., World], tries: Callable[[int, int], int], table: dict[str, int]
) -> None:
    world = build()
    for number in range(tries(1, 10)):
        world.deliver(6)
        running = [world.start("sync", "--json") for _ in range(tries(3, 6))]
        ended = [process.communicate(timeout=120) for process in running]
        assert [process.returncode for process in running] == [0] * len(running), ended
        assert all(json.loads(out)["ok"] for out, _ in ended)
        assert {err for _, err in ended} == {""}
        assert world.flaws() == [], number
        table["processes"] = table.get("processes", 0) + len(running)


@pytest.mark.usefixtures("full")
@pytest.mark.timeout(600)
def test_of_many_engines_that_start_at_once_one_stays(
    build: Callable[..., World], tries: Callable[[int, int], int], table: dict[str, int]
) -> None:
    world = build()
    for _ in range(tries(1, 10)):
        watching = [world.start("sync", "--watch") for _ in range(tries(3, 6))]
        until(lambda: sum(process.poll() is None for process in watching) == 1, "more or fewer than one stays", 60)  # noqa: B023
        until(lambda: world.count("folders"), "it does not sync")
        for process in watching:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
            assert "Traceback" not in said
            assert process.returncode in {130, 1}
            assert process.returncode == 130 or "already" in said
        table["engines"] = table.get("engines", 0) + len(watching)


def test_stale_sockets_locks_and_folders_are_no_obstacle(world: World) -> None:
    runtime = Path(world.environment["XDG_RUNTIME_DIR"]) / "clientinbox"
    world.deliver(3)
    world.sync()
    lock = world.database.with_name(world.database.name + ".lock")
    assert lock.exists()
    lock.chmod(0o600)
    name = next(iter(runtime.glob("engine-*.sock")), None)
    assert name is None  # it goes with its engine
    from clientinbox.desk.engine.lock import socket_path

    stale = socket_path(runtime, world.database)
    with closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(stale))
        left.listen()
    assert stale.exists()  # nobody listens any more
    world.sync()
    stale.unlink(missing_ok=True)
    stale.write_text("not a socket")
    world.deliver(3)
    world.sync()
    assert world.flaws() == []


@pytest.mark.usefixtures("full")
def test_a_stopped_engine_does_not_freeze_a_command(world: World) -> None:
    world.deliver(3)
    watching = world.start("sync", "--watch")
    until(lambda: world.count("verdicts"), "it does not sync")
    os.kill(watching.pid, signal.SIGSTOP)
    asked = world.run("sync", timeout=100)
    assert asked.returncode == 1
    assert f"process {watching.pid}" in asked.stderr
    assert asked.stderr.count("\n") == 1
    shown = world.run("triage", "--json")
    assert shown.returncode == 0
    assert json.loads(shown.stdout)
    os.kill(watching.pid, signal.SIGCONT)
    assert world.run("sync").returncode == 0
    watching.send_signal(signal.SIGINT)
    _, said = watching.communicate(timeout=30)
    assert (watching.returncode, "Traceback" in said) == (130, False)
    assert world.flaws() == []


def test_a_fault_of_ours_is_a_sentence_for_a_person_and_a_traceback_for_the_log(world: World) -> None:
    world.environment["PYTHONPATH"] = os.pathsep.join([str(KILLER), os.environ.get("PYTHONPATH", "")])
    world.environment |= {"FAULTS_KILLS": os.devnull, "FAULTS_RAISE": "needing_somebody"}
    done = world.run("triage")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "ZeroDivisionError" in done.stderr
    assert str(world.log) in done.stderr
    assert "Traceback" in world.log.read_text()
    assert world.log.stat().st_mode & 0o777 == 0o600
