"""`clientinbox sync`: fetch what is new, and prove it by counting."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from clientinbox.errors import ExitCode, NotReconciled

if TYPE_CHECKING:
    from clientinbox.desk.events import Event


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("sync", help="fetch what is new")
    parser.add_argument("what", nargs="?", choices=["status"], help="status: what the last sync found, without syncing")
    parser.add_argument("--account", metavar="NAME", help="this account alone")
    parser.add_argument("--watch", action="store_true", help="stay, and fetch what arrives")
    parser.add_argument("--no-triage", action="store_true", help="fetch and index alone; the next engine judges it")
    parser.add_argument("--json", action="store_true", help="the report as one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        for warning in desk.warnings:
            print(f"clientinbox: {warning}", file=sys.stderr)
        if arguments.what == "status":
            report = desk.sync_status()
            _print(report, as_json=arguments.json)
            return _exit_code(report)
        if arguments.watch:
            desk.watch(_narrate)
            return int(ExitCode.OK)
        report = desk.sync_now(arguments.account, _narrate, judged=not arguments.no_triage)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    _print(report, as_json=arguments.json)
    return _exit_code(report)


def _narrate(event: "Event") -> None:
    from clientinbox.desk.events import ChangeRefused, EngineLost, SyncProgress

    if isinstance(event, EngineLost | ChangeRefused):
        print(f"clientinbox: {event.message}", file=sys.stderr)
    if sys.stderr.isatty() and isinstance(event, SyncProgress):
        words = f"{event.account} {event.folder}: {event.stage} {event.done}/{event.total}"
        print(f"\r\x1b[K{words}", end="", file=sys.stderr)


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    from clientinbox.cli.shapes import dumps

    if as_json:
        print(dumps(report))
        return
    for account in report["accounts"]:
        for folder in account["folders"]:
            left_out = "".join(f", {item['count']} skipped ({item['reason']})" for item in folder["skipped"])
            counts = f"{folder['on_server']} on the server, {folder['stored']} stored{left_out}"
            waiting = f", {folder['not_read_yet']} not read yet" if folder["not_read_yet"] else ""
            waiting += "".join(f" ({item['count']}: {item['reason']})" for item in folder["unreadable"])
            print(f"{account['account']} {folder['folder']}: {counts}{waiting}")
        if "last_pass" in account:
            print(f"{account['account']}: last synced {account['last_pass'] or 'never'}")
    for each in report.get("unreadable", ()):
        print(f"{each['message_id']}: {each['text']}")


def _exit_code(report: dict[str, Any]) -> int:
    failed = [account for account in report["accounts"] if account["error"]]
    for account in failed:
        print(f"clientinbox: {account['error']}", file=sys.stderr)
    if failed:
        return int(max(account["exit_code"] for account in failed))
    wrong = [
        f"{account['account']} {folder['folder']} ({_unaccounted(folder['unaccounted'])})"
        for account in report["accounts"]
        for folder in account["folders"]
        if not folder["reconciles"]
    ]
    if wrong:
        raise NotReconciled(
            f"Counts do not add up in {', '.join(wrong)}.", todo="Sync again; if it stays so, look at the log."
        )
    return int(ExitCode.OK)


def _unaccounted(count: int) -> str:
    if count > 0:
        return f"{count} on the server that {'is' if count == 1 else 'are'} neither stored nor left out"
    return f"{-count} stored that the server no longer has"
