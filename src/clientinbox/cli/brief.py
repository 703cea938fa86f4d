"""`clientinbox brief THREAD`: the call sheet, for paper or a second screen."""

import argparse
from dataclasses import asdict

from clientinbox.errors import ExitCode, UsageError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("brief", help="the call sheet of a thread: who, number, story, what is open")
    parser.add_argument("thread", metavar="THREAD")
    parser.add_argument("--json", action="store_true", help="each line with its source")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.shapes import dumps
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        if desk.thread(arguments.thread) is None:
            raise UsageError(f"There is no thread {arguments.thread!r}.", todo="`clientinbox triage` lists them.")
        sheet = desk.call_sheet(arguments.thread)
    if sheet is None:
        raise UsageError("No client of the registry took part in this thread, so there is nobody to ring.")
    if arguments.json:
        print(
            dumps(
                {
                    "thread_id": sheet.thread_id,
                    "contact": asdict(sheet.contact),
                    "number": sheet.number or None,
                    "sections": [asdict(section) for section in sheet.sections],
                }
            )
        )
    else:
        print(sheet.printed, end="")
    return int(ExitCode.OK)
