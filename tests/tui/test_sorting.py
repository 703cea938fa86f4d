"""Archive, bin, read, flagged, moved; several threads at once; and that reading marks as read."""

from fake_desk import ROWS, FakeDesk
from painted import painted, settled, shows
from textual.pilot import Pilot

from clientinbox.desk.events import ChangeRefused
from clientinbox.errors import UsageError
from clientinbox.tui.app import ClientInbox
from clientinbox.tui.screens.inbox import InboxScreen
from clientinbox.tui.screens.thread import ThreadScreen
from clientinbox.tui.widgets.thread_list import ThreadList

SIZE = (80, 24)
IDS = [row.thread_id for row in ROWS]


def the_list(pilot: Pilot[int]) -> ThreadList:
    return pilot.app.screen.query_one(ThreadList)


def sorts(desk: FakeDesk) -> list[tuple[object, ...]]:
    return [what for what in desk.done if what[0] != "start"]


async def test_marked_threads_are_archived_together_and_come_back_together() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("space", "j", "v")
        await settled(pilot, shows(pilot, "2 marked"))
        lines = painted(pilot.app).splitlines()
        assert ["✓" in lines[line] for line in (2, 3, 4)] == [True, False, True]
        await pilot.press("a")
        await settled(pilot, shows(pilot, "Archived · u undoes"))
        assert sorts(desk) == [("archive", IDS[0], IDS[2])]
        assert "marked" not in painted(pilot.app)
        await pilot.press("u")
        await settled(pilot, shows(pilot, "Back in the inbox."))
        assert [row.thread_id for row in desk.rows] == IDS


async def test_marks_can_be_taken_back_one_or_all_and_none_is_left_on_a_refusal() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("v", "v", "k", "v")
        assert list(the_list(pilot).marked) == [IDS[0]]
        await pilot.press("escape")
        assert not the_list(pilot).marked
        await pilot.press("v")
        desk.failure = UsageError("None of these is in the inbox.")
        await pilot.press("a")
        await settled(pilot, shows(pilot, "None of these is in the inbox."))
        assert len(the_list(pilot).marked) == 1, "what could not be done stays chosen"


async def test_d_bins_shift_u_and_f_mark_and_flags_are_seen() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("F")
        await settled(pilot, shows(pilot, "Flagged · u undoes"))
        assert "⚑" in painted(pilot.app).splitlines()[2]
        await pilot.press("U", "j", "d")
        await settled(pilot, shows(pilot, "Binned · u undoes"))
        assert sorts(desk) == [("toggle flag", IDS[0]), ("toggle read", IDS[0]), ("bin", IDS[1])]


async def test_a_thread_moves_to_a_folder_that_is_typed() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("j", ">")
        await settled(pilot, shows(pilot, "move to a folder", "INBOX · Archive · bin"))
        await pilot.press(*"Old", "enter")
        await settled(pilot, shows(pilot, "Moved · u undoes"))
        assert sorts(desk) == [("move to Old", IDS[1])]


async def test_reading_a_thread_marks_it_read_and_binning_it_there_goes_back() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        assert "●" in painted(app).splitlines()[2]
        await pilot.press("enter")
        await settled(pilot, lambda: desk.seen == [IDS[0]])
        assert isinstance(app.screen, ThreadScreen)
        await pilot.press("d")
        await settled(pilot, lambda: isinstance(app.screen, InboxScreen))
        assert sorts(desk) == [("bin", IDS[0])]
        await pilot.press("u")
        await settled(pilot, lambda: desk.rows[0].thread_id == IDS[0])
        assert "●" not in painted(app).splitlines()[2]


async def test_what_a_server_refuses_is_said() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        for listener in desk.listeners:
            listener(ChangeRefused("lantern", "Kept here only (move to [Old]): no such folder.", kept=True))
        await settled(pilot, shows(pilot, "move to [Old]"))


async def test_what_waits_and_what_was_refused_can_be_read() -> None:
    desk = FakeDesk(pending=("move to Old: “[b]Tents[/]” refused, kept here. No such folder.",))
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("W")
        await settled(pilot, shows(pilot, "what waits", "“[b]Tents[/]” refused, kept here."))
        await pilot.press("q")
        desk.pending = ()
        await pilot.press("W")
        await settled(pilot, shows(pilot, "Every change has reached its server."))
