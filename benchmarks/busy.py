"""Neighbours of a measurement: processes that compute all the time, on the same cores."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# It reads its input too, which ends when its parent ends, even if the parent is killed.
SPIN = """import os, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
while True: sum(range(10**6))"""


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Within the block, so many other processes compute; they end with it, or with this process."""
    busy = [subprocess.Popen([sys.executable, "-c", SPIN], stdin=subprocess.PIPE)
            for _ in range(count)]  # fmt: skip
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.communicate()


def heading(name: str, count: int) -> str:
    """Return the name of a section that was measured beside so many busy processes."""
    return f"{name} beside {count} busy" if count else name
