"""How mail programs introduce what others wrote: attributions, header blocks, separators, in EN, FR, DE, ES, NL and DA,
and where it is safe in IT, PT, SV, NO and PL.

Patterns alone; `history` decides what they mean together. Each is bounded in length, since the text is a stranger's.
"""

import re
from enum import Enum

LONGEST_MARK = 400
"""Characters of a line (or of the joined lines of an attribution) that can still be a mark."""

ATTRIBUTION_START = re.compile(
    r"\s?\*?(?:On|Le|Am|El|Op|Den|Em|I|Il|W dniu|No dia|Dnia|Dne)\s|.*<[^<>\s]+@|.*\b\d{4}\b"
)
"""Attributions whose first line looks so may be wrapped over several lines."""
WROTE = re.compile(
    r"\b(?:wrote|writes|schrieb|geschrieben|a\s+écrit|escribió|schreef|geschreven|skrev|escreveu|ha\s+scritto"
    r"|napisał(?:\(a\)|a)?|pisze|napsal|kirjoitti)\b",
    re.IGNORECASE,
)
WROTE_BETWEEN_RULES = re.compile(r"\s?-{2,} On .{6,200}\bwrote -{2,}\s*")
"""Zoho's."""
WROTE_AND_GOES_ON = re.compile(r"\s?On\s.{6,120}<[^<>\s]{3,120}>\s?wrote:\s+\S")
"""Yahoo's application puts the first quoted words into the line of the attribution."""
DATED = re.compile(r"\d{4}|\d\d?[:.h]\d\d|\d\d?[./-]\d\d?[./-]|<[^<>\s]+@[^<>\s]+>")
"""What an attribution must hold to quote text without `>`."""
DAY_AND_TIME = re.compile(r"(?=.*\d{4}|.*\d\d?[./-]\d\d?[./-]\d\d).*\d\d?[:.h]\d\d", re.DOTALL)
IN_BRACKETS = re.compile(r"<\s?[^\s<>@]{1,64}@[^\s<>@]{1,200}\s?>")
MAIL_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,200}\.\w")


class Field(Enum):
    """What a line of a header block says, in whatever language."""

    FROM = "from"
    SENT = "sent"
    DATE = "date"
    SUBJECT = "subject"
    OTHER = "other"


_LABELS = {
    Field.FROM: "from von de van fra från da od expéditeur absender afzender remitente afsender mittente",
    Field.SENT: "sent gesendet gesendet_am envoyé envoyé_le enviado enviado_el enviado_em enviada_em verzonden sendt"
    " skickat inviato wysłano",
    Field.DATE: "date datum fecha dato data",
    Field.SUBJECT: "subject betreff objet sujet asunto assunto onderwerp emne ämne oggetto temat",
    Field.OTHER: "to an à a pour para aan til till do cc bcc cci kopie kopi copie copie_à importance wichtigkeit"
    " priorité importancia urgentie prioritet attachments anlagen pièces_jointes datos_adjuntos bijlagen"
    " vedhæftede_filer reply-to organization organisation message-id",
}
_FIELDS = {label.replace("_", " "): field for field, labels in _LABELS.items() for label in labels.split()}
_LONGEST_LABEL = 24
_MAY_BE_EMPTY = (Field.SUBJECT, Field.OTHER)


def field_of(line: str) -> Field | None:
    """The field of a header block that a line is: "*De :* Ana" is From. Only subject and recipients may be empty."""
    label, colon, value = line[: 2 * _LONGEST_LABEL].partition(":")
    if not colon or len(label) > _LONGEST_LABEL:
        return None
    field = _FIELDS.get(" ".join(label.replace("*", "").split()).casefold())
    if field in _MAY_BE_EMPTY or value.strip(" \t*\xa0"):
        return field
    return None


ANY_FIELD = re.compile(r"[ \t]*\*{0,2}[^\W\d_][\w-]{0,20}(?: [\w-]{1,12})?\s?:\*{0,2}\s+\S")
"""A field of a language that nobody taught us."""

_FORWARDED = (
    r"Forwarded\s+(?:message|by\b.{0,120})|Weitergeleitete\s+Nachricht|Weitergeleitet\s+von\b.{0,120}"
    r"|Message\s+transféré|Transféré\s+par\b.{0,120}|Mensaje\s+reenviado|Reenviado\s+por\b.{0,120}"
    r"|Doorgestuurd\s+bericht|Doorgestuurd\s+door\b.{0,120}|Videresendt\s+(?:meddelelse|besked|af\b.{0,120})"
    r"|Messaggio\s+inoltrato|Mensagem\s+(?:encaminhada|reencaminhada)|Vidarebefordrat\s+(?:meddelande|brev)"
    r"|Videresendt\s+melding|Wiadomość\s+przekazana(?:\s+dalej)?"
)
_ORIGINAL = (
    r"Original\s+(?:Message|Appointment)|Ursprüngliche\s+(?:Nachricht|Mail|E-Mail)|Original-?Nachricht"
    r"|Originalnachricht|Message\s+d['’]origine|Message\s+original|Courriel\s+original|Mensaje\s+original"
    r"|Oorspronkelijk\s+bericht|Origineel\s+bericht|Oprindelig\s+(?:meddelelse|besked|mail)"
    r"|Messaggio\s+originale|Mensagem\s+original|Ursprungligt\s+meddelande|Opprinnelig\s+melding"
    r"|Wiadomość\s+oryginalna|Oryginalna\s+wiadomość"
)
FORWARD_SEPARATOR = re.compile(
    rf"\s?-{{2,}}\s?(?:{_FORWARDED})\s?-{{2,}}\s*"
    r"|\s?\*?(?:Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)"
    r"|Début du message (?:transféré|réexpédié)|Inicio del mensaje reenviado|Begin doorgestuurd bericht"
    r"|Start på videresendt besked|Inizio messaggio inoltrato|Início da mensagem (?:re)?encaminhada"
    r"|Vidarebefordrat brev|Videresendt melding|Początek przekazywanej wiadomości)\s?:\*?\s*",
    re.IGNORECASE,
)
SEPARATOR = re.compile(
    rf"\s?-{{2,}}\s?(?:{_ORIGINAL})\s?-{{2,}}\s*"
    r"|.{0,12}(?:please )?(?:type|write) your reply above this line.{0,12}|.{0,12}reply above this line.{0,12}"
    r"|.{0,12}(?:Antworten? Sie (?:bitte )?oberhalb dieser Zeile|Bitte oberhalb dieser Linie antworten).{0,12}"
    r"|.{0,12}Répondez au-dessus de cette ligne.{0,12}|.{0,12}Responda por encima de esta línea.{0,12}",
    re.IGNORECASE,
)
RULE = re.compile(r"\s?[_-]{8,}\s*")
_IN_SEPARATORS = ("--", " line", "Zeile", "Linie", "ligne", "línea")


def may_separate(line: str) -> bool:
    """Tell most lines from separators at the price of a few searches for plain words."""
    return line.rstrip(" \t\xa0*").endswith(":") or any(word in line for word in _IN_SEPARATORS)
