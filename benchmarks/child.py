"""Run a part of a benchmark in a child process, which ends when its parent ends.

The child's standard input is a pipe that only its parent holds open. The pipe is closed when the
parent ends, even when the parent is killed.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

# With -c the working folder is the first place of imports, and not the folder of this file.
START = "import runpy, sys; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"
ROOT = Path(__file__).resolve().parents[1]


def answer(
    what: str, *arguments: str, env: Mapping[str, str] | None = None, folder: Path = ROOT
) -> dict:
    """Run a module, or a file by its path; return the JSON of the last line it prints.

    The child imports what is in `folder` first.

    Raises
    ------
    RuntimeError
        If the child fails, with the last line of its errors.
    """
    theirs, ours = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", START, __file__, what, *arguments], check=False,
            capture_output=True, text=True, cwd=folder, env=env, stdin=theirs,
        )  # fmt: skip
    finally:
        os.close(theirs)
        os.close(ours)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(lines[-1])
    return json.loads(done.stdout.splitlines()[-1])


def _end_with_parent() -> None:
    if not os.read(0, 1):  # nothing is written to the pipe; the read returns when it is closed
        os._exit(1)


if __name__ == "__main__":
    Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    if sys.argv[0].endswith(".py"):
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
