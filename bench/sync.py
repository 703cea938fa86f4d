"""First sync and index, a check without news, and 100 new messages, beside mbsync + notmuch, in turns.

    python bench/sync.py [ROUNDS [MESSAGES]]          default: 3 rounds of 20,000 messages (242 MB)

Mail is made by bench/corpus.py and served by a Dovecot of its own; everything lives in $BENCH_DATA (default:
~/.cache/clientinbox-bench). Needs dovecot, mbsync (isync), notmuch. CPU is user + system of the process and all it
waited for, the server's not counted.

What each side does: notmuch indexes every part's text, HTML beside plain, all addresses, and threads; the Maildir is
its store. clientinbox stores headers, the text a person reads, zones, threads, keeps messages up to 64 kB deflated, and
indexes subject, people and that text. Judging is left out (`sync --no-triage`): notmuch has nothing like it.
"""

import imaplib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

DATA = Path(os.environ.get("BENCH_DATA", "~/.cache/clientinbox-bench")).expanduser()
HERE = Path(__file__).parent
NEW = 100


@dataclass(frozen=True, slots=True)
class Cost:
    wall: float
    cpu: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


def run(command: list[str], **environment: str) -> Cost:
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command}: {process.returncode}")
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime)


def corpus(name: str, *arguments: str) -> Path:
    made = DATA / name
    if not (made / "cur").is_dir():
        subprocess.run([sys.executable, HERE / "corpus.py", "--out", made, "--no-manifest", *arguments], check=True)
    return made


class Server:
    """A Dovecot with the corpus as the inbox of "bench"."""

    def __init__(self, mail: Path) -> None:
        self._scripts = HERE.parent / "tests" / "dovecot"
        self._dir = DATA / f"imap-{mail.name}"
        shutil.rmtree(self._dir, ignore_errors=True)
        start = [
            self._scripts / "start_dovecot.sh",
            self._dir,
            "0",
            "--user",
            "bench:bench",
            "--import",
            f"bench={mail}",
        ]
        subprocess.run([*start, "-q", "--parent", str(os.getpid())], check=True)
        self.port = json.loads((self._dir / "endpoint.json").read_text())["port"]
        self.inbox = self._dir / "mail" / "bench" / "Maildir"
        self.count()

    def count(self) -> None:
        """A server that has been used before knows its mail."""
        with imaplib.IMAP4("127.0.0.1", self.port) as client:
            client.login("bench", "bench")
            client.select("INBOX", readonly=True)
            client.fetch("1:*", "(UID FLAGS RFC822.SIZE INTERNALDATE)")

    def deliver(self, mail: Path) -> None:
        for file in sorted((mail / "cur").iterdir()):
            os.link(file, self.inbox / "new" / file.name.partition(":")[0])
        self.count()

    def take_back(self, first: int) -> None:
        with imaplib.IMAP4("127.0.0.1", self.port) as client:
            client.login("bench", "bench")
            client.select("INBOX")
            client.store(f"{first}:*", "+FLAGS.SILENT", "(\\Deleted)")
            client.expunge()

    def stop(self) -> None:
        subprocess.run([self._scripts / "stop_dovecot.sh", self._dir], check=True)


class Peers:
    """mbsync + notmuch."""

    name = "mbsync + notmuch"

    def __init__(self, folder: Path, port: int) -> None:
        (folder / "Mail").mkdir(parents=True)
        self._rc, self._conf = folder / "mbsyncrc", folder / "notmuch"
        self._rc.write_text(
            f"FSync no\nIMAPAccount a\nHost 127.0.0.1\nPort {port}\nUser bench\nPass bench\n"
            "SSLType None\nAuthMechs LOGIN\n\n"
            f"IMAPStore r\nAccount a\n\nMaildirStore l\nPath {folder}/Mail/\nInbox {folder}/Mail/INBOX\n\n"
            "Channel c\nFar :r:\nNear :l:\nPatterns INBOX\nCreate Near\nSync Pull\nSyncState *\n"
        )
        self._conf.write_text(
            f"[database]\npath={folder}/Mail\n[user]\nname=b\nprimary_email=b@b.example\n[new]\ntags=unread;inbox\n"
        )

    def sync(self) -> Cost:
        indexing = ["notmuch", "new", "--quiet"]
        return run(["mbsync", "-q", "-c", str(self._rc), "c"]) + run(indexing, NOTMUCH_CONFIG=str(self._conf))


