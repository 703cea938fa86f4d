"""Mail that lies in files: cut where a message begins, and nowhere else."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.mailfiles import FiledMessage, Kind, LeftOut, MailSource, sources
from clientinbox.errors import UsageError

ONE = b"From: a@x\nSubject: one\n\nHello\n"
SEPARATOR = b"From a@x Tue Mar  3 09:00:00 2026\n"


def read(path: Path) -> list[FiledMessage | LeftOut]:
    found: list[FiledMessage | LeftOut] = []
    for source in sources([path]):
        found += [source] if isinstance(source, LeftOut) else source.messages()
    return found


def raw(path: Path) -> list[bytes]:
    return [each.raw for each in read(path) if isinstance(each, FiledMessage)]


@given(
    st.lists(
        st.lists(st.sampled_from(["Hello", "", "From here on", ">From you", ">>From", "x" * 70_000]), max_size=6),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_as_mboxrd_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[list[str]], end: str
) -> None:
    mails = [end.join([f"Subject: {number}", "", *lines, ""]) for number, lines in enumerate(bodies)]
    path = tmp_path_factory.mktemp("mbox") / "mails"
    with path.open("wb") as file:
        for mail in mails:
            quoted = end.join(f">{line}" if line.lstrip(">").startswith("From ") else line for line in mail.split(end))
            file.write(SEPARATOR + quoted.encode() + end.encode())
    assert raw(path) == [mail.encode() for mail in mails]


def test_a_sentence_that_begins_with_from_does_not_end_a_message(tmp_path: Path) -> None:
    path = tmp_path / "old.mbox"
    path.write_bytes(
        SEPARATOR + ONE + b"\nFrom Monday at 10:00 we are closed.\n\nFrom here on all is well.\n\n" + SEPARATOR + ONE
    )
    assert [b"closed" in each for each in raw(path)] == [True, False]


def test_flags_of_maildir_and_mbox(tmp_path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / "box" / part).mkdir(parents=True)
        (tmp_path / "box" / ".Sent" / part).mkdir(parents=True)
    (tmp_path / "box/cur/1.a:2,FRS").write_bytes(ONE)
    (tmp_path / "box/new/2.b").write_bytes(ONE)
    (tmp_path / "box/tmp/3.c").write_bytes(ONE)
    (tmp_path / "box/.Sent/cur/4.d:2,S").write_bytes(ONE)
    found = [source for source in sources([tmp_path / "box"]) if isinstance(source, MailSource)]
    assert [(source.kind, source.folder) for source in found] == [(Kind.MAILDIR, "box"), (Kind.MAILDIR, "Sent")]
    flags = [each.flags for source in found for each in source.messages() if isinstance(each, FiledMessage)]
    assert flags == [(), ("\\Seen", "\\Answered", "\\Flagged"), ("\\Seen",)]
    mbox = tmp_path / "m"
    mbox.write_bytes(SEPARATOR + b"Status: RO\nX-Status: AF\n" + ONE + b"\n" + SEPARATOR + b"Status: O\n" + ONE)
    assert [each.flags for each in read(mbox) if isinstance(each, FiledMessage)] == [
        ("\\Seen", "\\Answered", "\\Flagged"),
        (),
    ]


def test_what_is_no_mail_is_said_and_left(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"")
    (tmp_path / "b.msg").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 outlook")
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "d").mkdir()
    (tmp_path / "d/e.eml").write_bytes(b"\xef\xbb\xbf" + ONE)
    (tmp_path / "d/f.emlx").write_bytes(b"%d\n" % len(ONE) + ONE + b"<?xml version='1.0'?><plist/>")
    (tmp_path / "g").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "h.eml")
    found = read(tmp_path)
    assert [each.why.split("(")[0].strip() for each in found if isinstance(each, LeftOut)] == [
        "is empty",
        "is an Outlook file",
        "is no mail",
        "is a link to a folder; name that folder itself",
        "is no regular file",
    ]
    assert raw(tmp_path) == [ONE, ONE]
    with pytest.raises(UsageError, match="There is no"):
        list(sources([tmp_path / "d", tmp_path / "nowhere"]))
