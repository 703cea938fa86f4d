"""Spans are exact, short and in the text, whatever the text is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.nlp.evidence import LONGEST, clauses
from clientinbox.edge.nlp.reader import SpacyClassifier, load_classifier
from clientinbox.triage.classifier import OwnWords

PIECES = st.sampled_from(
    [
        "not acceptable",
        "Could you also add",
        " ",
        "\n",
        "\n\n",
        ". ",
        "! ",
        ", ",
        "- ",
        " and ",
        "\r\n",
        "\ufffd",
        "[/]",
        "日本",
        "🙂",
        "x" * 250,
        "1) ",
        "when?",
        "\t",
    ]
)
TEXTS = st.one_of(st.text(max_size=600), st.lists(PIECES, max_size=60).map("".join))


@pytest.fixture(scope="module")
def classifier() -> SpacyClassifier:
    return load_classifier()


@given(TEXTS)
def test_clauses_are_short_in_order_and_apart(text: str) -> None:
    end = 0
    for clause in clauses(text):
        assert end <= clause.start < clause.end <= len(text)
        assert clause.end - clause.start <= LONGEST
        words = text[clause.start : clause.end]
        assert words == words.strip()
        end = clause.end


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_word_is_lost(text: str) -> None:
    kept = "".join(text[clause.start : clause.end] for clause in clauses(text))
    assert [c for c in kept if c.isalnum()] == [c for c in text if c.isalnum()]


@given(TEXTS)
def test_evidence_is_an_exact_substring(classifier: SpacyClassifier, text: str) -> None:
    for each in classifier.classify([OwnWords("Late again", text)])[0].evidence:
        assert text[each.start : each.end] == each.text
        assert len(each.text) <= LONGEST


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi Kim,\n\nAll fine. Is it done?\nThanks", ["Hi Kim,", "All fine.", "Is it done?", "Thanks"]),
        (
            "This is a line that a mail program has broken at its\nmargin. Next.",
            ["This is a line that a mail program has broken at its\nmargin.", "Next."],
        ),
        ("Wrong:\n- the logo\n- the footer", ["Wrong:", "- the logo", "- the footer"]),
        (
            "This is a line that a mail program has broken at its \nmargin.",
            ["This is a line that a mail program has broken at its", "margin."],
        ),
    ],
    ids=["sentences and short lines", "a wrapped line goes on", "list items", "what was a CRLF ends a span"],
)
def test_a_text_is_cut_where_a_reader_would(text: str, said: list[str]) -> None:
    assert [text[clause.start : clause.end] for clause in clauses(text)] == said


@pytest.mark.parametrize("filler", [" ", "\n", ".", " -", ",", "\ufffd\n", "\"'", "!)"])
def test_no_filler_makes_it_slow(filler: str) -> None:
    started = time.process_time()
    clauses(f"a{filler * 20_000}b")
    assert time.process_time() - started < 2
