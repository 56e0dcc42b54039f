"""Writes the hashes of all answers: `python -m tests.tutorials`."""

from __future__ import annotations

from pathlib import Path

from tests.tutorials.hashes import text

PATH = Path(__file__).parents[2] / "tutorials" / "exercises.json"

if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
    print(f"written to {PATH}")
