"""What stands on the screen: goldens at 80×24 and 120×40, hostile text, a long list, no colour, nothing heavy."""

import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from fake_desk import HOSTILE, NOW, ROWS, Endless, FakeDesk, Listing, northgate, row, view
from hypothesis import given
from hypothesis import strategies as st
from painted import GOLDEN, painted, settled, shows
from rich.cells import cell_len
from textual.color import Color
from textual.pilot import Pilot

from clientinbox.desk.views import InvitationView
from clientinbox.mail.invitation import Invitation
from clientinbox.triage.labels import Evidence
from clientinbox.tui.app import ClientInbox
from clientinbox.tui.glyphs import ASCII, UNICODE
from clientinbox.tui.inks import COLOUR
from clientinbox.tui.message_text import Reading, body_content, marks
from clientinbox.tui.plain import content, defused, fitted, one_line
from clientinbox.tui.themes import CONTRAST
from clientinbox.tui.widgets.thread_list import ThreadList
from clientinbox.tui.widgets.thread_rows import Columns, cells, heading
from clientinbox.tui.wording import age, label_letters, trend_words, waited

CALL = ["K", "y", *"12", "enter", *"test link by Wed 25 Nov 12:00", "enter", "enter"]
SCREENS: dict[str, list[str]] = {
    "inbox": [],
    "thread": ["enter"],
    "thread-why": ["enter", "w"],
    "why": ["w"],
    "help": ["?"],
    "pending": ["t"],
    "call-first": ["r"],
    "call-sheet": ["!", *["j"] * 7],
    "call-log": [*CALL, *"Jo rings her by Friday", "enter"],
    "composer": [*CALL, "enter", "1", "enter"],
    "composer-frame": [*CALL, "enter", "1", "enter", "ctrl+g", "f"],
    "composer-pending": [*CALL, "enter", "1", "enter", "ctrl+g"],
    "composer-help": [*CALL, "enter", "1", "enter", "f1"],
}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_reads_as_its_golden_file(name: str, size: tuple[int, int]) -> None:
    """CLIENTINBOX goldens are rewritten with GOLDEN=write in the environment; look at the diff."""
    app = ClientInbox(FakeDesk(), headline="demo")
    async with app.run_test(size=size) as pilot:
        await settled(pilot, shows(pilot, "→ Ring Helen Marsh"))
        await pilot.press(*SCREENS[name])
        await settled(pilot)
        await settled(pilot, lambda: "composer" not in name or "saved 09:00" in painted(app))
        got = painted(app)
    golden = GOLDEN / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(got, encoding="utf-8")
    assert got == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 200])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_row_is_exactly_as_wide_as_the_list(width: int, glyphs: object) -> None:
    columns = Columns.of(width)
    assert cell_len(heading(columns)) == width
    for each in ROWS:
        line = "".join(text for text, _ in cells(each, columns, NOW, glyphs))  # type: ignore[arg-type]
        assert cell_len(line) == width, line


def test_a_thread_that_could_not_be_read_is_not_shown_as_calm() -> None:
    unknown = replace(ROWS[0], tension=None, unreadable=True)
    line = "".join(text for text, _ in cells(unknown, Columns.of(120), NOW, UNICODE))
    assert line[3] == "?"
    assert "unjudged" in line


@given(st.text(max_size=60), st.integers(min_value=0, max_value=40))
def test_fitted_text_is_exactly_as_wide_as_asked_and_harmless(text: str, width: int) -> None:
    got = fitted(text, width)
    assert cell_len(got) == width
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", got)


@given(st.text())
def test_defusing_keeps_every_offset(text: str) -> None:
    assert len(defused(text)) == len(text)
    assert len(content(text).plain) == len(text)


def test_brackets_are_brackets() -> None:
    assert one_line("[/] [URGENT] [bold]x[/bold]") == "[/] [URGENT] [bold]x[/bold]"
    assert content("[/] [URGENT]").plain == "[/] [URGENT]"


@given(
    st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=6),
    st.text(alphabet="abc [/]\x1b\u202e日🙂", max_size=50),
)
def test_marked_words_are_the_body_with_only_signs_added(spans: list[tuple[int, int]], body: str) -> None:
    evidence = tuple(Evidence("complaint", "", start, end) for start, end in spans)
    found = marks(evidence, (), len(body))
    assert all(one.end <= other.start for one, other in pairwise(found))
    got = body_content(view("<m>", body, evidence=evidence), Reading(), COLOUR, UNICODE).plain
    shown = got.replace("›[C]", "").replace("‹", "")
    assert shown == (defused(body).rstrip() if body.strip() else "(no text)")


