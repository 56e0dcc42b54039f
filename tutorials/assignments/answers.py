"""What a submission may use, and what comes back from it: answers in words and arrays."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import numpy as np

MB = 2**20


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Attributes
    ----------
    seconds : for each check, of the clock
    total_seconds : for the whole submission
    memory : bytes of address space (RLIMIT_AS)
    output : characters that are kept of what it prints; the rest is counted
    most_output : bytes after which the process is ended
    file_size : bytes of a file that it writes
    deaths : how often a process of one task may end before the rest of the task is given up
    """

    seconds: float = 20.0
    total_seconds: float = 600.0
    memory: int = 2 * 1024 * MB
    output: int = 2000
    most_output: int = 16 * MB
    file_size: int = 16 * MB
    deaths: int = 2


@dataclass
class Answer:
    """What a check got from a submission: arrays, or the reason why there are none."""

    arrays: tuple | None = None
    failure: str = ""
    kind: str = ""  # of the failure, such as "NotImplementedError" or "time"


@dataclass
class Record:
    """All answers of a submission, and what it did besides."""

    answers: list[Answer] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)
    output: str = ""
    printed: int = 0
    seconds: float = 0.0
    processes: int = 0


def plain(text: object) -> str:
    """Return what a submission says as one line of visible characters, not too long.

    Else an exception could write lines of its own into the report, or codes for the terminal.
    """
    return "".join(c for c in " ".join(str(text).split()) if c.isprintable())[:500]


def failed(failure: dict) -> Answer:
    """Return an exception of the submission in a sentence."""
    kind, text, place = (plain(failure.get(key, "")) for key in ("kind", "text", "place"))
    where = f" ({place})" if place else ""
    if kind == "NotImplementedError":
        return Answer(failure=f"not written yet: {text}", kind=kind)
    if kind == "SystemExit":
        return Answer(failure=f"it called sys.exit({text}){where}", kind=kind)
    if kind in ("MemoryError", "_ArrayMemoryError"):
        return Answer(failure=f"it asked for more memory than allowed: {text}{where}", kind=kind)
    return Answer(failure=f"{kind}: {text}{where}", kind=kind)


def array_of(sent: dict) -> np.ndarray:
    dtype = np.dtype(sent["dtype"])
    if dtype.kind not in "biufc":
        raise ValueError(f"dtype {dtype}")
    data = base64.b64decode(sent["data"], validate=True)
    return np.frombuffer(data, dtype).reshape([int(n) for n in sent["shape"]]).copy()
