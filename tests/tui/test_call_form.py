"""The questions after a call, without a screen; and the two ways out of the program: paper and the editor."""

import os
import stat
from pathlib import Path

import pytest

from clientinbox.desk.views import AgreedLine, CallEntry
from clientinbox.errors import ClientInboxError
from clientinbox.tui.call_form import Ask, CallForm
from clientinbox.tui.editor import edited, editor_command
from clientinbox.tui.paper import save_sheet

LINE = AgreedLine("test link by Wednesday", promise=True, owner="Jo")


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        pytest.param("12", 12, id="a number"),
        pytest.param(" 12 min ", 12, id="with its unit"),
        pytest.param("7m", 7, id="short"),
        pytest.param("", None, id="not known"),
    ],
)
def test_minutes_as_people_write_them(typed: str, minutes: int | None) -> None:
    form = CallForm()
    form.take_reached(reached=True)
    assert form.take_minutes(typed) == ""
    assert (form.minutes, form.ask) == (minutes, Ask.AGREED)


@pytest.mark.parametrize("typed", ["abc", "-3", "12.5", "1200", "²"])
def test_what_is_no_number_of_minutes_is_refused_and_the_question_stays(typed: str) -> None:
    form = CallForm()
    form.take_reached(reached=True)
    assert form.take_minutes(typed).startswith("Minutes are a number")
    assert form.ask is Ask.MINUTES


def test_going_back_undoes_one_answer_after_the_other_and_loses_no_words() -> None:
    form = CallForm()
    form.take_reached(reached=True)
    form.take_minutes("12")
    form.offer(LINE)
    form.decide_promise(promise=True)
    form.end_lines()
    form.take_mood(1)
    said = [(form.back(), form.ask) for _ in range(5)]
    assert said == [
        ("", Ask.MOOD),
        ("", Ask.AGREED),
        (LINE.text, Ask.AGREED),
        ("12", Ask.MINUTES),
        ("", Ask.REACHED),
    ]


def test_a_call_that_reached_nobody_keeps_the_note_and_nothing_else() -> None:
    form = CallForm(minutes=3, agreed=(LINE,), mood=2)
    form.take_reached(reached=False)
    form.note = "voicemail is full"
    assert form.entry() == CallEntry(reached=False, minutes=None, agreed=(), mood_after=None, note="voicemail is full")


def test_the_sheet_goes_into_the_download_folder_for_its_owner_alone_and_never_over_an_old_one(tmp_path: Path) -> None:
    environ = {"XDG_DOWNLOAD_DIR": "$HOME/got", "HOME": str(tmp_path)}
    (tmp_path / "got").mkdir()
    (tmp_path / "got" / "call-12.txt").symlink_to(tmp_path / "elsewhere")
    first = save_sheet("12", "STORY\n  she asked\x1b[31m", environ)
    second = save_sheet("12", "again", environ)
    assert (first.name, second.name) == ("call-12-2.txt", "call-12-3.txt")
    assert first.read_text(encoding="utf-8") == "STORY\n  she asked\ufffd[31m"
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert not (tmp_path / "elsewhere").exists()


def test_a_thread_id_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "Downloads").mkdir()
    path = save_sheet("../../etc/<x>", "words", {"HOME": str(tmp_path)})
    assert path == tmp_path / "Downloads" / "call-etc-x.txt"


def script(folder: Path, words: str) -> list[str]:
    """An editor that does what a person would."""
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{words}\n", encoding="utf-8")
    path.chmod(0o700)
    return [str(path)]


def test_what_was_written_in_the_editor_comes_back_and_its_file_is_gone(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    command = script(tmp_path, f'stat -c "%a %n" "$1" > {seen}; printf "café\\r\\nsecond\\n" >> "$1"')
    assert edited("first ", command) == "first café\nsecond"
    mode, name = seen.read_text(encoding="utf-8").split()
    assert mode == "600"
    assert not Path(name).exists()
    assert not Path(name).parent.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("echo lost > $1; exit 1", "ended with 1", id="it says that it failed"),
        pytest.param("rm $1", "cannot be read", id="the file is gone"),
        pytest.param(r"printf '\377\376' > $1", "cannot be read", id="it is no text"),
    ],
)
def test_an_editor_that_fails_is_said_in_one_sentence(tmp_path: Path, words: str, said: str) -> None:
    with pytest.raises(ClientInboxError, match=said) as caught:
        edited("mine", script(tmp_path, words))
    assert caught.value.todo == "Your text is as it was."


def test_an_editor_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ClientInboxError, match="could not be started: No such file"):
        edited("mine", [str(tmp_path / "none")])


def test_visual_comes_before_editor_and_may_have_arguments() -> None:
    assert editor_command({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor_command({"VISUAL": " ", "EDITOR": "vi"}) == ["vi"]
    with pytest.raises(ClientInboxError, match="No editor is set"):
        editor_command({})
    with pytest.raises(ClientInboxError, match="cannot be read"):
        editor_command({"EDITOR": "vi 'x"})


def test_interrupts_reach_us_again_after_the_editor(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        edited_and_interrupted(tmp_path)


def edited_and_interrupted(folder: Path) -> None:
    assert edited("x", script(folder, f"kill -INT {os.getpid()}")) == "x"  # the editor's ctrl+c: not ours
    os.kill(os.getpid(), 2)