class Ours:
    name = "clientinbox"

    def __init__(self, folder: Path, port: int) -> None:
        folder.mkdir(parents=True)
        self._config = folder / "config.toml"
        self._config.write_text(
            f'[accounts.bench]\nemail = "mara@northlight.example"\nimap.server = "imap://127.0.0.1:{port}"\n'
            'imap.login = "bench"\nimap.password.env = "BENCH_PASSWORD"\nscope = "all"\nhistory = "all"\n'
            'folders = ["INBOX"]\nread_only = true\n'
        )
        homes = {name: folder / name.lower() for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")}
        for home in homes.values():
            home.mkdir(mode=0o700)
        self._environment = {name: str(home) for name, home in homes.items()} | {"BENCH_PASSWORD": "bench"}

    def sync(self) -> Cost:
        command = [sys.executable, "-m", "clientinbox", "-c", str(self._config), "sync", "--no-triage"]
        return run(command, **self._environment)


def table(costs: dict[str, dict[str, list[Cost]]]) -> None:
    print(f"\n{'':24}{'':20}{'wall s min':>11}{'median':>9}{'CPU s min':>11}{'median':>9}")
    for what, by_name in costs.items():
        for name, each in by_name.items():
            walls, cpus = [cost.wall for cost in each], [cost.cpu for cost in each]
            figures = (min(walls), statistics.median(walls), min(cpus), statistics.median(cpus))
            print(f"{what:24}{name:20}{figures[0]:11.3f}{figures[1]:9.3f}{figures[2]:11.3f}{figures[3]:9.3f}")
        theirs, ours = (by_name[side.name] for side in (Peers, Ours))
        wall = min(cost.wall for cost in ours) / min(cost.wall for cost in theirs)
        cpu = min(cost.cpu for cost in ours) / min(cost.cpu for cost in theirs)
        print(f"{'':24}{'ours / theirs':20}{wall:11.3f}{'':9}{cpu:11.3f}")


def main(rounds: int, messages: int) -> None:
    DATA.mkdir(parents=True, exist_ok=True)
    server = Server(corpus(f"corpus{messages}", "--n", str(messages), "--seed", "7"))
    work = DATA / "sync"
    costs: dict[str, dict[str, list[Cost]]] = {}

    def note(what: str, side: Peers | Ours) -> None:
        costs.setdefault(what, {}).setdefault(side.name, []).append(side.sync())
        cost = costs[what][side.name][-1]
        print(f"{what}, {side.name}: {cost.wall:.3f} s, CPU {cost.cpu:.3f} s", flush=True)

    try:
        for number in range(1, rounds + 1):
            shutil.rmtree(work, ignore_errors=True)
            sides = [Ours(work / "ours", server.port), Peers(work / "theirs", server.port)]
            for side in sides if number % 2 else sides[::-1]:
                note(f"first sync of {messages}", side)
            for _ in range(3):
                for side in sides:
                    note("nothing new", side)
            server.deliver(corpus(f"new{number}", "--n", str(NEW), "--seed", str(100 + number), "--unseen"))
            for side in sides:
                note(f"{NEW} more", side)
            server.take_back(messages + 1)
    finally:
        server.stop()
    table(costs)


if __name__ == "__main__":
    main(*(int(argument) for argument in (*sys.argv[1:], *("3", "20000")[len(sys.argv) - 1 :])))
