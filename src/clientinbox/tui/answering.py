"""From a thread to the telephone or to a letter: which screen follows which, once somebody wants to answer.

Each way is a coroutine that `ClientInbox.go` runs; what the desk refuses ends it with a sentence.
"""

from clientinbox.desk.events import MessagesArrived
from clientinbox.desk.views import CallEntry, DraftView
from clientinbox.tui.app import ClientInbox


async def answer(app: ClientInbox, thread_id: str, *, everybody: bool = False) -> None:
    """Write, unless this should be a call: then ask first."""
    prompt = app.desk.call_prompt(thread_id)
    if prompt is not None:
        from clientinbox.tui.screens.call_first import CallFirst

        answered = await app.push_screen_wait(CallFirst(prompt))
        if answered is None:
            return
        said = app.desk.decide_call(thread_id, answered.choice, answered.reason)
        if answered.choice == "call":
            app.news.publish(MessagesArrived(()))
            await show_call_sheet(app, thread_id)
            return
        app.report(said)
        if answered.choice == "hold":
            return
    begun = app.desk.unfinished(thread_id)
    if begun:
        compose(app, begun[0], begun_before=True)
    else:
        compose(app, app.desk.new_reply(thread_id, everybody=everybody))


async def show_call_sheet(app: ClientInbox, thread_id: str) -> None:
    from clientinbox.tui.screens.call_sheet import CallSheetScreen

    below = app.screen_stack[-2] if len(app.screen_stack) > 1 else None
    if isinstance(below, CallSheetScreen) and below.sheet.thread_id == thread_id:
        app.screen.dismiss(None)  # a line's source was being read: back to the sheet it was opened from
        return
    sheet = app.desk.call_sheet(thread_id)
    if sheet is None:
        app.say("There is nobody of a client in this thread to ring.")
        return
    app.push_screen(CallSheetScreen(sheet, app.desk.thread(thread_id)))


async def log_call(app: ClientInbox, thread_id: str) -> None:
    """Keep what was said, then write it up where somebody was reached."""
    from clientinbox.tui.screens.call_log import CallLogScreen
    from clientinbox.tui.screens.call_sheet import CallSheetScreen

    page = app.desk.thread(thread_id)
    if page is None:
        app.say("This thread is gone.", wrong=True)
        return

    entry: CallEntry | None = await app.push_screen_wait(CallLogScreen(page.row))
    if entry is None:
        return
    if isinstance(app.screen, CallSheetScreen):
        app.screen.dismiss(None)
    if entry.reached:
        compose(app, app.desk.new_recap(thread_id))


def compose(app: ClientInbox, draft: DraftView, *, begun_before: bool = False, quietly: bool = False) -> None:
    """`begun_before`: somebody worked at it already, so it is kept in any case, and said unless `quietly`."""
    from clientinbox.tui.screens.composer import Composer

    if begun_before and not quietly:
        when = draft.saved_at.astimezone(app.desk.now().tzinfo) if draft.saved_at is not None else None
        app.say(f"Your draft of {when:%H:%M} again." if when else "Your draft again.")
    app.push_screen(Composer(draft, begun_before=begun_before))
