"""`clientinbox triage`: the threads that need somebody, most urgent first, with reasons."""

import argparse
import sys

from clientinbox.errors import ExitCode


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("triage", help="the threads that need somebody, most urgent first")
    parser.add_argument("--json", action="store_true", help="one JSON array")
    parser.add_argument("--check", action="store_true", help="exit with 4 when a thread should be rung about")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.printing import print_triage
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        for warning in desk.warnings:  # "nobody waits" would be wrong where an account is left out
            print(f"clientinbox: {warning}", file=sys.stderr)
        pages = desk.needing_somebody()
    print_triage(pages, as_json=arguments.json)
    if arguments.check and any(page.row.escalate for page in pages):
        return int(ExitCode.ATTENTION)
    return int(ExitCode.OK)
