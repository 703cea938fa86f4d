"""Whose mail this is and which project it is about, how sure that is, and why, in words (E1).

Certain evidence comes first: what a person or an earlier certainty set, a project's code in the subject, the only
project there is. Where nothing but words speak, they have to speak clearly: below CLAIMED_FROM nothing is claimed and
the person is asked, because a wrong project leads a complaint past whoever should answer it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from clientinbox.projects.registry import Client, Contact, Project, Registry, Role

CLAIMED_FROM = 0.6
REMEMBERED_FROM = 0.9
"""A link at least this sure is worth remembering for the rest of the thread (`LinkFacts.remembered`)."""

_MEMORY, _CODE, _ONLY, _CONTACT = 1.0, 0.95, 0.9, 0.8
_BY_WORDS = (0.6, 0.8)
_CLEAR_LEAD = 2.0
"""The words for a project must weigh at least so many times those for the next one."""
_LEAST_WEIGHT = 2.0
"""One keyword in passing is no evidence; one in the subject, or two in the text, are."""
_IN_SUBJECT, _IN_ATTACHMENT, _IN_TEXT, _IN_NAME = 2.0, 2.0, 1.0, 2.0
_FINISHED = 0.5
"""What words for a finished project weigh: mail about it still comes, but less of it."""


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What is known of a thread when one of its messages is linked."""

    addresses: tuple[str, ...] = ()
    """Those who are not us, lower case, the most telling first: From (or To of ours), then To, then Cc."""
    subjects: tuple[str, ...] = ()
    """Newest first; a new topic under an old thread wins."""
    texts: tuple[str, ...] = ()
    """New text of its messages: no quotes, no signatures."""
    attachments: tuple[str, ...] = ()
    remembered: str | None = None
    """Code of the project that a person, or an earlier link of at least REMEMBERED_FROM, gave this thread."""
    by_person: bool = False
    """`remembered` was set by a person."""
    automatic: bool = False
    """Nobody wrote it by hand: from a stranger, not even a code says whose it is."""
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    project: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Link:
    client: str | None
    project: str | None
    """None where nothing is claimed."""
    confidence: float
    """Of the project; what the best candidate reached where none is claimed."""
    reason: str
    candidates: tuple[Candidate, ...] = ()
    """All that could be meant, best first."""


def link(facts: LinkFacts, registry: Registry) -> Link:
    client, contact, whose = client_of(facts.addresses, registry)
    remembered = _remembered(facts, client, registry)
    if remembered is not None:
        return remembered
    if client is None and facts.addresses and facts.automatic:
        return Link(None, None, 0.0, "an automatic message from nobody in the registry")
    theirs = tuple(project for project in registry.projects if client is None or project.client == client.key)
    named = _named_in_subject(facts.subjects, theirs, client)
    if len(named) == 1:
        return _claim(named[0], _CODE, f"the subject says {named[0].code}")
    if client is None:
        return Link(None, None, 0.0, whose)
    return _between(named or theirs, facts, client, contact, whose)


def _between(
    projects: tuple[Project, ...], facts: LinkFacts, client: Client, contact: Contact | None, whose: str
) -> Link:
    """Which of a client's projects, where no memory and no code says it."""
    live = tuple(project for project in projects if project.live)
    guess = _guess(facts, client, projects, whose)
    if len(live) == 1:
        return _only_live(live[0], client, guess)
    carded = [project for project in live if _on_card(contact, project)]
    if len(carded) == 1 and contact is not None and guess.project is None:
        reason = f"{contact.name} is on the roles card of {carded[0].code} alone"
        return _claim(carded[0], _CONTACT, reason, guess.candidates)
    return guess


def _remembered(facts: LinkFacts, client: Client | None, registry: Registry) -> Link | None:
    """What the thread is known to be about; a person's word holds even against the address."""
    for project in registry.projects:
        if project.code == facts.remembered:
            if facts.by_person:
                return _claim(project, _MEMORY, "you set it for this thread")
            if client is None or project.client == client.key:
                return _claim(project, _MEMORY, "this thread has been about it before")
    return None


def _guess(facts: LinkFacts, client: Client, projects: tuple[Project, ...], whose: str) -> Link:
    """What the words say, claimed where they say it clearly."""
    words = _by_words(facts, projects)
    if words and words[0].confidence >= CLAIMED_FROM:
        return Link(client.key, words[0].project, words[0].confidence, words[0].reason, words)
    live = tuple(Candidate(one.code, 0.0, f"a live project of {client.name}") for one in projects if one.live)
    candidates = words + tuple(one for one in live if one.project not in {word.project for word in words})
    if not candidates:
        return Link(client.key, None, 0.0, f"{whose}; they have no live project")
    return Link(client.key, None, candidates[0].confidence, f"{whose}; nothing says clearly which project", candidates)


def client_of(addresses: Iterable[str], registry: Registry) -> tuple[Client | None, Contact | None, str]:
    """Whose the first known address is, by contact or by exact domain, and that in words; never by resemblance."""
    for address in addresses:
        for client in registry.clients:
            for contact in client.contacts:
                if contact.email == address:
                    return client, contact, f"{contact.name} is a contact of {client.name}"
        domain = address.rpartition("@")[2]
        owners = [client for client in registry.clients if any(_within(domain, known) for known in client.domains)]
        if len(owners) == 1:
            return owners[0], None, f"{domain} is a domain of {owners[0].name}"
    return None, None, "nobody in the registry took part"


