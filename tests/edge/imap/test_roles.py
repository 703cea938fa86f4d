"""Which folder is Sent: the user's word, then the server's, then the name."""

import pytest

from clientinbox.edge.imap.roles import with_roles

Listed = tuple[tuple[str, ...], str, str]


def roles(listed: list[Listed], *aliases: tuple[str, str]) -> dict[str, str]:
    return {folder.role: folder.name for folder in with_roles(listed, aliases) if folder.role}


GMAIL: list[Listed] = [
    (("\\HasNoChildren",), "/", "INBOX"),
    (("\\HasChildren", "\\Noselect"), "/", "[Gmail]"),
    (("\\All", "\\HasNoChildren"), "/", "[Gmail]/Alle Nachrichten"),
    (("\\HasNoChildren", "\\Sent"), "/", "[Gmail]/Gesendet"),
    (("\\HasNoChildren", "\\Junk"), "/", "[Gmail]/Spam"),
]


def test_special_use_wins_over_names() -> None:
    assert roles([*GMAIL, ((), "/", "Sent")]) == {
        "inbox": "INBOX",
        "all": "[Gmail]/Alle Nachrichten",
        "sent": "[Gmail]/Gesendet",
        "junk": "[Gmail]/Spam",
    }


def test_the_users_word_wins_over_special_use() -> None:
    assert roles([*GMAIL, ((), "/", "My Sent")], ("sent", "My Sent"))["sent"] == "My Sent"


def test_an_alias_for_a_folder_that_is_not_there_changes_nothing() -> None:
    assert roles(GMAIL, ("sent", "Nowhere"))["sent"] == "[Gmail]/Gesendet"


@pytest.mark.parametrize(
    ("name", "delimiter", "role"),
    [
        ("Sent Items", "/", "sent"),
        ("INBOX.Sent", ".", "sent"),
        ("[Gmail]/Sent Mail", "/", "sent"),
        ("Sent Messages", "", "sent"),
        ("Deleted Items", "/", "trash"),
        ("Junk E-mail", "/", "junk"),
        ("archive", "/", "archive"),
        ("Entwürfe", "/", "drafts"),
    ],
)
def test_usual_names_are_known(name: str, delimiter: str, role: str) -> None:
    assert roles([((), delimiter, name)]) == {role: name}


@pytest.mark.parametrize("name", ["Clients/Archive", "Clients/Sent", "Sentences", "INBOX/Old/Trash"])
def test_a_name_deep_in_somebodys_filing_says_nothing(name: str) -> None:
    assert roles([((), "/", name)]) == {}


def test_one_role_goes_to_one_folder_the_more_usual_name_first() -> None:
    listed: list[Listed] = [((), "/", "Sent Messages"), ((), "/", "Sent"), ((), "/", "Sent")]

    assert [(folder.name, folder.role) for folder in with_roles(listed)] == [("Sent Messages", ""), ("Sent", "sent")]


def test_folders_that_cannot_be_opened_are_left_out() -> None:
    assert [folder.name for folder in with_roles([((("\\NonExistent"),), "/", "a"), (("\\noselect",), "/", "b")])] == []
