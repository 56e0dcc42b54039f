"""Writes the hashes of all answers: `python -m tests.tutorials`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tutorials.hashes import entries

PATH = Path(__file__).parents[2] / "tutorials" / "exercises.json"

if __name__ == "__main__":
    text = json.dumps(entries(), ensure_ascii=False, indent=1)
    PATH.write_text(text + "\n", encoding="utf-8")
    print(f"{len(entries())} exercises written to {PATH}")
