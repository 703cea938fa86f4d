"""Leave `sync --watch` alone with a restless mailbox for a while, and see whether it misses, mixes up or leaks anything.

    python tests/faults/soak.py --minutes 10 [--seed 1] [--json FILE]

Mail is delivered, flagged and expunged, and the connection is cut or falls silent now and then. In the end the store
must equal the server, nothing may have been missed, and memory, descriptors and threads must not have grown. Prints
a table; exits with 1 where something is wrong.
"""

# ruff: noqa: T201 - a script: its table is what it is for.

import argparse
import json
import os
import random
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fault_world import World, start_dovecot, stop_dovecot, until

SAMPLE_S = 5.0
LOOK_S = 0.2
WARM_UP = 0.25
"""This part of the time memory may still grow: the model is loaded, caches fill."""
GROWTH_KB = 30_000
MORE_DESCRIPTORS, MORE_THREADS = 12, 6
NEWS_WITHIN_S, ELSEWHERE_WITHIN_S = 30.0, 150.0
"""The INBOX is listened to, other folders are looked at once a minute; a loaded machine may take its time."""
RECOVERS_WITHIN_S = 20.0
"""What is delivered so soon after an outage counts as late because of it."""
SETTLES_WITHIN_S = 240.0
"""The next poll comes within a minute, on a bad day the one after."""


