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

ROOT = Path(__file__).resolve().parents[1]


def answer(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> dict:
    """Run a module of the benchmarks; return the JSON of the last line it prints."""
    theirs, ours = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.child", module, *arguments],
            check=True, capture_output=True, text=True, cwd=ROOT, env=env, stdin=theirs,
        )  # fmt: skip
    finally:
        os.close(theirs)
        os.close(ours)
    return json.loads(done.stdout.splitlines()[-1])


def _end_with_parent() -> None:
    if not os.read(0, 1):  # nothing is written to the pipe; the read returns when it is closed
        os._exit(1)


if __name__ == "__main__":
    Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
