"""`clientinbox draft`: begin an answer, list what was begun, throw one away. Sends nothing."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clientinbox.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from clientinbox.desk.desk import Desk
    from clientinbox.mail.drafts import Draft


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("draft", help="begin or list answers; nothing is sent")
    parser.add_argument("what", metavar="THREAD|list|discard", help="the thread to answer, or one of the words")
    parser.add_argument("draft", nargs="?", type=int, metavar="DRAFT", help="with discard: which")
    parser.add_argument("--body", metavar="FILE", help="the text; - reads standard input")
    parser.add_argument("--to", help="instead of whom the thread suggests")
    parser.add_argument("--cc")
    parser.add_argument("--bcc", help="in no header of what is sent")
    parser.add_argument("--subject")
    parser.add_argument("--all", action="store_true", help="answer everybody who was written to")
    parser.add_argument("--recap", action="store_true", help="what the last logged call agreed, in writing")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.outgoing import draft_line, draft_shape, print_draft
    from clientinbox.cli.shapes import dumps
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        if arguments.what == "list":
            drafts = desk.drafts()
            if arguments.json:
                print(dumps([draft_shape(draft) for draft in drafts]))
            else:
                for draft in drafts:
                    print(draft_line(draft))
            return int(ExitCode.OK)
        if arguments.what == "discard":
            _discard(desk, arguments.draft)
            return int(ExitCode.OK)
        draft = _begin(desk, arguments)
    if arguments.json:
        print(dumps(draft_shape(draft)))
    else:
        print_draft(draft)
        print(f"Nothing was sent: clientinbox send {draft.id}", file=sys.stderr)
    return int(ExitCode.OK)


def _begin(desk: "Desk", arguments: argparse.Namespace) -> "Draft":
    body = None if arguments.body is None else _text(arguments.body)
    if arguments.recap:
        draft = desk.new_recap(arguments.what, body)
    else:
        # words on the command line never replace words that somebody began to write
        draft = desk.new_reply(arguments.what, everybody=arguments.all, fresh=body is not None)
    return desk.edit_draft(
        int(draft.draft_id), to=arguments.to, cc=arguments.cc, bcc=arguments.bcc, subject=arguments.subject, body=body
    )


def _discard(desk: "Desk", number: int | None) -> None:
    if number is None:
        raise UsageError("Which draft is to be discarded?", todo="clientinbox draft discard DRAFT")
    desk.discard_draft(str(number))
    print(f"Draft {number} is discarded.")


def _text(file: str) -> str:
    try:
        octets = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as exc:
        raise UsageError(f"{file} cannot be read: {exc.strerror}.") from exc
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise UsageError(f"{file} is not UTF-8.") from exc
