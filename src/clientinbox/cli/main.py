"""The command line's front door: finds the command, imports it alone, and turns errors into words and exit codes."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from clientinbox import __version__
from clientinbox.errors import ClientInboxError, ExitCode, UsageError

COMMANDS = {
    "demo": "try it on a bundled agency mailbox; nothing of yours is touched",
    "account": "add, list or test a mail account",
    "sync": "fetch what is new",
    "screener": "who wrote and is nobody's contact yet",
    "import": "store mail from .eml files, mboxes and maildirs",
    "triage": "the threads that need somebody, most urgent first",
    "archive": "put threads into the archive, or back into the inbox",
    "bin": "put threads into the bin, or take them out again",
    "mark": "mark threads as read, unread, flagged",
    "move": "move threads to a folder",
    "split": "take a thread apart where its topic changes",
    "undo": "take back the last archive, bin, move or mark",
    "brief": "the call sheet of a thread: who, number, story, what is open",
    "call": "log a call: reached, agreed, promised, mood",
    "show": "read a thread",
    "attachment": "list what is attached, or save it",
    "search": "find threads by their words, people, dates and standing",
    "draft": "begin or list answers; nothing is sent",
    "send": "send a draft, after a moment to change your mind",
    "outbox": "what is on its way out, and taking it back",
    "log": "what was changed on your servers",
    "classify": "label messages given as JSON Lines",
    "model": "which model reads the mail, learning from corrections, the step back",
    "registry": "import or export clients, contacts and projects",
    "export": "messages as JSON Lines",
    "locate": "where the config, the data and the log are",
}
"""Name → help. Each lives in the module of the same name, but for those below, and offers `register(commands)`."""
_MODULES = {"import": "import_"}  # a word of the language


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Without a command: the TUI."""
    try:
        parsed = _parser(arguments).parse_args(arguments)
        code = int(parsed.run(parsed))
        sys.stdout.flush()
    except ClientInboxError as exc:
        print(f"clientinbox: {exc}", file=sys.stderr)
        return int(exc.exit_code)
    except BrokenPipeError:
        # `clientinbox export messages | head` ends quietly, and so does what the interpreter flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except KeyboardInterrupt:
        print("clientinbox: interrupted; what was stored stays.", file=sys.stderr)
        return int(ExitCode.INTERRUPTED)
    except Exception as exc:  # noqa: BLE001 - a fault of ours: whoever typed the command gets a sentence all the same
        return _fault_of_ours(exc)
    return code


def _fault_of_ours(fault: Exception) -> int:
    from clientinbox.desk.engine.log import note_fault
    from clientinbox.desk.places import locate

    try:
        (log_file,) = locate("log", None)
        note_fault(log_file, fault)
    except (OSError, ClientInboxError):
        where = "The log could not be written."
    else:
        where = f"What it was is in {log_file}; what was stored stays."
    print(f"clientinbox: an error of the program itself ({type(fault).__name__}). {where}", file=sys.stderr)
    return int(ExitCode.ERROR)


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clientinbox",
        description="An inbox assistant for people who look after clients. Without a command: the inbox.",
    )
    parser.add_argument("--version", action="version", version=f"clientinbox {__version__}")
    parser.add_argument("-c", "--config", metavar="FILE", help="config file, or several as a:b")
    parser.add_argument("--insecure", action="store_true", help="accept a plain-text password in the config")
    parser.set_defaults(run=_inbox)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    wanted = _command_in(arguments)
    for name, words in COMMANDS.items():
        if name == wanted:
            import_module(f"clientinbox.cli.{_MODULES.get(name, name)}").register(commands)
        else:
            commands.add_parser(name, help=words)
    return parser


def _command_in(arguments: Sequence[str]) -> str | None:
    """The first word that is neither an option nor an option's value."""
    words = iter(arguments)
    for word in words:
        if word in {"-c", "--config"}:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _inbox(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.inbox import run_inbox

    return run_inbox(arguments)


def require_terminal(instead: str) -> None:
    """The screens need a terminal that can be painted on; each of them has a command that prints the same."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
        raise UsageError("This needs a terminal.", todo=f"`{instead}` prints the same.")
