"""Large messages on a real server: read without their attachments, and yet read the same."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from clientinbox.desk.engine.fetching import AttachmentGone, Errand, run_errand
from clientinbox.desk.intake import KEEP_RAW_UP_TO, Wanted
from clientinbox.desk.large import fetch_bodies
from clientinbox.edge.imap import ImapMailbox
from clientinbox.edge.mime.body import read_body
from clientinbox.edge.store.outgoing import StoredPlace
from clientinbox.mail.ports import FetchedMessage, FetchedSections

pytestmark = pytest.mark.dovecot

MAILS = 40


class Counted:
    """A mailbox that keeps account of the octets that come through it."""

    def __init__(self, mailbox: ImapMailbox) -> None:
        self._mailbox = mailbox
        self.structures = mailbox.structures
        self.octets = 0
        self.whole: list[int] = []

    def fetch_messages(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        for message in self._mailbox.fetch_messages(uids):
            self.whole.append(message.uid)
            self.octets += len(message.raw)
            yield message

    def fetch_sections(self, uids: Sequence[int], sections: Sequence[str]) -> Iterator[FetchedSections]:
        for fetched in self._mailbox.fetch_sections(uids, sections):
            self.octets += sum(map(len, fetched.sections.values()))
            yield fetched

    def stream(self, uid: int, section: str = "") -> Iterator[bytes]:
        for piece in self._mailbox.stream(uid, section):
            self.octets += len(piece)
            yield piece


def words(rng: random.Random, count: int) -> str:
    some = ["where", "is", "the", "prüfung", "late", "please", "--", "€", "漢字", ">", "\n", "= 3", "From here"]
    return " ".join(rng.choice(some) for _ in range(count)) + "\n"


def generated(rng: random.Random, number: int) -> bytes:
    """One of many shapes: alternatives, inline images, attached messages and texts, odd names, any encoding."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "helen@client.example", "ana@lantern.example", f"Grüße {number}"
    mail["Date"], mail["Message-ID"] = "Mon, 2 Mar 2026 09:00:00 +0000", f"<{number}@client.example>"
    encoding = rng.choice(["base64", "quoted-printable", "8bit"])
    mail.set_content(words(rng, 80), cte=encoding)
    if rng.random() < 0.6:
        quote = f"<blockquote>{words(rng, 40)}</blockquote>" if rng.random() < 0.5 else ""
        mail.add_alternative(f"<p>{words(rng, 60)}</p>{quote}", subtype="html", cte=rng.choice(["base64", "8bit"]))
        if rng.random() < 0.5:
            *_, html = mail.iter_parts()
            assert isinstance(html, EmailMessage)
            html.add_related(rng.randbytes(9_000), "image", "png", cid="<logo@x>", filename="logo.png")
    for place in range(rng.randrange(1, 4)):
        octets = rng.randbytes(rng.randrange(70_000, 120_000))
        match rng.randrange(5):
            case 0:
                mail.add_attachment(octets, "application", "pdf", filename=f"Übersicht {place}.pdf")
            case 1:
                mail.add_attachment(octets, "application", "octet-stream")
            case 2:
                inner = EmailMessage()
                inner["Subject"] = f"Älteres {place}"
                inner.set_content(words(rng, 20))
                inner.add_attachment(octets, "image", "jpeg", filename="photo.jpg")
                mail.add_attachment(inner)
            case 3:
                mail.add_attachment(
                    words(rng, 9_000), filename="long.txt", disposition=rng.choice(["attachment", "inline"])
                )
            case _:
                mail.add_attachment(words(rng, 12_000), subtype="csv", filename="sums.csv", cte="quoted-printable")
    if rng.random() < 0.3:
        mail.add_attachment("BEGIN:VCALENDAR\nEND:VCALENDAR\n", subtype="calendar", filename="invite.ics")
    raw = mail.as_bytes()
    if rng.random() < 0.15:  # a writer that forgets how its message ends
        raw = raw[: raw.rstrip().rfind(b"\n")]
    return raw


