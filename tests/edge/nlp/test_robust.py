"""Whatever a mail holds, the reader answers, the same each time, and does not guess at what it cannot read."""

import subprocess
import sys

import pytest

from clientinbox.edge.nlp.reader import SpacyClassifier, load_classifier
from clientinbox.triage.classifier import OwnWords
from clientinbox.triage.labels import ABSTAINED, Classification, Label, Tension

GRIEVANCE = "This is the third time you have missed the date. It is not acceptable."
ODD = {
    "empty": "",
    "blank": " \n\t\n ",
    "a megabyte": "The build is late again and nobody answers. " * 25_000,
    "a megabyte without a space": "x" * 1_000_000,
    "base64": "\n".join(["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx"] * 400),
    "emoji": "🙂🎉👍🏽 " * 60,
    "capitals": GRIEVANCE.upper(),
    "control characters": f"\x00\x1b[31m{GRIEVANCE}\x07\u202e\ufffd",
    "one word": "Unacceptable.",
    "line ends": "\r\n".join(["Any news?"] * 300),
    "lone surrogate": "Any news \ud800 of it?",
}


@pytest.fixture(scope="module")
def classifier() -> SpacyClassifier:
    return load_classifier()


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_mail_is_answered_and_its_evidence_is_in_it(classifier: SpacyClassifier, text: str) -> None:
    (said,) = classifier.classify([OwnWords("Re: odd", text)])
    assert sum(said.tension_probabilities) == pytest.approx(1, abs=1e-5)
    for each in said.evidence:
        assert each.text == text[each.start : each.end]
        assert 0 < len(each.text) <= 200


@pytest.mark.parametrize("name", ["empty", "blank", "emoji", "base64", "a megabyte without a space"])
def test_what_says_nothing_is_not_heard_as_anger(classifier: SpacyClassifier, name: str) -> None:
    (said,) = classifier.classify([OwnWords("", ODD[name])])
    assert Label.COMPLAINT not in said.labels
    assert said.tension <= Tension.CONCERNED


@pytest.mark.parametrize("name", ["capitals", "control characters"])
def test_a_grievance_stays_one_however_it_is_typed(classifier: SpacyClassifier, name: str) -> None:
    (said,) = classifier.classify([OwnWords("", ODD[name])])
    assert Label.COMPLAINT in said.labels
    assert said.tension >= Tension.TENSE


def test_another_language_is_left_to_a_person(classifier: SpacyClassifier) -> None:
    german = OwnWords("", "Die Startseite ist seit gestern nicht erreichbar, das ist nicht akzeptabel!")
    english = OwnWords("", GRIEVANCE)
    assert classifier.classify([german, english, german])[::2] == [ABSTAINED, ABSTAINED]
    assert Label.COMPLAINT in classifier.classify([german, english, german])[1].labels


def test_a_mail_is_judged_the_same_whoever_stands_beside_it(classifier: SpacyClassifier) -> None:
    mails = [OwnWords(name, text) for name, text in ODD.items()]
    together = classifier.classify(mails)
    assert together == classifier.classify(mails)
    assert together == [classifier.classify([mail])[0] for mail in mails]
    assert all(isinstance(each, Classification) for each in together)


def test_without_onnxruntime_the_linear_model_answers_and_says_so() -> None:
    code = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "from clientinbox.edge.nlp import version\n"
        "version.find_spec = lambda name: None\n"
        "from clientinbox.edge.nlp.reader import load_classifier\n"
        "from clientinbox.triage.classifier import OwnWords\n"
        "reader = load_classifier()\n"
        f"said = reader.classify([OwnWords('', {GRIEVANCE!r})])[0]\n"
        "print(reader.version, sorted(said.labels), int(said.tension))\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "linear-alone" in said
    assert "complaint" in said
