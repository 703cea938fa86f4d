"""`locate`: where the config, the data and the log are."""

import os
from pathlib import Path

from clientinbox.edge.settings.paths import find_paths


def locate(what: str, config: str | None) -> tuple[Path, ...]:
    paths = find_paths(config, os.environ)
    return {"config": paths.config_files, "data": (paths.data_dir,), "log": (paths.log_file,)}[what]


def own_models(data_dir: Path) -> Path:
    """Where what the user's corrections taught is kept."""
    return data_dir / "model"
