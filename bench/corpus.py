#!/usr/bin/env python3
"""Deterministic, realistic client mailbox as a Maildir, for load tests.

    gen_corpus.py --n 20000 --seed 7 --out ~/.cache/clientinbox-bench/corpus20k
    gen_corpus.py --n 100 --seed 8 --start 2026-01-01 --out DIR      # "new mail"

Same (--n, --seed, --start, --max-attach) => byte-identical files and names.  Standard library
only.  Besides OUT/cur it writes OUT/../<name>.manifest.jsonl (unless
--no-manifest): one line per message with id, thread, from, domain, kind, label,
words of new (unquoted) text, so that a test can check what a client derived.

What is in it: ~50% client threads (In-Reply-To/References, quoted replies in
Gmail and Outlook style, signatures, disclaimers) Zipf-distributed over 60
client domains, ~50% newsletters / tool notifications / internal noise;
text/plain and multipart/alternative, some multipart/related; 5% attachments of
10 kB-2 MB (--max-attach); utf-8, iso-8859-1, windows-1252, us-ascii, a few
shift_jis/koi8-r; 7bit, 8bit, quoted-printable, base64; RFC 2047 B and Q headers,
RFC 2231 file names; ~0.3% damaged messages (no charset, broken date, missing
Message-ID, unterminated multipart).
"""

import unicodedata
import argparse, base64, bisect, itertools, json, os, quopri, random, sys
from datetime import datetime, timedelta, timezone
from email.header import Header
from email.utils import format_datetime

WORDS = (
    "the to and of a in for is on that this we with it be are as you have will from at can not or by your our was but if an they"
    " all there has more one would about so what up out do new time just when been which their also some after no now how like than"
    " into them other could first over only any work because these two may then team please project next week design page site review"
    " launch client feedback update schedule version budget change request deadline delivery phase draft content brand campaign logo"
    " brief meeting call invoice estimate quote contract approval sign scope feature login checkout report dashboard mobile desktop"
    " header footer image video photo banner copy text font colour layout template email newsletter form field button menu link search"
    " filter export import data sheet table chart server hosting domain certificate test staging production release bug issue ticket"
    " problem error fix delay late early today tomorrow monday tuesday wednesday thursday friday morning afternoon month quarter year"
    " board director manager marketing sales finance legal procurement developer designer writer agency supplier partner customer user"
    " visitor audience target market launch plan timeline milestone risk decision question answer option preference priority extra"
    " additional original agreed expected promised missed broken wrong right good great happy pleased concerned worried frustrated"
    " disappointed unacceptable urgent important small large quick slow simple complex clear confusing final approved pending open"
    " closed done finished started waiting ready live available possible impossible necessary useful helpful attached below above"
    " following previous current latest recent last second third another every each both few many several same different still again"
    " already soon never always often sometimes perhaps probably certainly actually really very quite rather too enough almost"
).split()
SYL1 = "ba be bi bo bra ca ce co cra da de di do dra e fa fe fi fo ga ge gi go gra ha he hi ho ja jo ka ke ki la le li lo ma me mi mo na ne ni no o pa pe pi po pra ra re ri ro sa se si so sta ta te ti to tra u va ve vi vo wa we wi".split()
SYL2 = "ling ment tion ble ness ter der ler son ford ton ven ray lex nix dor mas tal ric gen sor vel cast port ware line form sys tec log net lan mar pol tri cor".split()


def make_vocab():
    r = random.Random(424242)
    seen, out = set(WORDS), list(dict.fromkeys(WORDS))
    while len(out) < 18000:
        w = "".join(r.choice(SYL1) for _ in range(r.choice((1, 1, 2, 2, 3)))) + r.choice(SYL2)
        if w not in seen:
            seen.add(w)
            out.append(w)
    cum, t = [], 0.0
    for i in range(len(out)):
        t += 1.0 / (i + 3) ** 1.02
        cum.append(t)
    return out, cum


VOCAB, VCUM = make_vocab()

