"""How mail programs and people mark what is not their own words, in EN, FR, DE, ES, NL and DA.

Patterns alone; `zones` decides what they mean together. Each is bounded in length, since the text is a stranger's.
"""

import re

LONGEST_MARK = 400
"""Characters of a line (or of the joined lines of an attribution) that can still be a mark."""

ATTRIBUTION_START = re.compile(r"\s?\*?(?:On|Le|Am|El|Op|Den|Em|I)\s")
_WROTE = r"(?:wrote|writes|schrieb|geschrieben|a\s+écrit|escribió|schreef|geschreven|skrev|escreveu)"
ATTRIBUTION = re.compile(
    r"\s?\*?(?:On\s.+\s(?:wrote|writes)|Le\s.+\sa\s+écrit|Am\s.+\s(?:schrieb|geschrieben)(?:\s.+)?|El\s.+\sescribió"
    r"|Op\s.+\s(?:schreef|geschreven)(?:\s.+)?|Den\s.+\sskrev(?:\s.+)?|I\s.+\sskrev(?:\s.+)?|Em\s.+\sescreveu)"
    r"\s?:\*?\s*",
    re.DOTALL,
)
"""A whole "On … wrote:"."""
SHORT_ATTRIBUTION = re.compile(rf"\S.*\b{_WROTE}\b[^:]*:\s*", re.DOTALL | re.IGNORECASE)
"""Any line that names a writer; believed only directly above quoted lines."""
DATED = re.compile(r"\d{4}|\d\d?[:.h]\d\d|\d\d?[./-]\d\d?[./-]|<[^<>\s]+@[^<>\s]+>")
"""What an attribution must hold to quote text without `>`."""

FROM_FIELD = re.compile(
    r"[ \t]*\*{0,2}(?:From|Von|De|Van|Fra|Expéditeur|Absender|Afzender)\s?:\*{0,2}\s*\S", re.IGNORECASE
)
SENT_FIELD = re.compile(
    r"[ \t]*\*{0,2}(?:Sent|Gesendet|Envoyé|Enviado(?:\s+el)?|Verzonden|Sendt)(?:\s+\w{1,4})?\s?:\*{0,2}\s*\S",
    re.IGNORECASE,
)
DATE_FIELD = re.compile(r"[ \t]*\*{0,2}(?:Date|Datum|Fecha|Dato)\s?:\*{0,2}\s*\S", re.IGNORECASE)
SUBJECT_FIELD = re.compile(r"[ \t]*\*{0,2}(?:Subject|Betreff|Objet|Asunto|Onderwerp|Emne)\s?:\*{0,2}", re.IGNORECASE)
OTHER_FIELD = re.compile(
    r"[ \t]*\*{0,2}(?:To|An|À|Para|Aan|Til|Cc|Bcc|Kopie|Importance|Attachments|Reply-To)\s?:\*{0,2}", re.IGNORECASE
)
MAIL_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,200}\.\w")

_ORIGINAL = (
    r"Original\s+(?:Message|Appointment)|Ursprüngliche\s+Nachricht|Original-?Nachricht|Message\s+d['’]origine"
    r"|Message\s+original|Mensaje\s+original|Oorspronkelijk\s+bericht|Oprindelig\s+(?:meddelelse|besked)"
    r"|Forwarded\s+(?:message|by\b.{0,120})|Weitergeleitete\s+Nachricht|Message\s+transféré|Mensaje\s+reenviado"
    r"|Doorgestuurd\s+bericht|Videresendt\s+(?:meddelelse|besked)"
)
SEPARATOR = re.compile(
    rf"\s?-{{2,}}\s?(?:{_ORIGINAL})\s?-{{2,}}\s*"
    r"|\s?(?:Begin forwarded message|Anfang der weitergeleiteten Nachricht|Début du message (?:transféré|réexpédié)"
    r"|Inicio del mensaje reenviado|Begin doorgestuurd bericht|Start på videresendt besked)\s?:\s*",
    re.IGNORECASE,
)
RULE = re.compile(r"\s?[_-]{8,}\s*")

DELIMITER = re.compile(r"--\s?")
SENT_FROM = re.compile(
    r"[ \t]*(?:sent (?:from|via|by|with) (?:my\b|(?:an? |the )?(?:iphone|ipad|android|outlook|yahoo|mobile|phone"
    r"|samsung|galaxy"
    r"|blackberry|gmail|proton|mail\b|handheld))|get outlook for|gesendet (?:mit|von) mein|von mein\w* \w+ gesendet"
    r"|gesendet (?:mit|von) (?:outlook|iphone|ipad)|envoyé (?:de|depuis) mon|envoyé (?:de|depuis) outlook"
    r"|enviado desde (?:mi\b|outlook)|(?:verstuurd|verzonden) (?:vanaf|met) (?:mijn|outlook)|sendt fra (?:min\b"
    r"|outlook)"
    r"|holen sie sich outlook|télécharger outlook|obtener outlook|outlook (?:voor|für|til) (?:ios|android))",
    re.IGNORECASE,
)

