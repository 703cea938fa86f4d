"""`clientinbox demo`: the program on a bundled agency's mailbox, over real connections, into a throw-away store."""

import argparse

from clientinbox.errors import ExitCode


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="try it on a bundled agency mailbox; nothing of yours is touched")
    parser.add_argument("--headless", action="store_true", help="sync, triage, print what `triage` prints, end")
    parser.add_argument("--json", action="store_true", help="with --headless: one JSON array")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.inbox import run_app
    from clientinbox.cli.main import require_terminal
    from clientinbox.cli.printing import print_triage
    from clientinbox.demo.agency import demo_agency
    from clientinbox.errors import ClientInboxError

    if not arguments.headless:
        require_terminal("clientinbox demo --headless")
    with demo_agency() as agency:
        if not arguments.headless:
            return run_app(agency.desk, headline="demo")
        report = agency.desk.sync_now(None, lambda _: None)
        if not report["ok"]:
            raise ClientInboxError(f"The demo could not be synced: {report['accounts'][0]['error']}.")
        print_triage(agency.desk.needing_somebody(), as_json=arguments.json)
    return int(ExitCode.OK)
