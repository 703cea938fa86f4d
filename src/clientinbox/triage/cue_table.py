"""The open cues of rule 3 as a table: each a named pattern that a person can read, agree with or dispute.

Only general business wording is in here: no name, no client, no trade. A pattern is kept where it is precise on the
annotated mail; what words alone cannot tell (sarcasm, a joke, a third party) is left to the model.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    """One sign, what it is called, and how it is recognised."""

    code: str
    name: str
    patterns: tuple[re.Pattern[str], ...]
    weight: float
    """Heat that it adds; negative for signs of good will."""
    serious: bool = False
    """Its matter should never be answered in writing alone."""


def _cue(code: str, name: str, weight: float, *patterns: str, serious: bool = False, exact_case: bool = False) -> Cue:
    flags = re.NOFLAG if exact_case else re.IGNORECASE
    return Cue(code, name, tuple(re.compile(pattern, flags) for pattern in patterns), weight, serious)


# Building blocks, so that the table below reads as sentences do.
_DEAL = r"(?:contracts?|agreements?|engagement|arrangement|retainer|subscription|partnership|relationship|MSA)"
_MONEY = (
    r"(?:invoices?|payments?|balance|fees?|retainers?|instal?lments?|che(?:ck|que)s?|transfers?|direct debits?|"
    r"standing orders?|milestones?|deposit)"
)
_RIVAL = (
    r"(?:(?:another|a (?:different|new|rival|competing)) (?:agency|supplier|vendor|firm|provider|contractor|"
    r"developer|"
    r"studio|company|shop|house|partner)|(?:your|a) competitors?(?: of yours)?)"
)
_COUNSEL = r"(?:lawyers?|solicitors?|attorneys?|barristers?|counsel|legal advis[eo]rs?)"
_LAWYER = rf"(?:{_COUNSEL}|legal (?:team|department|people))"
_HARMLESS_LAWYER = (
    r"(?![^.!?\n]{0,70}\b(?:approv|review|read|looked|fine|happy|says?|asked|finds?|comment|propos|draft|want|"
    r"would|clear|"
    r"sign|releas|dealing|licen|next|with them|let me|old|boring|who found|need|suggest|add|prefer|insist|"
    r"confirm|vet))"
)
_WE = r"(?:your (?:team|people|company|firm|lot|developers?|colleagues?|office|side|support|studio|staff)|you)"
_SYSTEM = (
    r"(?:(?:web)?site|web ?shop|shop|store|system|app|server|portal|checkout|everything|platform|booking|"
    r"service|login|"
    r"tills?|production|phones?|database)"
)
_PEOPLE = (
    r"(?:nobody|no one|no-one|none of (?:our|the|my) \w+|(?:customers|members|patients|drivers|guests|"
    r"visitors|users|staff|people))"
)

CUES: tuple[Cue, ...] = (
    _cue(
        "leaving",
        "says they are leaving",
        1.0,
        rf"\b(?:terminat|rescind|cancel|dissolv|end|quitt?)(?:e|es|ed|ing|led|ling)?\b(?: \w+)?"
        rf" (?:our|the|this|your|my|that) (?:\w+ ){{0,2}}{_DEAL}\b",
        rf"\b(?:termination|rescission) (?:of (?:our |the |this )?{_DEAL}|letter|clause|notice)\b|\bexit clause\b",
        r"\bnotice of (?:termination|cancellation|rescission)\b",
        r"\b(?:give|giving|gave|given|serve|serving) you(?: \w+){0,3}(?:[’'])? notice\b",
        r"\b(?:tak|mov|plac|giv)(?:e|ing)\b (?:it|(?:our|my|the|this)(?: \w+)? (?:business|work|account|custom|"
        r"contract|project))"
        r" (?:elsewhere|somewhere else|to (?:another|someone else|somebody else|a competitor))",
        rf"\b(?:goes|going|go|gone|moving|move|switch(?:ing)?) (?:over )?to {_RIVAL}\b",
        rf"\b(?:quot(?:e|ation)s?|offers?|proposals?|bids?) (?:\w+ ){{0,3}}from {_RIVAL}\b",
        r"\b(?:we|i)(?:['’]re|['’]m| are| am) (?:done|finished|through|out)"
        r"(?:!|,? with (?:you|your|this (?:company|firm|agency|contract))|\.(?=\s*(?:$|\n| (?:send|the|find|"
        r"done|please))))",
        r"\b(?:you(?:['’]re| are)|consider yourselves?) (?:fired|dismissed|sacked|off (?:the|this|"
        r"my) (?:project|job|account))\b",
        r"\bno longer (?:wish|want|willing|prepared) to (?:work|continue|deal|do business)\b",
        r"\b(?:replac(?:e|ing) you\b|part(?:ing)? (?:ways|company) with you\b|"
        r"(?:consider )?your work here (?:is )?(?:complete|over|done))",
        r"\b(?:we|i)(?:['’]re| are| am|['’]m| have decided to| elect to| shall)? (?:leaving you\b|terminat(?:e|"
        r"ing)\b)",
        serious=True,
    ),
    _cue(
        "looking_around",
        "is looking at others",
        0.6,
        r"\b(?:beginning|begun|starting|started|going|need|have|having) to look (?:around|elsewhere|"
        r"at (?:alternatives|others))\b",
        r"\blooking (?:around|elsewhere) (?:for|if)\b|\blook(?:ing)? at (?:alternatives|other (?:agencies|"
        r"suppliers|firms|providers|vendors))\b",
        r"\b(?:review|reconsider|rethink)(?:ing)? (?:our|the|this) (?:relationship|partnership|position)\b",
    ),
    _cue(
        "withholding",
        "holds money back",
        1.0,
        rf"\b(?:(?:am|are|['’]m|['’]re|is|be|asked|told|instructed|have|has) (?:\w+ ){{0,4}})?(?:with-?h(?:old|"
        rf"olding|eld)|fr(?:eez(?:e|ing)|oze)|block(?:ed|ing)|"
        rf"suspend(?:s|ed|ing)?) (?:back )?(?:(?:all|any|your|our|the|every|this|further|open|final|second|"
        rf"third|last|month['’]?s?|year['’]s|annual) ){{1,4}}{_MONEY}\b",
        rf"\b(?:hold(?:ing)?|stop(?:ped|ping)?|kept|keep(?:ing)?) (?:back )?(?:all |any |your |our |the |every |"
        rf"further |open |on |this |standing )+{_MONEY}\b",
        rf"\b(?:place|put|asked \w+ to place) (?:a |on )?hold (?:on )?[^.!?\n]{{0,30}}\b{_MONEY}\b",
        rf"\b{_MONEY}\b(?: [\w./,-]+){{0,5}}? (?:is|are|has been|have been|stays?|remains?) (?:now |hereby )?"
        r"(?:on hold|held|withheld|stopped|frozen|blocked|suspended)\b",
        rf"\b{_MONEY}\b[^.!?\n]{{0,60}}\b(?:to|and|will|shall) (?:hold|withhold|freeze|stop) (?:it|them)\b",
        rf"\bto hold (?:\w+ ){{0,2}}{_MONEY}\b",
        r"\b(?:won['’]t|will not|shall not|not going to|['’]m not|am not|refuse to) (?:be )?(?:pay(?:ing)?|paid|"
        r"cut(?:ting)? (?:the|a|you)"
        rf"|settl(?:e|ing) (?:the|your)|releas(?:e|ing) (?:the|your) {_MONEY})\b(?! (?:for (?:the|it|"
        rf"them) (?:fire|twice)))",
        r"\bnot? (?:pay(?:ing)?|paid) (?:a penny|another|you|until|the balance)\b|\bnothing will be paid\b|"
        r"\bno (?:further )?payments? (?:will )?be made\b",
        r"\b(?:disputed|disputing|dispute) the charge with\b|\bfiled a chargeback\b",
        r"\b(?:i|we)(?:['’]d| would)? (?:want|demand|expect) (?:\w+ |\S+ and ){0,4}(?:money|deposit|"
        r"[£$€] ?[\d.,]+k?|fees?) back\b",
        serious=True,
    ),
    _cue(
        "legal",
        "brings in the law",
        1.0,
        rf"(?<!by )(?<!with )(?<!at )(?<!to )\b(?:my|our|outside) {_COUNSEL}\b{_HARMLESS_LAWYER}",
        rf"\b(?:hear(?:ing)? from|hand(?:ed|ing)? (?:\w+ ){{1,4}}to|instruct(?:ed|ing)?|asked|goes to|engaged|"
        rf"retained) (?:\w+ ){{0,2}}{_LAWYER}\b",
        r"\b(?:take|taking|taken|begin|start|face|consider(?:ing)?|forced to) legal (?:action|proceedings|steps|"
        r"advice)\b",
        r"\b(?:su(?:e|ing) you|see you in court|small claims|through the courts?|court proceedings|take (?:you|"
        r"this) to court)\b",
        r"\b(?:you are|you['’]re) in (?:material )?breach\b|\bput you on notice\b|\bon notice that\b"
        r"|\breserv(?:e|es|ing) (?:all |of |the |our )*(?:rights|claims)\b|\bnotice of default (?:is|will|has|"
        r"under)\b",
        r"\b(?:claim|recover|seek) (?:the )?(?:damages|indemnity)\b|\bhold you (?:fully |personally )?liable\b|"
        r"\bpublic prosecutor\b",
        r"\b(?:report(?:ing)?|complaint|refer(?:ring)?) (?:you |this |the matter |it )?to the"
        r" (?:regulator|ombudsman|police|commissioner|trading standards|data protection)\b",
        serious=True,
    ),
    _cue(
        "over_our_heads",
        "goes over our heads",
        0.7,
        r"\byour (?:boss|superiors?|managing director|CEO|owner|managing partner|direction)\b",
        r"\bwho(?:ever)? (?:actually )?(?:owns|runs|is in charge of) (?:your|the) (?:company|agency|firm|"
        r"studio)\b|\bwhoever (?:is )?in charge\b",
        r"\bescalat(?:e|ed|ing) (?:this|it|the matter)\b|\btak(?:e|ing) (?:this|it|the matter) (?:further|"
        r"higher|to your)\b",
        r"\b(?:somebody|someone|person|anyone) (?:more )?(?:senior|responsible|else in your|with authority)\b"
        r"|\bresponsible person\b|\bsomeone else in your house\b",
    ),
    _cue(
        "trust_gone",
        "says trust is gone",
        1.0,
        r"\b(?:lost|losing|no longer have|have no|ha(?:s|ve) no|do(?:es)? not have|don['’]t have) (?:all |any |"
        r"my |our |the |much |more )*"
        r"(?:trust|confidence|faith)\b(?: left)?(?= (?:in|left)|\W)",
        r"\bno longer (?:believe|trust)\b",
        r"\b(?:don['’]t|do not|cannot|can['’]t) (?:believe|trust) (?:you|your|a (?:single )?word)\b(?! (?:did|"
        r"got|made|all|guys))",
        r"\b(?:trust|confidence|faith)\b(?: \w+){0,5} (?:is|are|has been|was) (?:\w+ )?(?:gone|broken|used up|"
        r"exhausted|destroyed|"
        r"over|spent|lost|shattered|finished)\b",
        r"\byou (?:have )?lied to (?:me|us)\b|\byou(?:['’]re| are) (?:a liar|liars|lying)\b",
        serious=True,
    ),
    _cue(
        "contempt",
        "shows contempt",
        0.8,
        r"\b(?:clowns|amateurs|amateurish|amateur hour|incompetence|pathetic|morons?|moronic|cowards?|thieves|"
        r"liars|crooks|imbeciles?|"
        r"fools? of (?:us|me)|spineless)\b",
        r"\b(?:you(?:r (?:\w+ ){0,2}\w+)?|this|it)(?:['’]s|['’]re| is| are| was|"
        r" has been) (?:just )?(?:an? )?(?:absolute(?:ly)? |complete(?:ly)? |total(?:ly)? |utter(?:ly)? )*"
        r"(?:joke|shambles|farce|garbage|disgrace(?:ful)?|crap|useless|incompetent|scandal)\b",
        r"\b(?:go to hell|piss off|fuck (?:you|off)|bullshit|(?:you|absolute|utter) (?:\w+ )?(?:bastards?|"
        r"idiots?))\b",
        r"\b(?:how dare you|are you (?:stupid|people)|you should be ashamed|ashamed of yourselves|shame on you)\b",
        r"\bnever been (?:this|so) (?:angry|badly treated|let down|humiliated)\b",
    ),
    _cue(
        "ultimatum",
        "sets a deadline with a consequence",
        0.7,
        r"\b(?:if|unless)\b[^.!?\n]{4,120}\b(?:by|before|until|within) (?:\w+ ){0,2}(?:\d|noon|tomorrow|tonight|"
        r"monday|tuesday|wednesday|thursday|friday|close|end|midnight)"
        r"[^.!?\n]{0,50}, (?:then )?(?:we|i)(?:['’]ll| will| shall| are| am)\b(?! (?:take|assume|send|"
        r"be (?:happy|glad)))",
        r"\bfailing (?:that|which|this|receipt)\b",
        r"\b(?:by|before|within) [^.!?\n]{2,40} or (?:we|i)(?:['’]ll| will| shall|['’]m| am| are|['’]re| cancel|"
        r" terminate)\b",
        r"\byou(?:['’]ve| have) (?:got )?(?:until|till) \w+",
        r"\b(?:last chance (?:to|before|for you)|final (?:warning|demand))\b",
    ),
    _cue(
        "blame",
        "puts the fault on us",
        0.5,
        rf"\b{_WE}(?:['’]ve| have| had| has)? (?:\w+ly |again |just |now |simply )?(?:failed|missed|ignored|"
        rf"broke|let (?:us|me) down|messed|screwed|"
        r"botched|misled|wasted|cost (?:me|us)|promised (?:us|me)|assured (?:us|me)|told (?:us|me) (?:in|on|"
        r"last|it|that|this))\b",
        r"\byou (?:never|didn['’]t even|did not even|couldn['’]t even|can['’]t even|don['’]t even|"
        r"still haven['’]t)\b(?! (?:know|hear))",
        r"(?<!not )(?<!n['’]t )\byour (?:fault|mess|failure|negligence|incompetence)\b",
    ),
    _cue(
        "repetition",
        "says it has happened before",
        0.4,
        r"\b(?:once|yet) again\b|\bnow again\b|\b(?:down|wrong|broken|late|missed|failed) again\b",
        r"\b(?:second|third|fourth|fifth|sixth|3rd|4th|5th) (?:time|chaser|e-?mail|message|mail|attempt|request|"
        r"week running|apology)\b",
        r"\bhow many (?:more )?times\b|\b(?:three|four|five) times (?:now|already|this)\b",
        r"\bsame (?:problem|mistake|error|issue|bug|story|excuse) (?:again|as (?:last|before)|every)\b",
        r"\b(?:i|we)(?:['’]ve| have) (?:already |now )?(?:asked|written|told you|reported|rung|called|chased)\b"
        r"[^.!?\n]{0,40}\b(?:times|twice|already|again|repeatedly)\b",
    ),
    _cue(
        "sarcasm",
        "is sarcastic",
        0.4,
        r"\b(?:nice (?:work|one|job),? (?:everybody|everyone|all)|how (?:reassuring|thoughtful|convenient|"
        r"comforting)|"
        r"thanks for nothing|is there any point|lucky (?:me|us)|slow clap|i (?:was not|"
        r"wasn['’]t) aware that \w+ (?:was|is) (?:an? )?(?:extra|optional|add-on)|"
        r"what do (?:we|i) pay you for|in your own time)\b",
    ),
    _cue(
        "shouting",
        "shouts",
        0.5,
        r"\b(?:[A-Z]{2,20}(?:['’][A-Z]{1,3})?[ ,]{1,2}){3,12}[A-Z]{2,20}\b(?=[ .!?]{0,3}[.!?])",
        r"\b(?:NOT|NEVER|NOTHING|AGAIN|WHY|STOP|STILL|HOURS|DAYS|WEEKS|NOBODY|YOUR|HOW|ZERO)\b(?![ -]?\d)",
        exact_case=True,
    ),
    _cue(
        "call_me",
        "asks to be rung",
        0.4,
        r"(?<!will )(?<!['’]ll )(?<!to )(?<!did )(?<!can )(?<!you )(?<!vendors )(?<!read and )(?<!n['’]t "
        r")(?<!not )(?<!may )(?<!they )"
        r"\b(?:call|ring|phone|telephone) (?:me|us)\b"
        r"(?! (?:if|when(?:ever)?|old|with|from|after|on the|about|a |an |the |back if)\b)(?!(?-i: [A-Z]))",
        r"\bgive (?:me|us) a (?:call|ring|bell|buzz)\b(?! (?:if|when))",
        r"\b(?:can|could|would|will) (?:you|somebody|someone|anyone|anybody) (?:please |kindly |just )?(?:call|"
        r"ring|phone|telephone) (?:me|us)\b(?! (?:if|when|about)\b)",
        r"\bwho (?:do|can|should|shall|am) i (?:to )?(?:call|ring|phone|telephone)\b(?! (?:on|at|over|if)\b)",
        r"\b(?:i|we)(?:['’]d| would)? (?:want|expect|need|require) (?:a (?:phone )?call\b|you to (?:call|ring)|"
        r"to be (?:called|rung)|a call ?back)",
        r"(?:^|[.!?\n] *)pick up the (?:phone|telephone)\b|\b(?:speak|talk) to me (?:now|today)\b|"
        r"\byour (?:actual )?voice\b",
        r"\brather not (?:put|write|say) (?:it|this|that) (?:in|by|over) (?:an )?(?:e-?mail|writing)\b",
        r"\b(?:provide|propose|suggest) a call time\b",
    ),
    _cue(
        "serious_failure",
        "something serious is failing now",
        0.7,
        rf"\b(?:our |the |whole |entire |your ){{1,2}}{_SYSTEM}(?:['’]s| is| are| has been|['’]s been|"
        rf" have been) (?:completely |still |totally |all |now |again )*(?:down|offline|dead|unreachable)"
        r"(?! (?:to|at|for)\b)\b|\b(?:it|we)(?:['’]s| has|['’]ve| have| is|['’]re) (?:been )?down (?:for|since|"
        r"again)\b",
        r"(?<!could be )(?<!not )\b(?:losing|(?:i|we)(?:['’]ve| have) lost|cost(?:s|ing)? (?:us|me)|"
        r"i['’]m eating) (?:\w+ ){0,3}"
        r"(?:money|orders|sales|customers|thousands|revenue|bookings|[£$€] ?[\d.,]+k?)",
        rf"\b{_PEOPLE} (?:can(?:not|['’]t)|are unable to|(?<=nobody )can|(?<=one )can) (?:pay|log ?in|sign in|"
        rf"book|order|buy|check out|get in|access)\b",
        r"\b(?:customers|members|patients|drivers|we|staff) (?:are|have been|were|"
        r"got) (?:all )?locked out\b(?! from)",
        r"\b(?:there (?:has been|was|is) an? |had an? |report(?:able)? )(?:data|security|privacy) (?:breach|"
        r"leak|incident)\b",
        r"\bat a standstill\b",
    ),
    _cue(
        "chaser",
        "chases",
        0.2,
        r"\b(?:any|is there|are there any) (?:news|update|progress|word)\b",
        r"\b(?:chasing|nudging|following[ -]up|(?:gentle|friendly|second|third|quick) reminder|just checking)\b",
        r"\bstill (?:waiting|awaiting|awaited|no (?:news|word|reply|answer|response))\b",
        r"\b(?:heard nothing|have(?:n['’]t| not) heard|no (?:reply|answer|response)|zero answer|without (?:a|"
        r"any) (?:reply|answer|response))\b",
    ),
    _cue(
        "warmth",
        "is warm",
        -0.4,
        r"\b(?:thank(?:s| you) (?:so|very) much|many thanks|lovely|delighted|love (?:it|this)|wonderful|"
        r"great (?:job|work|stuff)|well done|appreciate(?:d)?|grateful|fantastic|gorgeous|brilliant|perfect)\b",
        r"(?::-?\)|😊|🙂|❤|\bxx?\b(?=\s*$))",
    ),
    _cue(
        "hedged",
        "asks gently",
        -0.3,
        r"\b(?:could you possibly|would you mind|when(?:ever)? you (?:get|have) a (?:chance|moment|minute)|"
        r"no (?:rush|hurry)|if (?:at all )?possible|"
        r"i wonder(?:ed)? if|whenever (?:it )?suits|at your convenience|would it be possible|happy to)\b",
    ),
)

NAMES: dict[str, str] = {cue.code: cue.name for cue in CUES}
