"""What a person does in the inbox and the reader, key by key."""

from dataclasses import replace

import pytest
from fake_desk import ROWS, FakeDesk, Listing, northgate, row, view
from painted import painted, settled, shows
from textual import events
from textual.command import CommandPalette
from textual.pilot import Pilot

from clientinbox.desk.events import EngineLost, MessagesArrived, SyncFailed, SyncProgress
from clientinbox.errors import NetworkError
from clientinbox.tui.app import ClientInbox, ExtraCommand
from clientinbox.tui.screens.help import HelpScreen
from clientinbox.tui.screens.inbox import InboxScreen
from clientinbox.tui.screens.thread import ThreadScreen
from clientinbox.tui.screens.why import WhyScreen
from clientinbox.tui.widgets.message_card import MessageCard
from clientinbox.tui.widgets.thread_list import ThreadList

SIZE = (80, 24)


def the_list(pilot: Pilot[int]) -> ThreadList:
    return pilot.app.screen.query_one(ThreadList)


def under_cursor(pilot: Pilot[int]) -> str:
    current = the_list(pilot).current
    assert current is not None
    return current.thread_id


async def test_the_thread_that_should_be_a_call_is_on_top_and_says_why() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot, shows(pilot, "RING  She is livid  ‹I no longer believe", "→ Ring Helen Marsh"))
        first = painted(app).splitlines()[2]
        assert "!!" in first
        assert "3h10" in first
        assert "RING" in first
        assert painted(app).startswith(" 1 livid · 2 tense · 6 need you")


async def test_the_desk_is_started_once_the_first_frame_is_there() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert desk.done == [("start",)]


@pytest.mark.parametrize(
    ("keys", "thread"),
    [
        pytest.param(["j", "down", "k"], "thursday", id="down, down, up"),
        pytest.param(["G"], "news", id="the last"),
        pytest.param(["end", "g", "g"], "northgate", id="the last, then gg"),
        pytest.param(["ctrl+d", "home"], "northgate", id="half a page, then home"),
        pytest.param(["k", "k"], "northgate", id="up from the first stays"),
        pytest.param(["G", "j"], "news", id="down from the last stays"),
        pytest.param(["g", "j"], "northgate", id="g with another key does nothing"),
    ],
)
async def test_moving_in_the_list(keys: list[str], thread: str) -> None:
    async with ClientInbox(FakeDesk()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        assert under_cursor(pilot) == thread


async def test_enter_opens_the_thread_at_the_newest_inbound_message() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot, shows(pilot, "LIVID (3) rising 1→2→3 · waited 3 bh 10 m · escalate"))
        assert isinstance(app.screen, ThreadScreen)
        await settled(pilot, shows(pilot, "‹You have answered none of them›[C]", "NGM-2 (100%)"))
        assert [card.is_open for card in app.screen.query(MessageCard)] == [False, False, False, False, True]


async def test_quotes_and_signature_are_folded_until_z() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=(100, 50)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot, shows(pilot, "4 lines of signature, 4 lines quoted · z shows them"))
        assert "0191 498 0127" not in painted(app)
        await pilot.press("z")
        await settled(pilot, shows(pilot, "0191 498 0127", "> Really sorry for the silence!"))
        await pilot.press("z")
        await settled(pilot, lambda: "0191 498 0127" not in painted(app))


async def test_w_in_the_reader_shows_reasons_the_sum_and_rules_apart_from_the_model() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=(130, 60)) as pilot:
        await settled(pilot)
        await pilot.press("enter", "w")
        await settled(pilot, shows(pilot, "REASONS", "P, the sum", "93.5", "model marks", "rules mark", "withholding"))
        await pilot.press("w")
        await settled(pilot, lambda: "REASONS" not in painted(app))


async def test_back_closes_the_panel_first_where_it_hides_the_mail() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter", "w", "q")
        await settled(pilot)
        assert isinstance(app.screen, ThreadScreen)
        await pilot.press("q")
        await settled(pilot)
        assert isinstance(app.screen, InboxScreen)
        assert under_cursor(pilot) == "northgate"


async def test_w_in_the_inbox_asks_about_the_row_under_the_cursor() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=(90, 40)) as pilot:
        await settled(pilot)
        await pilot.press("j", "j", "j", "w")
        await settled(pilot, shows(pilot, "Asks for more than was agreed"))
        assert isinstance(app.screen, WhyScreen)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, InboxScreen)


async def test_t_and_a_digit_correct_the_tension_of_the_deciding_message() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await settled(pilot, shows(pilot, "t  tension", "3 livid", "esc never mind"))
        await pilot.press("1")
        await settled(pilot, shows(pilot, "Tension set to 1."))
        assert ("tension", "<northgate-last@x.example>", 1) in desk.done
        assert "RING" not in painted(app).splitlines()[2]


async def test_in_the_reader_the_correction_goes_to_the_message_under_the_cursor() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("[", "[", "t", "0")
        await settled(pilot)
        assert ("tension", "<ng-3@x.example>", 0) in desk.done


