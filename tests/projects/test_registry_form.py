"""The registry as a file: what is needed, what is refused and in which words, and the way out and back."""

import copy
import tomllib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.errors import UsageError
from clientinbox.projects.registry import Client, Contact, Project, Registry, Role
from clientinbox.projects.registry_form import document_of, read_registry, registry_from

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SMALLEST = """
schema = 1
[us]
[[clients]]
key = "acme"
name = "Acme Ltd"
contacts = [{ name = "Wile", email = "Wile@ACME.example" }]
[[projects]]
code = "AC-1"
client = "acme"
name = "Rockets"
"""


def read(toml: str) -> tuple[Registry, tuple[str, ...]]:
    return read_registry(tomllib.loads(toml), NOW)


def test_only_the_few_required_keys_are_needed() -> None:
    registry, warnings = read(SMALLEST)
    assert warnings == ()
    assert registry.clients == (Client("acme", "Acme Ltd", (Contact("Wile", "wile@acme.example"),)),)
    assert registry.projects == (Project("AC-1", "acme", "Rockets"),)
    assert registry.projects[0].live


@pytest.mark.parametrize(
    ("twin", "row"),
    [
        ("requested_days_ago = 5\nproposed_in_days = 3", {"requested": "2026-11-19", "proposed": "2026-11-27"}),
        ('requested = "2026-11-19"\nproposed = 2026-11-27', {"requested": "2026-11-19", "proposed": "2026-11-27"}),
        ("requested = 2026-11-19T23:59:00Z", {"requested": "2026-11-19"}),
    ],
    ids=["relative days", "an ISO text and a TOML date", "a TOML time"],
)
def test_a_day_may_be_said_in_any_of_its_twins(twin: str, row: dict[str, str]) -> None:
    registry, warnings = read(f'{SMALLEST}\n[[changes]]\nid = "CR-01"\n{twin}')
    assert registry.rows[0].data == {"id": "CR-01", **row}
    assert warnings == ()


def test_bare_days_ago_is_the_date_and_placeholders_become_days() -> None:
    registry, _ = read(
        SMALLEST + '[[calls]]\ndays_ago = 1\ntime = 11:05:00\nagreed = ["by {{date:+3:%A %-d %B}}"]\nmood_after = 0'
    )
    assert registry.rows[0].kind == "calls"
    assert registry.rows[0].data == {
        "date": "2026-11-23",
        "time": "11:05",
        "agreed": ["by Friday 27 November"],
        "mood_after": 0,
    }


