"""A disk that is full, read-only or somebody else's, a database that somebody holds: a sentence, and nothing lost."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_world import World

HOLDER = """
import sqlite3, sys, time
holder = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
holder.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
holder.execute("ROLLBACK")
"""


def small_files(octets: int) -> Callable[[], None]:
    """For a child: no file may grow larger. Python ignores the signal, so writing fails."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))


def one_sentence(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode in {1, 2, 3}, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("clientinbox: "), done.stderr
    return done.stderr


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Small disks of their own, where this may be had; resized by mounting again."""
    mounted: set[Path] = set()

    def mount(kilobytes: int, path: Path = tmp_path / "disk") -> Path:
        path.mkdir(exist_ok=True)
        how = "remount," if path in mounted else ""
        command = ["mount", "-t", "tmpfs", "-o", f"{how}size={kilobytes}k,mode=0700", "tmpfs", str(path)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("no tmpfs may be mounted here")
        mounted.add(path)
        return path

    yield mount
    for path in mounted:
        subprocess.run(["umount", "-l", str(path)], check=False)


@pytest.mark.timeout(1200)
def test_a_sync_onto_a_full_disk_says_so_and_goes_on_when_there_is_room(
    build: Callable[..., World],
    tmpfs: Callable[[int], Path],
    tries: Callable[[int, int], int],
    table: dict[str, int],
) -> None:
    table["full"] = 0
    for number in range(tries(1, 16)):
        shutil.rmtree(tmpfs(20_000) / "data", ignore_errors=True)
        disk = tmpfs(1200)  # it cannot be made smaller than what is in it
        world = build(environment={"XDG_DATA_HOME": str(disk / "data")})
        world.deliver(60, size=400)
        full = 0
        for kilobytes in sorted(world.rng.sample(range(150, 1100), 2)):
            tmpfs(kilobytes)
            done = world.run("sync")
            if done.returncode != 0:
                full += 1
                assert "disk" in one_sentence(done)
        tmpfs(20_000)
        world.sync()
        assert world.flaws() == [], number
        table["full"] += full
    assert table["full"] >= tries(1, 14)


@pytest.mark.usefixtures("full")
@pytest.mark.timeout(1200)
def test_files_that_may_not_grow_break_nothing(
    build: Callable[..., World], tries: Callable[[int, int], int], table: dict[str, int]
) -> None:
    world = build()
    world.deliver(20, size=300)
    for _ in range(tries(1, 16)):
        octets = world.rng.randrange(100_000, 900_000)
        done = world.run("sync", preexec_fn=small_files(octets))
        if done.returncode != 0:
            one_sentence(done)
            table["refused"] = table.get("refused", 0) + 1
        world.deliver(4, size=300)
    world.sync()
    assert world.flaws() == []


@pytest.mark.timeout(600)
def test_drafts_and_mail_on_a_full_disk_are_kept_or_refused_and_go_out_once(
    build: Callable[..., World], tmpfs: Callable[[int], Path], serve_smtp: Callable[..., Any]
) -> None:
    disk = tmpfs(3000)
    sink = serve_smtp()
    world = build(smtp_port=sink.port, environment={"XDG_DATA_HOME": str(disk / "data")})
    world.deliver(3)
    world.sync()
    kept = world.draft("<0.0@client.example>")
    fill(disk)
    body = world.home / "long.txt"
    body.write_text("It is there now.\n" * 2000)
    refused = world.run("draft", "<0.2@client.example>", "--body", str(body))
    assert "full" in one_sentence(refused)
    tried = world.run("send", kept, "--now", "--json")
    assert "Traceback" not in tried.stderr
    (disk / "ballast").unlink()
    if tried.returncode != 0 and not world.count("outbox"):
        assert world.run("send", kept, "--now").returncode == 0
    world.file_all()
    assert len(sink.received) == 1
    assert world.run("draft", "<0.2@client.example>", "--body", str(body)).returncode == 0
    world.sync()
    assert world.flaws() == []
    assert len(sink.received) == 1


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as file:
        for size in (100_000, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue


@pytest.mark.parametrize("command", [("sync",), ("draft", "<0.0@client.example>", "--body", "-")])
def test_a_store_that_may_not_be_written_is_a_sentence(
    world: World, tries: Callable[[int, int], int], command: tuple[str, ...]
) -> None:
    """As an ordinary user: root's right to write anywhere is given up."""
    if command != ("sync",) and not tries(0, 1):
        pytest.skip("only with --faults=full")
    as_anybody = []
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("no setpriv")
        gone = "-dac_override,-dac_read_search,-fowner"
        as_anybody = [setpriv, "--bounding-set", gone, "--inh-caps", gone]
    world.deliver(3)
    world.sync()
    folder = world.database.parent
    for file in folder.iterdir():
        file.chmod(0o400)
    folder.chmod(0o500)
    try:
        done = subprocess.run(
            [*as_anybody, *world.command(*command)],
            env=world.environment, input="Soon.", capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    finally:
        folder.chmod(0o700)
        for file in folder.iterdir():
            file.chmod(0o600)
    assert "Traceback" not in done.stderr
    assert one_sentence(done).count("\n") == 1
    world.deliver(3)
    world.sync()
    assert world.flaws() == []


@pytest.mark.usefixtures("full")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seconds", [3.0, 25.0])
def test_a_database_that_another_program_holds_is_waited_for_and_then_said(world: World, seconds: float) -> None:
    world.deliver(6)
    world.sync()
    world.deliver(6)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(world.database), str(seconds)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        done = world.run("sync")
        if seconds > 10:
            assert "busy" in one_sentence(done)
        else:
            assert (done.returncode, done.stderr) == (0, "")
    world.sync()
    assert world.flaws() == []
