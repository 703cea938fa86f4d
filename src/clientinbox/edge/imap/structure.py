"""BODYSTRUCTURE as a tree of parts. A node is read as far as it makes sense; one that makes none is opaque."""

from dataclasses import replace
from typing import Any

from clientinbox.mail.ports import Part

_OPAQUE = "application/octet-stream"
_MESSAGE = "message/rfc822"
_DEEPEST = 50
_AT_LEAST = 7
"""Fields of a part that is no multipart: type, subtype, parameters, id, description, encoding, size."""


def part_of(value: object) -> Part | None:
    """The whole message; None for what is no structure at all."""
    if not isinstance(value, tuple) or not value:
        return None
    if isinstance(value[0], tuple):
        return _multipart(value, "", 0)
    return _leaf(value, "1", 0)


def _part(value: object, number: str, depth: int) -> Part:
    if not isinstance(value, tuple) or not value or depth > _DEEPEST:
        return Part(number, _OPAQUE)
    return _multipart(value, number, depth) if isinstance(value[0], tuple) else _leaf(value, number, depth)


def _multipart(value: tuple[Any, ...], number: str, depth: int) -> Part:
    """One tuple for each part, then the subtype and what extends it."""
    count = next((at for at, item in enumerate(value) if not isinstance(item, tuple)), len(value))
    extension = value[count:]
    disposition, filename = _disposition(_at(extension, 2))
    prefix = f"{number}." if number else ""
    return Part(
        number,
        f"multipart/{_word(_at(extension, 0)) or 'mixed'}",
        filename=filename,
        disposition=disposition,
        parts=tuple(_part(item, f"{prefix}{at}", depth + 1) for at, item in enumerate(value[:count], 1)),
    )


def _leaf(value: tuple[Any, ...], number: str, depth: int) -> Part:
    if len(value) < _AT_LEAST:
        return Part(number, _OPAQUE)
    main, sub = _word(value[0]), _word(value[1])
    content_type = f"{main}/{sub}" if main and sub else _OPAQUE
    parameters = _parameters(value[2])
    inner: tuple[Part, ...] = ()
    extension = value[_AT_LEAST:]
    if content_type == _MESSAGE and isinstance(_at(extension, 1), tuple):
        inner = (_inside(extension[1], number, depth + 1),)
        extension = extension[3:]  # envelope, structure, lines
    elif main == "text":
        extension = extension[1:]  # lines
    disposition, filename = _disposition(_at(extension, 1))
    size = value[6]
    return Part(
        number,
        content_type,
        charset=parameters.get("charset", ""),
        encoding=_word(value[5]),
        filename=filename or _filename(parameters, "name"),
        size=size if isinstance(size, int) else 0,
        disposition=disposition,
        content_id=_text(value[3]),
        parts=inner,
    )


def _inside(value: object, number: str, depth: int) -> Part:
    """The message within a message/rfc822; the parts of its multipart count on from the part that carries it."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple) and depth <= _DEEPEST:
        return replace(_multipart(value, number, depth), number=f"{number}.TEXT")
    return _part(value, f"{number}.1", depth)


def _disposition(value: object) -> tuple[str, str]:
    """("attachment" or "inline", file name)"""
    if not isinstance(value, tuple) or not value:
        return "", ""
    kind = _word(value[0])
    # What is neither is to be treated as an attachment (RFC 2183, 2.8).
    kind = kind if kind in {"", "inline"} else "attachment"
    return kind, _filename(_parameters(_at(value, 1)), "filename")


def _filename(parameters: dict[str, str], name: str) -> str:
    """Plain, or put together from the pieces of RFC 2231: still percent-encoded, charset'language' first."""
    for whole in (f"{name}*", name):
        if whole in parameters:
            return parameters[whole]
    pieces: list[str] = []
    while (piece := parameters.get(f"{name}*{len(pieces)}*", parameters.get(f"{name}*{len(pieces)}"))) is not None:
        pieces.append(piece)
    return "".join(pieces)


def _parameters(value: object) -> dict[str, str]:
    if not isinstance(value, tuple):
        return {}
    return {_word(name): _text(given) for name, given in zip(value[::2], value[1::2], strict=False)}


def _at(values: tuple[Any, ...], position: int) -> Any:
    return values[position] if len(values) > position else None


def _word(value: object) -> str:
    return _text(value).strip().lower()


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value) if isinstance(value, int) else ""
