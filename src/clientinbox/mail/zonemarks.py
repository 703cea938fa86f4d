"""How people and firms close a message: sign-offs, signatures, disclaimers, banners and footers, in EN, FR, DE, ES, NL
and DA, and where it is safe in IT, PT, SV, NO and PL.

Patterns alone; `zones` decides what they mean together. Each is bounded in length, since the text is a stranger's.
"""

import re

DELIMITER = re.compile(r"--\s?")
SENT_FROM = re.compile(
    r"[ \t]*(?:"
    r"sent (?:from|via|by|with|using) (?:my\b|(?:an? |the )?(?:iphone|ipad|android|outlook|yahoo|mobile|phone"
    r"|samsung|galaxy"
    r"|blackberry|gmail|proton ?mail|mail\b|handheld|superhuman|spark|mailspring|airmail|front\b|hey\b|aol|windows))"
    r"|get outlook for|download outlook"
    r"|(?:von (?:meine[mr]|unterwegs) .{0,40}gesendet|gesendet (?:mit|von|aus|über) (?:mein|outlook|iphone|ipad|der"
    r"|yahoo"
    r"|samsung|spark|gmx|web\.de)|diese (?:nachricht|e-?mail|mail) wurde (?:von|mit) mein.{0,80}(?:gesendet|verschickt)"
    r"|holen sie sich outlook|outlook für (?:ios|android|mac))"
    r"|(?:envoyé (?:de|depuis|avec|à partir d[e'’]) ?(?:mon|ma|outlook|yahoo|l['’]|la messagerie|proton|un )"
    r"|télécharge[rz] outlook|obtenir outlook)"
    r"|(?:enviado (?:desde|con|mediante) (?:mi\b|el correo|outlook|yahoo|proton|iphone|un )|(?:obtener|obtenga"
    r"|descargar)"
    r" outlook)"
    r"|(?:(?:verstuurd|verzonden) (?:vanaf|met|via|vanuit) (?:mijn|outlook|iphone|een|proton|yahoo)"
    r"|outlook voor (?:ios|android)|download outlook voor)"
    r"|(?:sendt (?:fra|med|via) (?:min\b|mit\b|outlook|iphone|proton|yahoo)|(?:hent|få) outlook (?:til|for)"
    r"|outlook til (?:ios|android))"
    r"|(?:skickat från (?:min\b|mitt\b|outlook)|skaffa outlook)"
    r"|(?:inviato da(?:l mio|lla mia)? ?(?:iphone|ipad|outlook|yahoo|cellulare|smartphone|posta)|ottieni outlook"
    r"|scarica outlook)"
    r"|(?:enviad[oa] (?:d[oe] meu|a partir do|pelo meu|do outlook|via outlook)|obter o? ?outlook)"
    r"|(?:wysłan[oe] (?:z|za pomocą) (?:mojego|iphone|outlook|programu)|pobierz outlook)"
    r")",
    re.IGNORECASE,
)

