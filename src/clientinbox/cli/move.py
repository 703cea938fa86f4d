"""`clientinbox move THREAD FOLDER`: into any folder of its server."""

import argparse

from clientinbox.cli.putting import add_how, add_threads, put


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("move", help="move threads to a folder")
    add_threads(parser)
    parser.add_argument("folder", metavar="FOLDER", help="its name on the server, or inbox, archive, bin")
    parser.add_argument("--create", action="store_true", help="make the folder where it is missing")
    add_how(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.putting import Order, What

    return put(arguments, Order(What.MOVE, arguments.folder, arguments.create))
