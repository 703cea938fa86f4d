"""What was meant, whatever the label says: bodies, header words and file names in the wrongs that senders do."""

import base64

import pytest

from clientinbox.edge.mime.body import read_body
from clientinbox.edge.mime.charset import decode
from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.mail.message import Body


def read(head: str, octets: bytes) -> Body:
    """Read by both readers, who must agree, whether the lines end in LF or CRLF."""
    raw = head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + octets
    body = read_body(raw)
    assert read_body(raw, bulk=True) == body
    assert read_body(raw.replace(b"\r\n", b"\n")).text == body.text
    return body


GERMAN, FRENCH, RUSSIAN, JAPANESE, CHINESE, KOREAN = (
    "Größe – „gut“",
    "L’été à 5 €",
    "Привет",
    "納期はいつ",
    "什么时候",
    "언제",
)


@pytest.mark.parametrize(
    ("label", "octets", "text"),
    [
        ("us-ascii", GERMAN.encode(), GERMAN),
        ("iso-8859-1", GERMAN.encode(), GERMAN),
        ("utf-8", GERMAN.encode("cp1252"), GERMAN),
        ("iso-8859-1", FRENCH.encode("cp1252"), FRENCH),
        ("unknown-8bit", FRENCH.encode("cp1252"), FRENCH),
        ("x-unknown", FRENCH.encode(), FRENCH),
        ("x-mac-roman", FRENCH.encode("mac_roman"), FRENCH),
        ("macintosh", FRENCH.encode("mac_roman"), FRENCH),
        ("gb2312", "什么时候鎔".encode("gb18030"), "什么时候鎔"),
        ("x-gbk", CHINESE.encode("gbk"), CHINESE),
        ("big5", "什麼時候".encode("big5"), "什麼時候"),
        ("shift_jis", "①納期".encode("cp932"), "①納期"),
        ("iso-2022-jp", JAPANESE.encode("iso2022_jp"), JAPANESE),
        ("us-ascii", JAPANESE.encode("iso2022_jp"), JAPANESE),
        ("", JAPANESE.encode("iso2022_jp"), JAPANESE),
        ("ks_c_5601-1987", KOREAN.encode("cp949"), KOREAN),
        ("koi8-r", RUSSIAN.encode("koi8-r"), RUSSIAN),
        ("windows-1251", RUSSIAN.encode("cp1251"), RUSSIAN),
        ("windows-1250", "Příliš žluťoučký".encode("cp1250"), "Příliš žluťoučký"),
        ("iso-8859-9", "İstanbul ş".encode("cp1254"), "İstanbul ş"),
        ("utf-7", "Grüße".encode("utf-7"), "Grüße"),
        ("unicode-1-1-utf-7", "Grüße".encode("utf-7"), "Grüße"),
        ("utf-8", "\ufeffGrüße".encode(), "Grüße"),
        ("us-ascii", "Grüße".encode("utf-16"), "Grüße"),
        ("utf-8", "schÃ¶ne GrÃ¼ÃŸe, itâ€™s fine".encode(), "schöne Grüße, it’s fine"),
        ("iso-8859-1", "NÃO, São".encode("latin-1"), "NÃO, São"),
        ("utf-8", "Ârbol Ãtil Œuvre".encode(), "Ârbol Ãtil Œuvre"),
        ("cp-1252", FRENCH.encode("cp1252"), FRENCH),
        ('"utf8"', GERMAN.encode(), GERMAN),
        ("klingon", FRENCH.encode("cp1252"), FRENCH),
    ],
)
def test_the_text_is_what_was_meant(label: str, octets: bytes, text: str) -> None:
    head = f"Subject: x\r\nContent-Type: text/plain; charset={label}" if label else "Subject: x"
    assert read(head, octets).text == text


def test_without_a_label_the_subject_gives_a_hint() -> None:
    subject = base64.b64encode(RUSSIAN.encode("koi8-r")).decode()
    assert read(f"Subject: =?koi8-r?b?{subject}?=", RUSSIAN.encode("koi8-r")).text == RUSSIAN
    assert read("Subject: x", RUSSIAN.encode("koi8-r")).defects


def test_utf16_without_a_mark_is_read_the_right_way_round() -> None:
    assert decode("Grüße".encode("utf-16-be"), "utf-16").text == "Grüße"
    assert decode("Grüße".encode("utf-16-le"), "utf-16").text == "Grüße"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("=?utf-8?B?R3LDvMOf?= =?utf-8?B?ZSBhdXMgS8O2bG4=?=", "Grüße aus Köln"),
        ("=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße"),
        ("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_und dank?=", "Grüße und dank"),
        ("=?utf-8?Q?Wann?_Grüße?=", "Wann? Grüße"),
        ("=?utf-8?B?R3LD vMOfZQ?=", "Grüße"),
        ("=?iso-8859-1?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?us-ascii?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?unknown-8bit?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("Re: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=x", "Re: Grüßex"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe", "Grüße"),
        ("=?utf-8?Q?abc =?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "=?utf-8?Q?abc Grüße"),
        ("=?utf-8?Q?=3D=3Futf-8=3FQ=3FGr=3DC3=3DBC=3F=3D?=", "Grü"),
        ("=?iso-2022-jp?B?GyRCRzw0fBsoQg==?=", "納期"),
        ("RÃ©union", "Réunion"),
        ("Grüße", "Grüße"),
        ("A=?=B", "A=?=B"),
    ],
)
def test_a_subject_is_read_however_it_was_broken(subject: str, text: str) -> None:
    raw = f"From: a@b.example\r\nSubject: {subject}\r\n\r\n"
    assert read_envelope(raw.encode()).subject == text


