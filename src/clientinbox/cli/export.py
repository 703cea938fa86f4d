"""`clientinbox export messages`: JSON Lines, oldest first."""

import argparse

from clientinbox.errors import ExitCode


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("export", help="messages as JSON Lines")
    parser.add_argument("what", choices=["messages"])
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.shapes import line, moment
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        for exported in desk.export_messages():
            print(
                line(
                    {
                        "message_id": exported.message_id,
                        "account": exported.account,
                        "folders": list(exported.folders),
                        "date": moment(exported.date),
                        "from": exported.sender,
                        "subject": exported.subject,
                        "client": exported.client,
                        "project": exported.project,
                        "project_confidence": exported.project_confidence,
                        "project_reason": exported.project_reason,
                        "thread_id": exported.thread_id,
                        "labels": list(exported.labels),
                        "tension": exported.tension,
                        "escalate": exported.escalate,
                        "auth": exported.auth,
                    }
                )
            )
    return int(ExitCode.OK)
