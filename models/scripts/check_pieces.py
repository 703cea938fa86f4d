"""Fails when our word pieces of any text differ from those of the `tokenizers` library."""

import json
import sys

from tokenizers import Tokenizer

import corpus
import encoder_settings
from clientinbox.edge.nlp.wordpiece import WordPiece
from network import model_folder
from pieces import all_pieces

ODD = (
    "",
    "日本語 mail",
    "na\u0308ıve — “quotes” 🙂🙂 a\u200bb",
    "\ufeffhi",
    "x" * 150,
    "a\x0bb\x1fc\x85d",
    "ΣΑΣ ß İstanbul",
    "a\u00a0b\u2028c\u3000d",
    "`x`^~$+<=>|",
    "é\u0301 ½ ² ﬁ",
    "\x00a\ufffd\x1b[31m",
    "पढ़ना 한국어 العربية",
    "don't—stop…now",
    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=" * 9,
)


def main() -> int:
    package = encoder_settings.config()["encoder"]["package"]
    library = Tokenizer.from_file(str(model_folder(package) / "tokenizer.json"))
    library.no_padding()
    library.no_truncation()
    ours = WordPiece(all_pieces(package))
    mails = corpus.load()
    texts = [*ODD, *(mail.text for mail in mails), *(mail.body for mail in mails), *(json.dumps(t) for t in ODD)]
    differ = [text for text in texts if library.encode(text).ids != ours(text).ids]
    for text in differ:
        print(f"read otherwise than by the library: {text[:80]!r}", file=sys.stderr)
    print(f"{len(texts) - len(differ)} of {len(texts)} texts in the same word pieces")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
