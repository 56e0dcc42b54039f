"""Check your work:  python check.py 01 02   (all tasks without a number).

It calls your functions with the numbers of `checks/`, compares, and tells the usual mistakes by
their output. Set a breakpoint() in your function and run it to step through. More checks are run
when your work is graded.
"""

from __future__ import annotations

import base64
import importlib
import json
import sys
import traceback
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))
from checks.locks import key_of, label, unlock  # noqa: E402
from checks.signs import right, sign  # noqa: E402
from checks.variant import Variant  # noqa: E402

DATA = json.loads((ROOT / "checks" / "numbers.json").read_text(encoding="utf-8"))


def array(sent: dict) -> np.ndarray:
    """Return an array from its text."""
    data = base64.b64decode(sent["data"])
    return np.frombuffer(data, np.dtype(sent["dtype"])).reshape(sent["shape"])


def outcome(check: dict) -> tuple[bool, str, list[str]]:
    """Return whether a check is right, what is told, and the hints that its output opens."""
    module = importlib.import_module(f"checks.{check['module']}")
    want = tuple(array(sent) for sent in check["want"])
    arrays, failure = None, ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            got = getattr(module, check["function"])(Variant(DATA["seed"]))
        arrays = tuple(
            np.asarray(value) for value in (got if isinstance(got, tuple | list) else (got,))
        )
        if right(arrays, want, check["tolerance"]):
            return True, "", []
        told = sign(arrays, want)
        told = told[:1].upper() + told[1:] + ". " if told else ""
        told += f"This must hold and does not: {check['property']}. " if check["property"] else ""
        told += f"Smallest input that shows it: {check['case']}." if check["case"] else ""
    except NotImplementedError as error:
        return False, f"not written yet: {error}", []
    except Exception as error:
        place = ""
        for frame in traceback.extract_tb(error.__traceback__):
            if Path(frame.filename).is_relative_to(ROOT / "tinyae"):
                place = f" ({Path(frame.filename).relative_to(ROOT)}, line {frame.lineno})"
        failure = f"{type(error).__name__}: {error}"
        told = failure + place
    key = key_of(check["id"], arrays, failure)
    hints = check["hints"].get(label(key), [])
    return False, told or "The result is wrong.", [unlock(text, key) for text in hints]


def check(*ids: str) -> bool:
    """Print what is right and wrong in some tasks, and return whether all is right."""
    ids = [text.zfill(2) if text.isdecimal() else text.upper()
           for text in " ".join(ids).replace(",", " ").split()]  # fmt: skip
    unknown = [task_id for task_id in ids if task_id not in DATA["tasks"]]
    if unknown:
        raise SystemExit(f"no task {', '.join(unknown)}; there are {', '.join(DATA['tasks'])}")
    good = True
    for task_id in ids or DATA["tasks"]:
        task = DATA["tasks"][task_id]
        found = [outcome(each) for each in task["checks"]]
        votes = [hint for _, _, hints in found for hint in hints]
        print(f"{task_id} {task['title']}")
        for each, (fine, told, hints) in zip(task["checks"], found, strict=True):
            hint = max(hints, key=votes.count) if hints else told
            print(
                f"    {'right' if fine else 'WRONG'}  {each['name']}  ({each['points']:g} points)"
            )
            if not fine:
                print(f"           {hint}")
            good = good and fine
        print(f"    {task['hidden']} more checks are run when it is graded")
    return good


if __name__ == "__main__":
    sys.exit(0 if check(*sys.argv[1:]) else 1)