async def test_on_our_own_message_the_correction_goes_to_the_deciding_one() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("[", "t", "2")
        await settled(pilot)
        assert ("tension", "<northgate-last@x.example>", 2) in desk.done


async def test_escape_after_the_first_key_of_a_pair_does_nothing_else() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("l", "escape", "s")
        await settled(pilot, shows(pilot, "enter Open"))
        assert desk.done == [("start",)]


async def test_a_wrong_second_key_is_not_taken_for_a_command() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("t", "a")
        await settled(pilot, shows(pilot, "t a means nothing here."))
        assert desk.done == [("start",)]


async def test_l_and_a_letter_toggle_a_label() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("j", "j", "j", "l", "s")
        await settled(pilot, shows(pilot, "Scope_change off."))
        assert ("label", "<french-last@x.example>", "scope_change") in desk.done
        current = the_list(pilot).current
        assert current is not None
        assert current.labels == ()


async def test_a_archives_and_u_brings_it_back() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("j", "a")
        await settled(pilot, shows(pilot, "Archived · u undoes"))
        assert under_cursor(pilot) == "delay"
        await pilot.press("u")
        await settled(pilot, shows(pilot, "Back in the inbox."))
        assert under_cursor(pilot) == "delay"
        assert [each.thread_id for each in desk.rows] == [each.thread_id for each in ROWS]
        await pilot.press("u")
        await settled(pilot, shows(pilot, "Nothing to take back."))


async def test_archiving_in_the_reader_goes_back_to_the_list() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter", "a")
        await settled(pilot, lambda: isinstance(app.screen, InboxScreen))
        assert under_cursor(pilot) == "thursday"


async def test_a_change_that_fails_says_so_and_what_to_do() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        desk.failure = NetworkError("The disk is full [/].", todo="Make room, then try again.")
        await pilot.press("a")
        await settled(pilot, shows(pilot, "The disk is full [/]. Make room, then try again."))
        assert len(the_list(pilot)._list or ()) == len(ROWS)


async def test_a_desk_that_does_not_start_is_said_and_the_list_is_there() -> None:
    app = ClientInbox(FakeDesk(failure=NetworkError("The engine did not start.", todo="Press $ to try again.")))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.pause()
        await settled_in_spite_of_errors(pilot, "The engine did not start. Press $ to try again.")
        assert "Northgate" in painted(app)


async def settled_in_spite_of_errors(pilot: Pilot[int], words: str) -> None:
    """As `settled`, where a worker is meant to fail."""
    for _ in range(200):
        await pilot.pause(0.01)
        if words in painted(pilot.app):
            return
    raise AssertionError(painted(pilot.app))


async def test_dollar_asks_for_a_sync_and_what_comes_of_it_is_said() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("$")
        await settled(pilot, shows(pilot, "syncing…"))
        assert ("sync",) in desk.done
        desk.tell(SyncProgress("lantern", "INBOX", "reading", 40, 213))
        await settled(pilot, shows(pilot, "reading INBOX 40/213"))
        desk.tell(SyncFailed("lantern", "the server refused the login", retry=False, exit_code=2))
        await settled(pilot, shows(pilot, "lantern: the server refused the login"))
        desk.tell(EngineLost("the engine ended; it is started again"))
        await settled(pilot, shows(pilot, "the engine ended"))


async def test_new_mail_joins_the_list_and_the_cursor_stays_on_its_thread() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("j", "j")
        new = row("new", subject="Just arrived", tension=3, needs_you=True)
        desk.listing = Listing([new, *ROWS])
        desk.tell(MessagesArrived(("new",)))
        await settled(pilot, shows(pilot, "Just arrived", "2 livid"))
        assert under_cursor(pilot) == "delay"


async def test_a_new_message_in_the_open_thread_appears_and_what_is_read_stays_open() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=(100, 50)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot, shows(pilot, "Please do not send me another date."))
        page = northgate()
        later = view("<ng-6@x.example>", "One more thing: Judith would like a word.", tension=3, days=0.1)
        desk.pages["northgate"] = type(page)(
            page.row, (*page.messages, later), page.reasons, page.next_action, 1.0, None, archived=False
        )
        desk.tell(MessagesArrived(("northgate",)))
        await settled(pilot, shows(pilot, "One more thing", "Please do not send me another date."))


async def test_a_new_topic_is_pointed_at_and_split_off_with_a_key() -> None:
    desk = FakeDesk()
    page = northgate()
    drifted = replace(view("<ng-7@x.example>", "By the way, the invoice?", tension=0, days=0.1), new_topic=True)
    app = ClientInbox(desk)
    async with app.run_test(size=(100, 50), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot, shows(pilot, "Please do not send me another date."))
        await pilot.press("S")
        await settled(pilot, shows(pilot, "No message here changes the topic."))
        desk.pages["northgate"] = replace(page, messages=(*page.messages, drifted))
        desk.tell(MessagesArrived(("northgate",)))
        await settled(pilot, shows(pilot, "By the way, the invoice?"))
        await pilot.press("right_square_bracket", "S")
        await settled(pilot, shows(pilot, "split off into thread t99", "new topic?  S splits it off"))
        assert ("split", "<ng-7@x.example>") in desk.done


