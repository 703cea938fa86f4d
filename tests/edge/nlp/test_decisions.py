"""What the shipped model decides on plain mail. Decisions, not probabilities: a retrained model must keep these."""

import pytest

from clientinbox.edge.nlp.reader import SpacyClassifier, load_classifier
from clientinbox.triage.classifier import OwnWords
from clientinbox.triage.labels import UNSURE_FROM, UNSURE_TO, Label, Tension

P, C, S = Label.PROGRESS, Label.COMPLAINT, Label.SCOPE_CHANGE

MAIL = [
    (
        "asks for news",
        "Status?",
        "Hi,\n\nAny news on the staging site? When will it be ready for us to test?\n\nThanks",
        {P},
        0,
    ),
    ("reports a test", "UAT", "Testing is finished on our side: 14 of 15 cases passed, case 7 is still open.", {P}, 0),
    (
        "signs off",
        "Re: Homepage design",
        "We have reviewed the homepage design and it is approved. Please go ahead.",
        {P},
        0,
    ),
    ("asks for an addition", "Form", "Could you also add a second language to the contact form?", {S}, 0),
    (
        "moves the deadline",
        "Launch",
        "The board has decided to bring the launch forward to 3 May. Can you make that?",
        {S},
        0,
    ),
    (
        "drops a deliverable",
        "Brochure",
        "We have decided to drop the printed brochure, please remove it from the scope.",
        {S},
        0,
    ),
    (
        "while you are in there",
        "Menu",
        "Looks great! While you're in there, could you also add a newsletter sign-up?",
        {S},
        0,
    ),
    (
        "says thanks",
        "Thanks",
        "Thank you so much for the lovely lunch yesterday, it was great to meet the team.",
        set(),
        0,
    ),
    ("proposes a call", "Call", "Would Tuesday at 10 work for a call?", set(), 0),
    ("asks for an invoice copy", "Invoice 2231", "Please send me a copy of the invoice for our records.", set(), 0),
    ("is out of office", "Automatic reply", "I am out of the office until Monday with no access to e-mail.", set(), 0),
]
COMPLAINTS = [
    (
        "late again",
        "Late again",
        "This is the third time you have missed the date. It is not acceptable.",
        Tension.TENSE,
    ),
    (
        "withholds payment",
        "Invoice",
        "The site has been down for three days and nobody answers. We will not pay this invoice. This is a disgrace.",
        Tension.LIVID,
    ),
    (
        "quality",
        "Poor work",
        "I am very disappointed with the quality of the work. It is full of mistakes that you should have caught.",
        Tension.TENSE,
    ),
    (
        "nobody answers",
        "No reply",
        "I have written four times and nobody has bothered to answer. This is unacceptable.",
        Tension.TENSE,
    ),
]


@pytest.fixture(scope="module")
def classifier() -> SpacyClassifier:
    return load_classifier()


@pytest.mark.parametrize(
    ("subject", "body", "labels", "tension"), [row[1:] for row in MAIL], ids=[row[0] for row in MAIL]
)
def test_plain_mail_is_read_as_a_person_reads_it(
    classifier: SpacyClassifier, subject: str, body: str, labels: set[Label], tension: int
) -> None:
    said = classifier.classify([OwnWords(subject, body)])[0]
    assert (set(said.labels), int(said.tension)) == (labels, tension)


@pytest.mark.parametrize(
    ("subject", "body", "at_least"), [row[1:] for row in COMPLAINTS], ids=[row[0] for row in COMPLAINTS]
)
def test_a_complaint_is_heard_as_one_with_its_heat(
    classifier: SpacyClassifier, subject: str, body: str, at_least: Tension
) -> None:
    said = classifier.classify([OwnWords(subject, body)])[0]
    assert C in said.labels
    assert said.tension >= at_least
    assert {each.label for each in said.evidence} >= {"complaint", "tension"}


def test_going_to_a_lawyer_is_livid_with_or_without_a_complaint(classifier: SpacyClassifier) -> None:
    body = "I have lost all trust in your team. We will be looking for another agency and our lawyer will write to you."
    said = classifier.classify([OwnWords("Enough", body)])[0]
    assert said.tension is Tension.LIVID
    (shown,) = [each.text for each in said.evidence if each.label == "tension"]
    assert "lost all trust" in shown or "our lawyer" in shown


def test_evidence_is_the_sentence_that_asks(classifier: SpacyClassifier) -> None:
    body = "Hi Sam,\n\nIt was good to see you.\n\nCould you also add a French version of the menu?\n\nBest\nKim"
    said = classifier.classify([OwnWords("Menu", body)])[0]
    assert [(each.label, each.text) for each in said.evidence] == [
        ("scope_change", "Could you also add a French version of the menu?")
    ]


def test_no_own_words_are_judged_as_nothing(classifier: SpacyClassifier) -> None:
    said = classifier.classify([OwnWords("URGENT: this is a disgrace, you are fired", " \n\n-- \n")])[0]
    assert (said.labels, said.tension, said.evidence) == (frozenset(), Tension.CALM, ())


def test_order_is_kept_over_batches(classifier: SpacyClassifier) -> None:
    plain = OwnWords("Call", "Would Tuesday at 10 work for a call?")
    asking = OwnWords("Form", "Could you also add a second language to the contact form?")
    mixed = [asking if at % 7 == 0 else plain for at in range(150)]
    said = classifier.classify(mixed)
    assert [S in each.labels for each in said] == [at % 7 == 0 for at in range(150)]


def test_unsure_is_the_band_and_nothing_else(classifier: SpacyClassifier) -> None:
    for said in classifier.classify([OwnWords(str(row[1]), str(row[2])) for row in (*MAIL, *COMPLAINTS)]):
        assert said.unsure == {label for label, p in said.probabilities.items() if UNSURE_FROM <= p <= UNSURE_TO}
        assert sum(said.tension_probabilities) == pytest.approx(1)


def test_the_version_names_model_and_training(classifier: SpacyClassifier) -> None:
    name, _, version = classifier.version.partition(" ")
    assert name == "mail_reader_encoder"
    assert len(version.partition("+")[2]) == len("76732a01")
