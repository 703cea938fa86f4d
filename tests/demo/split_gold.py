"""Split the annotated demo mailbox: what the wheel carries, and the answers, which only tests may see.

    python tests/demo/split_gold.py FOLDER     FOLDER holds the annotated messages.jsonl and registry.toml

Run it after the annotated files changed; it rewrites src/clientinbox/demo/data/ and tests/demo/gold*.jsonl.
"""

import json
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "src" / "clientinbox" / "demo" / "data"


def line(row: dict[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def split(annotated: Path) -> None:
    rows = [json.loads(row) for row in (annotated / "messages.jsonl").read_text("utf-8").splitlines()]
    bundled = [{key: value for key, value in row.items() if not key.startswith("gold")} for row in rows]
    answers = [
        {key: value for key, value in row.items() if key in {"id", "thread"} or key.startswith("gold")} for row in rows
    ]
    (DATA / "messages.jsonl").write_text("".join(map(line, bundled)), "utf-8")
    (HERE / "gold.jsonl").write_text("".join(map(line, answers)), "utf-8")

    registry = (annotated / "registry.toml").read_text("utf-8")
    kept = [row for row in registry.splitlines(keepends=True) if not row.startswith("settled_by")]
    (DATA / "registry.toml").write_text("".join(kept), "utf-8")
    settled = [
        {key: row[key] for key in ("source", "text", "settled_by")}
        for row in tomllib.loads(registry)["promises"]
        if "settled_by" in row
    ]
    (HERE / "gold_promises.jsonl").write_text("".join(map(line, settled)), "utf-8")


if __name__ == "__main__":
    split(Path(sys.argv[1]))