async def test_hostile_text_reaches_every_screen_with_its_brackets_and_without_its_teeth() -> None:
    who = (HOSTILE, HOSTILE)
    bad = row(
        "bad", subject=HOSTILE, client=HOSTILE, project=HOSTILE, contact=who, tension=3, escalate=True, needs_you=True
    )
    page = northgate()
    reasons = tuple(type(each)(each.code, HOSTILE, each.message_id, HOSTILE) for each in page.reasons)
    message = view(
        "<bad-last@x.example>", f"Hello {HOSTILE} there", sender=type(page.messages[0].sender)(HOSTILE, HOSTILE)
    )
    meeting = Invitation("REQUEST", "u", 0, HOSTILE, NOW.date(), None, "")
    invited = InvitationView(meeting, (f"Invitation: {HOSTILE}", HOSTILE), "", (f"Clash: {HOSTILE}",))
    message = replace(message, invitation=invited)
    desk = FakeDesk(listing=Listing([bad]))
    desk.pages["bad"] = type(page)(bad, (message, message), reasons, None, 0.5, HOSTILE, archived=False)
    app = ClientInbox(desk, headline=HOSTILE)
    seen = []
    async with app.run_test(size=(120, 50), notifications=True) as pilot:
        app.say(HOSTILE)
        await settled(pilot, shows(pilot, "[/] [URGENT]"))
        for keys in ((), ("w",), ("q", "enter"), ("w",), ("q", "?"), ("q", ":")):
            await pilot.press(*keys)
            await settled(pilot)
            seen.append(painted(app))
    assert all("[/] [URGENT]" in text for text in seen[:4])
    assert all(words in seen[2] for words in ("Invitation: ", "Clash: "))
    assert not any(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text) for text in seen)


async def test_a_hundred_thousand_threads_cost_what_the_screen_costs() -> None:
    listing = Endless()
    app = ClientInbox(FakeDesk(listing=listing))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, shows(pilot, "Thread number 0", "9 need you"))
        assert listing.read <= 300
        await pilot.press("G")
        await settled(pilot, shows(pilot, "Thread number 99999"))
        assert listing.read <= 800
        threads = app.screen.query_one(ThreadList)
        threads.cursor = 50_000
        await settled(pilot, shows(pilot, "Thread number 50000"))
        app.screen.query_one(ThreadList).show(listing, NOW)
        await settled(pilot, shows(pilot, "Thread number 50000"))
        assert threads.cursor == 50_000


async def test_no_colour_code_leaves_the_app_under_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ClientInbox(FakeDesk())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, shows(pilot, "RING", "!!"))
        steps: tuple[tuple[str, ...], ...] = ((), ("enter",), ("w",), ("q", "q", "w"), ("q", "?"), ("q", "r"))
        for keys in (*steps, ("w",), ("escape", "c"), ("K", "y"), ("enter", "enter", "1", "enter"), ("ctrl+g", "f")):
            await pilot.press(*keys)
            await settled(pilot)
            for strip in app.screen._compositor.render_strips():
                for segment in strip.apply_filter(app._filters[-1], Color(0, 0, 0)):
                    style = segment.style
                    assert style is None or all(
                        colour is None or colour.is_default for colour in (style.color, style.bgcolor)
                    ), segment


async def test_ascii_only_draws_nothing_beyond_ascii() -> None:
    plain = [each for each in ROWS if each.thread_id in {"northgate", "thursday", "delay"}]
    app = ClientInbox(FakeDesk(listing=Listing(plain)), ascii_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, shows(pilot, "> Ring Helen Marsh"))
        assert painted(app).isascii(), painted(app)
        await pilot.press("enter")
        await settled(pilot)
        assert painted(app).isascii(), painted(app)


