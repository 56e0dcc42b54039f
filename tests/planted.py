"""Planted mistakes: the library made wrong, one line at a time, to see whether the tests notice.

A test that passes proves little until it has been seen to fail. Each `Mistake` is an exact text
replacement in one file of the library, of the kind that people really make: a forgotten f″, a
missing 2, a sum where a mean belongs, a copy where a view belongs. Their table is
`planted_mistakes.py`. `catch` applies one to a copy of the package and runs the unit tests against
that copy; a mistake that no test notices is a hole in the tests. `python tests/planted.py` prints
which test caught which mistake.
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import cache_from_source
from itertools import repeat
from pathlib import Path

from planted_mistakes import PLANTED

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2  # subprocesses at a time
TIMEOUT = 300  # seconds; a run of all unit tests takes under ten

# Sharp and quick files first, since a run ends with the first failure; files not named here follow,
# except those that are slow, need other files of the repository, or would run this one again.
FIRST = (
    "activations outputs codes parameters pca priors persistence training autoencoder classifier "
    "gradcheck corruption contraction penalties layers score gradients bad_input datasets"
).split()
# Where a file's test has another name.
HOMES = {
    "header": "persistence",
    "published": "mnist_files",
    "mnist_table": "mnist_files",
    "walk": "mnist_files",
    "softmax": "classifier",
    "curvature": "penalties",
    "model": "autoencoder",
    "builder": "autoencoder",
    "description": "autoencoder",
    "initializers": "autoencoder",
    "optimizers": "training",
    "settings": "training",
    "history": "training",
    "progress_line": "surroundings",
    "text": "surroundings",
    "underflow": "surroundings",
    "layer_steps": "training",
    "training_state": "streams",
    "inplace": "core",
    "fast_steps": "core",
    "stages": "core",
    "core_penalties": "core",
    "block": "core",
    "plan": "core",
    "batch": "pairs",
    "fitness": "settings_that_fit",
    "reconstruction": "score",
    "rows": "training",
    "gradient_report": "gradcheck",
    "kinks": "gradcheck",
    "canvas": "plotting",
    "drawable": "plotting",
    "pictures": "plotting",
    "pixels": "plotting",
    "numerical": "gradcheck",
    "residual": "score_matching",
    "contrastive": "rbm",
    "enumeration": "rbm",
    "partition": "rbm",
    "pseudo_likelihood": "rbm",
    "base_rates": "rbm",
    "dead_units": "psd",
    "reseeding": "psd",
    "gsn": "sampling",
    "distances": "sampling",
    "hessian": "fixed_points",
    "fullbatch": "minimize",  # with a stand-in for SciPy
    "active_set": "lasso",
    "sparse_coding": "lasso",
    "dictionary": "psd",
    "gain": "layers",
    "stacking": "psd",
    "pancakes": "parzen",
    "cross_validation": "parzen",
    "nonlocal_parzen": "parzen",
    "graph": "neighbors",
    "isomap": "embeddings",
    "locally_linear": "embeddings",
    "eigenmaps": "embeddings",
    "tangent_alignment": "embeddings",
    "charting": "embeddings",
    "kernel_pca": "embeddings",
    "perplexity": "sne",
    "neighbor_map": "sne",
    "turning": "swiss_roll",
    "subspace": "tangents",
    "order": "axes",
    "units": "axes",
}
LEFT_OUT = (
    "planted claims* figures denoising_baselines mnist tutorials strokes main readme "
    "processes torch* fullbatch gabor photographs benchmarks every_bit"
).split()


@dataclass(frozen=True)
class Mistake:
    """Replace `old`, which must occur exactly once in `file` (below tinyae/), by `new`."""

    name: str
    file: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """Return the text with the mistake in it.

        Raises
        ------
        LookupError
            If `old` does not occur exactly once: the library changed and the plant must follow.
        """
        count = text.count(self.old)
        if count != 1:
            raise LookupError(
                f"planted mistake {self.name!r}: its text must occur once in tinyae/{self.file}, "
                f"it occurs {count} times:\n{self.old}"
            )
        return text.replace(self.old, self.new)


MISTAKES = [
    Mistake(name, file, old, new) for file, found in PLANTED.items() for name, old, new in found
]
# The control: a test that fails on this fails by itself, and would prove nothing.
HARMLESS = Mistake("a comment", "nn/layers.py", "class Linear(Layer):", "class Linear(Layer):  # y")

# What the subprocess runs. It makes sure that the copy is what was imported, before the tests and
# after them, leaves the slow tests to the end, and ends where its parent does.
LAUNCH = """
import os, pathlib, stat, sys, threading, traceback
def end_with_parent(lifeline):
    os.read(lifeline, 1)  # it returns when the parent is gone, or wants no answer any more
    os._exit(1)
if stat.S_ISFIFO(os.fstat(0).st_mode):  # a copy of it: pytest puts another input in its place
    threading.Thread(target=end_with_parent, args=(os.dup(0),), daemon=True).start()
folder = pathlib.Path(sys.argv[1]).resolve()
def guard():
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "tinyae":
            assert folder in pathlib.Path(module.__file__).resolve().parents, module.__file__
class SlowLast:
    def pytest_collection_modifyitems(self, items):
        slow = ("test_the_grid", "test_gradient_alone_and_in_every_pair", "test_the_whole_table")
        items.sort(key=lambda item: item.name.partition("[")[0] in slow)
