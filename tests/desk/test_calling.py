"""From a thread that says *ring* to a call that is logged: what is asked, what is kept, what it changes."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clientinbox.desk.calling import Calling, NobodyToRing
from clientinbox.desk.changes import Changes
from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.reading import thread_page
from clientinbox.desk.views import CallEntry, ThreadPage
from clientinbox.edge.store import Connection, queries
from clientinbox.errors import UsageError

DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LIVID = "You said Friday. When will it fly? I am done with this. COMPLAINT LEVEL 3"


class Ringing(Calling):
    """The desk's part, over a house of the tests."""

    def __init__(self, house: Any) -> None:
        self.house = house

    @property
    def _connection(self) -> Connection:
        connection: Connection = self.house.connection
        return connection

    @property
    def _changes(self) -> Changes:
        changes: Changes = self.house.changes
        return changes

    def now(self) -> datetime:
        now: datetime = self.house.now
        return now

    def _knowledge(self) -> Knowledge:
        knowledge: Knowledge = self.house.knowledge
        return knowledge

    def _thread_number(self, thread: str) -> int | None:
        return queries.resolve_thread(self._connection, int(thread))

    def thread(self, thread: str) -> ThreadPage | None:
        number = self._thread_number(thread)
        return None if number is None else thread_page(self._connection, number, self._knowledge(), self.now())


@pytest.fixture
def livid(kit: Any, house: Any) -> Any:
    mail = kit.Mail(LIVID, date=DAY, id="<livid@x>")
    house.receive(mail)
    return mail


def thread_of(house: Any, mail: Any) -> str:
    thread: str = house.page(mail).row.thread_id
    return thread


def test_a_livid_thread_is_asked_about_until_somebody_decides_to_write_and_again_when_it_goes_on(
    kit: Any, house: Any, livid: Any
) -> None:
    desk, thread = Ringing(house), thread_of(house, livid)
    prompt = desk.call_prompt(thread)
    assert prompt is not None
    assert (prompt.contact.name, prompt.number) == ("Wile", "0191")
    assert any(reason.code == "livid" for reason in prompt.reasons)
    with pytest.raises(UsageError, match="needs a reason"):
        desk.decide_call(thread, "write", "  \n ")
    assert desk.decide_call(thread, "hold", "") == "held until 12:20"
    assert desk.call_prompt(thread) is not None
    desk.decide_call(thread, "write", "he is in surgery all day")
    assert desk.call_prompt(thread) is None
    house.receive(kit.Mail(LIVID, date=DAY + timedelta(hours=1), id="<again@x>", references=("<livid@x>",)))
    assert desk.call_prompt(thread) is not None


def test_a_calm_thread_is_answered_without_being_asked(kit: Any, house: Any) -> None:
    mail = kit.Mail("Could you send it? PROGRESS LEVEL 0", date=DAY)
    house.receive(mail)
    assert Ringing(house).call_prompt(thread_of(house, mail)) is None


def test_a_call_that_reached_them_settles_the_thread_its_promise_outlives_an_import_and_undo_takes_both_back(
    house: Any, livid: Any
) -> None:
    desk, thread = Ringing(house), thread_of(house, livid)
    line = desk.agreed_line("rocket on the pad by Wed 4 Mar 12:00 (Ana)")
    assert (line.promise, line.owner) == (True, "Ana")
    assert line.due is not None
    assert line.due.isoformat() == "2026-03-04T12:00:00+00:00"
    said = desk.log_call(thread, CallEntry(reached=True, minutes=12, agreed=(line,), mood_after=1))
    assert said == "call logged, 1 promise in the register, first voice after 180 business minutes (goal 120)"
    assert not house.page(livid).row.escalate
    assert desk.call_prompt(thread) is None

    house.register()
    (promise,) = house.knowledge.promises
    assert (promise.text, promise.owner, promise.client, promise.project) == (line.text, "Ana", "acme", "AC-1")

    assert house.changes.undo(house.connection, house.knowledge, house.now) == "undone: the call"
    assert house.knowledge.promises == ()
    assert house.page(livid).row.escalate


def test_an_attempt_that_reached_nobody_leaves_the_thread_as_it_was(house: Any, livid: Any) -> None:
    desk, thread = Ringing(house), thread_of(house, livid)
    assert desk.log_call(thread, CallEntry(reached=False, minutes=None, agreed=(), mood_after=None)) == "attempt logged"
    assert house.page(livid).row.escalate


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (CallEntry(reached=True, minutes=-1, agreed=(), mood_after=None), "takes 0 to 1440 minutes"),
        (CallEntry(reached=True, minutes=5, agreed=(), mood_after=7), "mood goes from 0 to 3"),
    ],
)
def test_a_call_that_cannot_be_is_refused_and_not_kept(house: Any, livid: Any, entry: CallEntry, said: str) -> None:
    desk, thread = Ringing(house), thread_of(house, livid)
    with pytest.raises(UsageError, match=said):
        desk.log_call(thread, entry)
    with pytest.raises(UsageError, match="No call was logged"):
        desk.recap_text(thread)


def test_every_line_of_the_sheet_leads_to_its_source_and_every_quote_stands_there(
    kit: Any, house: Any, livid: Any
) -> None:
    house.receive(
        kit.Mail("We will have it by Friday.", sender=kit.US, to="wile@acme.example", date=DAY - timedelta(days=5),
                 id="<ours@x>", references=("<livid@x>",)),
    )  # fmt: skip
    sheet = Ringing(house).call_sheet(thread_of(house, livid))
    assert sheet is not None
    bodies = {view.message_id: view.body or "" for view in house.page(livid).messages}
    quotes = 0
    for line in (line for section in sheet.sections for line in section.lines):
        assert line.source in {"message", "register", "contact", "guide"}, line
        assert line.source_id, line
        if line.source == "message":
            body = " ".join(bodies[line.source_id].split())
            for quote in re.findall("“([^”]+)”", line.text):
                assert quote.rstrip("…").strip() in body
                quotes += 1
    assert quotes >= 2
    assert "0191" in sheet.printed


def test_a_sheet_without_a_number_says_so(kit: Any, house: Any) -> None:
    mail = kit.Mail(LIVID, sender="roadrunner@acme.example", date=DAY)
    house.receive(mail)
    sheet = Ringing(house).call_sheet(thread_of(house, mail))
    assert sheet is not None
    assert sheet.number == ""
    assert "no telephone number is known" in sheet.printed


def test_nobody_is_rung_about_a_thread_without_a_client(kit: Any, house: Any) -> None:
    mail = kit.Mail(LIVID, sender="stranger@elsewhere.example", date=DAY)
    house.receive(mail)
    desk, thread = Ringing(house), thread_of(house, mail)
    assert desk.call_prompt(thread) is None
    assert desk.call_sheet(thread) is None
    with pytest.raises(NobodyToRing):
        desk.log_call(thread, CallEntry(reached=True, minutes=1, agreed=(), mood_after=None))


def test_a_recap_holds_what_was_logged_and_no_other_number(house: Any, livid: Any) -> None:
    desk, thread = Ringing(house), thread_of(house, livid)
    agreed = tuple(desk.agreed_line(text) for text in ("pad cleared by Wed 4 Mar 12:00 (Ana)", "nobody else rings him"))
    desk.log_call(thread, CallEntry(reached=True, minutes=12, agreed=agreed, mood_after=1))
    text = desk.recap_text(thread)
    assert all(line.text in text for line in agreed)
    logged = " ".join([*(line.text for line in agreed), "2 March", LIVID, "12"])
    assert set(re.findall(r"\d+", text)) <= set(re.findall(r"\d+", logged))
