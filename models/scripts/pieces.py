"""Which word pieces the encoder keeps: those the corpus needs, then BERT's own order (roughly by frequency).

Half of BERT's 30,522 pieces are names and years that mail never uses; without them the file is 6 MB smaller, and a word
that lost its piece is read as two.
"""

from collections import Counter

import corpus
from clientinbox.edge.nlp.wordpiece import END, PADDING, START, UNKNOWN, WordPiece
from network import model_folder

_LATIN_ENDS = 0x2100
_MARKS = (PADDING, UNKNOWN, START, END)


def all_pieces(package: str) -> list[str]:
    """BERT's list; no piece holds what Unicode, though not a file, takes for a line end."""
    return (model_folder(package) / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")


def kept_pieces(package: str, most: int, mails: list[corpus.Mail]) -> list[int]:
    """Places in BERT's list, ascending."""
    every = all_pieces(package)
    reader = WordPiece(every)
    counts: Counter[int] = Counter()
    for mail in mails:
        counts.update(reader(mail.text).ids)
    kept = {every.index(mark) for mark in _MARKS}
    # Single characters, so that nothing written in Latin letters is wholly unknown.
    kept |= {
        at for at, piece in enumerate(every) if len(piece.removeprefix("##")) == 1 and ord(piece[-1]) < _LATIN_ENDS
    }
    for at in [*(at for at, _ in counts.most_common()), *range(len(every))]:
        if len(kept) >= most:
            break
        if not every[at].startswith("[unused"):
            kept.add(at)
    return sorted(kept)
