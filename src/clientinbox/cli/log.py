"""`clientinbox log writes`: everything that was ever changed on a server of the user's, and what is still to be."""

import argparse
from typing import TYPE_CHECKING, Any

from clientinbox.errors import ExitCode

if TYPE_CHECKING:
    from clientinbox.mail.serverqueue import QueuedChange


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("log", help="what was changed on your servers")
    parser.add_argument("what", choices=["writes"], help="each mail sent, copy filed, flag set, message moved")
    parser.add_argument("--pending", action="store_true", help="what waits, was refused, stays here, was dropped")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.outgoing import write_shape
    from clientinbox.cli.shapes import dumps, moment
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        if arguments.pending:
            pending = desk.pending_writes()
            print(dumps([_shape(each) for each in pending])) if arguments.json else _print_pending(pending)
            return int(ExitCode.OK)
        writes = desk.server_writes()
    if arguments.json:
        print(dumps([write_shape(write) for write in writes]))
    else:
        for write in writes:
            print(f"{moment(write.at)} {write.account} {write.folder or 'SMTP'}: {write.what} {write.message_id}")
    return int(ExitCode.OK)


def _shape(queued: "QueuedChange") -> dict[str, Any]:
    from clientinbox.cli.shapes import moment
    from clientinbox.mail.serverqueue import Move

    return {
        "made_at": moment(queued.made_at),
        "account": queued.account,
        "state": str(queued.state),
        "folder": str(queued.change.source) if isinstance(queued.change, Move) else None,
        "what": str(queued.change),
        "message_id": queued.message_id,
        "reason": queued.words or None,
    }


def _print_pending(pending: "tuple[QueuedChange, ...]") -> None:
    from clientinbox.cli.shapes import moment
    from clientinbox.desk.sorting import STATE_WORDS

    for queued in pending:
        why = f": {queued.words}" if queued.words else ""
        what = f"{queued.change} {queued.message_id} {STATE_WORDS[queued.state]}{why}"
        print(f"{moment(queued.made_at)} {queued.account}: {what}")
