"""The configuration: which files, what they say, what of it is wrong. Values out; no secret is ever fetched here.

`append` is imported by itself: it brings tomlkit, which a start need not pay for.
"""

from clientinbox.edge.settings.account_table import command_of, history_of, server_of
from clientinbox.edge.settings.load import BrokenAccount, Settings, load_settings
from clientinbox.edge.settings.paths import Paths

__all__ = [
    "BrokenAccount",
    "Paths",
    "Settings",
    "command_of",
    "history_of",
    "load_settings",
    "server_of",
]
