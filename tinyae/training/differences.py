"""Whether a checkpoint is that of the training that is about to start, and if not, what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tinyae.training.facts import OWN, SCHEDULE, START

MOST_LINES = 8  # of a message, one for each difference
TOTAL = "epochs"  # the one fact that may be another, if nothing depends on it


def check_same(
    path: Path, header: Mapping[str, Any], now: Mapping[str, Any], run: str | None, batches: int
) -> None:
    """Raise ValueError unless the file is a checkpoint of this training.

    Parameters
    ----------
    path : of the file, for the message
    header : of the file
    now : facts of this training (`facts.py`)
    run : digest of the training that gave this model its parameters, else None; a model that the
        training of the file has trained need not be a new one
    batches : how many batches of an epoch are done in the file
    """
    saved, now = dict(header["facts"]), dict(now)
    if run is not None and run == header["run"]:
        now[START] = saved[START]
    saved.setdefault("tuning", now.get("tuning"))  # older files have none, or one without tanh
    if isinstance(saved["tuning"], dict):
        saved["tuning"] = {"tanh": "tanh", **saved["tuning"]}
    total = saved.pop(TOTAL), now.pop(TOTAL)
    found = list(differences(saved, now))
    if found:
        more = [f"and {len(found) - MOST_LINES} more"] if len(found) > MOST_LINES else []
        raise ValueError(
            f"checkpoint: {path} belongs to another training. It was not changed. Give the model, "
            "data and arguments of that training, or another path; to start anew, delete the file. "
            "What differs:\n  " + "\n  ".join(found[:MOST_LINES] + more)
        )
    if total[0] != total[1]:
        _check_total(path, now, header["epoch"] - (batches == 0), *total)


def _check_total(path: Path, now: Mapping[str, Any], begun: int, saved: int, total: int) -> None:
    """Raise ValueError if the number of epochs may not be `total`, where the file has `saved`."""
    why = progress_matters({name: now[name] for name in ("optimizer", "model")})
    if not why and now["callback"]:
        why = "the callback may depend on the progress"
    if why:
        raise ValueError(
            f"checkpoint: {path} belongs to a training of {saved} epochs, got epochs={total}, "
            f"which would be another training from its first step: {why}. It was not changed"
        )
    if begun > total:
        raise ValueError(
            f"checkpoint: the training in {path} has begun epoch {begun} already, got epochs="
            f"{total}. It was not changed"
        )


def differences(
    saved: object,
    now: object,
    name: str = "",
    words: tuple[str, str] = ("in the file", "now"),
) -> Iterator[str]:
    """Yield one line for each fact that differs, as in the file and now, or in other `words`."""
    if isinstance(saved, dict) and isinstance(now, dict) and saved.get("class") == now.get("class"):
        for key in [*saved, *(key for key in now if key not in saved)]:
            inner = f"{name}.{key}" if name else key
            yield from differences(saved.get(key), now.get(key), inner, words)
    elif isinstance(saved, list) and isinstance(now, list) and len(saved) == len(now):
        for i, (one, other) in enumerate(zip(saved, now, strict=True)):
            yield from differences(one, other, f"{name}[{i}]", words)
    elif saved != now:
        yield f"{name}: {_short(saved)} {words[0]}, {_short(now)} {words[1]}"


def _short(fact: object) -> str:
    if isinstance(fact, dict) and "class" in fact:
        return f"a {fact['class']}"
    text = str(fact)
    return text if len(text) <= 100 else f"{text[:97]}..."


def progress_matters(facts: object, name: str = "") -> str:
    """Return why a training may depend on its number of epochs; "" if it cannot.

    A function of progress does. What the code of a class of one's own does is not known.
    """
    if isinstance(facts, list):
        facts = dict(enumerate(facts))
    if not isinstance(facts, dict):
        return ""
    if SCHEDULE in facts:
        return f"{name} is a function of progress"
    if OWN in facts:
        return f"{name} is a {facts['class']}, a class of your own, which may use progress"
    for key, fact in facts.items():
        inner = f"{name}[{key}]" if isinstance(key, int) else f"{name}.{key}" if name else key
        if why := progress_matters(fact, inner):
            return why
    return ""
