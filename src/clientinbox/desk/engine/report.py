"""What `sync --json` prints: per folder what the server has, what is stored, what was left out and why."""

from collections.abc import Sequence
from typing import Any

from clientinbox.desk.syncing import AccountReport
from clientinbox.edge.store import Connection, quarantine, queries
from clientinbox.edge.store.rows import FolderRow


def sync_report(connection: Connection, reports: Sequence[AccountReport], *, seconds: float) -> dict[str, Any]:
    accounts = [_account(connection, report) for report in sorted(reports, key=lambda r: r.account)]
    return {
        "ok": all(a["error"] is None and a["reconciles"] for a in accounts),
        "seconds": seconds,
        "messages": queries.message_count(connection),
        "unreadable": [
            {"message_id": each.message_id, "stage": each.stage, "text": each.words}
            for each in quarantine.all_quarantined(connection)
        ],
        "accounts": accounts,
    }


def _account(connection: Connection, report: AccountReport) -> dict[str, Any]:
    folders = [_folder(connection, row) for row in queries.folders(connection, report.account)]
    return {
        "account": report.account,
        "error": report.error,
        "retry": report.retry,
        "exit_code": int(report.exit_code),
        "listed": report.listed,
        "read": report.read,
        "listed_after_s": report.listed_after_s,
        "searchable_after_s": report.searchable_after_s,
        "reconciles": all(folder["reconciles"] for folder in folders),
        "folders": folders,
    }


def _folder(connection: Connection, row: FolderRow) -> dict[str, Any]:
    stored = len(queries.stored_uids(connection, row.id))
    skipped = [{"reason": reason, "count": count} for reason, count in queries.skip_reasons(connection, row.id)]
    if row.older:
        skipped.append({"reason": "older than the account's history", "count": row.older})
    left_out = sum(int(str(item["count"])) for item in skipped)
    return {
        "folder": row.name,
        "role": row.role,
        "on_server": row.on_server,
        "stored": stored,
        "not_read_yet": len(queries.bodies_missing(connection, row.id)),
        "skipped": skipped,
        "reconciles": row.on_server is None or row.on_server == stored + left_out,
    }
