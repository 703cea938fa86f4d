"""Milliseconds to the newest 50 threads that answer, in a store that is there; beside notmuch with the same mail.

    python bench/search.py DATABASE [NOTMUCH_CONFIG]

Words are drawn from the store's own index, half of them from the 200 most frequent. notmuch is a process a question,
as a script or an editor would ask it; ours is asked within the application, where its screens ask.
"""

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from clientinbox.desk.searching import search_threads
from clientinbox.edge.store import Connection, connect

QUESTIONS = 150
FOUND = 50


def vocabulary(connection: Connection) -> tuple[list[str], list[str]]:
    """Frequent words, and all that stand in ten messages at least."""
    connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, words, row)")
    rows = connection.execute(
        "SELECT term FROM vocabulary WHERE doc >= 10 AND term GLOB '[a-z]*' AND length(term) > 2 "
        "ORDER BY doc DESC LIMIT 20000"
    ).fetchall()
    words = [row[0] for row in rows if row[0] not in {"and", "or", "not"}]
    return words[:200], words


def timed(ask: Callable[[str], object], questions: list[str]) -> tuple[float, float]:
    """Median and 95th percentile, ms."""
    took = []
    for question in questions:
        began = time.perf_counter()
        ask(question)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), sorted(took)[int(len(took) * 0.95)]


def main(database: Path, notmuch: str = "") -> None:
    rng = random.Random(7)
    with closing(connect(database)) as connection:
        frequent, words = vocabulary(connection)

        def word() -> str:
            return rng.choice(rng.choice((frequent, words)))

        kinds: dict[str, Callable[[], str]] = {
            "one word": word,
            "two words": lambda: f"{word()} {word()}",
            "word*": lambda: f"{word()[:4]}*",
            '"two words"': lambda: f'"{rng.choice(frequent)} {rng.choice(frequent)}"',
            "subject: and date:": lambda: f"subject:{word()} date:2025-11-01..",
            "from: and not": lambda: f"from:{rng.choice(('anna', 'peter', 'notifications', 'news'))} -{word()}",
            "a or b, has:attachment": lambda: f"({word()} or {word()}) has:attachment",
        }

        def ours(question: str) -> object:
            return search_threads(connection, question, datetime.now(UTC), FOUND)

        def theirs(question: str) -> object:
            command = ["notmuch", "search", f"--limit={FOUND}", question]
            return subprocess.run(
                command, env={"NOTMUCH_CONFIG": notmuch, "PATH": "/usr/bin"}, capture_output=True, check=True
            )

        print(f"{database.stat().st_size / 1e6:.0f} MB\n{'':26}{'p50 ms':>9}{'p95 ms':>9}")
        for name, make in kinds.items():
            questions = [make() for _ in range(QUESTIONS)]
            row(name, timed(ours, questions))
            if notmuch and ":" not in name:
                row("  notmuch (process)", timed(theirs, questions[: QUESTIONS // 3]))


def row(name: str, figures: tuple[float, float]) -> None:
    print(f"{name:26}{figures[0]:9.2f}{figures[1]:9.2f}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
