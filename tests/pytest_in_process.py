"""pytest on another project, in a process that has NumPy, pytest and hypothesis already."""

import os
import sys
import traceback
from pathlib import Path

import pytest
from planted import BROKEN, LOCK, processes


def run_pytest(root: Path, arguments: list[str], variables: dict[str, str]) -> tuple[int, str]:
    """Run pytest in the folder `root`; return its exit status and what it printed.

    Starting Python and loading the three packages takes longer than the tests of a toy project.
    """
    log = root / "pytest.log"
    process = processes().Process(target=_run, args=(root, arguments, variables, log))
    with LOCK:
        process.start()
    process.join()
    return process.exitcode, log.read_text(encoding="utf-8")


def _run(root: Path, arguments: list[str], variables: dict[str, str], log: Path) -> None:
    """Forget this repository, go to the other project, and exit with the status of pytest."""
    here = Path(__file__).resolve().parents[1]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    sys.path[:] = [
        p for p in sys.path if here not in [Path(p).resolve(), *Path(p).resolve().parents]
    ]
    os.environ.update(variables, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_ADDOPTS="")
    os.chdir(root)
    with open(log, "w", encoding="utf-8") as file:
        sys.stdout = sys.stderr = file
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            # hypothesis is loaded already: its plugin could not be told to rewrite assertions
            status = int(pytest.main(["--assert=plain", *arguments]))
        except BaseException:
            traceback.print_exc()
            status = BROKEN
        file.flush()
    sys.stdout = sys.stderr = None
    os._exit(status)
