"""`clientinbox import PATH…`: mail from files, by the same way as mail from a server."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from clientinbox.errors import ExitCode

if TYPE_CHECKING:
    from clientinbox.desk.events import Event


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("import", help="store mail from .eml files, mboxes and maildirs")
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="an .eml file, an mbox, a maildir, or a folder of them"
    )
    parser.add_argument("--no-triage", action="store_true", help="store and index alone; the next engine judges it")
    parser.add_argument("--json", action="store_true", help="what became of each file, as one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        report = desk.import_mail(arguments.paths, _narrate, judged=not arguments.no_triage)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    _print(report, as_json=arguments.json)
    if report["error"]:
        print(f"clientinbox: {report['error']}", file=sys.stderr)
    return int(report["exit_code"] or (ExitCode.ERROR if _failed(report) else ExitCode.OK))


def _failed(report: dict[str, Any]) -> bool:
    """Nothing of what was named is mail."""
    return not report["messages"]


def _narrate(event: "Event") -> None:
    from clientinbox.desk.events import SyncProgress

    if sys.stderr.isatty() and isinstance(event, SyncProgress) and event.account == "import":
        print(f"\r\x1b[K{event.folder}: {event.done}", end="", file=sys.stderr)


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    from clientinbox.cli.shapes import dumps

    if as_json:
        print(dumps(report))
        return
    for file in report["files"]:
        if file["kind"]:
            print(f"{file['path']}: {file['messages']} in it, {file['new']} new, {file['known']} known already")
        for each in file["left_out"]:
            print(f"{each['where']}: left out, it {each['why']}")
    print(f"{report['messages']} messages: {report['new']} new, {report['known']} known already.")
