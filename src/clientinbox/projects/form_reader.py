"""One table of a registry as somebody wrote it: typed answers, or one sentence that says where it is wrong.

`registry_form` knows what a registry holds; this module knows how to ask for it. Every key that is asked for is known;
what is left over was never asked for, and becomes a warning with the nearest key that was.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, NoReturn, TypeVar

from clientinbox.errors import UsageError
from clientinbox.projects.relative import absolute_key, shifted

T = TypeVar("T")

_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
_KINDS: dict[type, str] = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}
_LONGEST_QUOTE = 60


class FormError(UsageError):
    """A registry that cannot be read as it stands."""


def shown(value: object) -> str:
    """A value inside a sentence: short, and safe to print."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"


def nearest(key: str, known: set[str]) -> str:
    close = get_close_matches(key, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


class Form:
    """One table being read. `where` is its name in errors, such as "clients[2] (acme)"."""

    def __init__(self, data: object, where: str, today: date) -> None:
        if not isinstance(data, Mapping):
            raise FormError(
                f"{where} must be a table, not {shown(data)}.", todo="Correct it and import the file again."
            )
        self.data: Mapping[str, Any] = data
        self.where = where
        self.today = today
        self.asked: set[str] = set()

    def wrong(self, key: str, what: str) -> NoReturn:
        raise FormError(f"{self.where}: {key} {what}.", todo="Correct it and import the file again.")

    def named(self, key: str) -> "Form":
        """Say this key's text beside the row's number from now on."""
        value = self.data.get(key)
        if isinstance(value, str) and value.isprintable():
            self.where = f"{self.where} ({value})"
        return self

    def _of(self, kind: type[T], key: str) -> T | None:
        self.asked.add(key)
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.wrong(key, f"must be {_KINDS[kind]}, not {shown(value)}")
        return value

    def text(self, key: str, default: str = "") -> str:
        value = self._of(str, key)
        return default if value is None else value

    def needed(self, key: str) -> str:
        """A text that must be there and say something."""
        value = self.text(key).strip()
        if not value:
            self.wrong(key, "is missing" if key not in self.data else "is empty")
        return value

    def flag(self, key: str) -> bool:
        return bool(self._of(bool, key))

    def whole(self, key: str) -> int | None:
        return self._of(int, key)

    def amount(self, key: str) -> float | None:
        self.asked.add(key)
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(key, f"must be a number, not {shown(value)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._of(list, key) or []
        for value in values:
            if not isinstance(value, str):
                self.wrong(key, f"must be a list of texts, and {shown(value)} is none")
        return tuple(values)

    def email(self, key: str) -> str:
        return self.as_email(key, self.needed(key))

    def as_email(self, key: str, value: str) -> str:
        if not _EMAIL.fullmatch(value) or not value.isprintable():
            self.wrong(key, f"is no e-mail address: {shown(value)}")
        return value.lower()

    def table(self, key: str) -> "Form":
        """The table under a key; an empty one where there is none."""
        self.asked.add(key)
        return Form(self.data.get(key, {}), f"{self.where}.{key}".removeprefix("registry."), self.today)

    def tables(self, key: str) -> "Iterator[Form]":
        rows = self._of(list, key) or []
        for number, row in enumerate(rows, 1):
            yield Form(row, f"{self.where}.{key}[{number}]".removeprefix("registry."), self.today)

    def day(self, key: str) -> date | None:
        """The day under `key`, `key_days_ago` or `key_in_days`."""
        found = None
        for name in (key, f"{key}_days_ago", f"{key}_in_days"):
            self.asked.add(name)
            if name in self.data:
                if found is not None:
                    self.wrong(name, "says again when that was; leave one of the two out")
                found = self.as_day(name, self.data[name])
        return found

    def as_day(self, key: str, value: object) -> date:
        """What one key says about a day, relative or not."""
        relative = absolute_key(key)
        if relative is not None:
            if isinstance(value, bool) or not isinstance(value, int):
                self.wrong(key, f"must be a whole number of days, not {shown(value)}")
            try:
                return shifted(self.today, relative[1] * value)
            except ValueError as exc:
                raise FormError(f"{self.where}: {key}: {exc}.", todo="Correct it and import the file again.") from exc
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        try:
            return date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self.wrong(key, f"must be a day such as 2026-11-24, not {shown(value)}")

    def unknown(self) -> Iterator[str]:
        """A warning for each key that nobody asked for."""
        for key in self.data:
            if key not in self.asked:
                yield f"{self.where}: {shown(key)[1:-1]} is not a key here and was left out{nearest(key, self.asked)}"
