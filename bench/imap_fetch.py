"""What fetching costs, ours and IMAPClient's own, in turns: processor and wall microseconds per message.

    python bench/imap_fetch.py HOST PORT USER PASSWORD [CA.pem]

All messages of the INBOX are read three times by each side, newest first; with a CA over TLS, else in plain text (to
this machine alone). IMAPClient is asked in batches of 500 with imaplib's log of literals off, which is its quickest.
"""

import ssl
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from imapclient import IMAPClient

from clientinbox.edge.imap import ImapMailbox, open_mailbox
from clientinbox.mail.account import Account, PasswordSource, Security, Server

ROUNDS = 3
ITEMS = {
    "headers": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[HEADER]"],
    "messages": ["BODY.PEEK[]"],
    "flags": ["FLAGS"],
    "structures": ["BODYSTRUCTURE"],
}
OURS: dict[str, Callable[[ImapMailbox, tuple[int, ...]], int]] = {
    "headers": lambda mailbox, uids: sum(1 for _ in mailbox.fetch_headers(uids)),
    "messages": lambda mailbox, uids: sum(1 for _ in mailbox.fetch_messages(uids)),
    "flags": lambda mailbox, uids: len(mailbox.flags(uids)),
    "structures": lambda mailbox, uids: sum(1 for _ in mailbox.structures(uids)),
}
Times = tuple[float, float]


def main() -> None:
    host, port, user, password, *ca = sys.argv[1:]
    security = Security.TLS if ca else Security.PLAIN
    server = Server(host, int(port), security, user, PasswordSource(env="-"), ca[0] if ca else "")
    account = Account("bench", f"{user}@bench.example", server)
    print("what        who          n   CPU min  median   wall min  median   (µs a message)")
    for what in ITEMS:
        took: dict[str, list[Times]] = {"IMAPClient": [], "ours": []}
        count = 0
        for _ in range(ROUNDS):
            count, times = _library(server, password, what)
            took["IMAPClient"].append(times)
            count, times = _ours(account, password, what)
            took["ours"].append(times)
        for who, rounds in took.items():
            cpu, wall = zip(*rounds, strict=True)
            print(
                f"{what:11} {who:10} {count:5} {min(cpu):8.1f} {median(cpu):7.1f} {min(wall):10.1f} {median(wall):7.1f}"
            )


def _ours(account: Account, password: str, what: str) -> tuple[int, Times]:
    with open_mailbox(account, password) as mailbox:
        mailbox.select("INBOX")
        uids = mailbox.uids()[::-1]
        return _timed(lambda: OURS[what](mailbox, uids))


def _library(server: Server, password: str, what: str) -> tuple[int, Times]:
    context = ssl.create_default_context(cafile=server.ca_file) if server.ca_file else None
    client: Any = IMAPClient(server.host, server.port, ssl=context is not None, ssl_context=context)
    client._imap.debug = 0  # noqa: SLF001 - there is no public way
    client.login(server.login, password)
    client.select_folder("INBOX", readonly=True)
    uids = client.search("ALL")[::-1]
    try:
        return _timed(
            lambda: sum(len(client.fetch(uids[at : at + 500], ITEMS[what])) for at in range(0, len(uids), 500))
        )
    finally:
        client.logout()


def _timed(work: Callable[[], int]) -> tuple[int, Times]:
    cpu, wall = time.process_time(), time.perf_counter()
    count = work()
    each = 1e6 / max(count, 1)
    return count, ((time.process_time() - cpu) * each, (time.perf_counter() - wall) * each)


if __name__ == "__main__":
    main()