FEATS = (
    "checkout page|customer portal|product configurator|booking form|newsletter template|annual report|brand guideline|landing page|"
    "search filter|mobile menu|price calculator|member area|event microsite|launch film|packaging mock-up|trade-show stand|app onboarding|"
    "CRM export|analytics dashboard|French translation|store locator|cookie banner|press kit|photo shoot|icon set|intranet home"
).split("|")
WHEN = "Monday|Tuesday|Wednesday|Thursday|Friday|tomorrow|end of the week|the 14th|next month|before the board meeting|last week|the end of the quarter".split(
    "|"
)
LABELS = {
    "progress": [
        "The {f} is done on our side and looks great.",
        "We have signed off the {f}, please go ahead with the next phase.",
        "Thanks, the {f} went live {w} without any problem.",
        "Quick update: our team finished the copy for the {f}, you will have it by {w}.",
        "Legal approved the {f} this morning.",
        "All the milestones for the {f} are on track for {w}.",
        "The numbers after the {f} are up {n}% already, the board is very pleased.",
        "Attached is the final text for the {f}, nothing else is open from our side.",
        "I tested the {f} on staging and everything works as agreed.",
        "We received the second version of the {f}; two tiny comments and then it is approved.",
        "Phase {d} is complete, we can start the {f} on {w}.",
        "Happy to confirm that the {f} passed the acceptance test.",
        "Great meeting today, the {f} is moving faster than planned.",
        "Invoice for the {f} has been approved by finance and is being paid {w}.",
    ],
    "complaint": [
        "I am really disappointed with the state of the {f}.",
        "This is the third time the {f} is broken, and nobody told us.",
        "We were promised the {f} for {w} and there is still nothing.",
        "Frankly, this is not acceptable for what we pay you.",
        "The {f} is full of errors; did anyone test it?",
        "Our customers are calling us because the {f} does not work.",
        "I have asked for this {d} times now and I still have no answer.",
        "If the {f} is not fixed by {w} I will have to involve our director.",
        "The quality of the {f} is far below what you showed us in the pitch.",
        "Why were we charged {e} for the {f} that does not even load?",
        "We are losing orders every hour because of the {f}.",
        "I expected better communication about the {f}.",
        "Nobody on your side picked up the phone about the {f} since {w}.",
        "We are seriously thinking about looking for another supplier.",
    ],
    "scope": [
        "Could you also add a {f} while you are at it?",
        "We would like to include the {f} in this phase, what would it cost?",
        "After talking to sales we need the {f} in {d} more languages.",
        "Can we swap the {f} for a {f2} instead, as discussed with our director?",
        "One more thing: the {f} should now also work for our dealers.",
        "Our CEO saw the {f} and wants a {f2} as well.",
        "I know it was not in the original brief, but we need the {f} by {w}.",
        "Please send a revised estimate for the {f}, budget is about {e}.",
        "We decided to drop the {f} and put the hours into the {f2}.",
        "It should be a small change: just make the {f} do the same as the {f2}.",
        "Would it be possible to extend the {f} with a {f2}, without moving the deadline?",
        "The requirements for the {f} have changed, see the new list below.",
    ],
    "neutral": [
        "Shall we have a call on {w}?",
        "Please find the minutes of the meeting below.",
        "I am out of office until {w}, Anna is covering for me.",
        "Can you send me the latest version of the {f}?",
        "Thank you for your message.",
        "Who is the right person to talk to about the {f}?",
        "I have put Peter in copy.",
        "As discussed on the phone, here are the details for the {f}.",
        "Let me check with our team and come back to you by {w}.",
        "Does {w} at {d}:30 work for you?",
        "The address for the visit has not changed.",
        "See my comments in the text below.",
        "I will be travelling, so a short answer may take a little longer.",
        "The login details were sent in a separate message.",
        "Just to be sure we are talking about the same {f}.",
        "Best to reply to everybody on this one.",
    ],
}
NONASCII = {
    "l1": [
        "à bientôt",
        "café Zürich",
        "für Müller",
        "señor Núñez",
        "garçon naïve",
        "Århus",
        "l'équipe créative",
        "schöne Grüße",
    ],
    "w1252": [
        "“as agreed”",
        "– roughly €4.500 –",
        "it’s late…",
        "the client’s „Wunsch“",
        "€ 12.000 ex. VAT",
        "™ and ‰",
    ],
    "u8": ["🎉", "Привет", "東京オフィス", "zażółć gęślą", "→ see below", "Ελλάδα", "👍🏽 ok"],
}
FIRST = "Anna Peter Sofia Lukas Marta James Olivia Noah Emma Liam Chloé René Jürgen Zoë Søren François Inês Björn Łukasz Márta Nadia Omar Priya Kenji Wei Fatima Diego Elena Tom Ruth Hugo Iris Karl Lea Max Nina Oscar Paula Quentin Rosa".split()
LAST = "Müller Smith Jansen García Dubois Rossi Novák Kowalski Nguyen Patel Brown Taylor Andersson Lindqvist O'Neill Fernández Weiß Bauer Keller Moreau Leroy Costa Silva Popescu Horvát Ivanova Tanaka Chen Haddad Okafor Berg Holm Dahl Vos Peeters Maes".split()
OWN = "northlight.example"
TEAM = [
    ("Mara Lindt", "mara"),
    ("Jonas Weber", "jonas"),
    ("Aoife Byrne", "aoife"),
    ("René Dupont", "rene"),
    ("Kim Park", "kim"),
    ("Tess de Wit", "tess"),
    ("Ola Nowak", "ola"),
    ("Ben Carter", "ben"),
]
NEWS = [
    "updates.saasly.example",
    "news.designweek.example",
    "mail.shoplane.example",
    "info.conference.example",
    "digest.devnotes.example",
    "offers.printhaus.example",
    "hello.fontfoundry.example",
    "letter.marketbrief.example",
    "mailer.airmiles.example",
    "weekly.uxpost.example",
]
TOOLS = [
    "tickets.tracker.example",
    "notify.board.example",
    "no-reply.calendar.example",
    "ci.builds.example",
    "billing.cloudhost.example",
]


