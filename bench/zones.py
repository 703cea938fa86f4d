"""How well the sender's own words are told from the rest, by language: mails composed by hand, a third held out.

    python bench/zones.py [--lines]

Prints F1 of own lines for the mails that patterns were made with and for those held out, which nobody looks at while
changing patterns: `--lines` shows the wrong lines of the former alone.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "mail"))

from zoned_mails import score, zoned_mails

COMMON = ("en", "de", "fr", "es", "nl", "da")


def main() -> None:
    mails = list(zoned_mails())
    print("language    mails   F1 made with  F1 held out   kinds made with  held out")
    for language in (*COMMON, "rest", "all"):
        chosen = [
            mail
            for mail in mails
            if language in {mail.language, "all"} or (language == "rest" and mail.language not in COMMON)
        ]
        seen = score(mail for mail in chosen if not mail.held_out)
        unseen = score(mail for mail in chosen if mail.held_out)
        print(f"{language:10} {len(chosen):6} {seen.f1:14.3f} {unseen.f1:12.3f} {seen.kinds:17.3f} {unseen.kinds:9.3f}")
    if "--lines" in sys.argv:
        for mail in mails:
            if mail.held_out:
                continue
            for line, gold, found in zip(mail.lines, mail.gold, mail.found(), strict=True):
                if gold is not None and gold is not found:
                    print(f"{mail.name}  {gold.value:10} read as {found.value:10} {line}")


if __name__ == "__main__":
    main()
