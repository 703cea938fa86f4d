"""Text that is not English is told from text that is: a reader taught on English must not guess at the rest."""

import pytest

from clientinbox.triage.language import is_english


@pytest.mark.parametrize(
    "text",
    [
        "Guten Tag, die Startseite ist seit gestern nicht erreichbar. Bitte kümmern Sie sich darum.",
        "Hallo, wann ist die Seite fertig?",
        "Bonjour, le site ne fonctionne pas depuis hier, pouvez-vous regarder ? Merci beaucoup.",
        "Hola, la página no funciona desde ayer. ¿Pueden revisarlo por favor? Gracias",
        "Ciao, il sito non funziona da ieri e non è accettabile. Potete controllare per favore?",
        "De site werkt niet sinds gisteren, kunnen jullie hier naar kijken? Bedankt alvast",
        "Dzień dobry, strona nie działa od wczoraj, proszę o pilną naprawę. To nie jest w porządku.",
        "こんにちは、サイトが昨日から動いていません。確認してください。",
        "Здравствуйте, сайт не работает со вчерашнего дня. Когда исправите?",
        "مرحبا، الموقع لا يعمل منذ أمس",
        "Az oldal tegnap óta nem működik, kérem javítsák meg minél előbb, mert ez így nem mehet tovább sokáig, holnap reggel",
    ],
)
def test_another_language_is_heard(text: str) -> None:
    assert not is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "🙂🙂🙂",
        "Merci!",
        "THIS IS NOT ACCEPTABLE. WE WILL NOT PAY.",
        "hi, thx, pls send new version asap",
        "Hallo Sam, the site is down again, can you look at it? Danke, Jürgen",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=" * 40,
        "Traceback (most recent call last): File app.py line 3 in main ValueError",
        "The Japanese page says お問い合わせ where it should say 会社概要, can you swap them?",
    ],
)
def test_english_and_what_has_no_language_is_judged(text: str) -> None:
    assert is_english(text)


def test_a_megabyte_costs_no_more_than_a_page() -> None:
    assert is_english("please look at this again " * 40_000)
