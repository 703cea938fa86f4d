"""Our commands in Textual's palette: whatever has a key on this screen, the pairs of keys, and what the door added."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from clientinbox.tui.app import ClientInbox
from clientinbox.tui.plain import one_line
from clientinbox.tui.screens.keyed_screen import KeyedScreen
from clientinbox.tui.widgets.thread_list import MOVE

_NOT_HERE = ("wait_for", "command_palette")
"""Half a command, and the palette itself."""


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    help: str
    run: Callable[[], Awaitable[object] | None]


class OwnCommands(Provider):
    async def discover(self) -> Hits:
        for command in self._commands(moves=False):
            yield DiscoveryHit(Content(command.name), command.run, text=command.name, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands(moves=True):
            if (score := matcher.match(command.name)) > 0:
                # Content, and not matcher.highlight, which reads a name as markup
                yield Hit(score, Content(command.name), command.run, text=command.name, help=command.help)

    def _commands(self, *, moves: bool) -> Iterator[Command]:
        """`moves`: scrolling and going up and down too, which nobody looks for in a list."""
        screen, app = self.screen, self.app
        if isinstance(app, ClientInbox):
            for extra in app.extra_commands:
                yield Command(one_line(extra.name), one_line(extra.help), partial(app.run_extra, extra))
        yield from self._of_keys(moves=moves)
        if isinstance(screen, KeyedScreen):
            for lead in screen.LEADS.values():
                for step in lead.steps:
                    run = partial(screen.run_action, step.action)
                    yield Command(step.command, f"keys {lead.shown} {step.key}", run)
        yield Command("Theme", "Night, day, high contrast, and those of Textual", app.search_themes)

    def _of_keys(self, *, moves: bool) -> Iterator[Command]:
        seen = set()
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            named = binding.id and binding.description and not binding.action.startswith(_NOT_HERE)
            wanted = moves or binding.group is not MOVE or binding.action == "open"
            if enabled and named and wanted and binding.description not in seen:
                seen.add(binding.description)
                told = f"{binding.tooltip or binding.description} (key {self.app.get_key_display(binding)})"
                run = partial(self.app.run_action, binding.action, node)
                yield Command(binding.description, told, run)
