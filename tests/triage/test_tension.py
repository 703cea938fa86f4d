"""Settling model and cues into one level, and saying where the levels go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.triage.classifier import Classifier, OwnWords
from clientinbox.triage.cues import find_cues
from clientinbox.triage.labels import Classification, Label, Tension
from clientinbox.triage.tension import TENSION_WORDS, Trend, settle, sparkline, steps, trend
from clientinbox.triage.wordlist import CueClassifier


def model_says(level: int, livid: float) -> Classification:
    rest = (1 - livid) / 3
    return Classification(frozenset(), {}, Tension(level), (rest, rest, rest, livid))


@pytest.mark.parametrize(
    ("level", "livid", "text", "settled"),
    [
        pytest.param(
            2, 0.3, "Payment of your invoices is stopped. All open invoices are on hold.", 3, id="payment stopped"
        ),
        pytest.param(1, 0.2, "Our lawyers have the file.", 3, id="lawyers, and the model has a doubt"),
        pytest.param(0, 0.01, "Please hold the invoice until the docket is right.", 0, id="calm use of the words"),
        pytest.param(1, 0.02, "We are beginning to look around.", 2, id="looking around is tense"),
        pytest.param(2, 0.4, "You are amateurs.", 3, id="contempt where the model leans there"),
        pytest.param(0, 0.01, "He called them amateurs.", 0, id="contempt for a third party"),
        pytest.param(1, 0.1, "Any news on this?", 1, id="a chaser is the model's business"),
        pytest.param(
            2, 0.1, "If you prefer, we terminate the contract by letter.", 2, id="a cue taken back raises nothing"
        ),
    ],
)
def test_serious_cues_raise_what_the_model_says(level: int, livid: float, text: str, settled: int) -> None:
    assert settle(model_says(level, livid), find_cues("", text)) == settled


@given(st.integers(0, 3), st.floats(0, 1), st.text(max_size=80))
def test_cues_never_lower_a_level(level: int, livid: float, text: str) -> None:
    assert settle(model_says(level, livid), find_cues("", text)) >= level


@pytest.mark.parametrize(
    ("levels", "going"),
    [
        ((), Trend.STEADY),
        ((2,), Trend.STEADY),
        ((1, 2), Trend.RISING),
        ((1, 2, 3), Trend.RISING),
        ((1, 2, 2), Trend.RISING),
        ((0, 3, 3, 3), Trend.STEADY),
        ((0, 3, 1), Trend.FALLING),
        ((2, 2, 0), Trend.FALLING),
    ],
)
def test_a_trend_is_judged_on_the_last_three_mails(levels: tuple[int, ...], going: Trend) -> None:
    assert trend(levels) is going


def test_levels_are_shown_as_bars_digits_and_words() -> None:
    assert sparkline((0, 1, 2, 3)) == "▁▂▅█"
    assert sparkline((0, 1, 2, 3), ascii_only=True).isascii()
    assert steps((1, 2, 3)) == "1→2→3"
    assert TENSION_WORDS[Tension.LIVID] == "LIVID"


def test_the_word_list_answers_where_no_model_is_and_says_that_it_is_unsure() -> None:
    fallback: Classifier = CueClassifier()
    calm, angry, change = fallback.classify(
        [
            OwnWords("Minutes", "Attached, as discussed."),
            OwnWords("Enough", "Your invoice will not be paid. Our lawyers have the file."),
            OwnWords("Idea", "While you're in there, could you also just add a French page?"),
        ]
    )
    assert fallback.version.startswith("cues-")
    assert (calm.labels, calm.tension) == (frozenset(), Tension.CALM)
    assert (angry.labels, angry.tension) == (frozenset({Label.COMPLAINT}), Tension.LIVID)
    assert change.labels == frozenset({Label.SCOPE_CHANGE})
    assert angry.unsure == angry.labels
    for verdict in (calm, angry, change):
        assert sum(verdict.tension_probabilities) == pytest.approx(1.0)
    for span in angry.evidence:
        assert "Your invoice will not be paid. Our lawyers have the file."[span.start : span.end] == span.text
