"""Writes the hashes of all answers, and the packed comments: `python -m tests.tutorials`."""

from __future__ import annotations

from pathlib import Path

from tests.tutorials import hashes, packed

FOLDER = Path(__file__).parents[2] / "tutorials"

if __name__ == "__main__":
    for name, text in (("exercises.json", hashes.text()), ("comments.json", packed.text())):
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"written to {FOLDER / name}")