def test_read_without_attachments_a_message_says_the_same(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    rng = random.Random(31)  # noqa: S311
    for number in range(MAILS):
        deliver(generated(rng, number))
    mailbox.select("INBOX")
    uids = mailbox.uids()
    whole = {message.uid: message.raw for message in mailbox.fetch_messages(uids)}
    counted = Counted(mailbox)
    wanted = [Wanted(uid, uid, len(whole[uid])) for uid in uids]
    fetched = {message.uid: message for message in fetch_bodies(counted, wanted)}  # type: ignore[arg-type]
    assert set(fetched) == set(uids)
    reduced = [message for message in fetched.values() if message.sizes is not None]
    assert len(reduced) > MAILS * 3 // 4, "else this test says little"
    for message in reduced:
        short, full = read_body(message.raw, bulk=True), read_body(whole[message.uid], bulk=True)
        assert (short.text, short.quoted_from) == (full.text, full.quoted_from)
        assert [(a.filename, a.content_type) for a in short.attachments] == [
            (a.filename, a.content_type) for a in full.attachments
        ]
        assert set(short.defects) <= set(full.defects)
        assert all("cut off" in lost for lost in set(full.defects) - set(short.defects)), "of what was not fetched"
        assert message.sizes is not None
        for said, there in zip(message.sizes, full.attachments, strict=True):
            if not there.content_type.startswith("text/"):  # quoted-printable is told as it is transferred
                assert abs(said - there.size) <= (there.size // 100 if there.filename.endswith(".eml") else 8)
    assert counted.octets < sum(map(len, whole.values())) // 4


def test_thirty_megabytes_cost_a_few_kilobytes_until_somebody_wants_them(
    mailbox: ImapMailbox, deliver: Callable[..., None], tmp_path: Path
) -> None:
    film = random.Random(2).randbytes(30_000_000)  # noqa: S311
    mail = EmailMessage()
    mail["Subject"], mail["Message-ID"] = "The film", "<film@client.example>"
    mail.set_content("It is attached.\n")
    mail.add_attachment(film, "video", "mp4", filename="film.mp4")
    raw = mail.as_bytes()
    deliver(raw)
    uidvalidity = mailbox.select("INBOX").uidvalidity
    counted = Counted(mailbox)
    (message,) = fetch_bodies(counted, [Wanted(1, mailbox.uids()[-1], len(raw))])  # type: ignore[arg-type]
    assert (counted.whole, counted.octets < 2_000) == ([], True)
    assert message.sizes is not None
    assert abs(message.sizes[0] - 30_000_000) <= 8
    body = read_body(message.raw, bulk=True)
    assert (body.text, [file.filename for file in body.attachments]) == ("It is attached.", ["film.mp4"])
    place = StoredPlace("test", "INBOX", uidvalidity, message.uid, ())
    for types in (("video/mp4",), ("what/we-read", "another/way")):
        path = tmp_path / types[0].replace("/", "-")
        path.touch()
        assert run_errand(Errand((place,), 1, types, str(path)), mailbox)["octets"] == len(film)
        assert path.read_bytes() == film
    with pytest.raises(AttachmentGone):
        run_errand(Errand((replace(place, uidvalidity=uidvalidity + 1),), 1, types, str(path)), mailbox)


def test_a_large_text_and_an_odd_message_are_fetched_whole(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    boundary = b"=_x"
    nothing_to_spare = b"Subject: Long\r\n\r\n" + b"word after word\r\n" * 6_000
    pdf = b"Content-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\n" + b"%PDF\r\n" * 20_000
    no_boundary = b'Subject: Odd\r\nContent-Type: multipart/mixed; boundary=""\r\n\r\n' + pdf
    repeated = (
        b"Subject: Twice\r\nContent-Type: multipart/mixed; boundary=%b; boundary=other\r\n\r\n--%b\r\n\r\nHello\r\n--%b\r\n%b\r\n"
        b"--%b--\r\n" % (boundary, boundary, boundary, pdf, boundary)
    )
    lost_start = (
        b"Subject: Lost\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
        b"Content-Type: multipart/mixed; boundary=inner\r\n\r\nHello\r\n--outer\r\n%b\r\n--outer--\r\n" % pdf
    )
    report = repeated.replace(b"application/pdf", b"message/rfc8", 1)
    for raw in (nothing_to_spare, no_boundary, repeated, lost_start, report):
        deliver(raw)
    mailbox.select("INBOX")
    whole = {message.uid: message.raw for message in mailbox.fetch_messages(mailbox.uids())}
    wanted = [Wanted(uid, uid, len(raw)) for uid, raw in whole.items()]
    for message in fetch_bodies(Counted(mailbox), wanted):  # type: ignore[arg-type]
        assert read_body(message.raw).text == read_body(whole[message.uid]).text
        names = [[file.filename for file in read_body(raw).attachments] for raw in (message.raw, whole[message.uid])]
        assert names[0] == names[1]
        assert message.sizes is not None or message.raw == whole[message.uid]
    assert all(size > KEEP_RAW_UP_TO for size in map(len, whole.values()))
