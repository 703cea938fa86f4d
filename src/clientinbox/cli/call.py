"""`clientinbox call log THREAD`: what was said on the telephone, kept; a recap can be made of it."""

import argparse

from clientinbox.errors import ExitCode, UsageError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("call", help="log a call: reached, agreed, promised, mood")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    log = actions.add_parser("log", help="keep what was said")
    log.add_argument("thread", metavar="THREAD")
    reached = log.add_mutually_exclusive_group(required=True)
    reached.add_argument("--reached", action="store_true", help="somebody answered")
    reached.add_argument("--not-reached", action="store_true", help="nobody did")
    log.add_argument("--minutes", type=int, metavar="N")
    log.add_argument("--agreed", action="append", default=[], metavar="TEXT", help="one thing agreed; may be repeated")
    log.add_argument("--promise", action="append", default=[], metavar="TEXT", help="one thing we promised; repeatable")
    log.add_argument("--mood", type=int, choices=[0, 1, 2, 3], help="their tension at the end")
    log.add_argument("--note", default="", metavar="TEXT")
    log.add_argument("--recap", action="store_true", help="begin the recap mail and print its draft's number")
    log.set_defaults(run=run_log)


def run_log(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from clientinbox.desk.desk import open_desk
    from clientinbox.desk.views import CallEntry

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        if desk.thread(arguments.thread) is None:
            raise UsageError(f"There is no thread {arguments.thread!r}.", todo="`clientinbox triage` lists them.")
        agreed = [replace(desk.agreed_line(text), promise=False) for text in arguments.agreed]
        promised = [replace(desk.agreed_line(text), promise=True) for text in arguments.promise]
        entry = CallEntry(arguments.reached, arguments.minutes, (*agreed, *promised), arguments.mood, arguments.note)
        print(desk.log_call(arguments.thread, entry))
        if arguments.recap:
            draft = desk.new_recap(arguments.thread)
            print(f"draft {draft.draft_id}")
    return int(ExitCode.OK)