def make_clients():
    r = random.Random(99)
    out = []
    for i in range(60):
        dom = (
            r.choice(SYL1)
            + r.choice(SYL1)
            + r.choice(SYL2)
            + f"{i:02d}"
            + r.choice((".example", ".co.example", ".group.example"))
        )
        company = dom.split(".")[0].rstrip("0123456789").capitalize() + r.choice(
            (" GmbH", " Ltd", " SA", " BV", " AB", " Inc")
        )
        people = []
        for _ in range(r.randint(2, 6)):
            f, l = r.choice(FIRST), r.choice(LAST)

            a = unicodedata.normalize("NFKD", f"{f}.{l}").encode("ascii", "ignore").decode().lower().replace("'", "")
            people.append((f"{f} {l}", f"{a}@{dom}"))
        out.append((dom, company, people))
    w = [1.0 / (i + 1) for i in range(60)]
    return out, list(itertools.accumulate(w))


CLIENTS, CCUM = make_clients()


def fill(r, s):
    return s.format(
        f=r.choice(FEATS),
        f2=r.choice(FEATS),
        w=r.choice(WHEN),
        n=r.randint(2, 60),
        d=r.randint(2, 9),
        e=f"EUR {r.randint(1, 90) * 500}",
    )


def zsent(r):
    n = r.randint(6, 18)
    top = VCUM[-1]
    ws = [VOCAB[bisect.bisect(VCUM, r.random() * top)] for _ in range(n)]
    return " ".join(ws).capitalize() + r.choice((".", ".", ".", "?", "!"))


def prose(r, label, nsent, charset):
    bank, neutral = LABELS.get(label, LABELS["neutral"]), LABELS["neutral"]
    out = []
    for _ in range(nsent):
        x = r.random()
        out.append(fill(r, r.choice(bank)) if x < 0.38 else fill(r, r.choice(neutral)) if x < 0.58 else zsent(r))
    if charset != "us-ascii":
        key = {"iso-8859-1": "l1", "windows-1252": "w1252", "utf-8": r.choice(("l1", "w1252", "u8"))}.get(charset)
        if key:
            k = r.randrange(len(out))
            out[k] += " " + r.choice(NONASCII[key])
    paras, i = [], 0
    while i < len(out):
        k = r.randint(1, 4)
        paras.append(" ".join(out[i : i + k]))
        i += k
    return paras


def wrap(p, width=76):
    line, out = "", []
    for w in p.split(" "):
        if line and len(line) + 1 + len(w) > width:
            out.append(line)
            line = w
        else:
            line = f"{line} {w}" if line else w
    out.append(line)
    return "\n".join(out)


def esc(s):
    return s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def ehdr(s, charset, r):
    try:
        s.encode("ascii")
        return s
    except UnicodeEncodeError:
        pass
    try:
        s.encode(charset)
    except (UnicodeEncodeError, LookupError):
        charset = "utf-8"
    if charset == "us-ascii":
        charset = "utf-8"
    return Header(s, charset, maxlinelen=76).encode()  # utf-8 -> B, latin -> Q


