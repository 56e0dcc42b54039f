"""Whether a submission replaced what the checks call: NumPy, Python's functions, the library's own.

`Integrity` is made before the submission is imported. It notes the functions of Python and NumPy.
Functions of the library's files that are not the student's are compared with the code in these
files when they are first seen, and must stay the same objects after that. What is replaced is told
by name. Code that puts everything back before a check returns is not found, nor is a change inside
an object.

The file imports nothing of the project, since it runs in the process of the submission.
"""

from __future__ import annotations

import builtins
import math
import os
import sys
import types
from importlib.machinery import SourceFileLoader

LIBRARY = ("tinyae", "figures")
WRAPPERS = ("__wrapped__", "__func__", "fget", "func")


class Integrity:
    """Finds names that no longer mean what they should.

    Parameters
    ----------
    root : folder of the submission
    files : for each file that the student writes, relative to root, the names that the library's
        own version defines. Other modules may import these, and no other, from it
    """

    def __init__(self, root: str, files: dict[str, list[str]]):
        import numpy

        self.root = os.path.realpath(root)
        self.files = {os.path.join(self.root, file): set(names) for file, names in files.items()}
        self.seen: dict[str, dict[str, object]] = {}  # owner -> its functions, classes and modules
        watched = (builtins, math, numpy, numpy.linalg, numpy.random)
        self.fixed = {module.__name__: module for module in watched}
        for name, module in self.fixed.items():
            self.seen[name] = _callables(vars(module))

    def replaced(self) -> list[str]:
        """Return the names that were replaced up to now, such as "numpy.allclose"."""
        found, imported = [], []
        for name, module in self.fixed.items():
            found += self._changed(name, vars(module))
        for name, module in sorted(sys.modules.items()):
            if name.partition(".")[0] in LIBRARY:
                self._look_at(name, module, found, imported)
        return list(dict.fromkeys([*found, *imported]))

    def _look_at(self, name: str, module: object, found: list[str], imported: list[str]) -> None:
        """Add what is replaced in a module of the library, and what it imported of that."""
        loader = getattr(getattr(module, "__spec__", None), "loader", None)
        path = os.path.realpath(getattr(loader, "path", ""))
        if path in self.files:
            return
        if type(loader) is not SourceFileLoader or not path.startswith(self.root + os.sep):
            found.append(name)
            return
        names = dict(vars(module))
        if name in self.seen:
            found += self._changed(name, names)
        else:
            unlike = self._unlike(name, names, SourceFileLoader(name, path).get_code(name))
            foreign = [f"{name}.{key}" for key, value in names.items()
                       if self._smuggled(key, value)]  # fmt: skip
            found += unlike
            imported += foreign
            if not unlike and not foreign:
                self.seen[name] = _callables(names)
        for key, value in names.items():
            if isinstance(value, type) and value.__module__ == name:
                found += self._changed(f"{name}.{key}", vars(value))

    def _unlike(self, owner: str, names: dict, code: types.CodeType) -> list[str]:
        """Return the functions whose code is not that of the file."""
        written: dict[str, list[types.CodeType]] = {}
        for part in code.co_consts:
            if isinstance(part, types.CodeType) and part.co_name.isidentifier():
                written.setdefault(part.co_name, []).append(part)
        found = []
        for key, parts in written.items():
            value = names.get(key)
            if isinstance(value, type):
                bodies = dict(vars(value))
                if all(self._unlike(f"{owner}.{key}", bodies, part) for part in parts):
                    found += self._unlike(f"{owner}.{key}", bodies, parts[-1])
            elif value is not None and _code(value) not in (None, *parts):
                found.append(f"{owner}.{key}")
        return found

    def _smuggled(self, key: str, value: object) -> bool:
        """Return whether a value comes from a student's file under a name of the student's own."""
        if isinstance(value, type):
            module = sys.modules.get(value.__module__)
            file = os.path.realpath(getattr(module, "__file__", None) or "")
        else:
            file = getattr(_code(value), "co_filename", "")
        return file in self.files and key not in self.files[file]

    def _changed(self, owner: str, names: dict) -> list[str]:
        """Return the names of an owner that mean something else than at the first look."""
        before = self.seen.setdefault(owner, _callables(names))
        return [f"{owner}.{key}" for key, value in before.items() if names.get(key) is not value]


def _callables(names: dict) -> dict[str, object]:
    """Return functions, classes, properties and modules by their names."""
    return {key: value for key, value in names.items()
            if callable(value) or isinstance(value, types.ModuleType | property | classmethod
                                             | staticmethod)}  # fmt: skip


def _code(value: object) -> types.CodeType | None:
    """Return the code below decorators, properties and class methods, or None."""
    for _ in range(9):
        if isinstance(value, types.FunctionType) and "__wrapped__" not in vars(value):
            return value.__code__
        inner = [getattr(value, name) for name in WRAPPERS if hasattr(value, name)]
        if not inner:
            return None
        value = inner[0]
    return None
