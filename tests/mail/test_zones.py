import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.mail.zone import Zone, ZoneKind
from clientinbox.mail.zones import own_words, zones_of

LINES = [
    "", " ", "Please move the button.", "> quoted", ">", ">> deeper", "On Tue, 4 Mar 2025 at 10:00, Jo <jo@x.example> wrote:", "From: Jo <jo@x.example>", "Sent: Tuesday, 4 March 2025 10:00", "Subject: Button", "-----Original Message-----", "________________________________", "-- ", "--", "Kind regards,", "Jo Roe", "Head of Buttons", "020 7946 0000", "Sent from my iPhone", "This message is confidential.", "[1] https://x.example/", "\u2028\x0b", "\ufffd",
]  # fmt: skip
BODIES = st.lists(st.sampled_from(LINES) | st.text(max_size=20)).map("\n".join)


def zoned(text: str, quoted_from: int | None = None) -> list[tuple[str, str]]:
    return [(zone.kind.value, text[zone.start : zone.end].strip()) for zone in zones_of(text, quoted_from)]


def own(text: str, quoted_from: int | None = None) -> str:
    return own_words(text, zones_of(text, quoted_from)).text


@given(BODIES, st.none() | st.integers(0, 400))
def test_zones_are_in_order_adjoin_and_cover_the_whole_text(text: str, quoted_from: int | None) -> None:
    zones = zones_of(text, quoted_from)
    assert "".join(text[zone.start : zone.end] for zone in zones) == text
    assert all(zone.start < zone.end for zone in zones)
    assert all(left.end == right.start and left.kind is not right.kind for left, right in pairwise(zones))


@given(BODIES, st.data())
def test_words_found_in_the_own_text_are_found_in_the_body(text: str, data: st.DataObject) -> None:
    zones = zones_of(text)
    words = own_words(text, zones)
    assert words.text == words.text.strip()
    start = data.draw(st.integers(0, len(words.text)))
    end = data.draw(st.integers(start, len(words.text)))
    first, last = words.in_body(start, end)
    assert 0 <= first <= last <= len(text)
    crossed = [zone for zone in zones if zone.start < last and zone.end > first]
    if start < end and len(crossed) == 1:
        assert text[first:last] == words.text[start:end]
        assert crossed[0].kind is ZoneKind.NEW
    elif start < end:
        assert text[first] == words.text[start]
        assert text[last - 1] == words.text[end - 1]


def test_own_words_leave_out_what_lies_between() -> None:
    text = "First.\n> quote\nSecond."
    words = own_words(text, zones_of(text))
    assert words.text == "First.\nSecond."
    at = words.text.index("Second")
    first, last = words.in_body(at, at + 6)
    assert text[first:last] == "Second"
    assert text[slice(*words.in_body(0, len(words.text)))] == text


@pytest.mark.parametrize(
    "attribution",
    [
        "On Tue, 4 Mar 2025 at 10:00, Jo Roe <jo@x.example> wrote:",
        "On 4 Mar 2025, at 08:58, Jo wrote:",
        "On Tue, 4 Mar 2025 at 10:00, Johanna Roe-Smythe-Brown\n<johanna.roe@a-long-domain.example>\nwrote:",
        "Le mar. 4 mars 2025 à 10:00, Jo Roe <jo@x.example> a écrit\xa0:",
        "Am 04.03.2025 um 10:00 schrieb Jo Roe <jo@x.example>:",
        "Am Di., 4. März 2025 um 10:00 Uhr schrieb Jo Roe <\njo@x.example>:",
        "El mar, 4 mar 2025 a las 10:00, Jo Roe (<jo@x.example>) escribió:",
        "Op di 4 mrt 2025 om 10:00 schreef Jo Roe <jo@x.example>:",
        "Den tirs. 4. mar. 2025 kl. 10.00 skrev Jo Roe <jo@x.example>:",
        "-----Original Message-----\nFrom: Jo Roe\nSent: Tuesday, March 4, 2025 10:00 AM\nTo: Al\nSubject: Button",
        "________________________________\nFrom: Jo Roe <jo@x.example>\nSent: 04 March 2025 10:00\nTo: Al <al@y.example>;\n Bo <bo@y.example>\nCc: Cy\nSubject: RE: Button",
        "*From:* Jo Roe <jo@x.example>\n*Sent:* Tuesday, March 4, 2025 10:00 AM\n*To:* Al\n*Subject:* Button",
        "Von: Jo Roe\nGesendet: Dienstag, 4. März 2025 10:00\nAn: Al\nBetreff: AW: Knopf",
        "De : Jo Roe\nEnvoyé : mardi 4 mars 2025 10:00\nÀ : Al\nObjet : RE: Bouton",
        "De: Jo Roe\nEnviado el: martes, 4 de marzo de 2025 10:00\nPara: Al\nAsunto: RE: Botón",
        "Van: Jo Roe\nVerzonden: dinsdag 4 maart 2025 10:00\nAan: Al\nOnderwerp: RE: Knop",
        "Fra: Jo Roe\nSendt: 4. marts 2025 10:00\nTil: Al\nEmne: SV: Knap",
        "From: Jo Roe\nSubject: Button",
        "-----Ursprüngliche Nachricht-----",
        "---- On Wed, 24 Feb 2021 14:02:50 +0530 jo@x.example wrote ----",
        "Jo Roe <jo@x.example> schrieb am So., 23.\nJuni 2024, 21:08:",
    ],
)
def test_history_without_marks_of_its_own_is_known_by_what_introduces_it(attribution: str) -> None:
    history = f"{attribution}\n\nThe button is late.\n\nJo"
    assert zoned(f"Fine by me.\n\n{history}") == [("new", "Fine by me."), ("quote", history)]
    assert own(history) == ""


