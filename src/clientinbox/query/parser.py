"""Text to tree, in the shape of notmuch: terms stand beside each other, `or` binds weaker, `not` and `-` stronger.

A tokeniser and a recursive descent, bounded in length and depth: a query may come from a file or a script.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from clientinbox.query.dates import EXAMPLES, span_of
from clientinbox.query.errors import QueryError
from clientinbox.query.tree import (
    All,
    Any,
    Client,
    Comparison,
    Escalated,
    Field,
    Is,
    Labelled,
    Node,
    Not,
    Project,
    Sent,
    Tense,
    Thread,
    ThreadWith,
    Words,
)

_LONGEST = 4_000
_DEEPEST = 50

_TOKEN = re.compile(
    r'(?P<space>\s+)|(?P<open>\()|(?P<close>[)}])|(?P<minus>-)(?=\S)|(?P<within>thread:\{)'
    r'|(?P<term>(?:(?P<name>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)(?P<ends>")?(?P<star>\*)?|(?P<bare>[^\s(){}"]*)))'
)  # fmt: skip
_KINDS = ("space", "open", "close", "minus", "within", "term")
_SPOKEN = re.compile(r"[^\W_]")
_THREAD = re.compile(r"t?[0-9]{1,18}")
_TENSION = re.compile(r"(<=|>=|<|>|=)?([0-3])")
_LABELS = ("progress", "complaint", "scope_change")
_NOT_YET = {
    "promise": "promises are not searched yet",
    "owes": "promises are not searched yet",
    "waiting": "waiting time is not searched yet",
    "change": "change requests are not searched yet",
}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    start: int
    end: int
    match: re.Match[str]


def parse(text: str, now: datetime) -> Node:
    """Read a query; dates are those of the time zone of `now`. Raises QueryError, which points at the text."""
    if len(text) > _LONGEST:
        raise QueryError("The query is too long.", _LONGEST, len(text))
    return _Parser(text, now).whole()


class _Parser:
    def __init__(self, text: str, now: datetime) -> None:
        self._text = text
        self._now = now
        self._tokens = self._tokenised()
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        if not self._tokens:
            example = 'For example: from:helen "login page" date:2w..'
            raise QueryError("There is nothing to look for.", 0, len(self._text), todo=example)
        node = self._any()
        if (rest := self._next()) is not None:
            raise QueryError(f"{self._shown(rest)} closes nothing.", rest.start, rest.end)
        return node

    def _tokenised(self) -> list[_Token]:
        tokens = []
        at = 0
        while at < len(self._text):
            match = _TOKEN.match(self._text, at)
            if match is None or match.end() == at:
                raise QueryError(f"{self._text[at]!r} means nothing here.", at, at + 1, todo='Put it into quotes: "…".')
            kind = match.lastgroup or ""
            kind = next(
                name for name in ("space", "open", "close", "minus", "within", "term") if match[name] is not None
            )
            if kind != "space":
                word = match["bare"] if kind == "term" and not match["name"] else None
                if word is not None and word.lower() in {"and", "or", "not"}:
                    kind = word.lower()
                tokens.append(_Token(kind, at, match.end(), match))
            at = match.end()
        return tokens

    def _next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, *kinds: str) -> _Token | None:
        token = self._next()
        if token is None or token.kind not in kinds:
            return None
        self._at += 1
        return token

    def _shown(self, token: _Token) -> str:
        return f'"{self._text[token.start : token.end]}"'

    def _any(self) -> Node:
        nodes = [self._all()]
        while self._take("or"):
            nodes.append(self._all())
        return nodes[0] if len(nodes) == 1 else Any(tuple(nodes))

    def _all(self) -> Node:
        nodes = [self._one()]
        while (token := self._next()) is not None and token.kind not in {"or", "close"}:
            self._take("and")
            nodes.append(self._one())
        return nodes[0] if len(nodes) == 1 else All(tuple(nodes))

    def _one(self) -> Node:
        token = self._take("not", "minus", "open", "within", "term")
        if token is None:
            self._missing()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryError("The query is nested too deeply.", token.start, token.end)
        try:
            if token.kind in {"not", "minus"}:
                return Not(self._one())
            if token.kind == "term":
                return self._term(token)
            inside = self._any()
            closing = self._take("close")
            wanted = ")" if token.kind == "open" else "}"
            if closing is None or self._text[closing.start] != wanted:
                words = f"{self._shown(token)} is never closed."
                raise QueryError(words, token.start, token.end, todo=f"Add a {wanted}.")
            return inside if token.kind == "open" else ThreadWith(inside)
        finally:
            self._depth -= 1

    def _missing(self) -> NoReturn:
        token = self._next()
        before = self._tokens[self._at - 1] if self._at else None
        start, end = (len(self._text), len(self._text)) if token is None else (token.start, token.end)
        after = f" after {self._shown(before)}" if before is not None else ""
        raise QueryError(f"A term is missing{after}.", start, end)

    def _term(self, token: _Token) -> Node:
        match = token.match
        if match["quoted"] is not None and match["ends"] is None:
            raise QueryError("The quotation never ends.", token.start, token.end, todo='Add a ".')
        name = (match["name"] or "").lower()
        group = "bare" if match["quoted"] is None else "quoted"
        value, start = match[group], match.start(group)
        if name in _FIELDS:
            return self._words(token, _FIELDS[name], value, start)
        if name in _NOT_YET:
            raise QueryError(f"{_NOT_YET[name]}.", token.start, token.end, todo=f"Leave {name}: out.")
        if name not in _TERMS:
            terms = ", ".join(sorted([*_TERMS, *filter(None, _FIELDS)]))
            raise QueryError(
                f'There is no term "{name}:".',
                token.start,
                token.start + len(name) + 1,
                todo=f"There are {terms}; to look for the words, put them into quotes.",
            )
        node = _TERMS[name](value, self._now)
        if node is None:
            raise QueryError(f'{_MEANINGS[name]}, not "{value}".', start, max(start + len(value), token.end))
        return node

    def _words(self, token: _Token, field: Field, value: str, start: int) -> Node:
        prefix = token.match["star"] is not None or (token.match["quoted"] is None and value.endswith("*"))
        text = value.rstrip("*") if prefix else value
        if not _SPOKEN.search(text):
            raise QueryError("There is no word to look for here.", start, max(token.end, start + 1))
        return Words(" ".join(text.split()), field, prefix)


def _sent(value: str, now: datetime) -> Node | None:
    span = span_of(value, now)
    return None if span is None else Sent(*span)


def _is(value: str, _now: datetime) -> Node | None:
    found = {"replied": "answered"}.get(value.lower(), value.lower())
    return Is(found) if found in set(Is) - {Is.WITH_ATTACHMENT} else None


def _has(value: str, _now: datetime) -> Node | None:
    return Is.WITH_ATTACHMENT if value.lower() in {"attachment", "attachments"} else None


def _thread(value: str, _now: datetime) -> Node | None:
    return Thread(value.lower().removeprefix("t")) if _THREAD.fullmatch(value.lower()) else None


def _labelled(value: str, _now: datetime) -> Node | None:
    return Labelled(value.lower()) if value.lower() in _LABELS else None


def _tense(value: str, _now: datetime) -> Node | None:
    match = _TENSION.fullmatch(value)
    return None if match is None else Tense(Comparison(match[1] or "="), int(match[2]))


def _escalated(value: str, _now: datetime) -> Node | None:
    return Escalated(value.lower() == "yes") if value.lower() in {"yes", "no"} else None


_FIELDS = {field.value: field for field in Field}
_TERMS: dict[str, Callable[[str, datetime], Node | None]] = {
    "date": _sent,
    "is": _is,
    "has": _has,
    "thread": _thread,
    "client": lambda value, _: Client(value) if value else None,
    "project": lambda value, _: Project(value) if value else None,
    "label": _labelled,
    "tension": _tense,
    "escalate": _escalated,
}
_MEANINGS = {
    "date": f"A date is {EXAMPLES}",
    "is": f"A message is {', '.join(each.value for each in Is if each is not Is.WITH_ATTACHMENT)}",
    "has": "A message has an attachment",
    "thread": "A thread is its number as triage prints it, or {a query}",
    "client": "A client is a key of the registry",
    "project": "A project is a code of the registry",
    "label": f"A label is {', '.join(_LABELS)}",
    "tension": "Tension is 0 to 3, or a comparison such as >=2",
    "escalate": "It is escalate:yes or escalate:no",
}
