"""Makes a Python process end at a chosen point of clientinbox's own code, as a power cut would. For tests alone.

FAULTS_KILLS   a file that gets one octet for each process that was ended
FAULTS_MOST    how many may be ended
FAULTS_SEED    what the points follow from
FAULTS_SPAN    points are chosen among so many calls
FAULTS_POISON  instead: end where a text with these words is read
FAULTS_RAISE   instead: raise in the function of this name
"""

import os
import random
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

_READERS = frozenset({"read_body", "zones_of", "own_words"})


def _deaths() -> int:
    try:
        return Path(os.environ["FAULTS_KILLS"]).stat().st_size
    except OSError:
        return 0


def _die(number: int) -> None:
    with Path(os.environ["FAULTS_KILLS"]).open("ab", buffering=0) as file:
        file.write(b"x")
    os.kill(os.getpid(), number)


def _at_a_point() -> Any:
    deaths = _deaths()
    if deaths >= int(os.environ["FAULTS_MOST"]):
        return None
    left = random.Random(f"{os.environ['FAULTS_SEED']}.{deaths}").randrange(int(os.environ["FAULTS_SPAN"]))  # noqa: S311

    def count(frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal left
        if "/clientinbox/desk/" not in (name := frame.f_code.co_filename) and "/edge/store/" not in name:
            return
        left -= 1
        if left == 0:
            _die(signal.SIGKILL)

    return count


def _at_a_text() -> Any:
    words = os.environ["FAULTS_POISON"]

    def look(frame: FrameType, event: str, _argument: object) -> None:
        if (
            event == "call"
            and frame.f_code.co_name in _READERS
            and words in str(next(iter(frame.f_locals.values()), ""))
        ):
            _die(signal.SIGSEGV)

    return look


def _at_a_name() -> Any:
    def look(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_name == os.environ["FAULTS_RAISE"]:
            sys.setprofile(None)
            raise ZeroDivisionError

    return look


if "FAULTS_KILLS" in os.environ and any("clientinbox" in word for word in sys.orig_argv):
    wanted = {"FAULTS_POISON": _at_a_text, "FAULTS_RAISE": _at_a_name}
    hook = next((make for name, make in wanted.items() if name in os.environ), _at_a_point)()
    if hook is not None:
        threading.setprofile(hook)
        sys.setprofile(hook)
