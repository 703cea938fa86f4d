"""Thousands of malformed mails through both readers, the zoner and the intake: what fails, what is slow, what is said.

    python bench/malformed.py [COUNT] [SEED] [--huge]

COUNT is 6000 unless given. `--huge` adds parts of 40 MB. Ends with 1 when a mail raised, was read differently by
the two readers, or was not stored; prints the slowest mails (CPU seconds of each step) and the peak of memory.
"""

import resource
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "mail"))

from malformed_mails import Malformed, malformed_mails

from clientinbox.desk.intake import Intake
from clientinbox.edge.mime.body import read_body
from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.edge.mime.sanitise import sanitise
from clientinbox.edge.store import Connection, connect, queries, writes
from clientinbox.mail.account import Account, PasswordSource, Scope, Security, Server
from clientinbox.mail.ports import FetchedHeader, FetchedMessage
from clientinbox.mail.zones import zones_of

BATCH, SLOWEST = 50, 12
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def read(mail: Malformed, said: Counter[str]) -> list[float]:
    """CPU seconds of header, mail-parser, bulk reader and zones."""
    times = [time.process_time()]
    read_envelope(mail.raw)
    times.append(time.process_time())
    body = read_body(mail.raw)
    times.append(time.process_time())
    bulk = read_body(mail.raw, bulk=True)
    times.append(time.process_time())
    zones = zones_of(body.text, body.quoted_from)
    times.append(time.process_time())
    if bulk != body:
        raise ValueError("the two readers differ")
    if sanitise(body.text) != body.text or "".join(body.text[z.start : z.end] for z in zones) != body.text:
        raise ValueError("the text is not harmless, or its zones do not cover it")
    said.update(
        "…".join(part for part in defect.split() if not part.isdigit()) for defect in body.defects or ["nothing"]
    )
    return [after - before for before, after in pairwise(times)]


def store(connection: Connection, mails: list[Malformed], first: int) -> int:
    """How many of a batch the store has afterwards."""
    intake = Intake(connection, ["ana@lantern.example"])
    server = Server("127.0.0.1", 1, Security.PLAIN, "ana", PasswordSource(env="NONE"))
    account = Account("lantern", "ana@lantern.example", server, scope=Scope.ALL)
    folder = writes.folder_id(connection, account.name, "INBOX", "inbox")
    raws = {first + number: mail.raw for number, mail in enumerate(mails)}
    headers = [FetchedHeader(u, raw.partition(b"\r\n\r\n")[0], (), NOW, len(raw)) for u, raw in raws.items()]
    intake.list_messages(account, folder, 1, headers, NOW)
    wanted = [(each.message, FetchedMessage(each.uid, raws[each.uid])) for each in intake.bodies_missing(folder)]
    intake.read_messages(wanted)
    missing = {each.uid for each in intake.bodies_missing(folder)}
    return len((queries.stored_uids(connection, folder) & set(raws)) - missing)


def main() -> int:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    count, seed = (*numbers, *(6000, 2026)[len(numbers) :])
    said: Counter[str] = Counter()
    costs: list[tuple[float, list[float], str]] = []
    failed: list[str] = []
    began, done, kept = time.monotonic(), 0, 0
    mails = malformed_mails(count, seed, huge="--huge" in sys.argv)
    with tempfile.TemporaryDirectory() as folder, closing(connect(Path(folder) / "mail.db")) as connection:
        while batch := list(islice(mails, BATCH)):
            for mail in batch:
                try:
                    cost = read(mail, said)
                except Exception as exc:  # noqa: BLE001 - whatever it is, it is what this bench looks for
                    failed.append(f"{mail.name}: {type(exc).__name__}: {exc}")
                else:
                    costs.append((sum(cost), cost, f"{len(mail.raw):>9} {mail.name}"))
            kept += store(connection, batch, done + 1)
            done += len(batch)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{done} mails in {time.monotonic() - began:.0f} s, {kept} stored, {len(failed)} failed, peak {peak} MB")
    print("\nslowest: CPU s of header, mail-parser, bulk, zones; octets")
    for _, cost, name in sorted(costs, reverse=True)[:SLOWEST]:
        print("  ".join(f"{part:5.2f}" for part in cost), name[:90])
    print("\nwhat is said")
    for words, times in said.most_common(20):
        print(f"{times:6} {words.replace('…', ' ')[:110]}")
    print(*failed[:40], sep="\n")
    return 1 if failed or kept != done else 0


if __name__ == "__main__":
    sys.exit(main())
