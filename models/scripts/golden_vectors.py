"""Writes what scikit-learn makes of a few texts, for the test that holds our own counting to it."""

import json
import sys
from pathlib import Path
from typing import Any

from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "edge" / "nlp" / "golden_vectors.json"
TAUGHT = [
    "The site is late. It is not acceptable.",
    "Could you also add a French version, please? The French team will be here.",
    "Is the site ready? It is late: the launch is on the 3rd of May.",
    "L'été, ça va? Élan naïve straße. I a x",
]
ASKED = [
    *TAUGHT,
    "",
    "a",
    "nothing known: zzz qqq",
    "late late late LATE, the the THE site-site site's",
    "Tabs\tand\n\nlines\u00a0and   blanks.\u2028Is it late?",
    "ÉTÉ été 日本 site🙂 İstanbul _late_ 3rd",
]


def main() -> int:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(TAUGHT)
    runs = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True).fit(TAUGHT)
    rows = hstack([words.transform(ASKED), runs.transform(ASKED)]).tocsr()
    cases = []
    for text, row in zip(ASKED, rows, strict=True):
        row.sort_indices()
        cases.append({"text": text, "ids": row.indices.tolist(), "values": [round(v, 6) for v in row.data.tolist()]})
    golden = {"words": _family(words, (1, 2)), "runs": _family(runs, (3, 5)), "cases": cases}
    GOLDEN.write_text(f"{json.dumps(golden)}\n", encoding="utf-8")
    return 0


def _family(fitted: TfidfVectorizer, lengths: tuple[int, int]) -> dict[str, Any]:
    return {
        "terms": fitted.get_feature_names_out().tolist(),
        "idf": [round(v, 6) for v in fitted.idf_.tolist()],
        "shortest": lengths[0],
        "longest": lengths[1],
    }


if __name__ == "__main__":
    sys.exit(main())
