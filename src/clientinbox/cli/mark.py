"""`clientinbox mark THREAD --read`: read, unread, flagged or not, as other mail programs then show it too."""

import argparse

from clientinbox.cli.putting import add_how, add_threads, put


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("mark", help="mark threads as read, unread, flagged")
    add_threads(parser)
    how = parser.add_mutually_exclusive_group(required=True)
    for name, words in (
        ("read", "all of it"),
        ("unread", "its last message from outside"),
        ("flag", "its last message from outside"),
        ("unflag", "all of it"),
    ):
        how.add_argument(f"--{name}", dest="what", action="store_const", const=name, help=words)
    add_how(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.putting import Order, What

    return put(arguments, Order(What(arguments.what)))
