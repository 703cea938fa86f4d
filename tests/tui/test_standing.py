"""What the status line says of syncing, event by event."""

from clientinbox.desk.events import AccountState, EngineLost, MessagesArrived, SyncFailed, SyncFinished
from clientinbox.tui.bridge import Standing

NOON = "2026-03-02T12:00:00+00:00"


def test_the_trouble_of_one_account_is_not_covered_up_by_another_that_is_well() -> None:
    standing = Standing()
    standing.hear(AccountState("lantern", "online", NOON), "12:00")
    assert (standing.line, standing.trouble) == ("synced 12:00", False)
    standing.hear(SyncFailed("halden", "Nothing answers.", retry=True, exit_code=3), "12:01")
    standing.hear(AccountState("halden", "offline", NOON, "Nothing answers.", 8.2), "12:01")
    offline = "halden offline, next try in 8 s: Nothing answers."
    assert (standing.line, standing.trouble) == (offline, True)
    standing.hear(AccountState("lantern", "online", NOON), "12:02")
    standing.hear(SyncFinished(1, {}), "12:02")
    standing.hear(MessagesArrived(("1",)), "12:02")
    assert (standing.line, standing.trouble) == (offline, True)
    standing.hear(EngineLost("The engine ended."), "12:03")
    assert (standing.line, standing.trouble) == ("The engine ended.", True)
    standing.hear(AccountState("halden", "online", NOON), "12:04")
    assert (standing.line, standing.trouble) == ("synced 12:04", False)


def test_a_refused_login_says_what_to_do_and_that_it_waits() -> None:
    standing = Standing()
    standing.hear(AccountState("lantern", "refused", NOON, "No. Look at the password."), "12:00")
    assert standing.line == "lantern, press $ to try again: No. Look at the password."


def test_a_long_pause_is_told_in_minutes() -> None:
    standing = Standing()
    standing.hear(AccountState("lantern", "offline", NOON, "Gone.", 290.0), "12:00")
    assert standing.line == "lantern offline, next try in 5 min: Gone."
