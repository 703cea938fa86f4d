"""Whose mail it is, which project, how sure: one case for each kind of evidence, and what beats what."""

from dataclasses import replace

import pytest

from clientinbox.projects.linking import CLAIMED_FROM, LinkFacts, client_of, link
from clientinbox.projects.registry import Client, Contact, Project, Registry, Role

BOSS = Contact("Road Runner", "road@acme.example", Role.DECIDER)
PAYER = Contact("Coin", "coin@acme.example", Role.FINANCE)
ANVILS = Project(
    "AC-1", "acme", "Anvil shop", keywords=("anvils", "checkout"), raci={"client": {"informed": [PAYER.email]}}
)
TUNNELS = Project(
    "AC-2", "acme", "Tunnel paint", keywords=("tunnel", "paint"), raci={"client": {"accountable": BOSS.email}}
)
OLD = Project("AC-0", "acme", "Dynamite page", keywords=("dynamite", "fuse"), status="finished")
FORGE = Project("PORTAL", "forge", "Portal", keywords=("login",))
REGISTRY = Registry(
    clients=(
        Client("acme", "Acme", (BOSS, PAYER), domains=("acme.example",)),
        Client("forge", "Forge", (Contact("Vulcan", "v@mail.example"),), domains=("forge.example",)),
    ),
    projects=(OLD, ANVILS, TUNNELS, FORGE),
)
STRANGER_AT_ACME = "new@acme.example"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("road@acme.example", "acme"),
        ("somebody@acme.example", "acme"),
        ("somebody@eu.acme.example", "acme"),
        ("v@mail.example", "forge"),
        ("other@mail.example", None),
        ("road@acne.example", None),
        ("road@notacme.example", None),
        ("road@acme.example.evil.example", None),
        ("road@аcme.example", None),  # noqa: RUF100  # a Cyrillic а
        ("", None),
    ],
)
def test_a_client_is_known_by_contact_or_exact_domain_and_never_by_resemblance(address: str, key: str | None) -> None:
    client, _, reason = client_of((address,), REGISTRY)
    assert (client.key if client else None) == key
    assert reason


def test_the_first_known_address_decides_whose_a_thread_is() -> None:
    facts = LinkFacts(addresses=("friend@nowhere.example", "v@mail.example", "road@acme.example"))
    assert link(facts, REGISTRY).client == "forge"


@pytest.mark.parametrize(
    ("facts", "project", "confidence"),
    [
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("[AC-2] anvils",), remembered="AC-1"), "AC-1", 1.0, id="memory"),
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("[AC-2] anvils",)), "AC-2", 0.95, id="code in brackets"),
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("Re: ac-2 anvils",)), "AC-2", 0.95, id="a client's bare code"),
        pytest.param(LinkFacts(("v@mail.example",), ("hello",)), "PORTAL", 0.9, id="only live project"),
        pytest.param(LinkFacts((BOSS.email,), ("hello",)), "AC-2", 0.8, id="on one roles card"),
        pytest.param(LinkFacts((BOSS.email,), ("The anvils",)), "AC-1", 0.8, id="their words beat their roles card"),
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("Anvil shop checkout",)), "AC-1", 0.8, id="words"),
        pytest.param(
            LinkFacts((STRANGER_AT_ACME,), ("Files",), attachments=("tunnel_3.pdf",)), "AC-2", 0.8, id="a file"
        ),
        pytest.param(
            LinkFacts((STRANGER_AT_ACME,), ("Thanks",), ("the tunnel's paint",)), "AC-2", 0.8, id="two in the text"
        ),
    ],
)
def test_evidence_for_a_project_has_its_order(facts: LinkFacts, project: str, confidence: float) -> None:
    found = link(facts, REGISTRY)
    assert (found.client, found.project) == (
        REGISTRY.projects[[p.code for p in REGISTRY.projects].index(project)].client,
        project,
    )
    assert found.confidence == confidence
    assert found.candidates[0].project == project
    assert found.reason == found.candidates[0].reason


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("Anvils in the tunnel",)), id="two projects, no lead"),
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("AC-1 and AC-2",)), id="two codes"),
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("Hello",), ("an anvils remark",)), id="one word in passing"),
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("Hello",)), id="nothing at all"),
        pytest.param(LinkFacts((PAYER.email,), ("Invoice 7",)), id="who pays is on a card, and pays for all"),
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("PORTAL",)), id="another client's code"),
        pytest.param(LinkFacts((STRANGER_AT_ACME,), ("AC-21 PROAC-1 AC-1-B",)), id="what only looks like a code"),
    ],
)
def test_what_is_not_clear_is_not_claimed_but_offered(facts: LinkFacts) -> None:
    found = link(facts, REGISTRY)
    assert (found.client, found.project) == ("acme", None)
    assert found.confidence < CLAIMED_FROM
    assert {candidate.project for candidate in found.candidates} >= {"AC-1", "AC-2"}


def test_words_for_a_finished_project_make_the_only_live_one_a_question() -> None:
    registry = replace(REGISTRY, projects=(OLD, ANVILS))
    found = link(LinkFacts((STRANGER_AT_ACME,), ("The dynamite page: the fuse is gone",)), registry)
    assert found.project is None
    assert found.candidates[0].project == "AC-0"


def test_of_a_strangers_mail_nothing_is_claimed_without_a_code() -> None:
    assert link(LinkFacts(("x@lead.example",), ("anvils tunnel",), ("paint",)), REGISTRY).candidates == ()
    assert link(LinkFacts(("x@lead.example",), ("portal ac-1",)), REGISTRY).project is None
    assert link(LinkFacts(("x@lead.example",), ("[AC-1] hello",)), REGISTRY).client == "acme"


def test_a_machine_that_nobody_knows_belongs_to_nobody_whatever_its_subject_says() -> None:
    assert link(LinkFacts(("ci@builds.example",), ("[AC-1] failed",), automatic=True), REGISTRY).project is None
    assert link(LinkFacts((STRANGER_AT_ACME,), ("[AC-1] away",), automatic=True), REGISTRY).project == "AC-1"


def test_mail_among_ourselves_belongs_to_a_project_only_by_its_code() -> None:
    assert link(LinkFacts((), ("Acme dates",), ("the anvils, the checkout",)), REGISTRY).client is None
    assert link(LinkFacts((), ("AC-1 dates",)), REGISTRY).project == "AC-1"


def test_memory_of_another_clients_project_holds_only_if_a_person_set_it() -> None:
    facts = LinkFacts((STRANGER_AT_ACME,), ("Hello",), remembered="PORTAL")
    assert link(facts, REGISTRY).project is None
    assert link(replace(facts, by_person=True), REGISTRY).client == "forge"
    assert link(replace(facts, remembered="GONE", by_person=True), REGISTRY).project is None


def test_a_new_topic_under_an_old_thread_wins_by_its_code() -> None:
    assert link(LinkFacts((STRANGER_AT_ACME,), ("[AC-2] Paint", "[AC-1] Anvils")), REGISTRY).project == "AC-2"
