"""`clientinbox split MESSAGE-ID`: what follows a change of topic becomes a thread of its own."""

import argparse

from clientinbox.errors import ExitCode, UsageError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("split", help="take a thread apart where its topic changes")
    parser.add_argument("message_id", metavar="MESSAGE-ID", help="of the message that changes it")
    parser.add_argument("--undo", action="store_true", help="join again what was taken apart at this message")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    name = arguments.message_id if arguments.message_id.startswith("<") else f"<{arguments.message_id}>"
    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        said = desk.join(name) if arguments.undo else desk.split(name)
    if said is None:
        raise UsageError(f"No thread was taken apart at {name}.")
    print(said)
    return int(ExitCode.OK)
