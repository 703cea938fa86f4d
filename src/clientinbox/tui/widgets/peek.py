"""Three lines under the list: how the thread under the cursor stands, why, and what to do next."""

from datetime import datetime

from textual.content import Content

from clientinbox.desk.views import InboxRow, Reason, ThreadPage
from clientinbox.tui.glyphs import Glyphs
from clientinbox.tui.inks import Inks
from clientinbox.tui.plain import one_line
from clientinbox.tui.widgets.thread_rows import CHECK, RING
from clientinbox.tui.wording import due_words, facts, level_words, plural


def peek_content(row: InboxRow, page: ThreadPage | None, inks: Inks, glyphs: Glyphs, now: datetime) -> Content:
    """`page` may come a moment later than `row`; three lines in any case."""
    return Content("\n").join(
        [_standing(row, inks, glyphs), _why(row, page, inks, glyphs), _next(row, page, inks, glyphs, now)]
    )


def _standing(row: InboxRow, inks: Inks, glyphs: Glyphs) -> Content:
    who = one_line(row.contact.name or row.contact.email)
    role = one_line(row.contact.role)
    known = f" ({role})" if role and role != "unknown" else ""
    told = facts(row, glyphs, short=True)
    trend = told[:1] if row.tension and told and "waited" not in told[0] else []
    rest = "".join(f" {glyphs.dot} {fact}" for fact in told[len(trend) :])
    level = " ".join([level_words(row), *trend])
    return Content.assemble(
        (who, inks.strong),
        (known, inks.muted),
        "  " if level else "",
        (level, inks.level(row.tension)),
        (rest, ""),
        (f" {glyphs.dot} {plural(row.messages, 'message')}", inks.muted),
    )


def _why(row: InboxRow, page: ThreadPage | None, inks: Inks, glyphs: Glyphs) -> Content:
    reasons = page.reasons if page is not None else ()
    badge = CHECK if row.suspicious else RING if row.escalate else ""
    lead = Content.assemble((badge, inks.ring), " ") if badge else Content()
    if not reasons:
        quiet = "" if row.escalate or row.needs_you else "Nothing to do here."
        return Content.assemble(lead, (quiet, inks.muted))
    return lead + _reason(reasons[0], inks, glyphs)


def _reason(reason: Reason, inks: Inks, glyphs: Glyphs) -> Content:
    said = Content(one_line(reason.text))
    if not reason.evidence:
        return said
    quoted = f"{glyphs.opening}{one_line(reason.evidence)}{glyphs.closing}"
    return Content.assemble(said, "  ", (quoted, inks.evidence))


def _next(row: InboxRow, page: ThreadPage | None, inks: Inks, glyphs: Glyphs, now: datetime) -> Content:
    action = page.next_action if page is not None else None
    if action is None:
        return Content.styled("w says why" if row.needs_you else "", inks.muted)
    told = "".join(f" {glyphs.dot} {part}" for part in (due_words(action.due, now), one_line(action.owner)) if part)
    return Content.assemble((f"{glyphs.arrow} {one_line(action.text)}", inks.strong), (told, inks.muted))
