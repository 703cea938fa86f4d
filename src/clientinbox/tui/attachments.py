"""An attachment of the message under the cursor: which one, then opened or saved, off the event loop."""

from functools import partial
from typing import TYPE_CHECKING

from clientinbox.desk.views import AttachmentView
from clientinbox.errors import ClientInboxError
from clientinbox.tui.plain import one_line
from clientinbox.tui.screens.dialogs import AskLine

if TYPE_CHECKING:
    from clientinbox.tui.app import ClientInbox


async def take_attachment(app: "ClientInbox", message_id: str, *, opening: bool) -> None:
    files = app.desk.attachments(message_id)
    if not files:
        app.say("This message has no attachment.")
        return
    file: AttachmentView | None = files[0]
    if len(files) > 1:
        names = "\n".join(f"{each.number}  {one_line(each.filename)}" for each in files)
        title = f"{'open' if opening else 'save'} which one?"
        typed = await app.push_screen_wait(AskLine(title, names, refusal="Its number?"))
        if typed is None:
            return
        file = next((each for each in files if str(each.number) == typed.strip()), None)
    if file is None:
        app.say(f"There is no attachment {typed}.", wrong=True)
        return
    if not file.kept:
        app.say(f"Fetching {file.filename} {app.glyphs.ellipsis}")
    app.run_worker(partial(_take, app, file, opening), thread=True, group="attachment", exit_on_error=False)


def _take(app: "ClientInbox", file: AttachmentView, opening: bool) -> None:  # noqa: FBT001 - by `partial` alone
    try:
        said = app.desk.open_attachment(file) if opening else f"Saved {app.desk.save_attachment(file)}"
    except ClientInboxError as error:  # this attachment's trouble alone: the status line is not changed
        app.say(str(error), wrong=True)
    else:
        app.say(said)
