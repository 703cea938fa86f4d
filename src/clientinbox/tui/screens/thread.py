"""The reader: one thread, oldest to newest, opened where the client last spoke, with the words that carry its flags."""

from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from clientinbox.desk.events import MessagesArrived
from clientinbox.desk.views import InboxRow, MessageView, ThreadPage
from clientinbox.mail.message import Direction
from clientinbox.tui.glyphs import Glyphs
from clientinbox.tui.inks import Inks
from clientinbox.tui.plain import one_line
from clientinbox.tui.screens.desk_screen import DeskScreen, Target
from clientinbox.tui.screens.keyed_screen import DO, LOOK, Lead, Step
from clientinbox.tui.widgets.call_card import CallCard
from clientinbox.tui.widgets.key_bar import KeyBar
from clientinbox.tui.widgets.message_card import MessageCard
from clientinbox.tui.widgets.status_line import StatusLine
from clientinbox.tui.widgets.thread_list import MOVE
from clientinbox.tui.widgets.thread_rows import CHECK, RING
from clientinbox.tui.widgets.why_panel import WhyPanel
from clientinbox.tui.wording import due_words, facts, level_words, plural

_CARDS = 60
"""Messages laid out at first; a thread of hundreds shows its older ones on demand."""


class ThreadScreen(DeskScreen):
    AUTO_FOCUS = "#messages"
    HELP_TITLE = "Thread"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - typed by Textual as an instance variable
        (0, "-narrow"),
        (110, "-wide"),
    ]
    LEADS: ClassVar[dict[str, Lead]] = {
        **DeskScreen.LEADS,
        "v": Lead(
            "v",
            "attachment",
            DO,
            (
                Step("o", "attachment('open')", "open", "Open an attachment"),
                Step("s", "attachment('save')", "save", "Save an attachment"),
            ),
        ),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,h", "back", "Back", id="thread.back", tooltip="To the inbox"),
        Binding("right_square_bracket", "step(1)", "Next message", id="thread.next", show=False, group=MOVE),
        Binding("left_square_bracket", "step(-1)", "Previous message", id="thread.previous", show=False, group=MOVE),
        Binding("j,down", "scroll(1)", "A line down", id="thread.down", show=False, group=MOVE),
        Binding("k,up", "scroll(-1)", "A line up", id="thread.up", show=False, group=MOVE),
        Binding("space,pagedown", "page(1)", "A page down", id="thread.page_down", show=False, group=MOVE),
        Binding("pageup", "page(-1)", "A page up", id="thread.page_up", show=False, group=MOVE),
        Binding("ctrl+d", "half(1)", "Half a page down", id="thread.half_down", show=False, group=MOVE),
        Binding("ctrl+u", "half(-1)", "Half a page up", id="thread.half_up", show=False, group=MOVE),
        Binding("home", "top", "To the top", id="thread.top", show=False, group=MOVE),
        Binding("G,end", "bottom", "To the end", id="thread.bottom", show=False, group=MOVE),
        Binding("enter", "fold", "Fold or open this message", id="thread.fold", show=False, group=LOOK),
        Binding(
            "z",
            "quotes",
            "Quotes",
            id="thread.quotes",
            show=False,
            tooltip="Quotes and signatures on or off",
            group=LOOK,
        ),
        Binding(
            "S",
            "split",
            "Split off a new topic",
            id="thread.split",
            show=False,
            tooltip="This message and what follows it; u undoes",
            group=DO,
        ),
        Binding(
            "v", "wait_for('v')", "Attachment", id="thread.attachment", show=False, tooltip="v, then o or s", group=DO
        ),
        Binding("M", "more", "More of a long message", id="thread.more", show=False, group=LOOK),
    ]
    messages = query_one("#messages", VerticalScroll)
    why = query_one(WhyPanel)

    def __init__(self, thread_id: str, *, at: str = "") -> None:
        """`at`: the Message-ID of the message to open it on."""
        super().__init__()
        self._thread = thread_id
        self._at = at
        self._page: ThreadPage | None = None
        self._current = ""
        self._unfolded = False

    def compose(self) -> ComposeResult:
        yield StatusLine(id="state")
        yield Static(id="about", markup=False)
        with Container(id="reading"):
            yield VerticalScroll(id="messages")
            yield WhyPanel(inks=self.inks, glyphs=self.glyphs)
        yield KeyBar(inks=self.inks)

    async def on_mount(self) -> None:
        self._page = self._read()
        if self._page is None:
            self.app.say("This thread is gone.", wrong=True)
            self.dismiss(None)
            return
        start = _opening_message(self._page, self._at)
        self._current = start.message_id if start is not None else ""
        await self._mount_cards(self._shown_of(self._page))
        self._show_page(self._page)
        self.call_after_refresh(self._reveal_current)
        if self._page.row.unread:
            self.call_after_refresh(self._note_read)

    def _note_read(self) -> None:
        """It is on the screen: read, here and in every other mail program."""
        if self.app.ask(lambda: self.app.desk.mark_seen(self._thread)):
            self.app.news.publish(MessagesArrived(()))

    # What it shows

    def _read(self) -> ThreadPage | None:
        return self.app.ask(lambda: self.app.desk.thread(self._thread))

    def reload(self) -> None:
        page = self._read()
        if page is None or not self.is_mounted:
            return
        self._page = page
        cards = {card.view.message_id: card for card in self.query(MessageCard)}
        now = self.app.desk.now()
        for view in page.messages:
            if (card := cards.get(view.message_id)) is not None:
                card.take(view, now)
        shown = {view.message_id for view in self._shown_of(page)}
        if shown != set(cards) or len(page.calls) != len(self.query(CallCard)):
            self.run_worker(self._mount_again(page), exclusive=True, group="cards")
        self._show_page(page)
        self.refresh_bindings()

    async def _mount_again(self, page: ThreadPage) -> None:
        """A message came or went: the cards are made again, what was open stays open."""
        was_open = {card.view.message_id for card in self.query(MessageCard) if card.is_open}
        await self.messages.remove_children()
        await self._mount_cards(self._shown_of(page), was_open)

    def _shown_of(self, page: ThreadPage) -> tuple[MessageView, ...]:
        """The newest, and as far back as the message that somebody asked for."""
        asked = [place for place, view in enumerate(page.messages) if view.message_id == self._at]
        first = min([len(page.messages) - _CARDS, *asked])
        return page.messages[max(0, first) :]

    async def _mount_cards(self, views: tuple[MessageView, ...], was_open: set[str] | None = None) -> None:
        page, now = self._page, self.app.desk.now()
        if page is not None and len(views) < len(page.messages):
            older = f"{self.glyphs.ellipsis} {plural(len(page.messages) - len(views), 'older message')} not shown"
            await self.messages.mount(Static(Content.styled(older, self.inks.muted), id="older", markup=False))
        opened = was_open or {self._current}
        cards = [
            MessageCard(view, now, inks=self.inks, glyphs=self.glyphs, is_open=view.message_id in opened)
            for view in views
        ]
        calls = (
            []
            if page is None
            else [(call.at, CallCard(call, now, inks=self.inks, glyphs=self.glyphs)) for call in page.calls]
        )
        told: list[tuple[datetime, Widget]] = [*((card.view.sent_at, card) for card in cards), *calls]
        await self.messages.mount_all(widget for _, widget in sorted(told, key=lambda each: each[0]))
        self._mark_current()

    def _show_page(self, page: ThreadPage) -> None:
        self.query_one("#about", Static).update(_about(page, self.inks, self.glyphs, self.app.desk.now()))
        self.why.show(page, self.app.desk.now())
        self.show_state()

    def show_state(self) -> None:
        if self._page is not None:
            subject = Content.styled(one_line(self._page.row.subject) or "(no subject)", self.inks.strong)
            archived = Content.styled("  archived" if self._page.archived else "", self.inks.muted)
            self.query_one("#state", StatusLine).show(subject + archived, self.state_right())

    def _mark_current(self) -> None:
        for card in self.query(MessageCard):
            card.set_class(card.view.message_id == self._current, "-current")

    def _card(self) -> MessageCard | None:
        return next((card for card in self.query(MessageCard) if card.view.message_id == self._current), None)

    def _reveal_current(self) -> None:
        if (card := self._card()) is not None:
            self.messages.scroll_to_widget(card, top=True, animate=False)

    # Keys

    def target(self) -> Target | None:
        """The message under the cursor; where that is ours, the one that decides the thread."""
        if self._page is None:
            return None
        row, card = self._page.row, self._card()
        inbound = card is not None and card.view.direction is Direction.IN
        return Target(row.thread_id, self._current if inbound else row.message_id, row.subject)

    def action_back(self) -> None:
        if self.has_class("-why") and self.has_class("-narrow"):
            self.action_why()
        else:
            self.dismiss(None)

    def sorted_away(self) -> None:
        self.dismiss(None)

    def action_why(self) -> None:
        self.toggle_class("-why")
        for card in self.query(MessageCard):
            card.read(cues=self.has_class("-why"))

    def action_step(self, direction: int) -> None:
        cards = list(self.query(MessageCard))
        places = [place for place, card in enumerate(cards) if card.view.message_id == self._current]
        if places and 0 <= places[0] + direction < len(cards):
            self._go_to(cards[places[0] + direction])

    def _go_to(self, card: MessageCard) -> None:
        self._current = card.view.message_id
        card.toggle(is_open=True)
        self._mark_current()
        self.call_after_refresh(self._reveal_current)

    @on(MessageCard.Chosen)
    def _chosen(self, message: MessageCard.Chosen) -> None:
        message.stop()
        if not message.card.is_open:
            self._go_to(message.card)
        elif message.card.view.message_id != self._current:
            self._current = message.card.view.message_id
            self._mark_current()

    def action_fold(self) -> None:
        if (card := self._card()) is not None:
            card.toggle()

    def action_quotes(self) -> None:
        self._unfolded = not self._unfolded
        for card in self.query(MessageCard):
            card.read(unfolded=self._unfolded)

    def action_split(self) -> None:
        """At this message if it changes the topic, else at the last one that does."""
        drifted = [
            view.message_id for view in (self._page.messages if self._page is not None else ()) if view.new_topic
        ]
        if not drifted:
            self.app.say("No message here changes the topic.", wrong=True)
            return
        at = self._current if self._current in drifted else drifted[-1]
        self.app.act(lambda: self.app.desk.split(at))

    def action_more(self) -> None:
        if (card := self._card()) is not None:
            card.read(more=True)

    def action_attachment(self, deed: str) -> None:
        """Of the message under the cursor: "open" or "save"."""
        from clientinbox.tui.attachments import take_attachment

        if self._current:
            self.app.go(take_attachment(self.app, self._current, opening=deed == "open"))

    def action_scroll(self, lines: int) -> None:
        self.messages.scroll_relative(y=lines, animate=False)

    def action_page(self, direction: int) -> None:
        self.messages.scroll_relative(y=direction * max(1, self.messages.size.height - 1), animate=False)

    def action_half(self, direction: int) -> None:
        self.messages.scroll_relative(y=direction * max(1, self.messages.size.height // 2), animate=False)

    def action_top(self) -> None:
        self.messages.scroll_home(animate=False)

    def action_bottom(self) -> None:
        self.messages.scroll_end(animate=False)


def _opening_message(page: ThreadPage, asked: str) -> MessageView | None:
    """The message asked for, else the newest inbound message by hand, else the newest inbound, else the last."""
    wanted = [view for view in page.messages if view.message_id == asked]
    inbound = [view for view in page.messages if view.direction is Direction.IN]
    by_hand = [view for view in inbound if not view.automatic]
    return next(iter([*wanted, *by_hand[-1:], *inbound[-1:], *page.messages[-1:]]), None)


def _about(page: ThreadPage, inks: Inks, glyphs: Glyphs, now: datetime) -> Content:
    """Who and what this is about, how it stands, and, where it should be a call, that and why."""
    row = page.row
    level = level_words(row)
    told = facts(row, glyphs)
    trend = told[:1] if told and told[0].startswith(("rising", "falling", "was")) else []
    standing = Content.assemble(
        (level, inks.level(row.tension)),
        (f" {trend[0]}" if trend and level else "", inks.level(row.tension)),
        "".join(f" {glyphs.dot} {fact}" for fact in told[len(trend) :]),
    )
    lines = [standing, _who(page, row, inks, glyphs)]
    if row.suspicious:
        lines.append(Content.assemble((CHECK, inks.ring), " ", *_warnings(page)))
    if row.escalate:
        reasons = f" {glyphs.dot} ".join(one_line(reason.text) for reason in page.reasons[:3])
        lines.append(Content.assemble((RING, inks.ring), " ", reasons))
    if page.next_action is not None:
        due = due_words(page.next_action.due, now)
        rest = "".join(f" {glyphs.dot} {part}" for part in (due, one_line(page.next_action.owner)) if part)
        lines.append(
            Content.assemble((f"{glyphs.arrow} {one_line(page.next_action.text)}", inks.strong), (rest, inks.muted))
        )
    return Content("\n").join([line for line in lines if line.plain])


def _warnings(page: ThreadPage) -> list[str]:
    found = [warning for view in reversed(page.messages) for warning in view.warnings]
    return [one_line(warning.text) for warning in found[:1]]


def _who(page: ThreadPage, row: InboxRow, inks: Inks, glyphs: Glyphs) -> Content:
    sure = f" ({page.project_confidence:.0%})" if row.project and page.project_confidence is not None else ""
    role = f" ({one_line(row.contact.role)})" if row.contact.role not in {"", "unknown"} else ""
    parts = [
        one_line(row.client_name or row.client or ""),
        f"{one_line(row.project)}{sure}" if row.project else "no project",
        f"{one_line(row.contact.name or row.contact.email)}{role}",
    ]
    return Content.styled(f" {glyphs.dot} ".join(part for part in parts if part), inks.muted)