def test_days_ago_are_counted_from_the_day_it_is_where_we_work() -> None:
    late = datetime(2026, 11, 24, 20, tzinfo=UTC)
    toml = SMALLEST.replace("[us]", '[us]\ntimezone = "Asia/Tokyo"') + "started_days_ago = 1"
    assert registry_from(tomllib.loads(toml), late).projects[0].started == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("schema = 1", "", "schema is missing"),
        ("schema = 1", "schema = 2", "schema must be 1"),
        ("[us]", "", "us is missing"),
        ("[us]", '[us]\ntimezone = "Europe/Atlantis"', "us: timezone is no time zone: 'Europe/Atlantis'"),
        ("[us]", '[us]\ntimezone = "../etc/passwd"', "us: timezone is no time zone"),
        ("[us]", '[us]\nhours = "nine to five"', "us: hours must look like 09:00-17:30"),
        ("[us]", '[us]\nworkdays = ["mon", "fry"]', "us: workdays must be among"),
        ('name = "Acme Ltd"', "", "clients[1] (acme): name is missing"),
        ('name = "Acme Ltd"', "name = 7", "clients[1] (acme): name must be a text, not 7"),
        ('contacts = [{ name = "Wile", email = "Wile@ACME.example" }]', "", "clients[1] (acme): contacts is missing"),
        ("Wile@ACME.example", "wile at acme", "clients[1] (acme).contacts[1] (Wile): email is no e-mail address"),
        ('email = "W', 'role = "boss", email = "W', "(Wile): role must be one of decider, approver"),
        ('client = "acme"', 'client = "akme"', "projects[1] (AC-1): client is 'akme', and no client has that key"),
        ('client = "acme"', 'client = "acme"\nplanned_days = true', "planned_days must be a whole number, not True"),
        ('client = "acme"', 'client = "acme"\nbaseline = "soon"', "baseline must be a day such as 2026-11-24"),
        ('client = "acme"', "client = 'acme'\nbaseline = 2026-11-24\nbaseline_in_days = 1", "says again when"),
        ('client = "acme"', 'client = "acme"\nbaseline_in_days = 99999999999', "outside the calendar"),
        ("[us]", "clients = 3\n[us]", "clients must be a list, not 3"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_place(before: str, after: str, says: str) -> None:
    toml = SMALLEST.replace(before, after, 1)
    if after.startswith("clients"):
        toml = f"schema = 1\n{after}"
    with pytest.raises(UsageError) as error:
        read(toml)
    assert says in error.value.what
    assert "\n" not in error.value.what
    assert error.value.todo


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('[[projects]]\ncode = "ac-1"\nclient = "acme"\nname = "Twice"', "'ac-1' stands there twice"),
        ('[[clients]]\nkey = "acme"\nname = "Twice"\ncontacts = []', "clients.key 'acme' stands there twice"),
        ('[[changes]]\nid = "CR-1"\n[[changes]]\nid = "CR-1"', "changes.id 'CR-1' stands there twice"),
        ('[[changes]]\nproject = "AC-9"', "changes[1]: project is 'AC-9', and no project has that code"),
        ("[[promises]]\nproject = []", "promises[1]: project must be a text, not []"),
        ('[[promises]]\nstate = "forgotten"', "promises[1]: state must be one of open, kept, late, broken"),
        ("[[ideas]]\ndays_ago = 1\ndate = 2026-11-23", "ideas[1]: date says again what date is"),
    ],
)
def test_a_row_that_would_be_lost_or_misplaced_is_refused(more: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        read(f"{SMALLEST}\n{more}")
    assert says in error.value.what


def test_an_unknown_key_is_a_warning_with_the_nearest_one() -> None:
    _, warnings = read(SMALLEST + 'cadence_dayz = 5\n[[change]]\nid = "CR-01"\n[[promises]]\nowned = "Jo"')
    assert warnings == (
        "projects[1] (AC-1): cadence_dayz is not a key here and was left out; did you mean cadence_days?",
        "promises[1]: owned is not a key here and was left out; did you mean owner?",
        "registry: change is not a key here and was left out; did you mean changes?",
    )


def test_two_clients_on_one_domain_is_said() -> None:
    clients = "".join(
        f'[[clients]]\nkey = "{key}"\nname = "{key}"\ncontacts = []\ndomains = ["Shared.example"]\n' for key in "ab"
    )
    assert read(f"schema = 1\n[us]\n{clients}")[1] == (
        "shared.example is a domain of both a and b: named contacts alone decide",
    )


def test_hostile_text_does_not_reach_the_terminal_through_an_error() -> None:
    document: dict[str, Any] = {
        "schema": 1,
        "us": {},
        "clients": [{"key": "\x1b]0;x\x07", "name": "\u202e", "contacts": [7]}],
    }
    with pytest.raises(UsageError) as error:
        registry_from(document, NOW)
    assert str(error.value).isprintable()


names = st.text("aBcß1 &é\"'", min_size=1, max_size=8).map(str.strip).filter(bool)
days = st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))
emails = st.text("abc", min_size=1, max_size=4).map(lambda name: f"{name}@acme.example")


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    keys = draw(st.lists(names, max_size=3, unique=True))
    clients = tuple(
        Client(
            key=key,
            name=draw(names),
            contacts=tuple(
                Contact(draw(names), email, draw(st.sampled_from([role for role in Role if role is not Role.US])))
                for email in draw(st.lists(emails, max_size=2, unique=True))
            ),
            domains=tuple(draw(st.lists(st.just("acme.example"), max_size=1))),
            compensation_cap=draw(st.none() | st.floats(0, 1e6) | st.integers(0, 99)),
        )
        for key in keys
    )
    codes = draw(st.lists(names, max_size=3, unique_by=str.casefold)) if keys else []
    projects = tuple(
        Project(
            code=code,
            client=draw(st.sampled_from(keys)),
            name=draw(names),
            keywords=tuple(draw(st.lists(names, max_size=2))),
            status=draw(st.sampled_from(["active", "finished"])),
            started=draw(days),
            baseline=draw(days),
            planned_days=draw(st.none() | st.integers(1, 99)),
        )
        for code in codes
    )
    return Registry(clients=clients, projects=projects, currency=draw(st.sampled_from(["", "GBP"])))


@given(registries())
def test_what_is_exported_is_imported_unchanged_on_any_day(registry: Registry) -> None:
    assert registry_from(document_of(registry), NOW) == registry
    assert registry_from(document_of(registry), datetime(1999, 1, 1, tzinfo=UTC)) == registry


WHOLE = tomllib.loads(
    SMALLEST.replace("[us]", '[us]\nhours = "08:00-16:00"\npeople = [{ name = "Me", email = "me@us.example" }]')
    + 'raci.client = { accountable = "wile@acme.example" }\nstarted_days_ago = 9\n'
    + '[[promises]]\nproject = "AC-1"\nclient = "acme"\ntext = "by {{date:+1:%A}}"\nmade_days_ago = 1\nstate = "open"'
)
JUNK = st.sampled_from(
    [None, 0, True, 1.5, "", "\x1b[31m", "{{date:+999999:%A}}", "2026-13-01", [], [1], {}, {"a": 1}, 10**30]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, held in items for place in places(held, (*path, key))]


@given(st.sampled_from(places(WHOLE)), JUNK)
def test_whatever_stands_in_a_place_it_is_read_or_refused_in_printable_words(
    place: tuple[Any, ...], junk: object
) -> None:
    document = copy.deepcopy(WHOLE)
    table: Any = document
    for key in place[:-1]:
        table = table[key]
    table[place[-1]] = junk
    try:
        registry, refusal = registry_from(document, NOW), ""
    except UsageError as error:
        registry, refusal = Registry(), str(error)
    assert refusal.isprintable()
    assert registry_from(document_of(registry), NOW) == registry
