"""`clientinbox classify`: JSON Lines in, JSON Lines out, each line answered as soon as it is there."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

from clientinbox.errors import ExitCode

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names its type so


class Readable(Protocol):
    """What is needed of standard input."""

    def read1(self, size: int, /) -> bytes: ...


_READ_AT_MOST = 65_536
"""Bytes of one read; it returns with less when less is there, so that a slow writer is not kept waiting."""

_DESCRIPTION = """\
Reads one JSON object a line, {"id", "subject", "body"}, and answers each with one line: labels with their
probabilities, which of them are unsure, the tension, and the words that say so, as offsets into the body.
A line that cannot be read is answered with {"id", "error"}. Needs no account and no network."""


def register(commands: "Commands") -> None:
    parser = commands.add_parser(
        "classify",
        help="label messages given as JSON Lines",
        description=_DESCRIPTION,
        epilog="example: clientinbox classify < messages.jsonl > verdicts.jsonl",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    del args
    # Both import spaCy's 0.5 s behind them: only this command pays.
    from clientinbox.desk.classifying import answers, load_model

    try:
        for answered in answers(_batches(_standard_input()), load_model()):
            for answer in answered:
                # ASCII only: nothing in it can steer a terminal, and every JSON reader takes it.
                sys.stdout.write(f"{json.dumps(answer, separators=(',', ':'))}\n")
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has seen enough (`| head`). Python flushes once more at exit, and must not complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    return int(ExitCode.OK)


def _standard_input() -> Readable:
    stream: Any = sys.stdin.buffer  # typeshed leaves `read1` out of it
    return cast("Readable", stream)


def _batches(stream: Readable) -> Iterator[list[bytes]]:
    """The lines that are there, as often as some are."""
    begun: list[bytes] = []
    while chunk := stream.read1(_READ_AT_MOST):
        *whole, rest = chunk.split(b"\n")
        if whole:
            whole[0] = b"".join((*begun, whole[0]))
            begun = []
            yield whole
        begun.append(rest)
    yield [b"".join(begun)]
