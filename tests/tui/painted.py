"""What is on the screen, as lines of plain text; and waiting until there is nothing left to paint."""

from collections.abc import Callable
from pathlib import Path

from textual.app import App
from textual.pilot import Pilot

GOLDEN = Path(__file__).parent / "golden"


def painted(app: App[int]) -> str:
    """The cells of the top screen, trailing blanks cut."""
    lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return "\n".join(lines) + "\n"


async def settled(pilot: Pilot[int], until: Callable[[], bool] = lambda: True) -> None:
    """Wait for workers (but those that wait for a person), and until a condition holds; fail where it never does."""
    await pilot.pause()
    if busy := [each for each in pilot.app.workers if each.group != "way"]:
        await pilot.app.workers.wait_for_complete(busy)
    for _ in range(200):
        await pilot.pause()
        if until():
            return
        await pilot.pause(0.01)
    message = f"it never came to it; on the screen:\n{painted(pilot.app)}"
    raise AssertionError(message)


def shows(pilot: Pilot[int], *words: str) -> Callable[[], bool]:
    return lambda: all(word in painted(pilot.app) for word in words)
