"""From `r` to a mail in the outbox: the prompt, the sheet, the log and the composer, key by key."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fake_desk import HOSTILE, NOW, NUMBER, RECAP_BODY, REPLY, FakeDesk, northgate
from painted import painted, settled, shows
from textual import events
from textual.pilot import Pilot

from clientinbox.desk.events import FilingFailed, MessageSent, SendFailed
from clientinbox.desk.views import AgreedLine, CallEntry, CallView, DraftView, SheetLine, SheetSection
from clientinbox.errors import ClientInboxError, UsageError
from clientinbox.tui.app import ClientInbox, ExtraCommand
from clientinbox.tui.screens.call_first import CallFirst
from clientinbox.tui.screens.call_log import CallLogScreen
from clientinbox.tui.screens.call_sheet import CallSheetScreen
from clientinbox.tui.screens.composer import Composer
from clientinbox.tui.screens.dialogs import AskLine, Confirm, Notice
from clientinbox.tui.screens.inbox import InboxScreen
from clientinbox.tui.screens.thread import ThreadScreen
from clientinbox.tui.widgets.frame_panel import FramePanel
from clientinbox.tui.widgets.letter import HeaderLine, LetterBody
from clientinbox.tui.widgets.message_card import MessageCard

SIZE = (80, 24)
GOOD = RECAP_BODY + "\n4,200 letters went out on our word. The test link comes at no cost to you."


def on(pilot: Pilot[int], screen: type[object]) -> bool:
    return isinstance(pilot.app.screen, screen)


async def press(pilot: Pilot[int], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


def writing(body: str = "", *, kind: str = "reply") -> FakeDesk:
    """A desk on which r opens a composer with this text at once."""
    draft = replace(REPLY, kind=kind, body=body, saved_at=NOW - timedelta(minutes=18))
    return FakeDesk(should_ring=set(), drafts=(draft,) if body else ())


def deeds(desk: FakeDesk, *kinds: str) -> list[tuple[object, ...]]:
    return [what for what in desk.done if what[0] in kinds]


# The prompt


async def test_a_reply_to_a_thread_that_should_be_a_call_asks_first_and_names_the_reasons() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "r")
        assert on(pilot, CallFirst)
        for words in ("Helen Marsh (decider)", NUMBER, "She is holding back money", "‹hold invoice 2041›"):
            assert words in painted(pilot.app)
        await press(pilot, "escape")
        assert on(pilot, InboxScreen)
        assert deeds(desk, "decide", "reply") == []


async def test_c_keeps_the_decision_and_shows_the_sheet() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "r", "c")
        assert on(pilot, CallSheetScreen)
        assert deeds(desk, "decide", "reply") == [("decide", "northgate", "call", "")]
        await press(pilot, "q")
        assert on(pilot, ThreadScreen)


async def test_h_holds_and_says_until_when() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "r", "h")
        await settled(pilot, shows(pilot, "Held until 09:20."))
        assert on(pilot, InboxScreen)
        assert deeds(desk, "decide", "reply") == [("decide", "northgate", "hold", "")]


async def test_w_wants_a_reason_before_it_lets_anybody_write() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "r", "w", "space", "enter")
        assert on(pilot, AskLine)
        assert "One line, please" in painted(pilot.app)
        await press(pilot, "escape")
        assert on(pilot, CallFirst)
        await press(pilot, "w", *"she asked for it in writing", "enter")
        assert on(pilot, Composer)
        assert deeds(desk, "decide", "reply") == [
            ("decide", "northgate", "write", "she asked for it in writing"),
            ("reply", "northgate", False),
        ]


async def test_capital_r_answers_everybody_where_no_call_is_due() -> None:
    desk = FakeDesk(should_ring=set())
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "R")
        assert on(pilot, Composer)
        assert deeds(desk, "reply") == [("reply", "northgate", True)]


async def test_what_the_desk_refuses_is_said_and_nothing_opens() -> None:
    desk = FakeDesk(should_ring=set())
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        desk.failure = UsageError("This account cannot send.", todo="Add smtp.server to it.")
        await press(pilot, "r")
        await settled(pilot, shows(pilot, "This account cannot send. Add smtp.server to it."))
        assert on(pilot, InboxScreen)


# The sheet


async def test_enter_on_a_line_of_the_sheet_opens_the_thread_on_the_mail_it_came_from() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "!", "j", "j", "j")
        assert "from the mail of Ana Ferreira, Wed 18 Nov 09:00" in painted(app)
        await press(pilot, "enter")
        assert on(pilot, ThreadScreen)
        opened = [card.view.message_id for card in app.screen.query(MessageCard) if card.is_open]
        assert opened == ["<ng-2@x.example>"]
        await press(pilot, "!")
        assert on(pilot, CallSheetScreen)
        await press(pilot, "q", "q")
        assert on(pilot, InboxScreen)


async def test_a_line_from_a_register_shows_the_words_of_its_row() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "!", *["j"] * 9, "enter")
        assert on(pilot, Notice)
        assert "promise 4: test link by Friday 20 Nov (Jo), open" in painted(app)
        await press(pilot, "q", "G", "k", "enter")
        assert "Standing advice, the same for every call" in painted(app)


async def test_a_mail_that_is_gone_is_said() -> None:
    desk = FakeDesk()
    lines = (SheetLine("a line", "message", "<gone@x.example>"),)
    desk.sheet = replace(desk.sheet, sections=(SheetSection("The story", lines),))
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "!", "enter")
        await settled(pilot, shows(pilot, "That mail is no longer in the store."))
        assert on(pilot, CallSheetScreen)


async def test_y_copies_the_number_and_capital_p_saves_the_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DOWNLOAD_DIR", str(tmp_path))
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "!", "y")
        assert app.clipboard == NUMBER
        await settled(pilot, shows(pilot, "copied (if your terminal allows)"))
        await press(pilot, "P")
        await settled(pilot, shows(pilot, "Saved as"))
        assert "invoice 2041 on hold" in (tmp_path / "call-northgate.txt").read_text(encoding="utf-8")


async def test_a_thread_without_a_client_has_no_sheet() -> None:
    async with ClientInbox(FakeDesk()).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "j", "!")
        await settled(pilot, shows(pilot, "There is nobody of a client in this thread to ring."))


# The log


async def test_the_call_of_story_four_is_logged_and_its_recap_opens() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "!", "K", "y", *"12", "enter")
        await press(pilot, *"test link by Wed 25 Nov 12:00", "enter")
        assert "promise by Jo, Wed 25 Nov 12:00 – enter accepts, n: no promise" in painted(app)
        await press(pilot, "enter", *"go slow by all means", "enter", "n", *"invoice stays on hold", "enter", "enter")
        await press(pilot, "enter", "1", "enter")
        assert on(pilot, Composer)
        due = NOW + timedelta(days=1, hours=3)
        agreed = (
            AgreedLine("test link by Wed 25 Nov 12:00", promise=True, owner="Jo", due=due),
            AgreedLine("go slow by all means", promise=False, owner="Jo", due=due),
            AgreedLine("invoice stays on hold", promise=False),
        )
        entry = CallEntry(reached=True, minutes=12, agreed=agreed, mood_after=1, note="")
        assert deeds(desk, "call", "recap") == [("call", "northgate", entry), ("recap", "northgate")]
        await press(pilot, "escape", "escape")
        assert on(pilot, InboxScreen)


async def test_minutes_that_are_no_number_are_refused_in_a_sentence_and_stay_in_the_line() -> None:
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "K", "y", *"abc", "enter")
        assert "Minutes are a number such as 12" in painted(app)
        assert " abc" in painted(app)
        await press(pilot, "backspace", "backspace", "backspace", "5", "enter")
        assert "minutes     5" in painted(app)


async def test_a_line_that_is_no_promise_can_be_made_one_and_up_takes_it_back() -> None:
    desk = FakeDesk()
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "K", "y", "enter", *"Jo rings her", "enter")
        assert "no promise in it – enter goes on, p: it is a promise" in painted(app)
        await press(pilot, "p")
        assert "☑ promise, no day named" in painted(app)
        await press(pilot, "up")
        screen = app.screen
        assert isinstance(screen, CallLogScreen)
        assert screen.line.value == "Jo rings her"
        assert screen.form.agreed == ()


async def test_nobody_reached_is_logged_without_a_recap() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "K", "n", *"voicemail", "enter")
        assert on(pilot, InboxScreen)
        entry = CallEntry(reached=False, minutes=None, agreed=(), mood_after=None, note="voicemail")
        assert deeds(desk, "call", "recap") == [("call", "northgate", entry)]


async def test_escape_asks_before_words_are_thrown_away() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "K", "escape")
        assert on(pilot, InboxScreen)
        await press(pilot, "K", "y", "enter", *"half a li", "escape")
        assert on(pilot, Confirm)
        await press(pilot, "n")
        assert on(pilot, CallLogScreen)
        assert "half a li" in painted(pilot.app)
        await press(pilot, "escape", "y")
        assert on(pilot, InboxScreen)
        assert deeds(desk, "call") == []


async def test_a_call_that_cannot_be_stored_stays_on_the_screen() -> None:
    desk = FakeDesk()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "K", "n", *"voicemail")
        desk.failure = ClientInboxError("The disk is full.", todo="Make room.")
        await press(pilot, "enter")
        assert on(pilot, CallLogScreen)
        assert "The disk is full. Make room." in painted(pilot.app)
        assert "voicemail" in painted(pilot.app)


# The composer


async def test_what_is_typed_is_saved_at_the_next_pause_and_the_frame_follows() -> None:
    desk = writing()
    app = ClientInbox(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "r", *"at no cost to you")
        await settled(pilot, shows(pilot, "saved 09:00", "☑ what it costs", "frame: 1 of 5"))
        assert desk.saved()[-1] == replace(REPLY, body="at no cost to you")


async def test_escape_leaves_the_text_first_then_the_mail_and_keeps_the_draft() -> None:
    desk = writing()
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "r", *"quite", "escape")
        assert on(pilot, Composer)
        await press(pilot, "escape")
        await settled(pilot, shows(pilot, "Draft kept"))
        assert on(pilot, InboxScreen)
        assert desk.saved()[-1].body == "quite"


async def test_q_is_a_letter_in_the_text_and_leaves_outside_of_it() -> None:
    desk = writing()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "r", "q", "escape", "q")
        assert on(pilot, InboxScreen)
        assert desk.saved()[-1].body == "q"


async def test_a_reply_nobody_wrote_a_word_of_leaves_nothing_behind() -> None:
    desk = writing()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "r", "escape", "escape")
        assert on(pilot, InboxScreen)
        assert desk.saved() == []
        assert deeds(desk, "discard") == [("discard", "7")]


async def test_an_unfinished_draft_is_opened_again_and_never_replaced() -> None:
    desk = writing("Half a sen")
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "r")
        await settled(pilot, shows(pilot, "Half a sen", "Your draft of 08:42 again."))
        await press(pilot, "escape", "escape")
        assert deeds(desk, "reply", "discard") == []


async def test_a_draft_that_cannot_be_saved_is_said_and_the_mail_stays_open() -> None:
    desk = writing()
    async with ClientInbox(desk).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "r")
        desk.failure = ClientInboxError("The disk is full.", todo="Make room.")
        await press(pilot, *"words")
        await settled(pilot, shows(pilot, "not saved: The disk is full. Make room."))
        await press(pilot, "escape", "escape")
        assert on(pilot, Composer)
        assert "words" in painted(pilot.app)


async def test_a_mail_with_an_open_slot_is_refused_and_the_frame_says_which() -> None:
    desk = writing(RECAP_BODY)
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "r", "ctrl+g")
        assert "s send   e edit   w waive" in painted(pilot.app)
        await press(pilot, "s")
        await settled(pilot, shows(pilot, "Not sent. Still open: their problem, what it costs."))
        assert on(pilot, Composer)
        assert isinstance(pilot.app.screen.focused, FramePanel)
        assert deeds(desk, "queue") == []


async def test_a_slot_is_waived_with_a_reason_and_asked_for_again() -> None:
    desk = writing(RECAP_BODY)
    async with ClientInbox(desk).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "r", "ctrl+g", "f", "w", *"she named it herself", "enter")
        await settled(pilot, shows(pilot, "☒ their problem", "waived: she named it herself", "frame: 4 of 5"))
        assert desk.saved()[-1].waived == (("problem", "she named it herself"),)
        await press(pilot, "w")
        await settled(pilot, shows(pilot, "☐ their problem  needed"))
        assert desk.saved()[-1].waived == ()


async def send(pilot: Pilot[int]) -> None:
    await settled(pilot)
    await press(pilot, "r", "ctrl+g", "s")
    await settled(pilot, lambda: on(pilot, InboxScreen))


async def test_a_complete_mail_is_queued_and_u_brings_it_back_to_the_composer() -> None:
    desk = writing(GOOD)
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await send(pilot)
        await settled(pilot, shows(pilot, "sending in 30 s, u to undo", "sending at 09:00:30"))
        queued = deeds(desk, "queue")[0][1]
        assert isinstance(queued, DraftView)
        assert (queued.body, queued.draft_id) == (GOOD, "7")
        await press(pilot, "u")
        assert on(pilot, Composer)
        assert deeds(desk, "take back", "undo") == [("take back", "31")]
        assert "sending at" not in painted(pilot.app)


async def test_u_takes_back_what_was_done_last() -> None:
    desk = writing(GOOD)
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await send(pilot)
        await press(pilot, "a", "u")
        assert deeds(desk, "take back", "undo") == [("undo",)]
        await press(pilot, "u")
        assert deeds(desk, "take back", "undo") == [("undo",), ("take back", "31")]


async def test_a_mail_that_has_left_cannot_be_taken_back() -> None:
    desk = writing(GOOD)
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await send(pilot)
        desk.in_outbox = None
        await press(pilot, "u")
        await settled(pilot, shows(pilot, "That mail has left already."))
        assert deeds(desk, "undo") == []


async def test_what_becomes_of_a_queued_mail_is_said() -> None:
    desk = writing(GOOD)
    async with ClientInbox(desk).run_test(size=(120, 40), notifications=True) as pilot:
        await send(pilot)
        desk.tell(MessageSent(31, "<m@x.example>", "northgate", ""))
        await settled(pilot, shows(pilot, "Sent."))
        await settled(pilot, lambda: "sending at" not in painted(pilot.app))
        desk.tell(SendFailed(32, None, "The server refused it [/].", retry=False))
        desk.tell(FilingFailed(33, None, "Its copy is not in Sent."))
        await settled(pilot, shows(pilot, "The server refused it [/].", "Its copy is not in Sent."))


async def test_a_mail_the_desk_refuses_stays_in_the_composer() -> None:
    desk = writing(GOOD)
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "r")
        desk.failure = UsageError("“x” is no e-mail address.", todo="Check To.")
        await press(pilot, "ctrl+g", "s")
        await settled(pilot, shows(pilot, "“x” is no e-mail address. Check To."))
        desk.failure = None
        await press(pilot, "i", "z")
        await settled(pilot, lambda: bool(desk.saved()) and "z" in desk.saved()[-1].body)


async def test_discarding_asks_and_nothing_saves_it_again() -> None:
    desk = writing("words")
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "r", "x", "ctrl+g", "d", "n")
        assert on(pilot, Composer)
        await press(pilot, "ctrl+g", "d", "y")
        await settled(pilot, lambda: on(pilot, InboxScreen))
        assert desk.done[-1] == ("discard", "7")


async def test_a_fast_hand_in_the_text_gets_its_command_and_not_a_letter() -> None:
    desk = writing(GOOD)
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "r")
        for key in ("x", "ctrl+g", "f", "ctrl+g", "s"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await settled(pilot, lambda: on(pilot, InboxScreen))
        queued = deeds(desk, "queue")[0][1]
        assert isinstance(queued, DraftView)
        assert queued.body == "x" + GOOD


async def test_an_editor_where_the_terminal_cannot_be_lent_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")
    desk = writing("mine")
    async with ClientInbox(desk).run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "r", "ctrl+g", "e")
        await settled(pilot, shows(pilot, "This terminal cannot be lent to an editor; write here.", "mine"))


async def test_quitting_in_the_middle_of_a_word_keeps_it() -> None:
    desk = writing()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await settled(pilot, lambda: on(pilot, Composer))
        await pilot.press("w", "ctrl+q")
        await pilot.pause()
    assert desk.saved()[-1].body == "w"


async def test_the_palette_sends_and_offers_the_rest() -> None:
    desk = writing(GOOD)
    extra = ExtraCommand("demo next", "Deliver later mail", lambda: None)
    async with ClientInbox(desk, extra_commands=[extra]).run_test(size=(100, 50)) as pilot:
        await settled(pilot)
        await press(pilot, "r", "escape", ":")
        names = ("Send", "Edit in editor", "Waive a slot", "Discard the draft", "demo next")
        await settled(pilot, shows(pilot, *names))
        await pilot.press(*"send")
        await settled(pilot, lambda: "demo next" not in painted(pilot.app) and "keys ctrl+g s" in painted(pilot.app))
        await pilot.press("enter")
        await settled(pilot, lambda: bool(deeds(desk, "queue")))


async def test_tab_and_enter_walk_through_the_fields() -> None:
    desk = writing()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "r", "shift+tab", "shift+tab", *"ruth@x.example", "enter", "enter")
        await settled(pilot, lambda: bool(desk.saved()))
        assert isinstance(pilot.app.screen.focused, LetterBody)
        assert desk.saved()[-1].bcc == "ruth@x.example"


async def test_hostile_text_reaches_the_new_screens_defused(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = FakeDesk()
    sheet, who = desk.sheet, replace(desk.sheet.contact, name=HOSTILE, role=HOSTILE)
    lines = tuple(SheetLine(HOSTILE, source, HOSTILE) for source in ("register", "contact", "guide"))
    desk.sheet = replace(sheet, contact=who, number=HOSTILE, sections=(SheetSection(HOSTILE, lines),))
    page = desk.pages["northgate"]
    reasons = tuple(replace(each, text=HOSTILE, evidence=HOSTILE) for each in page.reasons)
    desk.pages["northgate"] = replace(page, row=replace(page.row, contact=who), reasons=reasons)
    draft = replace(REPLY, body=f"{HOSTILE} ‹{HOSTILE}›", to=HOSTILE, subject=HOSTILE, waived=(("cost", HOSTILE),))
    desk.drafts = (draft,)
    monkeypatch.setattr("fake_desk.SLOTS", (("cost", HOSTILE, True, HOSTILE), ("date", HOSTILE, True, "x")))
    async with ClientInbox(desk).run_test(size=(120, 50), notifications=True) as pilot:
        await settled(pilot)
        for keys in (("r",), ("c",), ("enter",), ("q", "K"), ("y", "enter", *"x by y", "enter"), ("escape", "y", "q")):
            await press(pilot, *keys)
            harmless(pilot)
            assert "[/] [URGENT]" in painted(pilot.app)
        desk.should_ring.clear()
        for keys in (("r",), ("ctrl+g", "w"), ("escape",), ("ctrl+g", "s")):
            await press(pilot, *keys)
            harmless(pilot)
            assert "[/] [URGENT]" in painted(pilot.app)


def harmless(pilot: Pilot[int]) -> None:
    text = painted(pilot.app)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text


async def test_what_is_pasted_is_defused_once_and_inserted_once() -> None:
    desk = writing()
    async with ClientInbox(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "r")
        pilot.app.post_message(events.Paste("one\r\ntwo\x1b]0;x\x07"))
        await settled(pilot)
        assert pilot.app.screen.query_one(LetterBody).text == "one\ntwo\ufffd]0;x\ufffd"
        await press(pilot, "shift+tab")
        pilot.app.post_message(events.Paste("Sub\x1bject\nBcc: x"))
        await settled(pilot)
        assert pilot.app.screen.query_one("#subject", HeaderLine).value.endswith("Sub\ufffdject Bcc: x")


@pytest.mark.parametrize("keys", [["r"], ["!"], ["K", "y", "enter", *"by x", "enter"]], ids=["prompt", "sheet", "log"])
async def test_the_new_screens_keep_to_ascii(keys: list[str]) -> None:
    desk = FakeDesk()
    desk.sheet = replace(desk.sheet, sections=(SheetSection("x", (SheetLine("y", "guide", ""),)),))
    desk.listing = type(desk.listing)(desk.rows[:3])  # type: ignore[call-arg]
    app = ClientInbox(desk, ascii_only=True)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        assert painted(app).isascii(), painted(app)


async def test_the_composer_keeps_to_ascii() -> None:
    app = ClientInbox(writing(RECAP_BODY), ascii_only=True)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "r", "ctrl+g", "f")
        assert "[x] by when" in painted(app)
        assert painted(app).replace("‹", "").isascii(), painted(app)


@pytest.mark.parametrize(
    ("key", "done", "left"),
    [
        pytest.param("s", [("send at once", "31")], True, id="send now"),
        pytest.param("l", [], True, id="later"),
        pytest.param("escape", [], False, id="stay"),
    ],
)
async def test_quitting_with_a_mail_in_its_window_is_asked_about(
    key: str, done: list[tuple[object, ...]], *, left: bool
) -> None:
    desk = writing(GOOD)
    app = ClientInbox(desk)
    async with app.run_test(size=SIZE) as pilot:
        await send(pilot)
        await press(pilot, "ctrl+q")
        await settled(pilot, shows(pilot, "1 mail waits in the outbox"))
        await press(pilot, key)
        assert deeds(desk, "send at once") == done
    assert (app.return_code == 0 and app._exit) is left


async def test_a_logged_call_stands_between_the_mails_of_its_thread() -> None:
    page = northgate()
    between = page.messages[-1].sent_at - timedelta(minutes=1)
    call = CallView(between, "Helen [/] Marsh", True, 12, ("test link by Wed [b]", ""), 1, "")  # noqa: FBT003
    desk = FakeDesk(pages={"northgate": replace(page, calls=(call,))})
    async with ClientInbox(desk).run_test(size=(120, 60)) as pilot:
        await settled(pilot, shows(pilot, "RING"))
        await press(pilot, "enter")
        await settled(pilot, lambda: on(pilot, ThreadScreen))
        cards = [type(child).__name__ for child in pilot.app.screen.query("#messages > *")]
        assert cards[-2:] == ["CallCard", "MessageCard"]
        await press(pilot, "home")
        await settled(
            pilot, shows(pilot, "CALL with Helen [/] Marsh · 12 minutes · concerned (1) afterwards", "Wed [b]")
        )
