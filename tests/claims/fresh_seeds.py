"""How many sets of fresh seeds keep each bound: `python -m tests.claims.fresh_seeds 20 [FILE …]`.

The reduced form of the claims runs once for each set. A broken bound, or a control that keeps its
bound, is counted and is no failure. The counts are kept in measured_seeds/ as soon as a run has
ended, so that an interrupted count goes on where it stopped, and are written to
docs/claims/seeds.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.claims import measured
from tests.claims.fingerprint import fingerprint
from tests.claims.page import cell

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "tests" / "claims" / "measured_seeds"
PAGE = ROOT / "docs" / "claims" / "seeds.md"
WANTED = 0.95
TEXT = """\
# Fresh seeds

[All claims](../../CLAIMS.md). The reduced form of the claims was measured with other seeds than
those of the pages. For each bound, the number of runs that kept it is counted; for each control,
the number of runs in which it broke the bound, as it must. A bound that only the full form asserts
is not counted. Some files are not counted yet, and some were counted with older code. A few sets of
seeds only show that a bound does not fail often.

{bounds} bounds and controls of {tests} tests, with {least} to {most} sets of seeds each: {good} of them
were as they must be for at least 95 % of the sets. The others are listed here.

| test | figure | as it must be |
|---|---|---|
"""


def count(file: str, salt: int) -> list[dict]:
    """Run one file of claims with one set of seeds; return each bound and whether it was kept."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "bounds.json"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "claim", "-p", "no:cacheprovider",
                   "--salt", str(salt), "--count-bounds", str(out), file]  # fmt: skip
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{file} with salt {salt} failed:\n{done.stdout[-3000:]}")
        found = json.loads(out.read_text("utf-8"))
    if not found:
        raise RuntimeError(f"{file} measured nothing: is TINYAE_DATA set, and SciPy installed?")
    return found


def page(kept: list[dict]) -> str:
    """Return the page: how many bounds are kept, and which are kept by too few."""
    found = [(name, held, one["runs"]) for one in kept for name, held in one["bounds"].items()]
    poor = [(name, held, runs) for name, held, runs in found if held < WANTED * runs]
    rows = []
    for name, held, runs in sorted(poor):
        test, what = name.split(" | ", 1)
        rows.append(f"| `{test}` | {cell(what)} | {held} of {runs} |")
    head = TEXT.format(
        bounds=len(found),
        tests=len({name.split(" | ")[0] for name, _, _ in found}),
        least=min((one["runs"] for one in kept), default=0),
        most=max((one["runs"] for one in kept), default=0),
        good=len(found) - len(poor),
    )
    return head + "\n".join(rows) + "\n"


def main(runs: int, files: list[str]) -> None:
    """Count in each file of claims what was not yet counted with its present code."""
    for file in files:
        path, code = measured.path_of(file, KEPT), fingerprint(file)
        one = measured.read(path)
        if one.get("code") != code:
            one = {"code": code, "runs": 0, "bounds": {}}
        while one["runs"] < runs:
            for bound in count(file, one["runs"] + 1):
                name = f"{bound['test'].split('::')[1]} | {bound['what']}"
                one["bounds"][name] = one["bounds"].get(name, 0) + bound["kept"]
            one["runs"] += 1
            measured.write(path, one)
            print(f"{file}: {one['runs']} of {runs}", flush=True)
    PAGE.write_text(page([measured.read(path) for path in sorted(KEPT.glob("*.json"))]), "utf-8")


if __name__ == "__main__":
    every = [str(p.relative_to(ROOT)) for p in sorted(Path(__file__).parent.glob("test_*.py"))]
    main(int(sys.argv[1]), sys.argv[2:] or every)
