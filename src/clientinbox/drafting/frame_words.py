"""The wording by which each slot of the solution frame is recognised: general business English, nobody's name.

Kept narrow: a slot that is there in unusual words may be waived by hand, one that is claimed and missing misleads.
"""

import re

_US = r"(?:we|i)"
_APOS = r"['’]"
_WILL = rf"(?:{_APOS}ll|\s+will|\s+shall|{_APOS}m going to|{_APOS}re going to|\s+(?:am|are) going to)"


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in alternatives), re.IGNORECASE)


_LABELS = {
    "problem": r"what (?:(?:went|has gone|had gone) wrong|happened|you (?:wrote|told us))|the (?:problem|issue|fault)",
    "explanation": r"why(?: it happened)?|the (?:cause|reason)|how it happened|(?:root )?cause",
    "remedy": (
        rf"(?:how|what) we(?:{_APOS}re| are| will|{_APOS}ll| have|{_APOS}ve)[^:\n]{{0,40}}"
        r"|(?:the |our )?(?:fix|remedy|solution)|what happens (?:now|next)|put right|(?:what we )?agreed"
    ),
    "date": r"(?:by )?when|how long(?: it takes)?|(?:the )?(?:date|deadline|timing)|ready",
    "cost": r"(?:the )?(?:costs?|price|charge)(?: to you| for you)?|what it costs(?: you)?",
    "next_update": (
        r"(?:the )?next (?:update|note|news|word|message|call)"
        rf"|you(?:{_APOS}ll| will) hear (?:from (?:me|us))?(?: next)?"
    ),
}
HEADINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (slot, _pattern(rf"[\s*#•–—-]*(?:[0-9][.)]\s*)?(?:{words})\s*:\**\s*(?=\S)")) for slot, words in _LABELS.items()
)
"""Labels at the beginning of a line, each with the slot that the words behind it fill."""

ADMITS = _pattern(
    rf"\b{_US}\s+(?:\w+\s+){{0,2}}?(?:did ?n(?:o|{_APOS})t|failed to|missed|forgot|overlooked|broke"
    rf"|underestimated|misread|misjudged"
    r"|should(?: not|n['’]t)? (?:never )?have|should never|published|flipped|let (?:you|it|this|that)"
    r"|got (?:it|this|that|your|the)\b[^.!?\n]{0,30}\bwrong|sent (?:you |it )?(?:the wrong|to the wrong)"
    r"|pushed (?:it |this )?to the wrong|read it as|argued|left you|kept you|put them aside|promised (?:you|and))\b",
    rf"\b(?:it|this|that|this one|these|those)(?: was|{_APOS}s| is| were| came)\s+(?:all |entirely "
    rf"|simply )?(?:our|my|from us|ours|mine|on"
    r" us|on me|down to (?:us|me)|to (?:us|me))\b(?:\s+(?:mistake|fault|error|doing|setting|failing|stuff-up"
    r"|typo|own|job))?",
    r"\bthe (?:fault|mistake|error) (?:is|was|lies) (?:\w+ )?(?:ours|mine|to us|with (?:us|me))\b",
    rf"\bthat(?:{_APOS}s| is| was) (?:our|my) (?:mistake|fault|failing|setting|error|typo|doing|stuff-up)\b",
    r"\b(?:mistake|error|fault|failing|typo|oversight) (?:was|is) (?:ours|mine)\b|\bours start to finish\b",
    r"\bcame from us\b|\bwas wrong of (?:us|me)\b|\bwas wrong, full stop\b|\bno excuse\b|\bnot an excuse\b",
    rf"\byou(?:{_APOS}re| are) (?:quite |absolutely |completely |entirely |perfectly )?(?:right|justified)\b",
    r"\byou and your \w+ are right\b"
    r"|\b(?:was|were|is|are) (?:all |entirely )?(?:ours|mine)\b|\b(?:we"
    r"|i) own (?:the|that|this|it)\b",
    r"\b(?:your|the) (?:read|reading|facts?|timeline|account|figures?|complaint)\b(?= (?:of|you|is|are|were"
    r"|was))[^.!?\n]{0,40}\b(?:right|accurate|correct|justified|fair)\b",
    r"\byou (?:asked|waited|have waited|had to|were promised|were told|read it exactly)\b[^.!?\n]{0,80}",
    r"\b(?:what|here is what) (?:went|has gone|had gone|did go) wrong\b(?!\s*[?])",
)
"""Names what went wrong, or owns it."""

