"""What was measured: one JSON file for each file of claims, written as soon as a test has passed.

A file maps the name of a test to the form it was measured in, its seconds, the fingerprint of the
code, and its claims. The pages are made from these files (`tests/claims/page.py`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.claims.recorder import Claim

FOLDER = Path(__file__).parent / "measured"


def path_of(test: str, folder: Path) -> Path:
    """Return where the figures of this test are kept."""
    return folder / (Path(test.split("::")[0]).stem + ".json")


def read(path: Path) -> dict[str, dict]:
    """Return the tests of one file, or nothing if it was never measured."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def write(path: Path, tests: dict[str, dict]) -> None:
    """Replace the file at once, so that an interrupted run leaves the old or the new one."""
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")  # two runs may write at the same time
    new.write_text(json.dumps(tests, indent=1, ensure_ascii=False) + "\n", "utf-8")
    os.replace(new, path)


def entry(claims: list[Claim], seconds: float, code: str) -> dict:
    """Return what is kept of one test."""
    return {
        "full": claims[0].full,
        "seconds": round(seconds, 1),
        "code": code,
        "claims": [
            {
                "row": claim.row,
                "section": claim.section,
                "says": claim.says,
                "on": claim.on,
                "no control": claim.uncontrolled,
                "figures": claim.figures,
            }
            for claim in claims
        ],
    }


def keep(test: str, new: dict, folder: Path = FOLDER) -> None:
    """Put one test's figures in the place of its old ones."""
    path = path_of(test, folder)
    write(path, {**read(path), test: new})


def everything(folder: Path = FOLDER) -> dict[str, dict]:
    """Return all tests that were measured, from all files."""
    return {test: one for path in sorted(folder.glob("*.json")) for test, one in read(path).items()}


def drop(tests: set[str], folder: Path = FOLDER) -> None:
    """Forget tests that exist no more."""
    for path in sorted({path_of(test, folder) for test in tests}):
        kept = {test: one for test, one in read(path).items() if test not in tests}
        write(path, kept) if kept else path.unlink()


def differences(ran: dict[str, list[Claim]], folder: Path = FOLDER) -> list[str]:
    """Return what the tests that ran and what is kept of them do not have in common."""
    old = everything(folder)
    kept = {
        (claim["row"], claim["says"], what, bound)
        for test in ran
        for claim in old.get(test, {}).get("claims", [])
        for what, bound, _ in claim["figures"]
    }
    run = {
        (claim.row, claim.says, what, bound)
        for claims in ran.values()
        for claim in claims
        for what, bound, _ in claim.figures
    }
    return [f"on the page only: {' | '.join(row)}" for row in sorted(kept - run)] + [
        f"in this run only: {' | '.join(row)}" for row in sorted(run - kept)
    ]