@pytest.mark.parametrize(
    "separator",
    [
        "---------- Forwarded message ---------\nFrom: Jo <jo@x.example>\nDate: Tue, 4 Mar 2025\nSubject: Button",
        "---------------------- Forwarded by Jo Roe/HOU on 03/04/2025 10:00 AM ---------------------------",
        "Begin forwarded message:",
    ],
)
def test_what_is_passed_on_is_forwarded(separator: str) -> None:
    passed_on = f"{separator}\n\nThe button is late.\n\nJo"
    assert zoned(f"Please see to this.\n\n{passed_on}") == [("new", "Please see to this."), ("forwarded", passed_on)]
    assert own(passed_on) == ""


@pytest.mark.parametrize(
    "header",
    [
        "Lähettäjä: Jo Roe <jo@x.example>\nLähetetty: maanantai 3. maaliskuuta 2025 9.14\nAihe: VS: Nappi",
        "ср, 30 апр. 2025 г. в 15:19, Jo Roe <jo@x.example>:",
    ],
)
def test_below_a_header_in_a_language_nobody_taught_us_nothing_is_judged_and_that_is_said(header: str) -> None:
    new, history = zones_of(f"Ok.\n\n{header}\n\nNothing works!")
    assert (new.kind, new.unsure) == (ZoneKind.NEW, False)
    assert (history.kind, history.unsure) == (ZoneKind.QUOTE, True)
    form = "Name: Jo\nE-mail: Jo <jo@x.example>\nWhen: 3.3.2025 9:14\n\nNothing works!"
    assert own(form) == form  # a filled-in form from a website has nothing above it


@pytest.mark.parametrize(
    "attribution",
    [
        "On Mon, Jo wrote:",
        "Jo Roe wrote:",
        "On Tue, 4 Mar 2025 at 10:00, Jo <jo@x.example> wrote:",
        "Jo schrieb am Dienstag:",
    ],
)
def test_answers_between_quoted_lines_stay_own_words(attribution: str) -> None:
    text = f"{attribution}\n> Friday?\n\nNo.\n\n> Monday?\n>\n> Or later?\nYes, Monday."
    assert own(text) == "No.\n\nYes, Monday."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday the printer wrote:\nnothing at all, and it was new.",
        "We travel like this:\n\nFrom: Leeds\nTo: York\nDate: 3 May\n\nPlease book it.",
        "From: our side nothing new.\nTo: your question, yes.",
        "Sent from our warehouse on 3 March, please confirm receipt.",
        "I enclose the confidentiality declaration and the registered letter.",
        "It was -- I think -- agreed.\n--\nAnd this matters:\n" + "\n".join(f"point {n} is open" for n in range(30)),
        "Thanks for the draft.\n\nBest\nJo\n\nPS: please call the director, he is cross.",
        "Thanks\n\nPlease change the phone number to 020 7946 0000 on every page today.",
        ">From now on please write to me alone.",
        "The price should read\n________________________________\nand nothing else.",
    ],
)
def test_what_only_looks_like_a_mark_stays_own_words(text: str) -> None:
    assert zoned(text) == [("new", text)]


