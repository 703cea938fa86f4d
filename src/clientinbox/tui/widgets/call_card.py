"""A logged call, where it stands among the messages of its thread."""

from datetime import datetime

from textual.content import Content
from textual.widgets import Static

from clientinbox.desk.views import CallView
from clientinbox.tui.glyphs import Glyphs
from clientinbox.tui.inks import Inks
from clientinbox.tui.plain import one_line
from clientinbox.tui.wording import plural, stamp, tension_word


class CallCard(Static):
    DEFAULT_CSS = """
    CallCard { height: auto; max-width: 104; margin: 0 1 1 1; padding: 0 1; border-left: outer $success; }
    CallCard:nocolor { border-left: blank; }
    """

    def __init__(self, call: CallView, now: datetime, *, inks: Inks, glyphs: Glyphs) -> None:
        super().__init__(markup=False)
        dot = f" {glyphs.dot} "
        who = one_line(call.contact)
        told = [f"CALL with {who}" if call.reached else f"CALL to {who}: nobody answered"]
        if call.minutes is not None:
            told.append(plural(call.minutes, "minute"))
        if call.mood_after is not None:
            told.append(f"{tension_word(call.mood_after)} ({call.mood_after}) afterwards")
        lines = [Content.assemble((dot.join(told), inks.strong), (f"  {stamp(call.at, now)}", inks.muted))]
        lines += [Content(f"{glyphs.dash} {one_line(line)}") for line in (*call.agreed, call.note) if line.strip()]
        self.update(Content("\n").join(lines))
