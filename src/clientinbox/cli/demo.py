"""`clientinbox demo`: the program on a bundled agency's mailbox, over real connections, into a throw-away store."""

import argparse
import signal
import sys
from typing import TYPE_CHECKING

from clientinbox.errors import ClientInboxError, ExitCode, UsageError

if TYPE_CHECKING:
    from clientinbox.demo.agency import DemoAgency


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="try it on a bundled agency mailbox; nothing of yours is touched")
    parser.add_argument("--headless", action="store_true", help="sync, triage, print what `triage` prints, end")
    parser.add_argument("--json", action="store_true", help="with --headless: one JSON array")
    parser.add_argument("--next", action="store_true", help="with --headless: let the story go on first")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.inbox import run_app
    from clientinbox.cli.main import require_terminal
    from clientinbox.cli.printing import print_triage
    from clientinbox.demo.agency import demo_agency
    from clientinbox.tui.commands import ExtraCommand

    if not arguments.headless:
        require_terminal("clientinbox demo --headless")
        if arguments.next:
            raise UsageError("--next goes with --headless.", todo="On the screen it is `:demo next`.")
    for number in (signal.SIGHUP, signal.SIGTERM):  # a closed window, too, takes the throw-away folder with it
        signal.signal(number, lambda *_: sys.exit(ExitCode.ERROR))
    with demo_agency() as agency:
        if not arguments.headless:
            go_on = ExtraCommand("demo next", "let the story go on: later mail arrives", lambda: _go_on(agency))
            return run_app(agency.desk, headline="demo", extra_commands=(go_on,))
        _sync(agency)
        if arguments.next:
            print(_next(agency), file=sys.stderr)
            _sync(agency)
        print_triage(agency.desk.needing_somebody(), as_json=arguments.json)
    return int(ExitCode.OK)


def _sync(agency: "DemoAgency") -> None:
    report = agency.desk.sync_now(None, lambda _: None)
    if not report["ok"]:
        raise ClientInboxError(f"The demo could not be synced: {report['accounts'][0]['error']}.")


def _go_on(agency: "DemoAgency") -> str:
    words = _next(agency)
    agency.desk.sync()
    return words


def _next(agency: "DemoAgency") -> str:
    from clientinbox.demo.next import deliver_next

    coming = deliver_next(agency)
    if not coming:
        return "Nothing more happens until you ring or write to somebody."
    return f"{len(coming)} mails arrive; it is {agency.clock.now().astimezone(coming[-1].sent_at.tzinfo):%a %H:%M} now."