def test_every_text_of_the_contrast_theme_stands_out_seven_to_one() -> None:
    colours = {**CONTRAST.variables, "foreground": CONTRAST.foreground, "error": CONTRAST.error}
    colours |= {"warning": CONTRAST.warning, "accent": CONTRAST.accent, "primary": CONTRAST.primary}
    pairs = [
        (text, ground)
        for text in ("foreground", "text-muted", "error", "warning", "accent", "footer-key-foreground")
        for ground in ("cursor-background", "footer-background", "evidence-background")
    ]
    for text, ground in [*pairs, ("livid-foreground", "livid-background")]:
        assert contrast(str(colours[text]), str(colours[ground])) >= 7, (text, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2: ratio of relative luminances."""

    def luminance(name: str) -> float:
        parts = [part / 255 for part in Color.parse(name).rgb]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_words_for_time_waiting_trend_and_labels() -> None:
    assert [waited(hours) for hours in (None, 0.0, 0.42, 3 + 10 / 60, 12.0, 140.2)] == [
        "",
        "0m",
        "25m",
        "3h10",
        "12h00",
        "140h",
    ]
    assert trend_words((1, 1, 2, 3), UNICODE) == "rising 1→2→3"
    assert trend_words((3, 2, 1, 0), UNICODE) == "falling 2→1→0"
    assert trend_words((0, 2, 2, 2, 2), UNICODE) == "was 0→2"
    assert trend_words((2, 2), UNICODE) == ""
    assert label_letters(("complaint", "scope_change")) == "CS"
    assert label_letters(("complaint",), ("scope_change",)) == "Cs?"
    assert label_letters((), ("progress", "complaint", "scope_change")) == "pcs?"
    assert [age(each.last_at, NOW) for each in (ROWS[0], ROWS[1], ROWS[5], ROWS[8], ROWS[9])] == [
        "18h",
        "1d",
        "13d",
        "2w",
        "1y",
    ]


_FIRST_FRAME = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from fake_desk import FakeDesk
from clientinbox.tui.app import ClientInbox
async def main():
    async with ClientInbox(FakeDesk()).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        print(" ".join(sorted(sys.modules)))
asyncio.run(main())
"""
_HEAVY = (
    "spacy", "thinc", "numpy", "sqlite_utils", "imapclient", "mailparser", "tomlkit", "selectolax", "pymap",
    "sqlite3", "smtplib", "imaplib", "clientinbox.edge.store", "clientinbox.edge.imap", "clientinbox.tui.screens.thread", "clientinbox.tui.palette",
    "clientinbox.tui.answering", "clientinbox.tui.screens.dialogs", "clientinbox.tui.screens.composer",
)  # fmt: skip


def test_nothing_heavy_is_imported_for_the_first_frame() -> None:
    code = _FIRST_FRAME.format(tests=os.path.dirname(__file__))  # noqa: PTH120
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert sorted(loaded & set(_HEAVY)) == []


async def _open_why(pilot: Pilot[int]) -> None:
    await pilot.press("enter", "w")
    await settled(pilot)


async def _call_sheet(pilot: Pilot[int]) -> None:
    await pilot.press("!", *["j"] * 7)
    await settled(pilot)


async def _recap(pilot: Pilot[int]) -> None:
    await pilot.press(*SCREENS["composer-frame"])
    await settled(pilot, shows(pilot, "saved 09:00", "frame: 3 of 5"))
    pilot.app.clear_notifications()  # they go by themselves, nobody knows when
    await settled(pilot, lambda: "Call logged" not in painted(pilot.app))


async def _nothing(pilot: Pilot[int]) -> None:
    await settled(pilot, shows(pilot, "→ Ring Helen Marsh"))


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="one Python owns the pictures")
@pytest.mark.parametrize(
    ("size", "theme", "run"),
    [
        pytest.param((80, 24), "clientinbox", _nothing, id="inbox"),
        pytest.param((120, 40), "clientinbox-light", _nothing, id="inbox-light"),
        pytest.param((120, 40), "clientinbox", _open_why, id="thread-why"),
        pytest.param((80, 24), "clientinbox-contrast", _open_why, id="thread-contrast"),
        pytest.param((80, 24), "clientinbox", _call_sheet, id="call-sheet"),
        pytest.param((120, 40), "clientinbox", _recap, id="composer"),
    ],
)
def test_picture(
    snap_compare: Callable[..., bool],
    size: tuple[int, int],
    theme: str,
    run: Callable[[Pilot[int]], Awaitable[None]],
) -> None:
    """Colour and weight: the badge of a call, the marked words, the quiet rest."""
    app = ClientInbox(FakeDesk(), headline="demo")
    app.theme = theme

    async def before(pilot: Pilot[int]) -> None:
        await settled(pilot)
        await run(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
