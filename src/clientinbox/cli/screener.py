"""`clientinbox screener`: who wrote and is nobody's contact yet; accept them for a client, or ignore them."""

import argparse
from typing import TYPE_CHECKING

from clientinbox.errors import ExitCode

if TYPE_CHECKING:
    from clientinbox.desk.screening import UnknownSender


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("screener", help="who wrote and is nobody's contact yet")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    accepting = actions.add_parser("accept", help="make them a contact of a client")
    accepting.add_argument("email", metavar="ADDRESS")
    accepting.add_argument("--client", metavar="KEY", help="by default the client whose domain they write from")
    accepting.add_argument("--name", help="by default the name they write under")
    accepting.set_defaults(run=run_accept)
    ignoring = actions.add_parser("ignore", help="do not ask about them again")
    ignoring.add_argument("email", metavar="ADDRESS")
    ignoring.set_defaults(run=run_ignore)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.shapes import dumps, moment
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        senders = desk.unknown_senders()
    if arguments.json:
        print(
            dumps(
                [
                    {
                        "email": each.sender.email,
                        "name": each.sender.name,
                        "client": each.client,
                        "subjects": list(each.subjects),
                        "count": each.count,
                        "last": moment(each.last),
                        "stored": each.stored,
                    }
                    for each in senders
                ]
            )
        )
        return int(ExitCode.OK)
    for each in senders:
        print(_line(each))
    return int(ExitCode.OK)


def _line(each: "UnknownSender") -> str:
    question = f"a contact of {each.client}?" if each.client else "who is this?"
    more = f" and {each.count - 1} more" if each.count > 1 else ""
    subject = each.subjects[0] if each.subjects else ""
    return f"{each.sender}: {question} {each.last:%Y-%m-%d} “{subject}”{more}"


def run_accept(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        print(desk.accept_sender(arguments.email, arguments.client, arguments.name))
    return int(ExitCode.OK)


def run_ignore(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        print(desk.ignore_sender(arguments.email))
    return int(ExitCode.OK)
