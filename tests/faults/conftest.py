"""Worlds to break. `pytest tests/faults` tries a few of each fault; `--faults=full` (make faults) all that were promised."""

import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_world import Running, World

_numbers = itertools.count(1)


@pytest.fixture
def tries(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """How often: `tries(few, full)`."""
    full = request.config.getoption("--faults") == "full"
    return lambda few, many: many if full else few


@pytest.fixture
def full(tries: Callable[[int, int], int]) -> None:
    """For what takes too long to be tried with every change."""
    if not tries(0, 1):
        pytest.skip("only with --faults=full")


@pytest.fixture
def build(dovecot: Any, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Worlds, each with a user of its own."""
    made: list[World] = []

    def one(**options: Any) -> World:
        number = next(_numbers)
        options.setdefault("rng", random.Random(number))  # noqa: S311
        made.append(
            World(
                tmp_path / f"home{number}",
                dovecot.host,
                dovecot.port,
                dovecot.tls_port,
                dovecot.ca,
                f"faults{number}",
                r'p:a"s\s)(x',
                **options,
            )
        )
        return made[-1]

    yield one
    for world in made:
        world.close()


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    return build()


@pytest.fixture
def run(build: Callable[..., World]) -> Iterator[Callable[[World], Running]]:  # noqa: ARG001 - worlds outlive engines
    """Engines that stay, one per world."""
    started: list[Running] = []

    def start(world: World) -> Running:
        started.append(Running(world))
        return started[-1]

    yield start
    for running in started:
        running.close()


@pytest.fixture
def table(request: pytest.FixtureRequest) -> Iterator[dict[str, int]]:
    """What was tried and what was survived; printed with `-s`, and kept in the report."""
    counts: dict[str, int] = {}
    yield counts
    request.node.user_properties.append(("faults", counts))
    print(f"\n{request.node.name}: {counts}")  # noqa: T201