FAILURE = _pattern(
    r"\b(?:wrong|broken|broke|down|missing|missed|late|slow|failed|fails?|failing|crash\w*|stuck|lost|error"
    r"|delay\w*|not (?:work|come"
    r"|there|ready|sent|arriv)\w*|did ?n[o'’]t|didn['’]t|never|cancelled|incorrect|zero|double|twice|outage|typo"
    r")\b"
)

EXPLAINS = _pattern(
    r"\bbecause\b|\bthe (?:cause|reason|trouble|culprit)\b",
    r"\b(?:was|were|is) (?:caused|triggered) by\b|\b(?:turn(?:s|ed) out|traced to|comes? down to|due to)\b",
    rf"\bwhat(?:{_APOS}s| has| is)? happen(?:ed|ing)(?: since| here)? (?:is|was)\b",
    r"\b(?:this|it|that|the (?:outage|error|failure|crash|delay|fault)) (?:happened|came|started|began"
    r"|failed) (?:when|from|as|after)\b",
    r"\bwhen (?:we|i|the|a|it)\b[^.!?\n]{3,80},\s*(?:it|one|the|all|every\w*|nothing|this|that|your)\b",
    r"\bwhat (?:went|has gone) wrong (?:is|was)\b",
)

_MEND = (
    r"(?:fix|correct|replace|restore|rebuild|re-?build|re-?run|re-?do|redo|refund|repair|reprint|re-?print"
    r"|roll(?:ing)? back|revers"
    r"|undo|reload|load|remov|add|tak|tidy|pull|put|switch|mov|migrat|install|deploy|test|check|verif|watch"
    r"|reconcil|credit|cancel"
    r"|withdraw|rewrit|redraw|redesign|retest|re-?test|sort|build|ship|stand|freez|bring|carr|hold|keep|order"
    r"|deliver|transfer|finish"
    r"|complet|work(?:ing)? (?:on|through)|mak(?:e|ing) (?:sure|(?:\w+ ){0,2}(?:corrected|proof|change|version))"
    r"|run|set|clear|post"
    r"|block|secur|chang|updat(?:e|ing) the|swap|restart|hav(?:e|ing) (?:it|that|this|them|the|a|your|\w+ \w+)"
    r"|let you have)"
)
MENDS = _pattern(
    rf"\b{_US}{_WILL}\s+(?:\w+ly\s+|all\s+|now\s+|then\s+|be\s+|both\s+|personally\s+)*{_MEND}\w*",
    rf"\b{_US}(?:{_APOS}m|{_APOS}re|\s+am|\s+are)\s+(?:\w+ly\s+|now\s+|all\s+)*{_MEND}\w*ing\b"
    rf"|\b{_US}(?:{_APOS}m|{_APOS}re| am| are) (?:taking|putting|pulling|rolling|sitting with)\b",
    rf"\b{_US}(?:{_APOS}ve|\s+have)\s+(?:\w+ly\s+|already\s+|now\s+|just\s+)*(?:fixed|corrected|replaced"
    rf"|restored|rebuilt|refunded|repaired|removed|taken"
    r"|put|switched|moved|rolled|cancelled|withdrawn|reversed|changed|credited|reset|stopped|added|tested"
    r"|cleared|swapped|redone)\b",
    rf"\b{_US}\s+(?:will\s+)?(?:order|fix|correct|replace|restore|make|reprint|refund|redo|try)\b(?!\s+(?:to|and)\b)",
    r"\byou(?:['’]ll| will| shall) (?:both )?have (?!to\b|noticed|seen|heard|received)\S+",
    r"\b(?:it|this|that|they|everything|(?:the|a|an|our|your|yours|all|both"
    r"|\w+['’]s) (?:[\w'’-]+ ){0,6}?[\w'’-]+)(?:['’]ll be|['’]ll| will be| will| is| are|['’]s|['’]re| has been"
    r"| have been|"
    r" goes| go| reaches| runs) (?:\w+ly )?(?:back|up again|down|fixed|corrected|repaired|restored|replaced"
    r"|withdrawn|cancelled|paused|reversed|refunded"
    r"|switched off|switched back|locked|private again|done already|blocked|removed|live|rolled back|redone"
    r"|reprinted|closed|completed|tested"
    r"|in your (?:hands|inbox)|on (?:press|your (?:site|test system|server|desk))|with you|show right|stay"
    r"|out to you|back to your)",
    r"\b(?:the |a |our )?(?:fix|patch|correction|corrected \w+|replacement|reprint|new (?:version|build)|refund"
    r"|credit (?:note|memo))\b"
    r"[^.!?\n]{0,40}\b(?:goes?|comes?|follows?|will|is|ships?|lands?|reach(?:es)?)\b",
    rf"\b(?:{_US}|the \w+) (?:could|can) (?:offer|put|do) (?:you )?(?:\w+ )?(?:two|three|this)\b",
)
"""Somebody on our side mends it, or it is mended."""

