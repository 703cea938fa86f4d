"""A rule by which a meeting comes again (RFC 5545 3.3.10), in words. What cannot be said in short is not guessed at."""

import re

_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_WORKDAYS = ["MO", "TU", "WE", "TH", "FR"]
_ORDINALS = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last", "-2": "last but one"}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTH_NAMES = {str(number): name for number, name in enumerate(_MONTHS, 1)}
_BYDAY = re.compile(r"\+?(-?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)")
_NUMBER = re.compile(r"[1-9]\d{0,4}")
_SAID = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "BYMONTH", "COUNT", "UNTIL", "WKST"}


def recurrence_words(rule: str) -> str:
    """`FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5` → "every week on Tuesday and Thursday, 5 times"."""
    given = {name: value for name, _, value in (part.partition("=") for part in rule.upper().split(";")) if name}
    unit = _UNITS.get(given.get("FREQ", ""))
    interval = given.get("INTERVAL", "1")
    if unit is None or not _NUMBER.fullmatch(interval):
        return "repeats by a rule of its own"
    often = f"every {unit}" if interval == "1" else f"every {interval} {unit}s"
    on = _on(given)
    if on is None or not given.keys() <= _SAID:
        often, on = f"{often}, by a rule of its own", ""
    return often + on + _ends(given)


def _on(given: dict[str, str]) -> str | None:
    """On which days; None where that takes more than a few words."""
    unit, month = given["FREQ"], given.get("BYMONTH")
    if month is not None and (unit != "YEARLY" or month not in _MONTH_NAMES):
        return None
    if "BYMONTHDAY" in given:
        return _on_a_date(given)
    if "BYDAY" in given:
        return _on_days_of_the_week(given)
    if "BYSETPOS" in given:
        return None
    return f" in {_MONTH_NAMES[month]}" if month else ""


def _on_a_date(given: dict[str, str]) -> str | None:
    unit, day, month = given["FREQ"], given["BYMONTHDAY"], given.get("BYMONTH")
    if not _NUMBER.fullmatch(day) or "BYDAY" in given or "BYSETPOS" in given:
        return None
    if unit == "MONTHLY":
        return f" on day {day}"
    return f" on {day} {_MONTH_NAMES[month]}" if month else None


def _on_days_of_the_week(given: dict[str, str]) -> str | None:
    unit, place, month = given["FREQ"], given.get("BYSETPOS"), given.get("BYMONTH")
    found = [match for match in map(_BYDAY.fullmatch, given["BYDAY"].split(",")) if match is not None]
    names = [match[2] for match in found]
    if len(found) != given["BYDAY"].count(",") + 1:
        return None
    if unit == "WEEKLY" and place is None and not any(match[1] for match in found):
        return " on working days" if names == _WORKDAYS else f" on {_listed([_DAYS[name] for name in names])}"
    if len(found) != 1 or not (unit == "MONTHLY" or month) or (found[0][1] and place):
        return None
    ordinal = _ORDINALS.get(found[0][1] or place or "")
    return f" on the {ordinal} {_DAYS[names[0]]}" + (f" in {_MONTH_NAMES[month]}" if month else "") if ordinal else None


def _ends(given: dict[str, str]) -> str:
    count, until = given.get("COUNT", ""), _UNTIL.match(given.get("UNTIL", ""))
    if _NUMBER.fullmatch(count):
        return ", once" if count == "1" else f", {count} times"
    if until is not None and 1 <= int(until[2]) <= len(_MONTHS):
        return f", until {int(until[3])} {_MONTHS[int(until[2]) - 1]} {until[1]}"
    return ""


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