def test_sign_off_and_name_stay_own_words_and_the_contact_block_is_signature() -> None:
    text = "Done.\n\nKind regards,\nJo Roe\nHead of Buttons, Acme Ltd\n020 7946 0000 | www.acme.example"
    assert zoned(text) == [
        ("new", "Done.\n\nKind regards,\nJo Roe"),
        ("signature", "Head of Buttons, Acme Ltd\n020 7946 0000 | www.acme.example"),
    ]


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nJo Roe\nAcme Ltd",
        "--\nJo Roe\n020 7946 0000",
        "Sent from my iPhone",
        "Gesendet mit meinem Telefon",
        "Envoyé de mon iPhone",
        "Get Outlook for iOS<https://aka.example/x>",
    ],
)
def test_signatures_with_a_mark_are_known_by_it(signature: str) -> None:
    assert zoned(f"Yes.\n\nJo\n\n{signature}") == [("new", "Yes.\n\nJo"), ("signature", signature)]


@pytest.mark.parametrize(
    "disclaimer",
    [
        "This e-mail and any attachments are confidential. If you are not the intended recipient, delete it.",
        "CONFIDENTIALITY NOTICE: This message may contain\nprotected information.",
        "Please think of the environment before printing this e-mail.",
        "Acme is a registered charity no. 123456. This message is for the person it is addressed to.\nPlease think before printing.",
        "Diese E-Mail enthält vertrauliche Informationen.",
        "Ce message et ses pièces jointes sont confidentiels.",
        "_______________________________________________\nButtons mailing list\nButtons@lists.example",
    ],
)
def test_disclaimers_at_the_end_are_set_apart(disclaimer: str) -> None:
    text = f"Yes.\n\nRegards,\nJo\n\n{disclaimer}"
    assert zoned(text) == [("new", "Yes.\n\nRegards,\nJo"), ("disclaimer", disclaimer)]


def test_a_banner_of_the_mail_gateway_is_not_the_senders() -> None:
    text = "CAUTION: This email originated from outside of the organisation.\n\nThe site is down."
    assert zoned(text) == [("disclaimer", text.partition("\n")[0]), ("new", "The site is down.")]


def test_a_letter_shows_all_its_zones_in_order() -> None:
    text = (
        "Dear Al,\n\nIt is still broken.\n\nBest wishes,\nJo\n\nJo Roe\nBuyer\n\nThis message is confidential.\n\n"
        "From: Al\nSent: 4 March 2025 10:00\nTo: Jo\nSubject: Re: Button\n\nIt is mended.\n\n[1] https://x.example/"
    )
    kinds = [zone.kind for zone in zones_of(text)]
    assert kinds == [ZoneKind.NEW, ZoneKind.SIGNATURE, ZoneKind.DISCLAIMER, ZoneKind.QUOTE]
    assert own(text) == "Dear Al,\n\nIt is still broken.\n\nBest wishes,\nJo"


def test_history_marked_by_html_is_believed() -> None:
    text = "Yes.\n\nSomebody said this before"
    new, history = zones_of(text, 6)
    assert new == Zone(ZoneKind.NEW, 0, 6)
    assert history == Zone(ZoneKind.QUOTE, 6, len(text), history.confidence)
    assert not history.unsure


def test_every_zone_says_how_sure_it_is() -> None:
    sure = {zone.kind: zone.confidence for zone in zones_of("Hi\n\nJo\n\n-- \nRoe Ltd\n\nOn 1.1.2025, Jo wrote:\n> x")}
    assert 0.5 < sure[ZoneKind.SIGNATURE] < sure[ZoneKind.QUOTE] < sure[ZoneKind.NEW] == 1


def test_a_name_given_again_above_an_address_belongs_to_the_address() -> None:
    signature = "Dr Jo Roe\nButtons Ltd\n020 7946 0000"
    assert zoned(f"It works.\n\nJo\n\n{signature}") == [("new", "It works.\n\nJo"), ("signature", signature)]


@pytest.mark.parametrize("line", ["On a\n", "On On On ", ">", "_", "_\n", "x 1.1.2025 10:00 <a@b.cc>:\n", "On a:\n", "A: <a@b.cc> 2025 10:00\n", "From: a\n", "________________\n\n", "-- \n", "Regards\n", "This message is \n", "> \nx\n", "(" * 300 + "\n", "a" * 1_000_000])  # fmt: skip
def test_a_megabyte_of_one_mark_is_zoned_in_time(line: str) -> None:
    text = line * (1_000_000 // len(line))
    began = time.process_time()
    zones = zones_of(text)
    assert time.process_time() - began < 10
    assert zones[-1].end == len(text)