PERSON_MENDS = rf"(?:{_APOS}ll|\s+will|\s+is|{_APOS}s|\s+has)\s+(?:\w+ly\s+|now\s+|already\s+|then\s+|be\s+)*{_MEND}\w*"
"""Behind the name of one of us."""

PUTS_OFF = _pattern(
    r"\b(?:look(?:ing)? into|bear with|come back to you|get back to you|as soon as|hope(?:fully)?|i['’]m sure"
    r"|should be (?:fine|ok|good|all)"
    r"|do(?:ing)? (?:our|my) best|great progress|nearly there|in due course|when (?:i|we) can|chas(?:e|ing)"
    r"|try to|don['’]t want to"
    r"|can['’]t promise|won['’]t promise|not (?:asking|able)|routed to|typically)\b"
)
"""Words that put somebody off: what stands beside them mends nothing and dates nothing."""

WILL = _pattern(
    r"(?:['’]ll|\bwill|\bshall)\b|\b(?:we|i) (?:aim|plan|promise)\b",
    r"\b(?:goes|go|comes|follows|lands|ships|starts|begins|reaches) (?!well\b)",
)
"""Something is to come, whoever brings it."""
ALREADY = _pattern(
    r"\b(?:as of|since|from) (?:about )?(?:[0-9]{1,2}[:.][0-9]{2}|[0-9]{1,2} ?[ap]m|this morning|now"
    r"|(?:\w+ ){1,2}minutes ago|noon|today)\b",
    r"\b(?:already|done already|back up now|just now|fixed now)\b",
)
"""It has been put right: no day is needed."""
CONDITION = _pattern(r"\b(?:if|unless|once|provided|when) (?:you|your|we get|we have your|i get|i have your)\b")

_MONEY = (
    r"(?:[£$€₹]\s?[0-9]|\b[0-9][0-9.,\s]{0,12}k?\s?(?:gbp|usd|eur|inr|aud|pounds?|euros?|dollars?|rupees)\b"
    r"|\b(?:gbp|usd|eur|inr|aud|rs\.?)\s?[0-9])"
)
COSTS = _pattern(
    r"\b(?:no|zero|without(?: any)?|free of|at no)(?: (?:extra|additional|further|added))? (?:costs?|charges?"
    r"|expense|fee)\b(?: to you)?",
    r"\bat (?:our|my) (?:own )?(?:cost|expense)\b|\bfree of charge\b|\bon (?:us|our tab|the house)\b",
    r"\b(?:won['’]t|will not|not going to|never) (?:be )?(?:charg|invoic|bill)\w*|\byou(?:['’]ll"
    r"| will) not (?:pay|be charged)\b|\byou(?:['’]ll| will) pay nothing\b",
    r"\b(?:nothing|not a penny|no money|not a cent) (?:more |extra )?(?:to pay|to you|for you|extra|from you)\b"
    r"|\bcosts? you nothing\b|\bnothing to pay\b",
    r"\bwithin (?:the |our )?(?:fixed|agreed|original) (?:price|fee|budget)\b|\b(?:covered by|under"
    r"|within) (?:the |your |our )?(?:warranty|guarantee|support|retainer)\b",
    rf"\b{_US}(?:{_WILL}| are|{_APOS}re)? (?:cover|pay(?:ing)? for|refund|credit|absorb|bear|bearing|waiv"
    rf"|take over|tak(?:e|ing) (?:\S+ ){{0,5}}off)\w*",
    r"\bcredit (?:note|memo)\b|\b(?:take|takes|taken) over\b(?= *[.,]|$)|\b(?:comes|come) off (?:it|the|your)\b"
    r"|\b(?:fine|fee) we take over\b",
    r"\bCR-[0-9]{1,4}\b|\bchange request [0-9]+\b",
    _MONEY,
)