def test_a_subject_of_raw_latin_letters_is_read() -> None:
    assert read_envelope("Subject: Größe\r\n\r\n".encode("latin-1")).subject == "Größe"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename*=UTF-8''na%C3%AFve.pdf", "naïve.pdf"),
        ("filename*=iso-8859-1'de'Gr%F6%DFe.pdf", "Größe.pdf"),
        ("filename*0*=UTF-8''na%C3;\r\n filename*1*=%AFve;\r\n filename*2=.pdf", "naïve.pdf"),
        ('filename="=?utf-8?Q?na=C3=AFve=2Epdf?="', "naïve.pdf"),
        ('filename="=?utf-8?Q?na=C3?=\r\n =?utf-8?Q?=AFve=2Epdf?="', "naïve.pdf"),
        ("filename=naïve.pdf", "naïve.pdf"),
        ('filename="a b.pdf"', "a b.pdf"),
        ("filename*=klingon''na%C3%AFve.pdf", "na"),
        ('filename="../../etc/passwd"', "../../etc/passwd"),
    ],
)
def test_a_file_name_is_read_however_it_was_written(disposition: str, name: str) -> None:
    head = f"Content-Type: application/pdf\r\nContent-Disposition: attachment; {disposition}"
    (attached,) = read(head, b"%PDF").attachments
    assert attached.filename.startswith(name)


@pytest.mark.parametrize(
    ("parameters", "sent", "text"),
    [
        ("", "one \r\ntwo\r\nthree", "one \ntwo\nthree"),
        ("; format=flowed", "one \r\ntwo\r\nthree", "one two\nthree"),
        ("; format=flowed; delsp=yes", "on \r\ne \r\ntwo", "onetwo"),
        ("; format=flowed", "> one \r\n> two\r\n>> three \r\n> four", "> one two\n>> three\n> four"),
        ("; format=flowed", "  indented\r\n From x\r\n", " indented\nFrom x"),
        ("; format=flowed", "Bye \r\n\r\n-- \r\nJo \r\nRoe", "Bye \n\n-- \nJo Roe"),
        ('; Format="Flowed"', "x \r\n-- \r\nJo", "x\n-- \nJo"),
    ],
)
def test_lines_that_flow_are_joined(parameters: str, sent: str, text: str) -> None:
    read_text = read(f"Content-Type: text/plain; charset=utf-8{parameters}", sent.encode()).text
    assert [line.rstrip() for line in read_text.split("\n")] == [line.rstrip() for line in text.split("\n")]


def test_base64_with_a_footer_below_it_is_read_with_the_footer() -> None:
    lines = base64.encodebytes("Größe und Maße fehlen noch auf allen Seiten, bitte ergänzen Sie sie.".encode())
    body = read(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
        lines.replace(b"\n", b"\r\n") + b"____________\r\nButtons mailing list\r\n",
    )
    assert body.text == (
        "Größe und Maße fehlen noch auf allen Seiten, bitte ergänzen Sie sie.\n\n____________\nButtons mailing list"
    )


def test_a_uuencoded_file_in_the_text_is_an_attachment() -> None:
    body = read("Subject: x", b"See the file.\r\n\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n\r\nJo\r\n")
    assert body.text.split() == ["See", "the", "file.", "Jo"]
    assert [(each.filename, each.size) for each in body.attachments] == [("cat.txt", 3)]
    assert read("Subject: x", b"begin 644 your day\r\nwell, and\r\nend it well").attachments == ()


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ('multipart/signed; protocol="application/pgp-signature"; boundary=b', "Signed with OpenPGP"),
        ('multipart/signed; protocol="application/pkcs7-signature"; boundary=b', "Signed with S/MIME"),
        ('multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b', "Encrypted with OpenPGP"),
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "Encrypted with S/MIME"),
        ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "Signed with S/MIME"),
        ("application/ms-tnef; name=winmail.dat", "winmail.dat holds attachments"),
    ],
)
def test_what_is_locked_is_said(content_type: str, said: str) -> None:
    body = read(f"Content-Type: {content_type}", b"--b\r\n\r\nHello\r\n--b\r\n\r\nx\r\n--b--\r\n")
    assert any(defect.startswith(said) for defect in body.defects)


def test_a_plain_part_that_hardly_says_anything_gives_way_to_the_html() -> None:
    def mail(plain: str, html: str) -> str:
        parts = f"--b\r\n\r\n{plain}\r\n--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--\r\n"
        return read("Content-Type: multipart/alternative; boundary=b", parts.encode()).text

    letter = "<p>" + "We have waited for two weeks and would like to know why. " * 8
    assert mail("[image: logo]", letter).startswith("We have waited")
    assert mail("Ihr Programm zeigt kein HTML. Bitte lesen Sie diese E-Mail im Browser.", "<p>Hallo").startswith(
        "Hallo"
    )
    assert mail("No, thanks.", "<p>No, thanks.</p><img src=x.gif>") == "No, thanks."
    assert mail("<html><body><p>Hello", "").startswith("Hello")