def _within(domain: str, known: str) -> bool:
    return domain == known or domain.endswith(f".{known}")


def _claim(project: Project, confidence: float, reason: str, others: tuple[Candidate, ...] = ()) -> Link:
    first = Candidate(project.code, confidence, reason)
    rest = tuple(other for other in others if other.project != project.code)
    return Link(project.client, project.code, confidence, reason, (first, *rest))


def _named_in_subject(
    subjects: tuple[str, ...], projects: tuple[Project, ...], client: Client | None
) -> tuple[Project, ...]:
    """The projects whose codes the newest subject with a code names."""
    for subject in subjects:
        named = tuple(project for project in projects if _names(subject, project.code, known_client=client is not None))
        if named:
            return named
    return ()


def _names(subject: str, code: str, *, known_client: bool) -> bool:
    """In brackets, or as a word of its own.

    As a word it has to be written as the registry writes it, unless a client wrote it and it has a figure in it, as no
    ordinary word has.
    """
    bracketed = re.search(rf"\[\s*{re.escape(code)}\s*\]", subject, re.IGNORECASE)
    loose = re.IGNORECASE if known_client and any(letter.isdigit() for letter in code) else re.NOFLAG
    return bool(bracketed or re.search(_token(code), subject, loose))


def _token(code: str) -> str:
    return rf"(?<![^\W_])(?<![^\W_]-){re.escape(code)}(?!-?[^\W_])"


def _on_card(contact: Contact | None, project: Project) -> bool:
    """Whether somebody's place on the roles card says which project they mean.

    Who pays or signs has to do with everything that is built for them, so it says nothing.
    """
    if contact is None or contact.role in {Role.FINANCE, Role.APPROVER}:
        return False
    side = project.raci.get("client", {})
    return contact.email == side.get("accountable") or any(
        contact.email in side.get(part, ()) for part in ("responsible", "consulted", "informed")
    )


def _only_live(project: Project, client: Client, guess: Link) -> Link:
    if guess.project not in {None, project.code}:
        # Under guarantee, a finished project still gets mail; two voices against each other are a question.
        reason = f"{project.code} is the only live project of {client.name}, but {guess.reason}"
        return Link(client.key, None, guess.confidence, reason, guess.candidates)
    return _claim(project, _ONLY, f"{project.code} is the only live project of {client.name}", guess.candidates)


def _by_words(facts: LinkFacts, projects: tuple[Project, ...]) -> tuple[Candidate, ...]:
    """Candidates by keywords, code and name in subject, file names and text; confidence grows with the lead."""
    owners: dict[str, int] = {}
    for project in projects:
        for word in _words_of(project):
            owners[word] = owners.get(word, 0) + 1
    weighed = []
    for project in projects:
        worth = {word: value * _weight(word, facts) / owners[word] for word, value in _words_of(project).items()}
        worth[project.code] = _IN_NAME * _code_weight(project.code, facts)
        weight = sum(worth.values()) * (1.0 if project.live else _FINISHED)
        weighed.append((weight, [word for word, value in worth.items() if value], project))
    weighed.sort(key=lambda each: -each[0])
    return tuple(
        Candidate(
            project.code, _sureness(weight, weighed[0 if rank else 1][0] if len(weighed) > 1 else 0.0), _says(said)
        )
        for rank, (weight, said, project) in enumerate(weighed)
        if weight
    )


def _words_of(project: Project) -> dict[str, float]:
    """Words that point at a project, casefolded, and how much each says."""
    words = {word.casefold(): 1.0 for word in project.keywords if word.strip()}
    words[project.name.casefold()] = _IN_NAME
    return words


def _weight(word: str, facts: LinkFacts) -> float:
    """A word counts once in each place: the newest subject, file names, text."""
    form = re.compile(rf"(?<!\w){re.escape(word)}(?:['’]?s)?(?!\w)")
    return (
        _IN_SUBJECT * bool(facts.subjects and form.search(facts.subjects[0].casefold()))
        + _IN_ATTACHMENT * any(form.search(re.sub(r"[_.]", " ", name.casefold())) for name in facts.attachments)
        + _IN_TEXT * any(form.search(text.casefold()) for text in facts.texts)
    )


def _code_weight(code: str, facts: LinkFacts) -> float:
    """A code outside the subject, where it would have decided already; a file's name may go on after it."""
    in_name = re.compile(rf"(?<![^\W_]){re.escape(code)}(?![^\W_])", re.IGNORECASE)
    return _IN_ATTACHMENT * any(map(in_name.search, facts.attachments)) + _IN_TEXT * any(
        _names(text, code, known_client=True) for text in facts.texts
    )


def _sureness(weight: float, against: float) -> float:
    """0.6 at the least lead that counts, 0.8 where nothing speaks against; below 0.6 where it does not lead."""
    least, most = _BY_WORDS
    lead = weight / (weight + against)
    needed = _CLEAR_LEAD / (_CLEAR_LEAD + 1)
    if weight < _LEAST_WEIGHT or lead < needed:
        return round(min(lead, 0.95) * least, 3)
    return round(least + (most - least) * (lead - needed) / (1 - needed), 3)


def _says(words: list[str]) -> str:
    return f"it speaks of {', '.join(words[:4])}"
