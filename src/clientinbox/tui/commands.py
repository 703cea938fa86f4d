"""What a door may add to the command palette, and the way to our provider, which the first frame does not need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.command import Provider


@dataclass(frozen=True, slots=True)
class ExtraCommand:
    """A command that a door hands to the App; `run` is called on a thread and returns a line for a toast, or None."""

    name: str
    help: str
    run: Callable[[], str | None]


def own_commands() -> "type[Provider]":
    from clientinbox.tui.palette import OwnCommands

    return OwnCommands
