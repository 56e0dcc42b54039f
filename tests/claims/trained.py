"""Trained models that are kept between runs, under a hash of the code and the settings.

    model = trained(learn, x, 300, seed=seed, epochs=4)

is `learn(x, 300, seed=seed, epochs=4)`. If the environment variable TINYAE_TRAINED names a folder,
the result is kept there, and the next run with the same code, data and settings reads it.
`python -m tests.claims` sets the variable. A figure can then be added to a claim without hours of
training.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.claims.fingerprint import ROOT, fingerprint

T = TypeVar("T")
VARIABLE = "TINYAE_TRAINED"


def trained(learn: Callable[..., T], *arguments: object, **settings: object) -> T:
    """Return learn(*arguments, **settings), from the folder of TINYAE_TRAINED if it is there.

    `learn` is a function of the library or of figures/experiments: a change of their code makes the
    kept results invalid. Arguments must be values that can be pickled, arrays and seeds for example.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return learn(*arguments, **settings)
    path = Path(folder) / f"{key(learn, arguments, settings)}.pickle"
    if path.exists():
        return pickle.loads(path.read_bytes())
    found = learn(*arguments, **settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    new.write_bytes(pickle.dumps(found))
    os.replace(new, path)  # an interrupted run leaves no half of a file
    return found


def key(learn: Callable, arguments: tuple, settings: dict) -> str:
    """Return the hash of the function's module with all it imports, and of what it is given."""
    file = Path(sys.modules[learn.__module__].__file__).resolve()
    code = fingerprint(str(file.relative_to(ROOT)))
    given = pickle.dumps((learn.__qualname__, arguments, sorted(settings.items())))
    return hashlib.sha256(code.encode() + given).hexdigest()[:24]