def body_part(r, text, subtype, charset):
    """-> (header lines, body bytes) of one text part."""
    try:
        raw = text.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
        raw = text.encode("utf-8")
    raw = raw.replace(b"\n", b"\r\n")
    x = r.random()
    ascii_only = raw.isascii() and max(map(len, raw.split(b"\r\n")), default=0) < 900
    if ascii_only and x < 0.5:
        cte = "7bit"
    elif charset == "utf-8":
        cte = "quoted-printable" if x < 0.6 else "base64" if x < 0.85 else "8bit"
    else:
        cte = "quoted-printable" if x < 0.7 else "8bit"
    if cte == "8bit" and max(map(len, raw.split(b"\r\n"))) > 900:
        cte = "quoted-printable"
    if cte == "quoted-printable":
        raw = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    elif cte == "base64":
        raw = base64.encodebytes(raw).replace(b"\n", b"\r\n")
    q = '"' if r.random() < 0.5 else ""
    fl = "; format=flowed" if subtype == "plain" and r.random() < 0.1 else ""
    return [f"Content-Type: text/{subtype}; charset={q}{charset}{q}{fl}", f"Content-Transfer-Encoding: {cte}"], raw


def tok(r, n):
    return "".join(r.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=n))


def multipart(r, kind, parts, extra=""):
    b = "=_" + tok(r, 24)
    out = []
    for hl, body in parts:
        out.append(
            b"--"
            + b.encode()
            + b"\r\n"
            + "\r\n".join(hl).encode()
            + b"\r\n\r\n"
            + body
            + (b"" if body.endswith(b"\r\n") else b"\r\n")
        )
    return [f'Content-Type: multipart/{kind}; boundary="{b}"{extra}'], b"".join(out) + b"--" + b.encode() + b"--\r\n"


ATT = [
    ("application/pdf", "pdf", b"%PDF-1.7\n"),
    ("image/png", "png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", "jpg", b"\xff\xd8\xff\xe0"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", b"PK\x03\x04"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", b"PK\x03\x04"),
    ("application/zip", "zip", b"PK\x03\x04"),
    ("text/csv", "csv", b"a,b,c\n"),
]


