"""What surrounds the process of a submission: its environment, fonts, and other processes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def clean_environment(scratch: Path) -> dict[str, str]:
    """Return the environment of a submission: nothing of the grader's but what Python needs."""
    keep = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        **{name: os.environ[name] for name in keep if name in os.environ},
        **{name: "1" for name in threads},
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(scratch),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def font_lists() -> list[Path]:
    """Return matplotlib's lists of fonts, if the user has any."""
    place = os.environ.get("MPLCONFIGDIR") or Path.home() / ".cache" / "matplotlib"
    return sorted(Path(place).glob("fontlist-*.json"))


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs, where /proc tells."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = entry.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, front = [], [pid]
    while front:
        for child in parents.get(front.pop(), ()):
            found.append(child)
            front.append(child)
    return found


def processes_of_user() -> int:
    """Return how many tasks of this user run now; 0 where /proc does not tell."""
    count, uid = 0, os.getuid() if hasattr(os, "getuid") else -1
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if entry.stat().st_uid == uid:
                count += sum(1 for _ in (entry / "task").iterdir())
    return count
