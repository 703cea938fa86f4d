"""`clientinbox show THREAD`: a thread as text, or as JSON."""

import argparse

from clientinbox.errors import ExitCode, UsageError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("show", help="read a thread")
    parser.add_argument("thread", metavar="THREAD", help="a thread's id as triage prints it, or a Message-ID")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.printing import print_thread
    from clientinbox.cli.shapes import dumps, thread
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        page = desk.thread(arguments.thread)
    if page is None:
        raise UsageError(
            f"There is no thread {arguments.thread!r}.", todo="`clientinbox triage` lists threads with their ids."
        )
    if arguments.json:
        print(dumps(thread(page)))
    else:
        print_thread(page)
    return int(ExitCode.OK)