async def test_an_empty_inbox_says_what_to_press_and_fills_when_mail_comes() -> None:
    desk = FakeDesk(listing=Listing(()))
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot, shows(pilot, "No mail yet.", "Press $ to sync."))
        await pilot.press("a", "w", "t", "enter")
        assert isinstance(app.screen, InboxScreen)
        desk.listing = Listing(ROWS)
        desk.tell(MessagesArrived(("northgate",)))
        await settled(pilot, shows(pilot, "Northgate"))
        await pilot.press("j")
        assert under_cursor(pilot) == "thursday"


async def test_a_message_not_fetched_yet_says_so() -> None:
    desk = FakeDesk()
    page = northgate()
    desk.pages["northgate"] = type(page)(
        page.row, (view("<northgate-last@x.example>", None),), (), None, None, None, archived=False
    )
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot, shows(pilot, "not fetched yet"))


async def test_a_megabyte_of_text_is_cut_and_m_shows_more() -> None:
    desk = FakeDesk()
    page = northgate()
    long = "A line of a very long mail that somebody has pasted a log into.\n" * 16_000
    desk.pages["northgate"] = type(page)(
        page.row, (view("<northgate-last@x.example>", long),), (), None, None, None, archived=False
    )
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("G")
        await settled(pilot, shows(pilot, "more characters · M shows more"))
        before = pilot.app.screen.query_one(MessageCard).virtual_size.height
        await pilot.press("M")
        await settled(pilot, lambda: pilot.app.screen.query_one(MessageCard).virtual_size.height > before + 100)


async def test_help_names_every_key_of_the_screen() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=(100, 80)) as pilot:
        await settled(pilot)
        await pilot.press("?")
        await settled(pilot, shows(pilot, "keys: inbox", "t 3", "Label: complaint on or off", "Archive", "RING"))
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("q")
        await settled(pilot)
        assert isinstance(app.screen, InboxScreen)


async def test_the_palette_has_our_actions_the_pairs_and_what_the_door_added() -> None:
    said: list[str] = []

    def run() -> str:
        said.append("next")
        return "Two later mails delivered."

    desk = FakeDesk()
    app = ClientInbox(desk, extra_commands=[ExtraCommand("Demo: next [/x]", "Deliver later mail", run)])
    async with app.run_test(size=(100, 90), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press(":")
        await settled(pilot, shows(pilot, "Out of the inbox", "Set tension to 2, tense", "Demo: next [/x]"))
        assert isinstance(app.screen, CommandPalette)
        await pilot.press(*"demo next")
        await settled(pilot, lambda: "Out of the inbox" not in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(app.screen, InboxScreen))
        await settled(pilot, shows(pilot, "Two later mails delivered."))
        assert said == ["next"]


async def test_the_palette_acts_on_the_row_under_the_cursor() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=(100, 50)) as pilot:
        await settled(pilot)
        await pilot.press("j", "ctrl+p", *"set tension to 2")
        await settled(pilot, lambda: "Out of the inbox" not in painted(app) and "keys t 2" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: ("tension", "<thursday-last@x.example>", 2) in desk.done)


async def test_a_click_moves_the_cursor_and_another_opens() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.click(ThreadList, offset=(20, 3))
        assert under_cursor(pilot) == "french"
        await pilot.click(ThreadList, offset=(20, 3))
        await settled(pilot, shows(pilot, "could you also add French?"))
        assert isinstance(app.screen, ThreadScreen)


async def test_q_ends_the_app_with_exit_code_0() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value == 0


async def test_keys_can_be_mapped_anew() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        app.set_keymap({"desk.archive": "y"})
        await settled(pilot)
        await pilot.press("a", "y")
        await settled(pilot)
        assert desk.done == [("start",), ("archive", "northgate")]


async def test_a_fast_hand_gets_its_pair_of_keys_though_neither_was_handled_when_the_second_came() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot, shows(pilot, "RING"))
        for key in ("G", "g", "g", "t", "2"):
            app.post_message(events.Key(key, key))
        await settled(pilot, lambda: len(desk.done) > 1)
        assert under_cursor(pilot) == "northgate"
        assert desk.done[1:] == [("tension", ROWS[0].message_id, 2)]


async def test_until_a_key_is_pressed_the_cursor_stays_on_top_of_a_list_that_is_still_filling() -> None:
    desk = FakeDesk(listing=Listing(ROWS[2:]))
    app = ClientInbox(desk)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        desk.listing = Listing(ROWS)
        app.news.publish(MessagesArrived(()))
        await settled(pilot, shows(pilot, "RING"))
        assert under_cursor(pilot) == "northgate"
        assert "tension" in painted(app).splitlines()[1]


async def test_the_reasons_are_shown_too_when_the_list_was_empty_at_first() -> None:
    desk = FakeDesk(listing=Listing(()))
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot, shows(pilot, "No mail yet"))
        await pilot.pause(0.15)
        desk.listing = Listing(ROWS)
        app.news.publish(MessagesArrived(()))
        await settled(pilot, shows(pilot, "RING  She is livid  ‹I no longer believe"))