SIGN_OFF = re.compile(
    r"[ \t]*(?:(?:with|my|our|and|thanks|thank you|many|very|all|the|kind|kindest|warm|warmest|best|good|sincere"
    r"|yours)[ ,]+){0,5}"
    r"(?:regards|wishes|best|thanks|thank you|cheers|sincerely|faithfully|truly|greetings|rgds|br|kr|ta|thx|yours)"
    r"(?: (?:and regards|again|in advance|a lot|so much|very much|from [^.!?]{2,30}))?\s?[,.!]*\s*"
    r"|[ \t]*(?:(?:mit )?(?:freundliche[nm]?|beste[n]?|herzliche[n]?|liebe[n]?|schöne[n]?|viele[n]?|sonnige[n]?)"
    r" (?:grüße[n]?|grüsse[n]?|gruß|gruss)(?: (?:aus|von|nach|in) [^.!?]{2,30})?"
    r"|(?:gruß|gruss|grüße|grüsse)(?: (?:aus|von) [^.!?]{2,30})?|herzlichst|mfg|lg|vg|bg|hochachtungsvoll"
    r"|(?:vielen |besten |herzlichen )?dank(?: im voraus| und (?:viele |beste )?grüße)?|danke"
    r"|(?:(?:bien|très) )?cordialement|cdlt|(?:meilleures |sincères |cordiales )?salutations(?: distinguées)?"
    r"|bien à (?:vous|toi)"
    r"|(?:merci(?: (?:beaucoup|d['’]avance|par avance))?)|sincèrement|bonne (?:journée|soirée|fin de journée)"
    r"|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente|cordialmente"
    r"|(?:muchas )?gracias(?: de antemano)?|un abrazo"
    r"|(?:met )?(?:(?:vriendelijke|hartelijke) )?(?:groet(?:en|jes)?)|mvg|(?:alvast )?(?:dank|bedankt)|hartelijk dank"
    r"|(?:med )?(?:venlig|mange|bedste|de bedste|kærlig) hilsen(?:er)?|(?:de )?bedste hilsner|mvh|hilsen|vh"
    r"|(?:mange |på forhånd )?tak"
    r"|(?:cordiali|distinti|cari) saluti|saluti|grazie(?: mille)?|(?:com os )?melhores cumprimentos|cumprimentos"
    r"|atenciosamente"
    r"|abraços?|obrigad[oa]|(?:med )?(?:vänliga?|bästa) hälsning(?:ar)?|hälsningar|(?:med )?vennlig hilsen|takk?|tack"
    r"|pozdrawiam|z poważaniem|dziękuję)\s?[,.!]*\s*",
    re.IGNORECASE,
)
CONTACT = re.compile(
    r"(?<![\w/])(?:\+|\(?0)[\d ()./-]{6,20}\d|\bext\.? ?\d|\bwww\.|https?://|[^\s<>@]{1,64}@[^\s<>@]{1,200}\.\w"
    r"|\b(?:tel|phone|mobile|mob|fax|direct|cell|telefon|téléphone|tél|móvil|mobiel|mobil|tlf|teléfono|handy"
    r"|portable|gsm)\b"
    r"\.?\s?:?\s*[+(\d]"
    r"|\s\|\s|\b(?:ltd|limited|llc|llp|inc|plc|gmbh|ag|kg|sarl|sas|s\.?l\.?|b\.?v\.?|aps|a/s|s\.?r\.?l\.?"
    r"|s\.?p\.?a\.?|lda|ab"
    r"|sp\. z o\.o)\b\.?\s*$",
    re.IGNORECASE,
)
TITLE = re.compile(
    r"\b(?:manager|director|officer|assistant|secretary|coordinator|engineer|head of|ceo|cto|cfo|coo|founder|partner"
    r"|consultant|executive|administrator|controller|buyer|agent|owner|leiter(?:in)?|geschäftsführer(?:in)?|assistenz"
    r"|buchhaltung|vertrieb|prokurist(?:in)?|directeur|directrice|responsable|avocat|comptabilité|gérante?"
    r"|directora?|gerente|contabilidad|hoofd|medewerker|administratie|direktør|chef|bogholderi|\w+chef"
    r"|\w+leiter(?:in)?)\b",
    re.IGNORECASE,
)
_PARTICLE = r"v[ao]n|de[rnl]?|du|da|la|af|zu"
_CAPITALISED = r"[^\W\d_a-z][\w.'’-]{0,24}"
PERSON = re.compile(rf"\s*(?:(?:dr|prof|mag|ing)\. ?)?{_CAPITALISED}(?: (?:{_CAPITALISED}|{_PARTICLE})){{1,4}}\s*,?\s*")
"""A line that may be a name, whoever's."""
POSTSCRIPT = re.compile(r"\s*(?:p\.? ?s\b|n\.?b\b|edit\b|cc\s?:)", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.?!…]['\")\]]*\s*$")

DISCLAIMER = re.compile(
    # English
    r"\b(?:this|the information (?:contained )?in this|the contents? of this) (?:e-?mail|message|communication"
    r"|transmission)"
    r"[^.]{0,100}\b(?:confidential|privileged|protected|checked for viruses|(?:is|are) (?:only |solely )?(?:intended"
    r"|for the (?:person|use|addressee|named|intended|attention)))"
    r"|\bif you (?:are|were) not (?:the|an) (?:intended|named)|\bif you aren['’]t the intended"
    r"|\bif you (?:have )?received? this [^.]{0,40}(?:in error|by mistake)"
    r"|\b(?:privileged and confidential|confidentiality notice)\b"
    r"|\bplease (?:think|consider)[^.]{0,40}(?:before (?:you )?print|environment)"
    r"|\bregistered (?:charity|office|company|in (?:england|scotland|wales|ireland|northern ireland|the netherlands))\b"
    r"|\bcompany (?:registration )?(?:number|no\.?)[:\s]\s*\w*\d|\b(?:scanned for viruses|virus-free)\b"
    # German
    r"|\bdiese[rs]? (?:e-?mail|nachricht|mail)[^.]{0,100}(?:vertraulich|bestimmt|rechtlich geschützt)"
    r"|\b(?:nicht der (?:richtige|beabsichtigte|vorgesehene) (?:adressat|empfänger))"
    r"|\b(?:sitz der gesellschaft|amtsgericht|handelsregister|registergericht)\b[^.]{0,60}\b(?:hr[ab]\b|:)"
    r"|\b(?:umwelt|environnement|milieu|miljøet|ambiente)\b[^.]{0,60}\b(?:ausdruck|druck|imprim|print|udskriv|stampar)"
    r"|\b(?:antes de|avant d['’]|bevor sie|voordat u|før du|prima di)[^.]{0,40}(?:imprimir|imprimer|drucken|print"
    r"|printer"
    r"|stampare)[^.]{0,60}(?:ambiente|environnement|umwelt|milieu|miljø)"
    # French
    r"|\bce (?:message|courriel|mail|e-?mail)[^.]{0,120}(?:confidentiel|intention exclusive|destiné exclusivement)"
    r"|\bsi vous (?:recevez|avez reçu) ce (?:message|courriel|mail|e-?mail) par erreur"
    r"|\bsi vous n['’]êtes pas (?:le|la) destinataire"
    # Spanish
    r"|\b(?:este (?:mensaje|correo|e-?mail)|la información contenida)[^.]{0,120}(?:confidencial|destinatario)"
    r"|\bsi (?:ha|usted ha) recibido este (?:mensaje|correo)[^.]{0,30}por error"
    r"|\b(?:reglamento \(ue\) 2016/679|protección de datos)[^.]{0,120}\b(?:datos|tratad)"
    # Dutch
    r"|\b(?:dit (?:e-?mail)?bericht|deze e-?mail|de informatie in (?:dit|deze))[^.]{0,120}(?:vertrouwelijk|bestemd)"
    r"|\b(?:niet de (?:bedoelde|beoogde) ontvanger|niet voor u bestemd)"
    # Danish, Swedish, Norwegian
    r"|\bdenne (?:e-?mail|mail|besked|e-?posten?)[^.]{0,120}(?:fortrolig|kun beregnet|konfidensiel)"
    r"|\bhar du modtaget (?:den|denne)[^.]{0,40}ved en fejl|\bdetta (?:e-?post)?meddelande[^.]{0,100}konfidentiell"
    # Italian, Portuguese
    r"|\b(?:questo messaggio|la presente e-?mail|le informazioni contenute)[^.]{0,120}(?:riservat|confidenzial)"
    r"|\besta (?:mensagem|comunicação)[^.]{0,120}confidencia",
    re.IGNORECASE,
)
DISCLAIMER_HEADING = re.compile(
    r"\s*\W{0,4}(?:disclaimer|confidentiality(?: notice)?|legal notice|notice)\W{0,4}(?:$|\s(?=this|the))"
    r"|\s*\W{0,4}(?:haftungsausschluss|vertraulichkeitshinweis|aviso legal|avis de confidentialité|avertissement légal"
    r"|vertrouwelijkheidsverklaring|ansvarsfraskrivelse|avviso di riservatezza|aviso de confidencialid?ade?)\b",
    re.IGNORECASE,
)
FOOTER = re.compile(
    r"\s*(?:you(?:['’]re| are)? (?:receiv(?:ing|ed?)) this (?:e-?mail|message|newsletter) because"
    r"|(?:to )?unsubscribe\b(?:\s*(?:\||from\b|here\b|$))|sie erhalten diese (?:e-?mail|nachricht|mail), (?:weil|da)\b"
    r"|vous recevez ce (?:message|courriel|mail|e-?mail) (?:car|parce)|(?:ha )?recib(?:es|e|ido) este (?:correo"
    r"|mensaje) porque"
    r"|(?:je|u) ontvangt deze (?:e-?mail|nieuwsbrief) omdat|du modtager denne (?:e-?mail|mail|nyhedsbrev),? fordi"
    r"|(?:abmelden|vom newsletter abmelden|se désabonner|se désinscrire|darse de baja|uitschrijven|afmelden"
    r"|afmeld)\s*(?:\||$))",
    re.IGNORECASE,
)
BANNER = re.compile(
    r"\s*\W{0,6}(?:caution|warning|external(?: e-?mail| sender| message)?|\[(?:external|ext)[^\]\n]{0,20}\]|achtung"
    r"|vorsicht"
    r"|warnung|hinweis|extern|attention|avertissement|externe|precaución|advertencia|atención|aviso|externo|let op"
    r"|waarschuwing"
    r"|advarsel|pas på|ekstern|attenzione|atenção|cuidado|varning|uwaga)\b"
    # a word for mail must be there too: "Attention: the external interface is down" is somebody's own
    r"(?=.{0,200}\b(?:e-?mail|mail|message|sender|organi[sz]ation|nachricht|absender|courriel|expéditeur|correo|mensaje"
    r"|remitente|bericht|afzender|besked|afsender|meddelande|avsändare|messaggio|mittente|mensagem"
    r"|remetente)\b).{0,140}\b"
    r"(?:originated|outside|external|sender|extern\w*|außerhalb|extérieure?|externe|fuera de|buiten|ekstern\w*|uden for"
    r"|estern[oa]|fora d|utanför|utenfor|zewnątrz)\b"
    r"|\s*\W{1,6}(?:external(?: e-?mail| sender| message)?|externe? (?:e-?mail|nachricht)|e-?mail externe?)\W{1,6}\s*$"
    r"|\s*you don['’]t often get e-?mail from\b|\s*sie erhalten nicht (?:oft|häufig) e-?mails? von\b"
    r"|\s*vous n['’]obtenez pas souvent d['’]e-?mail|\s*no suele recibir correos? (?:electrónicos? )?de\b"
    r"|\s*u ontvangt niet vaak e-?mail van\b|\s*du får ikke ofte e-?mails? fra\b",
    re.IGNORECASE,
)
BANNER_GOES_ON = re.compile(
    r".{0,80}\b(?:click|links?|attachments?|recogni[sz]e|trust|verify|phishing|anhänge|klick|pièces? jointes?"
    r"|cliquez|adjuntos"
    r"|clic|bijlagen|klik|vedhæft|afsender|absender|expéditeur|remitente|afzender|sender)\b",
    re.IGNORECASE,
)
MAILING_LIST = re.compile(r".{0,80}\bmailing list\b", re.IGNORECASE)
FOOTNOTE = re.compile(r"\[\d{1,3}\] (?:https?://|mailto:)\S", re.IGNORECASE)
