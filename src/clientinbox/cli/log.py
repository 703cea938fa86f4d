"""`clientinbox log writes`: everything that was ever changed on a server of the user's."""

import argparse

from clientinbox.errors import ExitCode


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("log", help="what was changed on your servers")
    parser.add_argument("what", choices=["writes"], help="each mail sent, each copy filed, each flag set")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.outgoing import write_shape
    from clientinbox.cli.shapes import dumps, moment
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        writes = desk.server_writes()
    if arguments.json:
        print(dumps([write_shape(write) for write in writes]))
    else:
        for write in writes:
            print(f"{moment(write.at)} {write.account} {write.folder or 'SMTP'}: {write.what} {write.message_id}")
    return int(ExitCode.OK)
