"""v o and v s in the reader."""

from fake_desk import HOSTILE, FakeDesk
from painted import settled, shows

from clientinbox.desk.views import AttachmentView
from clientinbox.errors import NetworkError, UsageError
from clientinbox.tui.app import ClientInbox

SIZE = (100, 30)
LAST = "<northgate-last@x.example>"


def files(*names: str) -> tuple[AttachmentView, ...]:
    return tuple(
        AttachmentView(LAST, number, name, "application/pdf", 5, kept=number == 1)
        for number, name in enumerate(names, 1)
    )


async def test_one_is_saved_or_opened_at_once_and_what_went_wrong_is_a_sentence() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("v", "s")
        await settled(pilot, shows(pilot, "This message has no attachment."))
        desk.files = files(f"plan{HOSTILE}.pdf")
        await pilot.press("v", "s")
        await settled(pilot, shows(pilot, "Saved /home/ana/Downloads/plan"))
        await pilot.press("v", "o")
        await settled(pilot, shows(pilot, "Opening plan"))
        desk.failure = UsageError("run.sh could run something, so it is not opened from here.")
        await pilot.press("v", "o")
        await settled(pilot, shows(pilot, "could run something"))
    assert [what[0] for what in desk.done if what[0] in {"save", "open"}] == ["save", "open"]


async def test_of_several_one_is_named_and_a_server_that_is_away_is_said() -> None:
    desk = FakeDesk(files=files("a.pdf", "b.pdf"))
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("v", "s")
        await settled(pilot, shows(pilot, "2  b.pdf"))
        await pilot.press("2", "enter")
        await settled(pilot, shows(pilot, "Saved /home/ana/Downloads/b.pdf"))
        await pilot.press("v", "o")
        await settled(pilot, shows(pilot, "2  b.pdf"))
        await pilot.press("7", "enter")
        await settled(pilot, shows(pilot, "There is no attachment 7."))
        desk.failure = NetworkError("The attachment lies on the server.")
        await pilot.press("v", "o")
        await settled(pilot, shows(pilot, "open which one"))
        await pilot.press("2", "enter")
        await settled(pilot, shows(pilot, "lies on the server."))
    assert ("save", "b.pdf") in desk.done
