"""What `archive`, `bin`, `mark` and `move` share: threads in, one deed, one line that says what was done."""

import argparse
import sys
from typing import TYPE_CHECKING

from clientinbox.errors import ExitCode

if TYPE_CHECKING:
    from clientinbox.desk.putting import Order, PlannedWrite


def add_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("threads", metavar="THREAD", nargs="+", help="as `triage` prints it, or a Message-ID")


def add_how(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def put(arguments: argparse.Namespace, order: "Order") -> int:
    from clientinbox.cli.shapes import dumps
    from clientinbox.desk.desk import open_desk
    from clientinbox.desk.putting import NothingToDo

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        planned = desk.planned(arguments.threads, order)
        said = ""
        if not arguments.dry_run:
            try:
                said = desk.put(arguments.threads, order)
            except NothingToDo as exc:  # a script that runs twice has not failed
                print(f"clientinbox: {exc}", file=sys.stderr)
    if arguments.json:
        print(dumps({"done": said or None, "changes": [_shape(change) for change in planned]}))
    elif arguments.dry_run:
        for change in planned:
            print(_line(change))
    elif said:
        print(said)
    if said and not all(change.here_only for change in planned):
        print("clientinbox: the next sync writes it; `log writes --pending` lists what waits.", file=sys.stderr)
    return int(ExitCode.OK)


def _shape(change: "PlannedWrite") -> dict[str, object]:
    return {
        "account": change.account,
        "message_id": change.message_id,
        "what": change.what,
        "folder": change.folder or None,
        "here_only": change.here_only,
    }


def _line(change: "PlannedWrite") -> str:
    where = f" {change.folder}" if change.folder else ""
    here = " (here only)" if change.here_only else ""
    return f"would write: {change.account}{where}: {change.what} {change.message_id}{here}"