@dataclass(slots=True)
class Sample:
    at: float
    rss_kb: int
    descriptors: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> "Sample":
        status = Path(f"/proc/{pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return cls(time.monotonic(), int(fields["VmRSS"].split()[0]), descriptors, int(fields["Threads"]))


@dataclass(slots=True)
class Soak:
    world: World
    rng: random.Random
    seconds: float
    waiting: dict[str, float] = field(default_factory=dict)
    """Message-ID → when it was delivered."""
    latencies: list[float] = field(default_factory=list)
    elsewhere: list[float] = field(default_factory=list)
    """Our own mail, in Sent."""
    in_outages: list[float] = field(default_factory=list)
    disturbed: dict[str, bool] = field(default_factory=dict)
    judged: list[float] = field(default_factory=list)
    unjudged: dict[str, float] = field(default_factory=dict)
    expunged: set[str] = field(default_factory=set)
    done: dict[str, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    outage_ends: float = 0.0

    def run(self, process: "subprocess.Popen[str]") -> None:
        begun = time.monotonic()
        next_deed, next_sample = begun + 2, begun
        stall_ends: float | None = None
        while time.monotonic() - begun < self.seconds:
            now = time.monotonic()
            if process.poll() is not None:
                raise AssertionError(f"the watch ended with {process.returncode}: {self.world.log_tail()}")
            self.look(now)
            if now >= next_sample:
                self.samples.append(Sample.of(process.pid))
                next_sample = now + SAMPLE_S
            if stall_ends is not None and now >= stall_ends:
                self.world.proxy.end_stalls()
                stall_ends = None
            if now >= next_deed:
                deed = self.rng.choices(
                    ("deliver", "flag", "expunge", "cut", "stall"),
                    weights=(60, 18, 10, 4, 2 if stall_ends is None else 0),
                )[0]
                self.done[deed] = self.done.get(deed, 0) + 1
                if deed == "stall":
                    stall_ends = now + self.rng.uniform(5, 40)
                    self.outage_ends = max(self.outage_ends, stall_ends + RECOVERS_WITHIN_S)
                    self.world.proxy.stall_all()
                elif deed == "cut":
                    self.outage_ends = max(self.outage_ends, now + RECOVERS_WITHIN_S)
                    self.world.proxy.cut_all()
                else:
                    getattr(self, deed)()
                next_deed = time.monotonic() + self.rng.uniform(1, 6)
            time.sleep(LOOK_S)
        self.world.proxy.end_stalls()

    def deliver(self) -> None:
        at = time.monotonic()
        for identifier in self.world.deliver(self.rng.choice((1, 1, 1, 2, 5))):
            self.waiting[identifier] = at
            self.disturbed[identifier] = at < self.outage_ends

    def flag(self) -> None:
        self.world.flag(3)

    def expunge(self) -> None:
        """Only what was seen to arrive: an expunge before that is no news to be missed."""
        with self.world.server() as client:
            client.select_folder("INBOX")
            uids = client.search("ALL")
            chosen = self.rng.sample(uids, min(2, len(uids)))
            for uid, data in client.fetch(chosen, ["ENVELOPE"]).items():
                identifier = data[b"ENVELOPE"].message_id.decode()
                if identifier not in self.waiting:
                    self.expunged.add(identifier)
                    client.delete_messages([uid])
            client.expunge()

    def look(self, now: float) -> None:
        """Which deliveries are stored by now, and which judged?"""
        if not (self.waiting or self.unjudged):
            return
        try:
            with self.world.store() as store:
                stored = self._among(store, "SELECT message_id FROM messages WHERE message_id IN ({})", self.waiting)
                judged = self._among(
                    store,
                    "SELECT message_id FROM messages WHERE message_id IN ({}) AND (ours = 1 AND body IS NOT NULL "
                    "OR id IN (SELECT message FROM verdicts))",
                    self.unjudged,
                )
        except sqlite3.Error:
            return
        for identifier in stored:
            at = self.waiting.pop(identifier)
            self.unjudged[identifier] = at
            # a connection that broke while the mail was on its way makes it late, too
            disturbed = self.disturbed.pop(identifier) or self.outage_ends > at
            ours = ".1@" in identifier
            late = self.elsewhere if ours else self.in_outages if disturbed else self.latencies
            late.append(now - at)
        for identifier in judged:
            self.judged.append(now - self.unjudged.pop(identifier))

    @staticmethod
    def _among(store: sqlite3.Connection, question: str, identifiers: dict[str, float]) -> list[str]:
        marks = ",".join("?" * len(identifiers))
        return [row[0] for row in store.execute(question.format(marks), tuple(identifiers))]

    def verdict(self, code: int, flaws: list[str]) -> tuple[dict[str, Any], list[str]]:
        warm = [s for s in self.samples if s.at - self.samples[0].at >= WARM_UP * self.seconds] or self.samples
        wrong = list(flaws)
        if code != 130:
            wrong.append(f"the watch ended with {code} after ctrl+c")
        if self.waiting:
            wrong.append(f"never stored: {sorted(self.waiting)[:5]} of {len(self.waiting)}")
        if self.latencies and max(self.latencies) > NEWS_WITHIN_S:
            wrong.append(f"news came {max(self.latencies):.1f} s late")
        if self.elsewhere and max(self.elsewhere) > ELSEWHERE_WITHIN_S:
            wrong.append(f"news of other folders came {max(self.elsewhere):.1f} s late")
        settled = warm[: max(1, len(warm) // 4)]
        grown = max(s.rss_kb for s in warm[-3:]) - max(s.rss_kb for s in settled)
        if grown > GROWTH_KB:
            wrong.append(f"memory grew by {grown} kB")
        if max(s.descriptors for s in warm[-3:]) > max(s.descriptors for s in settled) + MORE_DESCRIPTORS:
            wrong.append("descriptors grew")
        if max(s.threads for s in warm[-3:]) > max(s.threads for s in settled) + MORE_THREADS:
            wrong.append("threads grew")
        figures = {
            "minutes": round(self.seconds / 60, 1),
            "deeds": self.done,
            "connections": self.world.proxy.connections,
            "news_s": spread(self.latencies),
            "news_elsewhere_s": spread(self.elsewhere),
            "news_after_outages_s": spread(self.in_outages),
            "judged_s": spread(self.judged),
            "rss_mb": [
                round(s.rss_kb / 1024, 1)
                for s in (self.samples[0], settled[-1], max(warm, key=lambda s: s.rss_kb), warm[-1])
            ],
            "descriptors": [settled[-1].descriptors, max(s.descriptors for s in warm), warm[-1].descriptors],
            "threads": [settled[-1].threads, max(s.threads for s in warm), warm[-1].threads],
        }
        return figures, wrong


def spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {"n": 0}
    ranked = sorted(values)
    return {
        "n": len(ranked),
        "p50": round(ranked[len(ranked) // 2], 2),
        "p95": round(ranked[int(len(ranked) * 0.95)], 2),
        "max": round(ranked[-1], 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    password = secrets.token_hex(8)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        there = start_dovecot(Path(folder) / "dovecot", password)
        world = World(
            Path(folder) / "home", there["host"], there["port"], there["tls_port"], there["ca"], "soak", password,
            rng=random.Random(arguments.seed),  # noqa: S311
        )  # fmt: skip
        try:
            figures, wrong = soak(world, random.Random(arguments.seed), arguments.minutes * 60)  # noqa: S311
        finally:
            world.close()
            stop_dovecot(Path(folder) / "dovecot")
    print(json.dumps({"seed": arguments.seed, **figures}, indent=2))
    for words in wrong:
        print(f"soak: {words}")
    if arguments.json:
        arguments.json.write_text(json.dumps({**figures, "wrong": wrong}))
    return 1 if wrong else 0


def soak(world: World, rng: random.Random, seconds: float) -> tuple[dict[str, Any], list[str]]:
    world.deliver(60)
    process = world.start("sync", "--watch")
    try:
        until(lambda: world.count("messages WHERE body IS NOT NULL") >= 60, "the first sync", 120)
        until(lambda: world.count("verdicts") >= 40, "the first judgements", 120)
        case = Soak(world, rng, seconds)
        try:
            case.run(process)
        except AssertionError as exc:
            return {}, [str(exc)]
        deadline = time.monotonic() + SETTLES_WITHIN_S
        flaws = world.flaws(gone=frozenset(case.expunged))
        while (flaws or case.waiting) and time.monotonic() < deadline:
            time.sleep(2)
            case.look(time.monotonic())
            flaws = world.flaws(gone=frozenset(case.expunged))
        case.samples.append(Sample.of(process.pid))
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
        world.said.append(said)
        return case.verdict(process.returncode, flaws or world.flaws(gone=frozenset(case.expunged)))
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    sys.exit(main())
