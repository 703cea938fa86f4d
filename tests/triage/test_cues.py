"""Cues: what a person would underline is underlined, exactly; what is said calmly with the same words is not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.triage.cue_table import CUES
from clientinbox.triage.cues import HALF, find_cues


def codes(text: str, subject: str = "") -> set[str]:
    return {hit.code for hit in find_cues(subject, text)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("We hereby terminate the agreement with effect from 1 May.", "leaving"),
        ("We have an offer from another agency for the same work.", "leaving"),
        ("I shall be taking our business elsewhere.", "leaving"),
        ("Honestly, we are beginning to look around.", "looking_around"),
        ("Your March invoice will not be paid until this works.", "withholding"),
        ("Finance were told to withhold your final payment.", "withholding"),
        ("I want my £4,000 back.", "withholding"),
        ("Our lawyers have the file.", "legal"),
        ("You will be hearing from our solicitor.", "legal"),
        ("We reserve all rights.", "legal"),
        ("I would like to speak to your managing director.", "over_our_heads"),
        ("We have lost all confidence in your planning.", "trust_gone"),
        ("I no longer believe a word of it.", "trust_gone"),
        ("You are amateurs, the lot of you.", "contempt"),
        ("If it is not live by Friday, we will find a way without you.", "ultimatum"),
        ("You never answered.", "blame"),
        ("This is the third time it has happened.", "repetition"),
        ("IS ANYBODY THERE AT ALL?", "shouting"),
        ("Who do I ring?", "call_me"),
        ("I'd rather not put it in an email.", "call_me"),
        ("Our site is down.", "serious_failure"),
        ("Nobody can pay.", "serious_failure"),
        ("Any news on the banner?", "chaser"),
        ("Thank you so much!", "warmth"),
        ("No rush at all.", "hedged"),
    ],
)
def test_a_sign_is_found_in_plain_business_words(text: str, code: str) -> None:
    assert code in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        "Our lawyer looked at the banner and would like one comma moved.",
        "The contract was reviewed by our solicitor, all fine.",
        "Accounts can pay it on Thursday, invoice received.",
        "Please hold the line while I look for the file.",
        "We're done with testing and it all passed.",
        "The job page explains how to terminate a process.",
        "Call me if you need anything.",
        "My brother will call me later.",
        "The trust has its annual meeting in May.",
        "LATE SUMMER PROGRAMME NOTES\n\nAttached as agreed.",
    ],
)
def test_the_same_words_said_calmly_are_no_serious_cue(text: str) -> None:
    alarming = {"leaving", "withholding", "legal", "trust_gone", "contempt", "shouting", "serious_failure"}
    full = {hit.code for hit in find_cues("", text) if not hit.halved}
    assert not full & (alarming | {"call_me"})


def test_a_negation_or_a_condition_halves_a_cue_and_it_is_no_longer_serious() -> None:
    (plain,) = (hit for hit in find_cues("", "We will terminate the contract.") if hit.code == "leaving")
    for text in ("We do not want to terminate the contract.", "If you ask us to, we terminate the contract."):
        (hit,) = (hit for hit in find_cues("", text) if hit.code == "leaving")
        assert (hit.weight, hit.serious, hit.halved) == (plain.weight * HALF, False, True)
    assert plain.serious


def test_a_condition_in_another_sentence_takes_nothing_back() -> None:
    (hit,) = (hit for hit in find_cues("", "If only. Our lawyers have the file.") if hit.code == "legal")
    assert hit.serious


def test_a_subject_counts_only_where_its_sender_wrote_it() -> None:
    (hit,) = find_cues("Our site is down", "See the screenshot.")
    assert hit.in_subject
    assert hit.text == "Our site is down"
    assert find_cues("Re: Our site is down", "See the screenshot.") == ()


fragments = st.sampled_from(
    [
        "our lawyers ",
        "if ",
        "not ",
        "will not be paid ",
        "invoice ",
        "call me ",
        "\n",
        ". ",
        "é",
        "\U0001f600",
        "I am done. ",
        "x" * 40,
        "AGAIN ",
    ]
)


@given(st.lists(fragments, max_size=40).map("".join))
def test_offsets_always_give_back_the_exact_words(text: str) -> None:
    hits = find_cues("", text)
    for hit in hits:
        assert text[hit.start : hit.end] == hit.text != ""
    for code in {hit.code for hit in hits}:
        ends = 0
        for hit in (each for each in hits if each.code == code):
            assert hit.start >= ends
            ends = hit.end


@pytest.mark.parametrize(
    "hostile", ["A" * 100_000, "if x by 1 " * 10_000, "invoice a " * 10_000, "our lawyers " * 9_000]
)
def test_a_hostile_mail_costs_no_more_than_a_blink(hostile: str) -> None:
    started = time.perf_counter()
    find_cues(hostile, hostile)
    assert time.perf_counter() - started < 3


def test_each_cue_has_its_own_code_and_good_will_counts_down() -> None:
    assert len({cue.code for cue in CUES}) == len(CUES)
    assert {cue.code for cue in CUES if cue.weight < 0} == {"warmth", "hedged"}
    assert {cue.code for cue in CUES if cue.serious} == {"leaving", "withholding", "legal", "trust_gone"}
