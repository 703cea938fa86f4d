"""`clientinbox undo`: the last archiving, binning, moving or marking is taken back, written to the server or not."""

import argparse
import sys

from clientinbox.errors import ExitCode


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("undo", help="take back the last archive, bin, move or mark")
    parser.add_argument("--dry-run", action="store_true", help="say what would be taken back, and write nothing")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        if arguments.dry_run:
            last = desk.last_deed()
            said = None if last is None else f"would be undone: {last}"
        else:
            said = desk.undo_deed()
    if said is None:
        print("clientinbox: there is nothing to take back.", file=sys.stderr)
    else:
        print(said)
    return int(ExitCode.OK)
