"""Labels where other mail programs show them: as IMAP keywords, for accounts that ask for it (`keywords = true`).

A keyword is wished for once, when a verdict or a person's correction gives it, and taken off when that goes. What was
wished is remembered, so that whoever takes a keyword off elsewhere, and a server that keeps none, are left in peace.
Our own and automatic mail has none.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from clientinbox.desk.effective import effective_labels, effective_tension
from clientinbox.edge.store import Connection, queries, serverqueue, transaction
from clientinbox.edge.store.rows import StoredMessage
from clientinbox.mail.account import Account
from clientinbox.mail.serverqueue import Copy, State, wish_flag


def with_keywords(accounts: Sequence[Account]) -> frozenset[str]:
    """Names of the accounts whose servers are told."""
    return frozenset(account.name for account in accounts if account.keywords and not account.read_only)


def keywords_of(message: StoredMessage) -> frozenset[str]:
    """ci-progress, ci-complaint, ci-scope-change; ci-tension-1 to -3, none where it is calm."""
    if message.ours or message.automatic:
        return frozenset()
    tension = effective_tension(message)
    labels = {f"ci-{label.replace('_', '-')}" for label in effective_labels(message)}
    return frozenset(labels | ({f"ci-tension-{tension}"} if tension else set()))


def wish_keywords(connection: Connection, thread: int, accounts: Collection[str], now: datetime) -> bool:
    """Queue what differs from what was wished before; True where something does."""
    changed = False
    with transaction(connection):
        for message in queries.thread_messages(connection, thread):
            wanted = keywords_of(message)
            for account in accounts:
                before = serverqueue.wished_keywords(connection, account, message.message_id)
                if wanted != before and (copies := _copies(connection, account, message)):
                    for keyword in sorted(wanted ^ before):
                        queue = serverqueue.open_changes(connection, account, message.message_id)
                        plan = wish_flag(copies, queue, keyword, on=keyword in wanted)
                        serverqueue.apply(
                            connection, account, message.message_id, plan, state=State.WAITING, now=now, stale=False
                        )
                    serverqueue.note_keywords(connection, account, message.message_id, wanted)
                    changed = True
    return changed


def _copies(connection: Connection, account: str, message: StoredMessage) -> tuple[Copy, ...]:
    stored = serverqueue.stored_copies(connection, account, message.message_id)
    return tuple(Copy(copy.spot, frozenset(copy.flags)) for copy in stored)
