"""Milliseconds from process start to the first frame in a pty, beside an empty Textual app, in turns.

    python bench/cold_start.py [ROUNDS]

Each contender runs in a pty of 120×40 until its marker is on the screen; minimum and median are printed.
"""

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("READYMARK")
Empty().run()
"""
CONFIG = """
[accounts.nowhere]
email = "nobody@example.org"
imap.server = "imap://127.0.0.1:1"
imap.password.env = "NO_PASSWORD"
"""
LIMIT_S = 20.0


def until(argv: list[str], marker: bytes, environment: dict[str, str]) -> float:
    """Seconds from start until the marker was painted."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    began = time.perf_counter()
    process = subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True, close_fds=True
    )
    os.close(theirs)
    seen = b""
    try:
        while marker not in seen:
            if time.perf_counter() - began > LIMIT_S:
                raise SystemExit(f"{argv} did not show {marker!r}; it showed {seen[-2000:]!r}")
            if select.select([ours], [], [], 0.05)[0]:
                seen += os.read(ours, 65536)
        return time.perf_counter() - began
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(ours)


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG, encoding="utf-8")
        names = ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
        environment = {**os.environ, "TERM": "xterm-256color", **dict.fromkeys(names, folder)}
        contenders = {
            "python -c pass": ([sys.executable, "-c", "print('READYMARK')"], b"READYMARK"),
            "empty Textual app": ([sys.executable, "-c", EMPTY], b"READYMARK"),
            "clientinbox": ([sys.executable, "-m", "clientinbox", "-c", str(config)], b"clientinbox"),
        }
        taken: dict[str, list[float]] = {name: [] for name in contenders}
        for number in range(rounds + 1):
            for name, (argv, marker) in contenders.items():
                seconds = until(argv, marker, environment)
                if number:  # the first round fills caches and makes the database
                    taken[name].append(seconds * 1000)
    print(f"{'':20} {'min ms':>8} {'median ms':>10}   ({rounds} rounds, in turns)")
    for name, values in taken.items():
        print(f"{name:20} {min(values):8.0f} {statistics.median(values):10.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
