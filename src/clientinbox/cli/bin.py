"""`clientinbox bin THREAD`: everything of a thread but our own sent mail, into the bin; nothing is ever deleted."""

import argparse

from clientinbox.cli.putting import add_how, add_threads, put


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("bin", help="put threads into the bin, or take them out again")
    add_threads(parser)
    parser.add_argument("--restore", action="store_true", help="out of the bin, to where they were")
    add_how(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.putting import Order, What

    return put(arguments, Order(What.RESTORE if arguments.restore else What.BIN))
