"""Names that a stranger chose, on the user's disk."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.savedfiles import downloads_folder, runs, safe_name, save_new
from clientinbox.errors import ClientInboxError

HOSTILE = st.text(st.sampled_from("./\\ \0\n\r\x1b\u202e\ufffd~-_ab:é漢."), max_size=300)


@given(HOSTILE | st.text(max_size=300))
def test_no_name_leaves_its_folder_hides_or_steers_a_terminal(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert Path(safe).name == safe
    assert safe[0] not in ".-~ "
    assert safe[-1] not in ". "
    assert safe.isprintable()
    assert len(os.fsencode(safe)) <= 150


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plan v2.pdf", "plan v2.pdf"),
        ("../../.bashrc", "_.._.bashrc"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:\\autoexec.bat", "C__autoexec.bat"),
        ("..", "attachment"),
        ("", "attachment"),
        (".profile", "profile"),
        ("--help", "help"),
        ("con.txt", "_con.txt"),
        ("evil\u202efdp.exe", "evil_fdp.exe"),
        ("a\nb.txt", "a_b.txt"),
        ("x" * 400 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_nothing_is_overwritten_no_link_is_followed_and_a_file_is_its_owners(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.pdf").write_text("old")
    (folder / "a (2).pdf").symlink_to(victim)
    (folder / "a (3).pdf").symlink_to(tmp_path / "nowhere")
    made = save_new(folder, "a.pdf", lambda path: path.write_bytes(b"new"))
    assert (made.name, made.read_bytes()) == ("a (4).pdf", b"new")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert (victim.read_text(), (folder / "a.pdf").read_text()) == ("keep", "old")
    assert not (tmp_path / "nowhere").exists()

    def fails(_path: Path) -> None:
        raise ClientInboxError("no")

    with pytest.raises(ClientInboxError, match="no"):
        save_new(folder, "b.pdf", fails)
    assert sorted(each.name for each in folder.iterdir()) == ["a (2).pdf", "a (3).pdf", "a (4).pdf", "a.pdf"]


@pytest.mark.parametrize(
    ("name", "content_type", "head"),
    [
        ("invoice.exe", "application/pdf", b""),
        ("invoice.PDF.SH", "application/pdf", b""),
        ("invoice.pdf", "application/x-msdownload", b""),
        ("invoice", "text/plain", b"#!/bin/sh\n"),
        ("invoice.txt", "text/plain", b"\x7fELF..."),
        ("invoice", "application/octet-stream", b"\n[Desktop Entry]\nExec=sh"),
        ("page.html", "application/octet-stream", b""),
        ("logo.png", "image/svg+xml", b""),
        ("sums.xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12", b""),
    ],
)
def test_what_could_run_is_known(name: str, content_type: str, head: bytes) -> None:
    assert runs(name, content_type, head)


def test_what_only_shows_is_let_through() -> None:
    assert not runs("plan.pdf", "application/pdf", b"%PDF-1.7")
    assert not runs("photo.jpg", "image/jpeg", b"\xff\xd8")
    assert not runs("report.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK")


def test_the_downloads_folder_is_the_desktops(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert downloads_folder(home) == tmp_path / "Downloads"
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "user-dirs.dirs").write_text('# dirs\nXDG_DOWNLOAD_DIR="$HOME/Laufwerk/Neu"\n')
    assert downloads_folder(home) == tmp_path / "Laufwerk" / "Neu"
    (tmp_path / ".config" / "user-dirs.dirs").write_text('XDG_DOWNLOAD_DIR="$HOME/"\n')
    assert downloads_folder(home) == tmp_path / "Downloads"
