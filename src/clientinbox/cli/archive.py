"""`clientinbox archive THREAD`: out of the inbox, here at once and on the server as soon as it can be reached."""

import argparse

from clientinbox.cli.putting import add_how, add_threads, put


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("archive", help="put threads into the archive, or back into the inbox")
    add_threads(parser)
    parser.add_argument("--back", action="store_true", help="out of the archive, into the inbox")
    add_how(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.putting import Order, What

    return put(arguments, Order(What.UNARCHIVE if arguments.back else What.ARCHIVE))