_TELL = (
    r"(?:writ(?:e|ing)|ring(?:ing)?|call(?:ing)?|phon(?:e|ing)|e-?mail(?:ing)?|mail(?:ing)?|text(?:ing)?"
    r"|messag(?:e|ing)|updat(?:e|ing) you"
    r"|report(?:ing)?(?: back)?|let(?:ting)? you know|be in touch|com(?:e|ing) back to you"
    r"|get(?:ting)? back to you|confirm(?:ing)?|tell(?:ing)? you"
    r"|keep(?:ing)? you (?:posted|informed|updated)|giv(?:e|ing) you (?:a (?:call|ring|bell|shout)|an update"
    r"|word)|speak to you"
    r"|send(?:ing)? (?:you )?(?:a|an|another|the|word|news)\b[^.!?\n]{0,30}?\b(?:notes?|words?|updates?|lines?"
    r"|messages?|summary|timings|account"
    r"|list|confirmation|report|numbers))"
)
TELLS = _pattern(
    r"\b(?:is|are) (?:calling|ringing|phoning)\b",
    rf"\b(?:we|i)(?:{_WILL}|{_APOS}m|{_APOS}re| am| are)?\s+(?:\w+ly\s+|then\s+|also\s+|be\s+|personally\s+"
    rf"|try it again)*{_TELL}\b",
    rf"(?:\bwill|{_APOS}ll) (?:\w+ )?{_TELL}\b|\band {_TELL}\b",
    r"\byou(?:['’]ll| will|['’]d)?(?: also| next)? (?:hear|get (?:a|an|another|the)\b[^.!?\n]{0,40}\b(?:note"
    r"|update|list|call|answer|account|message)|have (?:a|an|another|the)\b[^.!?\n]{0,40}\b(?:note|update|"
    r"list|account|summary|report|confirmation|word))\b",
    r"\b(?:next|another|a further) (?:note|message|update|news|word|call)\b|\bexpect (?:a|an|my|our|the) (?:note"
    r"|update|call|word)\b",
    r"\bconfirmation (?:will|comes)\b|\b(?:update|write-up|report) (?:to you|follows|comes|reaches)\b",
)
"""Says that they will hear from us."""
MEETS = _pattern(
    r"\b(?:reach out|dial|on the (?:line|phone|call)|(?:desk|direct|phone) line|a bridge|invite"
    r"|calling you|ringing you"
    r"|be (?:there|with you in person|at your \w+ ?\w*)\b)"
)
"""A talk is to come: its hour is not the day by which anything is put right."""
REGULARLY = _pattern(
    r"\b(?:every|each) (?:day|morning|evening|afternoon|hour|week|monday|tuesday|wednesday|thursday|friday"
    r"|mail)\b|\b(?:daily|weekly|hourly)\b"
)
COURTESY = re.compile(
    r"\W*(?:hi|hello|dear|hey|good (?:morning|afternoon|evening)|thanks?|thank you|many thanks|kind regards|best"
    r"|regards|cheers)\b",
    re.IGNORECASE,
)
