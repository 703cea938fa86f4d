"""The demo's mail server, seen by a plain IMAP client, and its end."""

import imaplib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from clientinbox.demo.clock import DemoClock
from clientinbox.demo.scenario import DEMO_START, deliverable, scenario
from clientinbox.demo.servers import DemoServers, start_servers
from clientinbox.desk.clock import OffsetClock, SystemClock
from clientinbox.errors import ClientInboxError


@pytest.fixture
def servers() -> Iterator[DemoServers]:
    with start_servers() as running:
        yield running


def logged_in(servers: DemoServers) -> imaplib.IMAP4:
    client = imaplib.IMAP4(servers.host, servers.imap_port, timeout=10)
    client.login(servers.user, servers.password)
    return client


def test_the_server_holds_the_story_in_its_folders_with_dates_and_flags(servers: DemoServers) -> None:
    story = scenario(DEMO_START)
    counts = Counter(message.folder for message in story.messages)
    with logged_in(servers) as client:
        listed = [str(line).rpartition('"/" ')[2].strip("'\"") for line in client.list()[1]]
        assert sorted(listed) == ["Archive", "Drafts", "INBOX", "Sent", "Trash"]
        for folder in listed:
            status, (exists,) = client.select(folder, readonly=True)
            assert (status, int(exists or b"-1")) == ("OK", counts[folder])
        client.select("INBOX", readonly=True)
        _, lines = client.fetch("1:*", "(INTERNALDATE FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    served = {}
    for line in lines:
        if isinstance(line, tuple):
            found = re.search(rb'INTERNALDATE "([^"]+)"', line[0])
            assert found
            arrived = datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
            flags = frozenset(flag.decode() for flag in imaplib.ParseFlags(line[0]) if flag != b"\\Recent")
            served[line[1].decode().split()[1]] = (arrived, flags)
    assert served == {
        message.message_id: (message.sent_at, frozenset(message.flags))
        for message in story.messages
        if message.folder == "INBOX"
    }


def test_what_it_serves_is_byte_for_byte_the_story(servers: DemoServers) -> None:
    with logged_in(servers) as client:
        client.select("Archive", readonly=True)
        _, lines = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
    served = [line[1] for line in lines if isinstance(line, tuple)]
    assert served == [message.raw for message in scenario(DEMO_START).messages if message.folder == "Archive"]


def test_a_wrong_password_is_refused(servers: DemoServers) -> None:
    with imaplib.IMAP4(servers.host, servers.imap_port, timeout=10) as client, pytest.raises(imaplib.IMAP4.error):
        client.login(servers.user, "guess")
    assert servers.password not in repr(servers)


def test_later_mail_arrives_once(servers: DemoServers) -> None:
    coming = deliverable(scenario(DEMO_START).later, set())
    with logged_in(servers) as client:
        before = int(client.select("INBOX", readonly=True)[1][0] or b"0")
        assert servers.deliver(coming) == len(coming) == 8
        assert servers.deliver(coming) == 0
        assert int(client.select("INBOX", readonly=True)[1][0] or b"0") == before + 8


def test_it_is_ready_in_two_seconds_and_gone_with_the_block() -> None:
    started = time.monotonic()
    with start_servers() as running:
        assert time.monotonic() - started < 2
        port = running.imap_port
    with pytest.raises(ConnectionRefusedError):
        imaplib.IMAP4("127.0.0.1", port, timeout=5)
    with pytest.raises((ClientInboxError, ValueError)):
        running.deliver(())


PARENT = """
import sys
from clientinbox.demo.servers import start_servers
with start_servers() as running:
    print(running._child._process.pid, flush=True)
    sys.stdin.read()
"""


def test_it_dies_with_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while _runs(child) and time.monotonic() < deadline:
        os.sched_yield()
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_demo_clock_starts_with_the_story_runs_and_only_moves_on() -> None:
    seconds = [100.0]
    clock = DemoClock(DEMO_START, lambda: seconds[0])
    assert clock.now() == DEMO_START
    seconds[0] += 60
    assert clock.now() == DEMO_START + timedelta(minutes=1)
    clock.advance_to(DEMO_START + timedelta(hours=3))
    clock.advance_to(DEMO_START)
    assert clock.now() == DEMO_START + timedelta(hours=3)


def test_another_process_shows_the_demos_time_from_its_offset_alone() -> None:
    clock = DemoClock(DEMO_START)
    assert abs(OffsetClock(clock.offset()).now() - clock.now()) < timedelta(seconds=5)
    assert SystemClock().now().tzinfo is UTC
