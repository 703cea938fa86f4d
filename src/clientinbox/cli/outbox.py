"""`clientinbox outbox`: what is on its way out, and taking it back."""

import argparse

from clientinbox.errors import ExitCode, UsageError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("outbox", help="what is on its way out, and taking it back")
    parser.add_argument("what", nargs="?", choices=["cancel"], help="take one back; without it: list them")
    parser.add_argument("entry", nargs="?", type=int, metavar="ID")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.outgoing import draft_shape, entry_line, entry_shape
    from clientinbox.cli.shapes import dumps
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        if arguments.what == "cancel":
            if arguments.entry is None:
                raise UsageError("Which one is to be taken back?", todo="clientinbox outbox cancel ID")
            draft = desk.unqueue(arguments.entry)
            print(dumps(draft_shape(draft)) if arguments.json else f"Taken back; draft {draft.id} is open again.")
            return int(ExitCode.OK)
        entries = desk.outbox()
    if arguments.json:
        print(dumps([entry_shape(entry) for entry in entries]))
    else:
        for entry in entries:
            print(entry_line(entry))
    return int(ExitCode.OK)