try:
    import tinyae
    guard()
    import pytest
    status = int(pytest.main(sys.argv[2:], plugins=[SlowLast()]))
    guard()
except BaseException:
    traceback.print_exc()
    status = 99
sys.exit(status)
"""


def unit_tests(folder: Path) -> list[str]:
    """Return the names of the quick unit tests in a folder, the sharp ones first."""
    names = {p.name for p in folder.glob("test_*.py")}
    for pattern in LEFT_OUT:
        names -= {p.name for p in folder.glob(f"test_{pattern}.py")}
    first = [f"test_{name}.py" for name in FIRST]
    return [n for n in first if n in names] + sorted(names - set(first))


def snapshot(folder: Path) -> Path:
    """Copy what a run needs into an empty folder, compiled, and return the folder."""
    clean = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tinyae", folder / "tinyae", ignore=clean)
    (folder / "tests" / "claims").mkdir(parents=True)
    helpers = (p.name for p in (ROOT / "tests").glob("*.py"))
    helpers = [name for name in helpers if not name.startswith(("test_", "planted"))]
    shared = ["pyproject.toml", "tests/claims/recorder.py", *(f"tests/{h}" for h in helpers)]
    for file in (*shared, *(f"tests/{test}" for test in unit_tests(ROOT / "tests"))):
        shutil.copy2(ROOT / file, folder / file)
    compileall.compile_dir(folder, quiet=2)
    return folder


def caught_by(mistake: Mistake, base: Path, lifeline: int | None = None) -> str | None:
    """Return the first test that fails on a copy of `base` with this mistake in it, else None.

    The processes end when the pipe `lifeline` is closed at its other end.

    Raises
    ------
    LookupError
        If the text to replace does not occur exactly once.
    RuntimeError
        If the tests could not be run: the mistake breaks an import, or the copy was not imported.
    """
    with tempfile.TemporaryDirectory(prefix="planted") as name:
        folder = Path(name) / "copy"
        shutil.copytree(base, folder)
        path = folder / "tinyae" / mistake.file
        path.write_text(mistake.apply(path.read_text(encoding="utf-8")), encoding="utf-8")
        Path(cache_from_source(path)).unlink(missing_ok=True)
        home = f"test_{HOMES.get(path.stem, path.stem)}.py"
        tests = unit_tests(folder / "tests")
        tests.sort(key=lambda test: test != home)
        tests = [f"tests/{test}" for test in tests]
        # Its own test alone first, which is most often enough: collecting them all takes longer.
        return first_failure(folder, tests[:1], mistake, lifeline) or first_failure(
            folder, tests[1:], mistake, lifeline
        )


def first_failure(
    folder: Path, tests: list[str], mistake: Mistake, lifeline: int | None = None
) -> str | None:
    """Run the tests in `folder` until one fails; return its name."""
    before = os.environ.get("PYTHONPATH")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), before] if before else [str(folder)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTEST_ADDOPTS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    options = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not claim and not real_data",
               "--assert=plain", "--tb=short"]  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", LAUNCH, str(folder), *options, *tests],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL if lifeline is None else lifeline,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT,
    )
    if run.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) tests/(.*?::.*?)(?: - .*)?$", run.stdout, re.MULTILINE)
    if run.returncode == 1 and failed:
        return failed[1]
    raise RuntimeError(
        f"planted mistake {mistake.name!r}: no verdict, exit status {run.returncode}\n{run.stdout}"
    )


def catch(mistake: Mistake) -> bool:
    """Whether a test fails on a copy of the library with this mistake in it."""
    with tempfile.TemporaryDirectory(prefix="planted") as base:
        return caught_by(mistake, snapshot(Path(base))) is not None


def catch_all(
    mistakes: Iterable[Mistake], *, control: bool = True
) -> Iterator[tuple[Mistake, str | None]]:
    """Yield each mistake with the test that caught it, or None.

    The control is a run of all tests on an unharmed copy; leave it out only where they run anyway.

    Raises
    ------
    RuntimeError
        If the tests fail on the library with a comment added, so that a failure proves nothing.
    """
    mistakes = list(mistakes)
    theirs, ours = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), "rw", strict=True))
    with (
        theirs,
        ours,
        tempfile.TemporaryDirectory(prefix="planted") as name,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        base = snapshot(Path(name))
        lifeline = theirs.fileno()
        unharmed = pool.submit(caught_by, HARMLESS, base, lifeline) if control else None
        found = pool.map(caught_by, mistakes, repeat(base), repeat(lifeline))
        try:
            failed = unharmed.result() if unharmed is not None else None
            if failed is not None:
                raise RuntimeError(
                    f"the library as it is fails {failed}: repair that first (a test that needs "
                    "more than tinyae/ belongs in LEFT_OUT)"
                )
            yield from zip(mistakes, found, strict=True)
        finally:
            ours.close()  # nobody waits for the runs that are still going on
            pool.shutdown(cancel_futures=True)


def main() -> int:
    """Print which test caught which mistake; return 1 if one was not caught."""
    caught = 0
    for mistake, test in catch_all(MISTAKES):
        caught += test is not None
        print(f"{mistake.file:<26}{mistake.name:<65}{test or 'NOT CAUGHT'}", flush=True)
    print(f"caught {caught} / planted {len(MISTAKES)}")
    return 0 if caught == len(MISTAKES) else 1


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # names of mistakes have letters such as f″
    # A request to end is an exception like any other: processes end, temporary folders go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
