"""`clientinbox search`: the threads with a message that answers a question, newest first."""

import argparse
import sys

from clientinbox.errors import ExitCode

_LIMIT = 50


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "search",
        help="find threads by their words, people, dates and standing",
        epilog='For example: from:helen "login page" -subject:invoice date:2w.. has:attachment tension:>=2. '
        "A query that begins with - comes after --.",
    )
    parser.add_argument("query", nargs="+", metavar="QUERY", help="terms, all of which must hold")
    parser.add_argument("--limit", type=_count, default=_LIMIT, metavar="N", help=f"threads at most ({_LIMIT})")
    parser.add_argument("--json", action="store_true", help="one JSON array")
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError(text)
    return count


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.printing import hit_line
    from clientinbox.cli.shapes import dumps, search_entry
    from clientinbox.desk.desk import open_desk
    from clientinbox.query.errors import QueryError

    text = " ".join(arguments.query)
    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        try:
            hits = desk.search(text, arguments.limit)
        except QueryError as exc:
            if not arguments.json and sys.stderr.isatty():
                print(f"{text}\n{' ' * exc.start}{'^' * max(exc.end - exc.start, 1)}", file=sys.stderr)
            raise
    if arguments.json:
        print(dumps([search_entry(hit) for hit in hits]))
        return int(ExitCode.OK)
    for hit in hits:
        print(hit_line(hit))
    return int(ExitCode.OK)
