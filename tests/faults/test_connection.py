"""The way to the server is cut, falls silent or garbles, at any octet: nothing lost, nothing twice, and it goes on."""

import threading
from collections.abc import Callable

import pytest
from fault_proxy import Fault, Kind
from fault_world import US, Running, World, until

KINDS = (Kind.CUT, Kind.CLOSE, Kind.STALL, Kind.CORRUPT)


def some_fault(world: World, octets: list[int]) -> Fault:
    """Without TLS nobody can know that an octet of a mail is another one: that is tried apart."""
    down = world.rng.random() < 0.75
    kind = world.rng.choice(KINDS if world.tls else KINDS[:3])
    return Fault(kind, world.rng.randrange(max(1, octets[down])), down)


def break_it_off(world: World, fault: Fault, work: Callable[[], object]) -> None:
    """Do something with a fault on the way; a silent connection dies in the end."""
    world.proxy.arm(fault)
    over = threading.Event()

    def end_stalls() -> None:
        while not over.wait(0.3):
            world.proxy.end_stalls()
            if fault.kind is Kind.CORRUPT and not world.proxy.armed:
                over.wait(0.5)
                world.proxy.cut_all()  # what waits for the end of a garbled line would wait for its timeout

    reaper = threading.Thread(target=end_stalls)
    reaper.start()
    try:
        work()
    finally:
        over.set()
        reaper.join()
        world.proxy.arm(None)
        world.proxy.end_stalls()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain"])
def test_a_sync_that_is_broken_off_at_any_octet_is_made_good(
    build: Callable[..., World],
    run: Callable[[World], Running],
    tries: Callable[[int, int], int],
    table: dict[str, int],
    tls: bool,  # noqa: FBT001
) -> None:
    world = build(tls=tls)
    world.deliver(6)
    engine = run(world)
    engine.sync_well()
    world.deliver(6)
    world.proxy.arm(Fault(Kind.CUT, 1 << 40))
    engine.sync_well()
    octets = list(world.proxy.most_passed)
    assert min(octets) > 200
    gone: set[str] = set()
    for number in range(tries(6, 90)):
        world.deliver(6)
        if number % 3 == 0:
            gone |= world.expunge(2)
        if number % 4 == 0:
            world.flag(3)
        fault = some_fault(world, octets)
        struck = world.proxy.struck
        break_it_off(world, fault, engine.sync)
        engine.sync_well()
        name = f"{fault.kind} {'down' if fault.down else 'up'}"
        table[name] = table.get(name, 0) + (world.proxy.struck - struck)
        assert world.flaws(gone=frozenset(gone)) == [], (number, fault)
    table["struck"] = world.proxy.struck
    assert world.proxy.struck > tries(6, 90) // 2
    engine.close()
    assert world.sync()["ok"]


@pytest.mark.timeout(1800)
def test_a_first_sync_that_is_broken_off_again_and_again_ends_with_everything_once(
    build: Callable[..., World],
    run: Callable[[World], Running],
    tries: Callable[[int, int], int],
    table: dict[str, int],
) -> None:
    for _ in range(tries(1, 8)):
        world = build()
        world.deliver(90, size=200)
        engine = run(world)
        broken = 0
        report = None
        while broken < 8 or report is None or not report["ok"]:
            if broken < 8:
                break_it_off(world, Fault(Kind.CUT, world.rng.randrange(20_000)), engine.sync)
                broken += 1
            else:
                report = engine.sync_well()
        table["struck"] = table.get("struck", 0) + world.proxy.struck
        assert world.flaws() == []
        engine.close()


@pytest.mark.usefixtures("full")
@pytest.mark.timeout(1800)
def test_a_line_that_garbles_without_tls_ends_no_engine(
    build: Callable[..., World],
    run: Callable[[World], Running],
    tries: Callable[[int, int], int],
    table: dict[str, int],
) -> None:
    world = build(tls=False)
    world.deliver(6)
    engine = run(world)
    pids = world.engines()
    for _ in range(tries(4, 60)):
        world.deliver(2)
        fault = Fault(Kind.CORRUPT, world.rng.randrange(3000), world.rng.random() < 0.75)
        break_it_off(world, fault, engine.sync)
        engine.sync_well()
    table["struck"] = world.proxy.struck
    assert world.engines() == pids
    assert [flaw for flaw in world.flaws() if flaw.startswith(("integrity", "foreign", "twice", "a traceback"))] == []


@pytest.mark.timeout(1800)
def test_a_sent_mail_goes_out_once_and_is_filed_once_however_the_filing_is_broken_off(
    build: Callable[..., World],
    serve_smtp: Callable[..., object],
    tries: Callable[[int, int], int],
    table: dict[str, int],
) -> None:
    sink = serve_smtp()
    world = build(smtp_port=sink.port)  # type: ignore[attr-defined]
    world.deliver(3)
    world.sync()
    world.proxy.arm(Fault(Kind.CUT, 1 << 40))
    sent = [world.send(world.draft("<0.0@client.example>"))]
    octets = list(world.proxy.most_passed)
    for number in range(tries(3, 40)):
        draft = world.draft("<0.0@client.example>")
        fault = some_fault(world, octets)
        break_it_off(world, fault, lambda: sent.append(world.send(draft)))  # noqa: B023
        if number % 4 == 3:
            world.file_all()
    world.file_all()
    table["struck"] = world.proxy.struck
    assert world.proxy.struck >= tries(1, 20)
    folders, ids = world.on_server()
    assert len(sent) == len(set(sent)) == tries(4, 41)
    taken = [raw for _, raw in sink.received]  # type: ignore[attr-defined]
    assert [sum(identifier.encode() in raw for raw in taken) for identifier in sent] == [1] * len(sent)
    assert [ids[identifier] for identifier in sent] == [1] * len(sent)
    assert set(sent) <= set(folders["Sent"].values())
    world.sync()
    assert world.flaws() == []
    with world.store() as store:
        assert store.execute("SELECT count(*) FROM messages WHERE from_email = ?", (US,)).fetchone()[0] == len(sent) + 1


@pytest.mark.timeout(1800)
def test_what_was_done_to_mail_reaches_the_server_once_however_it_is_broken_off(
    build: Callable[..., World],
    run: Callable[[World], Running],
    tries: Callable[[int, int], int],
    table: dict[str, int],
) -> None:
    world = build()
    world.deliver(6)
    engine = run(world)
    engine.sync_well()
    archived: list[str] = []
    read: list[str] = []
    for number in range(tries(2, 40)):
        ids = world.deliver(6)
        engine.sync_well()
        for command, identifier in (("archive", ids[0]), ("mark --read", ids[3])):
            done = world.run(*command.split(), identifier)
            assert done.returncode == 0, done.stderr
        archived += [ids[0], ids[2]]
        read += [ids[3], ids[5]]
        break_it_off(world, some_fault(world, [1500, 4000]), engine.sync)
        engine.sync_well()
        until(lambda: not world.unwritten() or (engine.sync() and False), "something is never written")
        folders, ids_there = world.on_server()
        assert [ids_there[each] for each in archived] == [1] * len(archived), number
        assert set(archived) <= set(folders["Archive"].values())
        engine.sync_well()
        assert world.flaws() == [], number
    with world.server() as client:
        client.select_folder("INBOX", readonly=True)
        seen = client.search(["SEEN"])
    inbox = folders["INBOX"]
    assert {inbox[uid] for uid in seen if uid in inbox} == set(read)
    table["struck"] = world.proxy.struck
