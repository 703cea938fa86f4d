"""`clientinbox locate`: where things are."""

import argparse

from clientinbox.errors import ExitCode


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("locate", help="where the config, the data and the log are")
    parser.add_argument("what", choices=["config", "data", "log"])
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.places import locate

    for path in locate(arguments.what, arguments.config):
        print(path)
    return int(ExitCode.OK)
