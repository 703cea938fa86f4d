"""The walls of the house hold, and hold for the reason that they would catch whoever breaks them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINTER = str(Path(sys.executable).with_name("lint-imports"))


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--config", str(root / "pyproject.toml"), "--cache-dir", str(root / ".walls")],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", root)
    shutil.copytree(
        ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__", "pipeline", "data", "*.pyc")
    )
    return root


def test_the_house_stands(copy: Path) -> None:
    said = lint(copy)
    assert said.returncode == 0, said.stdout
    assert "0 broken" in said.stdout


@pytest.mark.parametrize(
    ("module", "line", "wall"),
    [
        ("triage/labels.py", "import sqlite3", "core touches nothing"),
        ("edge/secrets.py", "from clientinbox.edge.store import connect", "edges do not know each other"),
        ("tui/app.py", "from clientinbox.edge.store import connect", "only the desk opens an edge"),
        ("desk/views.py", "import textual", "only the TUI knows Textual"),
        ("triage/labels.py", "from clientinbox.projects import registry", "mail walks one way"),
        ("mail/message.py", "from clientinbox.triage import labels", "mail walks one way"),
        ("desk/views.py", "import imapclient", "each library has one edge"),
        ("desk/views.py", "def lazily():\n    from clientinbox.cli import main", "mail walks one way"),
    ],
    ids=lambda value: value.splitlines()[-1].strip(),
)
def test_a_wall_that_is_broken_is_named(copy: Path, module: str, line: str, wall: str) -> None:
    file = copy / "src" / "clientinbox" / module
    before = file.read_text()
    file.write_text(f"{before}\n{line}\n")
    try:
        said = lint(copy)
    finally:
        file.write_text(before)
    assert said.returncode == 1, said.stdout
    assert f"{wall} BROKEN" in said.stdout
    assert module.removesuffix(".py").replace("/", ".") in said.stdout


HEAVY = (
    "spacy",
    "thinc",
    "numpy",
    "sqlite_utils",
    "imapclient",
    "mailparser",
    "icalendar",
    "selectolax",
    "tomlkit",
    "pymap",
    "dateutil",
)
FIRST_FRAME = """
import clientinbox.cli.inbox, clientinbox.desk.desk, clientinbox.tui.app
"""
FIRST_ROWS = """
from clientinbox.desk.desk import open_desk
with open_desk() as desk:
    inbox = desk.inbox()
    inbox.rows(0, 50)
"""
VERSION = """
from clientinbox.cli.main import run
try:
    run(["--version"])
except SystemExit:
    pass
"""


@pytest.mark.parametrize("work", [FIRST_FRAME, VERSION], ids=["first frame", "version"])
def test_what_is_heavy_stays_out_of_the_start(work: str) -> None:
    _loaded_by(work, HEAVY)


def test_the_first_rows_of_a_store_that_is_there_load_nothing_heavy() -> None:
    _run("from clientinbox.desk.desk import open_desk\nwith open_desk() as desk: desk.inbox()")  # makes the store
    _loaded_by(FIRST_FRAME + FIRST_ROWS, HEAVY)


def test_the_version_does_not_even_load_the_screens() -> None:
    _loaded_by(VERSION, (*HEAVY, "textual", "rich", "sqlite3", "asyncio"))


def _loaded_by(work: str, unwanted: tuple[str, ...]) -> None:
    said = _run(f"{work}\nimport sys\nprint('LOADED', *[name for name in {unwanted!r} if name in sys.modules])")
    assert said.splitlines()[-1] == "LOADED"


def _run(work: str) -> str:
    done = subprocess.run([sys.executable, "-c", work], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
