"""The demo as a whole: servers, a throw-away folder with a config, and a desk whose clock starts on the story's day."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from clientinbox.demo.clock import DemoClock
from clientinbox.demo.scenario import DEMO_START, Scenario, scenario
from clientinbox.demo.servers import DemoServers, start_servers
from clientinbox.desk.clock import OffsetClock
from clientinbox.desk.desk import Desk, open_desk

_PASSWORD = "CLIENTINBOX_DEMO_PASSWORD"  # noqa: S105  the name of a variable
_XDG = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")


@dataclass(frozen=True, slots=True)
class DemoAgency:
    desk: Desk
    servers: DemoServers
    scenario: Scenario
    clock: DemoClock
    """Moved on by `demo next`; the desk and the engine follow it."""
    delivered: set[str] = field(default_factory=set)
    """Ids of the later messages that have arrived."""


@contextmanager
def demo_agency() -> Iterator[DemoAgency]:
    """Everything is gone when the block ends; nothing of the user's is read or written."""
    told = scenario(DEMO_START)
    with TemporaryDirectory(prefix="clientinbox-demo-") as folder, start_servers(DEMO_START) as servers:
        config = Path(folder) / "config.toml"
        config.write_text(_config(servers), encoding="utf-8")
        config.chmod(0o600)
        own = {name: str(Path(folder) / name.removeprefix("XDG_").lower()) for name in _XDG}
        with _environment({**own, _PASSWORD: servers.password}):
            clock = DemoClock(DEMO_START)
            with open_desk(str(config), clock=OffsetClock(clock.offset())) as desk:
                desk.import_registry_document(told.registry)
                try:
                    yield DemoAgency(desk, servers, told, clock)
                finally:
                    desk.stop_engine()


def _config(servers: DemoServers) -> str:
    return f"""\
[accounts.lantern]
email = "{servers.user}"
name = "Ana Ferreira"
imap.server = "imap://{servers.host}:{servers.imap_port}"
imap.login = "{servers.user}"
imap.password.env = "{_PASSWORD}"
smtp.server = "smtp://{servers.host}:{servers.smtp_port}"
scope = "all"
history = "all"
"""


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """The engine is a child and finds its store by the environment, as any other does."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