SIGN_OFF = re.compile(
    r"[ \t]*(?:(?:with|my|our|and|thanks|thank you|many|very|all|the|kind|kindest|warm|warmest|best|good|sincere"
    r"|yours)[ ,]+){0,5}"
    r"(?:regards|wishes|best|thanks|thank you|cheers|sincerely|faithfully|truly|greetings|rgds|br|kr|ta|thx|yours)"
    r"(?: (?:and regards|again|in advance|a lot|so much|very much|from [^.!?]{2,30}))?\s?[,.!]*\s*"
    r"|[ \t]*(?:(?:mit )?(?:freundliche[nm]?|beste[n]?|herzliche[n]?|liebe|schöne|viele) (?:grüße[n]?|grüsse[n]?"
    r"|gruß|gruss)"
    r"|mfg|lg|vg|hochachtungsvoll|danke"
    r"|(?:bien )?cordialement|(?:meilleures |sincères )?salutations(?: distinguées)?|bien à vous|merci"
    r"|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente|gracias"
    r"|(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|mvg"
    r"|(?:med )?(?:venlig|mange|bedste|de bedste) hilsen(?:er)?|mvh|hilsen)\s?[,.!]*\s*",
    re.IGNORECASE,
)
CONTACT = re.compile(
    r"(?<![\w/])(?:\+|\(?0)[\d ()./-]{6,20}\d|\bext\.? ?\d|\bwww\.|https?://|[^\s<>@]{1,64}@[^\s<>@]{1,200}\.\w"
    r"|\b(?:tel|phone|mobile|mob|fax|direct|cell|telefon|téléphone|tél|móvil|mobiel|mobil)\b\.?\s?:?\s*[+(\d]"
    r"|\s\|\s|\b(?:ltd|limited|llc|llp|inc|plc|gmbh|ag|kg|sarl|sas|s\.?l\.?|b\.?v\.?|aps|a/s)\b\.?\s*$",
    re.IGNORECASE,
)
TITLE = re.compile(
    r"\b(?:manager|director|officer|assistant|secretary|coordinator|engineer|head of|ceo|cto|cfo|coo|founder|partner"
    r"|consultant|executive|administrator|controller|buyer|agent|leiter(?:in)?|geschäftsführer(?:in)?|assistenz"
    r"|directeur|directrice|responsable|directora?|gerente|hoofd|medewerker|direktør|chef)\b",
    re.IGNORECASE,
)
POSTSCRIPT = re.compile(r"\s*(?:p\.? ?s\b|n\.?b\b|edit\b)", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.?!…]['\")\]]*\s*$")

DISCLAIMER = re.compile(
    r"\b(?:this|the information (?:contained )?in this|the contents? of this) (?:e-?mail|message|communication"
    r"|transmission)"
    r"[^.]{0,100}\b(?:confidential|privileged|protected|(?:is|are) (?:only |solely )?(?:intended"
    r"|for the (?:person|use|addressee"
    r"|named|intended|attention)))"
    r"|\bif you (?:are|were) not (?:the|an) (?:intended|named)|\bif you aren['’]t the intended"
    r"|\bif you (?:have )?received? this [^.]{0,40}(?:in error|by mistake)"
    r"|\b(?:privileged and confidential|confidentiality notice)\b"
    r"|\bplease (?:think|consider)[^.]{0,40}(?:before (?:you )?print|environment)"
    r"|\bregistered (?:charity|office|company|in (?:england|scotland|wales|ireland|northern ireland|the netherlands))\b"
    r"|\bcompany (?:registration )?(?:number|no\.?)[:\s]\s*\w*\d|\b(?:scanned for viruses|virus-free)\b"
    r"|\bdiese (?:e-?mail|nachricht)[^.]{0,80}(?:vertraulich|bestimmt)|\b(?:sitz der gesellschaft|amtsgericht"
    r"|handelsregister)\b"
    r"[^.]{0,60}\b(?:hr[ab]\b|:)"
    r"|\bce (?:message|courriel|mail)[^.]{0,100}confidentiel|\beste (?:mensaje|correo)[^.]{0,100}confidencial"
    r"|\b(?:dit bericht|deze e-?mail)[^.]{0,100}(?:vertrouwelijk|bestemd)"
    r"|\bdenne (?:e-?mail|mail|besked)[^.]{0,100}fortrolig",
    re.IGNORECASE,
)
DISCLAIMER_HEADING = re.compile(
    r"\s*\W{0,4}(?:disclaimer|confidentiality(?: notice)?|legal notice|notice)\W{0,4}(?:$|\s(?=this|the))",
    re.IGNORECASE,
)
BANNER = re.compile(
    r"\s*\W{0,6}(?:caution|warning|external(?: e-?mail| sender)?|\[external\])\b.{0,120}\b(?:originated|outside"
    r"|external|sender)\b"
    r"|\s*you don['’]t often get e-?mail from\b",
    re.IGNORECASE,
)
MAILING_LIST = re.compile(r".{0,80}\bmailing list\b", re.IGNORECASE)
FOOTNOTE = re.compile(r"\[\d{1,3}\] (?:https?://|mailto:)\S", re.IGNORECASE)
