"""What `sync --json` and `sync status --json` print: per folder what the server has, what is stored, what was left out
and why, and whether that adds up.
"""

from collections.abc import Sequence
from typing import Any

from clientinbox.desk.syncing import AccountReport
from clientinbox.edge.store import Connection, folders, quarantine, queries
from clientinbox.edge.store.rows import FolderRow
from clientinbox.mail.syncplan import Proof

OLDER = "older than the account's history"


def sync_report(connection: Connection, reports: Sequence[AccountReport], *, seconds: float) -> dict[str, Any]:
    """Of passes that have just ended."""
    accounts = [
        {
            "account": report.account,
            "error": report.error,
            "retry": report.retry,
            "exit_code": int(report.exit_code),
            "listed": report.listed,
            "read": report.read,
            "listed_after_s": report.listed_after_s,
            "searchable_after_s": report.searchable_after_s,
            **_proof(connection, report.account),
        }
        for report in sorted(reports, key=lambda r: r.account)
    ]
    return {
        "ok": _all_well(accounts),
        "seconds": seconds,
        "messages": queries.message_count(connection),
        "unreadable": [
            {"message_id": each.message_id, "stage": each.stage, "text": each.words}
            for each in quarantine.all_quarantined(connection)
        ],
        "accounts": accounts,
    }


def status_report(connection: Connection, accounts: Sequence[str]) -> dict[str, Any]:
    """Of the last pass over each account, whenever that was; nothing is asked of any server."""
    said = []
    for account in sorted(accounts):
        last = folders.last_pass(connection, account)
        said.append(
            {
                "account": account,
                "last_pass": None if last is None else last.ended_at.isoformat(timespec="seconds"),
                "error": None if last is None else last.error,
                "retry": last is not None and last.retry,
                "exit_code": 0 if last is None else last.exit_code,
                **_proof(connection, account),
            }
        )
    return {"ok": _all_well(said), "messages": queries.message_count(connection), "accounts": said}


def _all_well(accounts: Sequence[dict[str, Any]]) -> bool:
    return all(account["error"] is None and account["reconciles"] for account in accounts)


def _proof(connection: Connection, account: str) -> dict[str, Any]:
    said = [_folder(connection, row) for row in folders.followed(connection, account)]
    return {"reconciles": all(folder["reconciles"] for folder in said), "folders": said}


def _folder(connection: Connection, row: FolderRow) -> dict[str, Any]:
    counts = folders.counts(connection, row.id)
    skipped = [*counts.skipped, *([(OLDER, row.older)] if row.older else [])]
    proof = Proof(
        on_server=row.on_server or 0,
        stored=counts.stored,
        skipped=sum(count for _, count in counts.skipped),
        older=row.older,
    )
    return {
        "folder": row.name,
        "role": row.role,
        "on_server": row.on_server,
        "stored": counts.stored,
        "not_read_yet": counts.not_read,
        "unreadable": [{"reason": words, "count": count} for words, count in counts.unreadable],
        "skipped": [{"reason": reason, "count": count} for reason, count in skipped],
        "unaccounted": 0 if row.on_server is None else proof.unaccounted,
        "reconciles": row.on_server is None or proof.unaccounted == 0,
        "checked_at": None if row.checked_at is None else row.checked_at.isoformat(timespec="seconds"),
    }
