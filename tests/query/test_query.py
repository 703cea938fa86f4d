"""The search language: what is asked, and where a question that cannot be read goes wrong."""

import string
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.query import tree
from clientinbox.query.errors import QueryError
from clientinbox.query.parser import parse
from clientinbox.query.tree import Comparison, Field, Is, Node, Not, Words

NOW = datetime(2026, 11, 25, 15, 30, tzinfo=timezone(timedelta(hours=1)))


def words(text: str, field: Field = Field.ANYWHERE, *, prefix: bool = False) -> Words:
    return Words(text, field, prefix)


MEANINGS: dict[str, Node] = {
    "login": words("login"),
    "login page": tree.All((words("login"), words("page"))),
    "login and page": tree.All((words("login"), words("page"))),
    '"login  page"': words("login page"),
    "log*": words("log", prefix=True),
    '"login pa"*': words("login pa", prefix=True),
    "from:helen@client.example": words("helen@client.example", Field.SENDER),
    'Subject:"log in"': words("log in", Field.SUBJECT),
    "to:ana body:late": tree.All((words("ana", Field.RECIPIENTS), words("late", Field.BODY))),
    "a or b c": tree.Any((words("a"), tree.All((words("b"), words("c"))))),
    "(a OR b) c": tree.All((tree.Any((words("a"), words("b"))), words("c"))),
    "not a -b": tree.All((Not(words("a")), Not(words("b")))),
    "-(a b)": Not(tree.All((words("a"), words("b")))),
    "half-done": words("half-done"),
    '"and"': words("and"),
    "is:unread has:attachment": tree.All((Is.UNREAD, Is.WITH_ATTACHMENT)),
    "thread:t12": tree.Thread("12"),
    "thread:{client:acme is:unread}": tree.ThreadWith(tree.All((tree.Client("acme"), Is.UNREAD))),
    "project:AC-1 label:scope_change": tree.All((tree.Project("AC-1"), tree.Labelled("scope_change"))),
    "tension:>=2": tree.Tense(Comparison.AT_LEAST, 2),
    "tension:0": tree.Tense(Comparison.EQUAL, 0),
    "escalate:no": tree.Escalated(yes=False),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_a_question_means(text: str) -> None:
    assert parse(text, NOW) == MEANINGS[text]


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=NOW.tzinfo)


DATES = {
    "2026-11-01": (day(2026, 11, 1), day(2026, 11, 2)),
    "2026-12": (day(2026, 12, 1), day(2027, 1, 1)),
    "2025": (day(2025, 1, 1), day(2026, 1, 1)),
    "today": (day(2026, 11, 25), day(2026, 11, 26)),
    "last_week": (day(2026, 11, 16), day(2026, 11, 23)),
    "last_month": (day(2026, 10, 1), day(2026, 11, 1)),
    "2w": (day(2026, 11, 11), None),
    "2w..": (day(2026, 11, 11), None),
    "..yesterday": (None, day(2026, 11, 25)),
    "2026-11-01..2026-11-03": (day(2026, 11, 1), day(2026, 11, 4)),
    "last_year..last_month": (day(2025, 1, 1), day(2026, 11, 1)),
}


@pytest.mark.parametrize("text", DATES)
def test_a_date_is_a_span_in_the_askers_time_zone(text: str) -> None:
    assert parse(f"date:{text}", NOW) == tree.Sent(*DATES[text])


MISTAKES = {
    "": (0, 0, "nothing to look for"),
    "   ": (0, 3, "nothing to look for"),
    "a or": (4, 4, "missing"),
    "or a": (0, 2, "missing"),
    "a and not": (9, 9, "missing"),
    "a (b": (2, 3, "never closed"),
    "a) b": (1, 2, "closes nothing"),
    "thread:{a)": (0, 8, "never closed"),
    'x "login': (2, 8, "never ends"),
    "x from:": (7, 8, "no word"),
    "a !!": (2, 4, "no word"),
    "a date:2026-02-31": (7, 17, "2026-02-31"),
    "date:..": (5, 7, "A date is"),
    "tension:>5": (8, 10, "0 to 3"),
    "is:nice": (3, 7, "unread"),
    "label:anger": (6, 11, "complaint"),
    "thread:x": (7, 8, "triage"),
    "colour:red": (0, 7, "colour:"),
    "a promise:overdue": (2, 17, "not searched yet"),
    "owes:me": (0, 7, "not searched yet"),
    "waiting:>2bd": (0, 12, "not searched yet"),
    "change:open": (0, 11, "not searched yet"),
    "{": (0, 1, "means nothing"),
    "(" * 60 + "a" + ")" * 60: (50, 51, "too deeply"),
    "a" * 5000: (4000, 5000, "too long"),
}


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: text[:20])
def test_a_question_that_cannot_be_read_is_pointed_at(text: str) -> None:
    start, end, said = MISTAKES[text]
    with pytest.raises(QueryError, match=rf"^Column {start + 1}: .*{said}") as caught:
        parse(text, NOW)
    assert (caught.value.start, caught.value.end) == (start, end)


SPOKEN = st.text(string.ascii_lowercase + "äß東0", min_size=1, max_size=6).filter(
    lambda word: word not in {"and", "or", "not"}
)
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Words, st.lists(SPOKEN, min_size=1, max_size=3).map(" ".join), st.sampled_from(Field), st.booleans()),
    st.sampled_from(Is),
    st.builds(tree.Thread, st.integers(1, 10**9).map(str)),
    st.builds(tree.Client, SPOKEN),
    st.builds(tree.Project, SPOKEN),
    st.sampled_from([tree.Labelled("complaint"), tree.Escalated(yes=True)]),
    st.builds(tree.Tense, st.sampled_from(Comparison), st.integers(0, 3)),
)


def groups(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.All, several),
        st.builds(tree.Any, several),
        st.builds(Not, nodes),
        st.builds(tree.ThreadWith, nodes),
    )


def written(node: Node) -> str:  # noqa: C901, PLR0911 - one for each kind
    match node:
        case Words(text, field, prefix):
            return f'{f"{field}:" if field else ""}"{text}"{"*" if prefix else ""}'
        case Is():
            return "has:attachment" if node is Is.WITH_ATTACHMENT else f"is:{node}"
        case tree.Thread(id):
            return f"thread:{id}"
        case tree.Client(key):
            return f"client:{key}"
        case tree.Project(code):
            return f"project:{code}"
        case tree.Labelled(label):
            return f"label:{label}"
        case tree.Tense(comparison, level):
            return f"tension:{comparison}{level}"
        case tree.Escalated(yes):
            return f"escalate:{'yes' if yes else 'no'}"
        case tree.All(nodes):
            return f"({' '.join(map(written, nodes))})"
        case tree.Any(nodes):
            return f"({' or '.join(map(written, nodes))})"
        case Not(inner):
            return f"not {written(inner)}"
        case tree.ThreadWith(inner):
            return f"thread:{{{written(inner)}}}"
    raise TypeError(node)


@given(st.recursive(LEAVES, groups, max_leaves=12))
def test_what_is_written_down_is_read_back(node: Node) -> None:
    assert parse(written(node), NOW) == node


@given(st.text(st.sampled_from('ab:{}()"-* .<>=\n0date:isnotor'), max_size=40))
def test_whatever_is_typed_is_a_question_or_a_mistake_within_it(text: str) -> None:
    mistake = None
    try:
        parse(text, NOW)
    except QueryError as exc:
        mistake = exc
    assert mistake is None or 0 <= mistake.start <= mistake.end <= len(text) + 1