def attachment(r, pool, max_attach):
    size = int(min(max(r.lognormvariate(10.5, 1.1), 10_000), max_attach))
    ct, ext, magic = r.choice(ATT)
    off = r.randrange(0, max(1, len(pool) - size))
    if ext == "csv":  # real text: indexers read text attachments
        ws = r.choices(VOCAB[:4000], k=64)
        lines = []
        for k in range(size // 40):
            lines.append(
                f"{k},2026-{r.randint(1, 12):02d}-{r.randint(1, 28):02d},{ws[r.randrange(64)]} {ws[r.randrange(64)]},{r.randint(1, 99999) / 100},EUR"
            )
        data = ("nr,date,item,amount,currency\r\n" + "\r\n".join(lines) + "\r\n").encode()
    else:
        data = magic + pool[off : off + size]
    base = f"{r.choice(FEATS).replace(' ', '_')}_v{r.randint(1, 9)}"
    x = r.random()
    if x < 0.8:
        disp, nm = f'attachment; filename="{base}.{ext}"', f'; name="{base}.{ext}"'
    elif x < 0.9:
        disp, nm = f"attachment; filename*=utf-8''{base}_%C3%A9t%C3%A9.{ext}", ""
    else:
        disp, nm = (
            f'attachment; filename="=?utf-8?B?{base64.b64encode((base + "_größe." + ext).encode()).decode()}?="',
            "",
        )
    return [
        f"Content-Type: {ct}{nm}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: {disp}",
    ], base64.encodebytes(data).replace(b"\n", b"\r\n")


def html_doc(inner, heavy=False):
    css = (
        'p.MsoNormal,li.MsoNormal{margin:0cm;font-size:11.0pt;font-family:"Calibri",sans-serif}a:link{color:#0563C1;text-decoration:underline}'
        "@media only screen and (max-width:600px){.col{width:100%!important;display:block!important}}"
    ) * (3 if heavy else 1)
    return (
        f'<!DOCTYPE html>\n<html><head><meta http-equiv="Content-Type" content="text/html">\n<style type="text/css">{css}</style></head>\n'
        f'<body lang="EN-GB" style="word-wrap:break-word">\n{inner}\n</body></html>\n'
    )


def newsletter(r, charset):
    nb = r.randint(2, 6)
    txt, cells = [], []
    for _ in range(nb):
        title = zsent(r)[:60]
        paras = [zsent(r) + " " + zsent(r) for _ in range(r.randint(1, 3))]
        url = f"https://click.{r.choice(NEWS)}/t/{tok(r, 44)}?utm_source=nl&utm_campaign={tok(r, 8)}"
        txt.append(title.upper() + "\n" + "\n".join(wrap(p) for p in paras) + f"\n{url}\n")
        cells.append(
            f'<tr><td class="col" style="padding:16px 24px;font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px;color:#333333" width="600" align="left">'
            f'<img src="https://img.{r.choice(NEWS)}/{tok(r, 20)}.png" width="552" height="180" alt="{esc(title)}" style="display:block;border:0">'
            f'<h2 style="font-size:20px;margin:12px 0 8px 0">{esc(title)}</h2>'
            + "".join(f'<p style="margin:0 0 12px 0">{esc(p)}</p>' for p in paras)
            + f'<table border="0" cellpadding="0" cellspacing="0"><tr><td bgcolor="#1a73e8" style="border-radius:4px;padding:10px 18px"><a href="{url}" style="color:#ffffff;text-decoration:none">Read more</a></td></tr></table></td></tr>'
        )
    inner = (
        '<div style="display:none;max-height:0;overflow:hidden">'
        + "&nbsp;&zwnj;" * 30
        + '</div><table width="100%" border="0" cellspacing="0" cellpadding="0" bgcolor="#f4f4f4"><tr><td align="center"><table width="600">'
        + "\n".join(cells)
        + '</table></td></tr></table><img src="https://open.example/p.gif" width="1" height="1">'
    )
    if charset not in ("us-ascii",):
        txt[0] = r.choice(NONASCII["l1"]) + "\n" + txt[0]
    return "\n\n".join(txt) + "\n\nUnsubscribe: https://unsub.example/" + tok(r, 30) + "\n", html_doc(inner, True)


def plan(seed, n, start):
    """List of (date, thread_no, pos, kind) sorted by date."""
    r = random.Random(f"plan-{seed}")
    span = 730 * 86400
    items, th = [], 0
    while len(items) < n:
        x = r.random()
        if x < 0.19:
            kind, ln = "client", min(1 + int(r.expovariate(1 / 2.9)), 25)
        elif x < 0.25:
            kind, ln = "internal", min(1 + int(r.expovariate(1 / 1.2)), 10)
        elif x < 0.75:
            kind, ln = "newsletter", 1
        else:
            kind, ln = "tool", 1
        # weights chosen so that client messages are about half of the total
        if kind in ("newsletter", "tool") and r.random() < 0.42:
            continue
        t = r.random() * span
        for p in range(ln):
            items.append((t, th, p, kind))
            t += r.expovariate(1 / 40000) + 60
        th += 1
    items = items[:n]
    items.sort()
    return [(start + timedelta(seconds=int(t)), th, p, k) for t, th, p, k in items]


def generate(n, seed, out, start, max_attach, manifest, flags_seen):
    cur = os.path.join(out, "cur")
    for d in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(out, d), exist_ok=True)
    pool = random.Random(f"pool-{seed}").randbytes(6 * 1024 * 1024)
    threads = {}
    total = natt = 0
    mf = open(manifest, "w", encoding="utf-8") if manifest else None
    for i, (date, th, pos, kind) in enumerate(plan(seed, n, start)):
        r = random.Random(f"{seed}-{i}")
        x = r.random()
        charset = "utf-8" if x < 0.66 else "windows-1252" if x < 0.80 else "iso-8859-1" if x < 0.92 else "us-ascii"
        am = TEAM[r.randrange(3)]
        mid = f"<{tok(r, 10)}.{seed}.{i}@"
        T = threads.get(th)
        label, newwords, quote = "neutral", 0, None
        extra, domain = [], None
        if kind in ("client", "internal"):
            if T is None:
                if kind == "client":
                    c = CLIENTS[bisect.bisect(CCUM, r.random() * CCUM[-1])]
                    T = dict(
                        c=c,
                        am=am,
                        refs=[],
                        text=None,
                        subj=fill(
                            r,
                            r.choice(
                                (
                                    "{f}",
                                    "{f} - status",
                                    "Question about the {f}",
                                    "{f}: changes",
                                    "Feedback {f}",
                                    "{f} / {f2}",
                                    "Re-planning {f}",
                                    "Budget {f} {e}",
                                    "URGENT: {f} {w}",
                                )
                            ),
                        ),
                    )
                    if r.random() < 0.15:
                        T["subj"] += " " + r.choice(NONASCII["l1"] + NONASCII["u8"])
                else:
                    T = dict(
                        c=None,
                        am=am,
                        refs=[],
                        text=None,
                        subj=fill(
                            r,
                            r.choice(("Lunch {w}", "Planning {f}", "Timesheets", "{f} internal review", "Holiday {w}")),
                        ),
                    )
                threads[th] = T
            own = kind == "internal" or (pos > 0 and r.random() < 0.3)
            if own:
                nm, lp = r.choice(TEAM)
                frm = (nm, f"{lp}@{OWN}")
                comp = "Northlight Studio"
            else:
                frm = r.choice(T["c"][2])
                comp = T["c"][1]
            domain = frm[1].split("@")[1]
            y = r.random()
            label = (
                "neutral"
                if kind == "internal" or own
                else "progress"
                if y < 0.38
                else "complaint"
                if y < 0.55
                else "scope"
                if y < 0.75
                else "neutral"
            )
            to = [(T["am"][0], f"{T['am'][1]}@{OWN}")]
            cc = [p for p in (T["c"][2] if T["c"] else []) if p != frm and r.random() < 0.3]
            paras = prose(r, label, max(2, int(r.lognormvariate(2.0, 0.6))), charset)
            if label == "complaint" and r.random() < 0.2:
                paras[0] = paras[0].upper() + "!!"
            greet = r.choice(("Hi {},", "Dear {},", "Hello {},", "{},")).format(T["am"][0].split()[0])
            sig = f"{r.choice(('Best regards', 'Kind regards', 'Thanks', 'Cheers', 'Mit freundlichen Grüßen' if charset != 'us-ascii' else 'Regards'))},\n{frm[0]}\n"
            sigblk = (
                f"-- \n{frm[0]} | {comp}\nT +44 20 7946 0{r.randint(100, 999)} | www.{domain}\n"
                if r.random() < 0.6
                else ""
            )
            disc = (
                (
                    "\nThis e-mail and any attachment is confidential and may be legally privileged. If you are not the intended recipient please\n"
                    "notify the sender and delete it. Registered in England and Wales no. 0912345.\n"
                )
                if r.random() < 0.25
                else ""
            )
            newwords = sum(len(p.split()) for p in paras)
            top = greet + "\n\n" + "\n\n".join(wrap(p) for p in paras) + "\n\n" + sig + sigblk + disc
            subj = (
                T["subj"]
                if pos == 0
                else r.choice(("Re: ", "RE: ", "Re: ", "AW: ", "Fwd: " if r.random() < 0.1 else "Re: ")) + T["subj"]
            )
            text, htmlq = top, ""
            if pos and T["text"] and r.random() < 0.92:
                pf, pd, ptext = T["from"], T["date"], T["text"][:2800]
                if r.random() < 0.6:
                    attribution = f"On {pd:%a, %d %b %Y at %H:%M}, {pf[0]} <{pf[1]}> wrote:"
                    text = (
                        top
                        + "\n"
                        + attribution
                        + "\n"
                        + "\n".join("> " + l if not l.startswith(">") else ">" + l for l in ptext.split("\n"))
                        + "\n"
                    )
                    htmlq = f'<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{esc(attribution)}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{esc(ptext).replace(chr(10), "<br>" + chr(10))}</blockquote></div>'
                else:
                    hd = f"From: {pf[0]} <{pf[1]}>\nSent: {pd:%d %B %Y %H:%M}\nTo: {to[0][0]}\nSubject: {T['subj']}\n"
                    text = (
                        top
                        + "\n"
                        + ("-----Original Message-----\n" if r.random() < 0.5 else "________________________________\n")
                        + hd
                        + "\n"
                        + ptext
                        + "\n"
                    )
                    htmlq = (
                        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>'
                        + esc(hd).replace("\n", "<br></b>\n<b>")
                        + "</b></p></div>"
                        + "".join(f'<p class="MsoNormal">{esc(l)}<o:p></o:p></p>\n' for l in ptext.split("\n") if l)
                    )
            html = None
            if r.random() < 0.68:
                html = html_doc(
                    "".join(
                        f'<p class="MsoNormal" style="margin-bottom:12pt"><span lang="EN-GB" style="font-size:11.0pt">{esc(p)}</span></p>\n'
                        for p in [greet] + paras
                    )
                    + f"<p>{esc(sig)}</p><div>{esc(sigblk)}</div>"
                    + htmlq
                )
            T.update(text=text, date=date)
            T["from"] = frm
            idhost = domain
            refs = list(T["refs"])
            mailer = r.choice(
                ("Microsoft Outlook 16.0", "Apple Mail (2.3774)", None, "Gmail-like/1.0", "Mozilla Thunderbird")
            )
            if mailer:
                extra.append(f"X-Mailer: {mailer}")
        else:
            refs, cc = [], []
            to = [(am[0], f"{am[1]}@{OWN}")]
            if kind == "newsletter":
                domain = r.choice(NEWS)
                frm = (
                    domain.split(".")[1].capitalize() + " " + r.choice(("News", "Weekly", "Team", "Actualités")),
                    f"news@{domain}",
                )
                text, html = newsletter(r, charset)
                subj = zsent(r)[:70] + (" " + r.choice(NONASCII["u8"]) if r.random() < 0.3 else "")
                extra += [
                    f"List-Unsubscribe: <https://unsub.{domain}/{tok(r, 40)}>, <mailto:unsub-{tok(r, 12)}@{domain}>",
                    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
                    f"List-ID: <{domain}>",
                    "Precedence: bulk",
                    f"Feedback-ID: {tok(r, 8)}:{tok(r, 6)}:nl",
                    f"X-Campaign: {tok(r, 16)}",
                ]
            else:
                domain = r.choice(TOOLS)
                frm = (domain.split(".")[1].capitalize(), f"notifications@{domain}")
                paras = [zsent(r) for _ in range(r.randint(2, 6))]
                text = (
                    "\n\n".join(wrap(p) for p in paras)
                    + f"\n\nView it online: https://{domain}/item/{r.randint(1, 99999)}\n"
                )
                html = html_doc("".join(f"<p>{esc(p)}</p>" for p in paras)) if r.random() < 0.5 else None
                subj = f"[{domain.split('.')[1].upper()}-{r.randint(1, 9999)}] " + zsent(r)[:50]
                extra += ["Auto-Submitted: auto-generated", f"X-Ticket: {r.randint(1, 99999)}"]
            idhost = domain
        mid += idhost + ">"
        # ---- MIME
        if html and r.random() < 0.04:
            hl, body = body_part(r, html, "html", charset)  # html only
        elif html:
            parts = [body_part(r, text, "plain", charset), body_part(r, html, "html", charset)]
            if kind == "client" and r.random() < 0.05:
                logo = base64.encodebytes(b"\x89PNG\r\n\x1a\n" + pool[:4000]).replace(b"\n", b"\r\n")
                parts[1] = multipart(
                    r,
                    "related",
                    [
                        parts[1],
                        (
                            [
                                'Content-Type: image/png; name="image001.png"',
                                "Content-Transfer-Encoding: base64",
                                "Content-ID: <image001.png@01DA>",
                                'Content-Disposition: inline; filename="image001.png"',
                            ],
                            logo,
                        ),
                    ],
                    '; type="text/html"',
                )
            hl, body = multipart(r, "alternative", parts)
        else:
            hl, body = body_part(r, text, "plain", charset)
        patt = 0.065 if kind in ("client", "internal") else 0.012
        has_att = r.random() < patt
        if has_att:
            natt += 1
            hl, body = multipart(
                r,
                "mixed",
                [(hl, body)] + [attachment(r, pool, max_attach) for _ in range(1 if r.random() < 0.8 else 2)],
            )

        def addr(p):
            n = ehdr(p[0], charset, r)
            if n is p[0] and any(c in n for c in "',."):
                n = f'"{n}"'
            return f"{n} <{p[1]}>"

        tz = timezone(timedelta(hours=r.choice((0, 1, 1, 2, 2, -5, 9))))
        dl = format_datetime(date.astimezone(tz))
        damaged = r.random() < 0.003
        if damaged:
            q = r.randrange(4)
            if q == 0:
                dl = "Tues, 31 Foo 2025 25:61"
            elif q == 1:
                hl = [
                    h.replace(f"charset={charset}", "charset=x-unknown-99").replace(
                        f'charset="{charset}"', 'charset=""'
                    )
                    for h in hl
                ]
            elif q == 2:
                mid = ""
            else:
                body = body[: int(len(body) * 0.7)]
        H = [
            f"Return-Path: <{frm[1]}>",
            f"Delivered-To: {to[0][1]}",
            f"Received: from mx{r.randint(1, 9)}.{OWN} (mx.{OWN} [192.0.2.{r.randint(1, 254)}])\r\n\tby store.{OWN} with LMTP id {tok(r, 14)};\r\n\t{dl}",
            f"Received: from out.{domain} (out.{domain} [198.51.100.{r.randint(1, 254)}])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n\tby mx.{OWN} (Postfix) with ESMTPS id {tok(r, 11)}\r\n\tfor <{to[0][1]}>; {dl}",
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s{r.randint(1, 9)};\r\n\th=from:to:subject:date:message-id:mime-version; bh={tok(r, 43)}=;\r\n\tb={tok(r, 70)}\r\n\t {tok(r, 72)}\r\n\t {tok(r, 72)}\r\n\t {tok(r, 70)}==",
            f"Authentication-Results: mx.{OWN}; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={frm[1]}; dmarc=pass",
            f"From: {addr(frm)}",
            f"To: {', '.join(addr(p) for p in to)}",
        ]
        if cc:
            H.append("Cc: " + ",\r\n ".join(addr(p) for p in cc))
        H += [f"Subject: {ehdr(subj, charset, r)}".replace("\n", "\r\n").replace("\r\r\n", "\r\n"), f"Date: {dl}"]
        if mid:
            H.append(f"Message-ID: {mid}")
        if refs:
            H.append(f"In-Reply-To: {refs[-1]}")
            H.append("References: " + "\r\n ".join(refs[-12:]))
        H += ["MIME-Version: 1.0"] + hl + extra
        data = "\r\n".join(H).encode("utf-8") + b"\r\n\r\n" + body
        if not data.endswith(b"\r\n"):
            data += b"\r\n"
        data = data.replace(b"\r\n", b"\n")  # maildir on disk: LF
        if T is not None:
            if mid:
                T["refs"].append(mid)
        ts = int(date.timestamp())
        age_seen = "S" if flags_seen and r.random() < 0.93 else ""
        fl = ("F" if r.random() < 0.03 else "") + ("R" if kind == "client" and r.random() < 0.35 else "") + age_seen
        p = os.path.join(cur, f"{ts}.M{i:06d}P{seed}.bench:2,{fl}")
        with open(p, "wb") as f:
            f.write(data)
        os.utime(p, (ts, ts))
        total += len(data)
        if mf:
            mf.write(
                json.dumps(
                    dict(
                        i=i,
                        mid=mid,
                        thread=th,
                        pos=pos,
                        kind=kind,
                        **{"from": frm[1]},
                        domain=domain,
                        label=label,
                        words=newwords,
                        att=has_att,
                        bytes=len(data),
                        damaged=damaged,
                    )
                )
                + "\n"
            )
    if mf:
        mf.close()
    print(
        f"{n} messages, {total / 1e6:.1f} MB, mean {total / n / 1000:.1f} kB, {natt} with attachments ({100 * natt / n:.1f}%), {out}"
    )


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--n", type=int, required=True)
    ap.add_argument("--seed", type=int, default=7)
    ap.add_argument("--out", required=True)
    ap.add_argument("--start", default="2024-11-01", help="first day of the 2-year span (YYYY-MM-DD)")
    ap.add_argument("--max-attach", type=int, default=2_000_000, help="largest attachment in bytes before base64")
    ap.add_argument("--no-manifest", action="store_true")
    ap.add_argument("--unseen", action="store_true", help="set no Seen flag")
    a = ap.parse_args()
    out = a.out.rstrip("/")
    if os.path.isdir(os.path.join(out, "cur")) and os.listdir(os.path.join(out, "cur")):
        sys.exit(f"{out}/cur is not empty")
    generate(
        a.n,
        a.seed,
        out,
        datetime.fromisoformat(a.start).replace(tzinfo=timezone.utc),
        a.max_attach,
        None if a.no_manifest else out + ".manifest.jsonl",
        not a.unseen,
    )
