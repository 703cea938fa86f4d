"""One message of the story as the bytes a mail server would hold (RFC 5322, 2045, 2047).

The story has hostile bytes in it on purpose; they travel encoded, as they do in real mail.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr

_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_WIRE = compat32.clone(linesep="\r\n")
_LONGEST_FILLER = 20_000
_UNITS = {"KB": 1_000, "MB": 1_000_000}


def letter(
    *,
    message_id: str,
    references: Sequence[str],
    sent_at: datetime,
    sender: str,
    to: Sequence[str],
    cc: Sequence[str],
    subject: str,
    text: str,
    html: str | None,
    attachments: Sequence[Mapping[str, str]],
    headers: Mapping[str, str],
) -> bytes:
    message = _body(text, html, _boundary(message_id, "alternative"))
    if attachments:
        mixed = MIMEMultipart("mixed", boundary=_boundary(message_id, "mixed"))
        mixed.attach(message)
        for attachment in attachments:
            mixed.attach(_attachment(attachment))
        message = mixed
    # A server's own verdict stands above everything the sender wrote.
    fields: list[tuple[str, str]] = sorted(headers.items(), key=lambda field: field[0] != "Authentication-Results")
    fields += [("From", _address(sender)), ("To", ", ".join(map(_address, to)))]
    if cc:
        fields.append(("Cc", ", ".join(map(_address, cc))))
    fields += [("Subject", _encoded(subject)), ("Date", format_datetime(sent_at)), ("Message-ID", message_id)]
    if references:
        fields += [("In-Reply-To", references[-1]), ("References", " ".join(references))]
    for name, value in fields:
        message[name] = value
    return message.as_bytes(policy=_WIRE)


def _body(text: str, html: str | None, boundary: str) -> Message:
    if html is None:
        return MIMEText(text, "plain", _UTF8)  # type: ignore[arg-type]
    rich = MIMEText(html, "html", _UTF8)  # type: ignore[arg-type]
    if not text:
        return rich
    both = MIMEMultipart("alternative", boundary=boundary)
    both.attach(MIMEText(text, "plain", _UTF8))  # type: ignore[arg-type]
    both.attach(rich)
    return both


def _attachment(attachment: Mapping[str, str]) -> Message:
    kind, *parameters = (part.strip() for part in attachment["type"].split(";"))
    part = MIMEBase(*kind.split("/"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        part.set_param(name, value)
    content = attachment.get("content")
    part.set_payload(content.encode() if content is not None else _filler(attachment["name"], attachment["size_hint"]))
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment["name"])
    return part


def _filler(name: str, size_hint: str) -> bytes:
    """Something of about the size hinted at, within reason."""
    number, unit = size_hint.split()
    size = min(int(float(number) * _UNITS[unit]), _LONGEST_FILLER)
    line = f"{name} of the demo: a file with nothing in it.\n".encode()
    return (line * (size // len(line) + 1))[:size]


def _address(written: str) -> str:
    return formataddr(parseaddr(written))


def _encoded(value: str) -> str:
    """Header text as encoded words where it is anything but printable ASCII."""
    if re.fullmatch(r"[ -~]*", value):
        return value
    return Header(value, "utf-8", header_name="Subject").encode()


def _boundary(message_id: str, kind: str) -> str:
    return f"=_{kind}_{message_id.strip('<>').partition('@')[0]}"
