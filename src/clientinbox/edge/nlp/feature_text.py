"""Which text the model reads: the subject without its reply marks, a blank line, the sender's own words.

Training and use share it, because a model judges well only what it was shown in the same shape.
"""

import re

_REPLY_MARKS = re.compile(r"^(?:\s*(?:re|fwd?|aw|sv|wg|tr|antw)\s*(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)

READ_AT_MOST = 20_000
"""Characters of a message that are read; the longest mail anybody writes by hand has half of them."""


def bare_subject(subject: str) -> str:
    return _REPLY_MARKS.sub("", subject).strip()


def feature_text(subject: str, own_words: str) -> str:
    return f"{bare_subject(subject)}\n\n{own_words.strip()}".strip()


def own_words_at(subject: str, own_words: str) -> int:
    """Where the own words begin in the feature text: what to add to an offset in them. Negative where they begin
    with white space and the subject is empty.
    """
    kept = own_words.strip()
    return len(feature_text(subject, own_words)) - len(kept) - own_words.index(kept[:1])
