"""How fast mail is judged: messages a second on one core, with evidence, memory, and how soon `classify` answers.

`python bench/reading_mail.py [messages]`. Processor time, so that a busy machine slows it less than a clock would say.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from clientinbox.edge.nlp.reader import load_classifier
from clientinbox.mail.zones import own_words, zones_of
from clientinbox.triage.classifier import OwnWords

CORPUS = Path(__file__).resolve().parents[1] / "models" / "corpus"


def main() -> int:
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    rows = [json.loads(line) for file in sorted(CORPUS.glob("?.jsonl")) for line in file.open(encoding="utf-8")]
    rows = rows[:: max(1, len(rows) // asked)]
    mails = [OwnWords(row["subject"], own_words(row["body"], zones_of(row["body"])).text) for row in rows]
    began = time.perf_counter()
    classifier = load_classifier()
    classifier.classify(mails[:1])
    print(f"loaded and first mail judged: {time.perf_counter() - began:.2f} s")
    began = time.process_time()
    classifier.classify(mails)
    spent = time.process_time() - began
    print(f"{len(mails)} mails with evidence: {len(mails) / spent:.0f} a second of processor time")
    print(f"largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    began = time.perf_counter()
    line = json.dumps({"id": 1, "subject": "Status", "body": "Any news?"})
    subprocess.run(
        [sys.executable, "-m", "clientinbox", "classify"], input=line, text=True, check=True, capture_output=True
    )
    print(f"`classify` from start to the end of one line: {time.perf_counter() - began:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
