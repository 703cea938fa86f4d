"""Whether a text is English: the reader was taught on English alone, and must not guess at the rest.

Counts small words, which every language needs and which no other shares all of. In doubt a text is English: a line of
five words is judged, and the probability says how sure that is.
"""

import re
import unicodedata

_WORD = re.compile(r"(?<![^\s\"'“‘(¿¡])[^\W\d_]+(?:['’-][^\W\d_]+)*(?=[\s.,;:!?…\"'”’)]|$)")
"""A run of letters with space or punctuation around it: base64, links and code are none."""
_LONGEST = 30
_READ = 4_000
"""Characters looked at: a language shows itself at once."""
_ENOUGH = 8
_ENOUGH_OF_ANOTHER = 3
"""Words below which shares say nothing; so many small words of another language and no English one still do."""
_SCARCE, _RARE = 0.12, 0.045
"""Shares of English small words: below the first, and fewer than another language's, a text is that language's; below
the second it is nobody's we know, yet not English.
"""
_MANY = 20
_LETTERS = 12


def _small(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENGLISH = _small(
    "the a an and or but if of to in on at by for from with as is are was were be been am i you he she it "
    "we they me my your our his her its their us them this that these those not no do does did done have "
    "has had will would can could should may must so what when where who how which there here about out "
    "up all any some just more still yet please thanks thank hi hello dear regards than then also only "
    "into over after before again now new see get let know need don't it's i'm we're can't didn't isn't "
    "i've we've ok yes"
)
_OTHERS: dict[str, frozenset[str]] = {
    "German": _small(
        "der die das und ist nicht ein eine einen mit für auf dem den des von zu im wir sie ich es haben "
        "wurde wird sind auch noch bitte danke wie bei oder aber nach uns ihnen kann können hallo guten"
    ),
    "French": _small(
        "le la les des un une et est pas pour dans que qui nous vous je sur avec au aux du ce cette ne sont "
        "merci bonjour votre notre plus être avons mais très"
    ),
    "Spanish": _small(
        "el la los las un una y es no para en que de con por se su lo del al está hemos gracias hola muy pero "
        "como más nos este esta son"
    ),
    "Italian": _small(
        "il la lo gli le un una e è non per di che con del della sono abbiamo grazie buongiorno più ma come "
        "questo questa nel alla ci vi anche"
    ),
    "Dutch": _small(
        "de het een en is niet van voor met op dat wij we jullie ik zijn wordt naar ook nog graag bedankt "
        "maar bij dit hebben kan kunnen"
    ),
    "Portuguese": _small(
        "o a os as um uma e é não para em que de com por do da nos obrigado olá muito mas como mais está são foi"
    ),
    "Polish": _small("i w na nie się z do jest że to o jak dla czy proszę dziękuję już po od ale są będzie"),
    "Danish": _small("og er det ikke en et på til med for af vi jeg har som den der kan også hej tak fra men skal"),
    "Swedish": _small("och är det inte en ett på till med för av vi jag har som den kan också hej tack från men ska"),
}


def is_english(text: str) -> bool:
    part = text[:_READ]
    letters = [char for char in part if char.isalpha()]
    if len(letters) >= _LETTERS and sum(map(_is_latin, letters)) < len(letters) / 2:
        return False
    words = [word.lower().replace("’", "'") for word in _WORD.findall(part) if len(word) <= _LONGEST]
    english = sum(word in _ENGLISH for word in words)
    other = max(sum(word in small for word in words) for small in _OTHERS.values())
    if len(words) < _ENOUGH:
        return english > 0 or other < _ENOUGH_OF_ANOTHER
    if english < len(words) * _SCARCE and other > english:
        return False
    return len(words) < _MANY or english >= len(words) * _RARE


def _is_latin(char: str) -> bool:
    return char.isascii() or "LATIN" in unicodedata.name(char, "")
