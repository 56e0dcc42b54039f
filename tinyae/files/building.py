"""Building an object from its description (`objects.py`), which may be wrong or malicious.

Nothing is imported and nothing is called but the constructors of the given classes. The only memory
is that of the arrays that were read, and once more of each of them, for the gradients.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tinyae.files.attributes import form, plain, wrong_attributes
from tinyae.files.values import (
    MOST_TEXT,
    NUMPY_TYPES,
    PYTHON_TYPES,
    generator_of,
    number_of,
    texts_of,
)


class UnknownClassError(ValueError):
    """A file has an object of a class that is not given. The message names the class."""


class Building:
    """An object under construction.

    Parameters
    ----------
    arrays : of the file, by name; they become parts of the object
    known : tinyae's classes by name
    own : the user's classes by name

    Attributes
    ----------
    used : the names of the arrays that are in the object so far
    """

    def __init__(
        self, arrays: Mapping[str, NDArray], known: Mapping[str, type], own: Mapping[str, type]
    ):
        self.arrays, self.known, self.own = arrays, known, own
        self.used: set[str] = set()
        self._zeros: dict[str, NDArray] = {}
        self._objects: list[object] = []
        self._text = 0  # characters in arrays of texts, all of the width of the longest

    def value(self, described: Any) -> Any:
        """Return what the description describes; raise an exception of any kind if it is wrong."""
        if described is None or isinstance(described, bool | int | float | str):
            return described
        if isinstance(described, list):
            return [self.value(part) for part in described]
        if "class" in described:
            return self._object(described)
        if "type" in described:
            return self._class(described, "type")
        ((kind, content),) = described.items()
        return self._makers[kind](self, content)

    def _tuple(self, items: list) -> tuple:
        return tuple([self.value(part) for part in items])

    def _dict(self, pairs: list) -> dict:
        found = {key: self.value(part) for key, part in pairs}
        if len(found) < len(pairs):
            raise ValueError("a key of a dict occurs twice")
        return found

    def _array(self, name: str) -> NDArray:
        """Return an array of the file, or zeros like it if the name begins with "~"."""
        if name.startswith("~"):
            if name not in self._zeros:
                self._zeros[name] = np.zeros_like(self.arrays[name[1:]], subok=False)
            return self._zeros[name]
        self.used.add(name)
        return self.arrays[name]

    def _part(self, content: list) -> NDArray:
        """Return a view: `offset` numbers from the start of an array, in rows or in columns."""
        name, offset, shape, turned = content
        flat, count = self._array(name).reshape(-1), math.prod(shape)
        if min(offset, *shape) < 0 or offset + count > flat.size:
            raise ValueError(f"a part of {count} numbers from {offset} is not inside {name}")
        rows = flat[offset : offset + count].reshape(shape)
        return rows.T if turned else rows

    def _texts(self, content: list) -> NDArray:
        found = texts_of(content)
        self._text += 0 if found.dtype == object else found.nbytes // 4
        if self._text > MOST_TEXT:
            raise ValueError("its arrays of texts would take much more memory than the file")
        return found

    def _again(self, number: int) -> object:
        return self._objects[range(len(self._objects))[number]]

    _makers: ClassVar[dict[str, Callable]] = {  # noqa: RUF012 (this dict is never changed)
        "tuple": _tuple,
        "dict": _dict,
        "array": _array,
        "part": _part,
        "number": lambda self, content: number_of(content),
        "texts": _texts,
        "generator": lambda self, content: generator_of(content),
        "again": _again,
        "dtype": lambda self, name: np.dtype(NUMPY_TYPES[name]),
        "numpy": lambda self, name: NUMPY_TYPES[name],
        "python": lambda self, name: PYTHON_TYPES[name],
    }

    def _class(self, described: dict, key: str) -> type:
        """Return tinyae's or the user's class of the name under a key of the description."""
        name = described[key]
        if described.get("own") is True:
            if name not in self.own:
                raise UnknownClassError(
                    f"it needs the class {name!s:.60}, which is not one of tinyae's: give it, "
                    f"load(path, classes=[{name!s:.60}])"
                )
            return self.own[name]
        if "own" in described or name not in self.known:
            raise UnknownClassError(
                f"it needs the class {name!r:.60}, and this version of tinyae has no such class"
            )
        return self.known[name]

    def _object(self, described: dict) -> object:
        cls = self._class(described, "class")
        keys = described.keys() - {"class", "own"}
        made = self._with_state(cls, described["state"]) if keys == {"state"} else None
        if keys == {"fields"} and form(cls, {}) == "fields":
            made = cls(**self._values(described["fields"]))
        if keys == {"settings", "learned"} and form(cls, {}) == "settings":
            made = cls(**self._values(described["settings"]))
            learned = self._values(described["learned"])
            if self.known.get(cls.__name__) is cls:
                _check(cls, learned)
            self._set(made, learned)
        if made is None:
            found = ", ".join(sorted(keys)) or "nothing"
            raise ValueError(f"its {cls.__name__} is described by {found}")
        self._objects.append(made)
        return made

    def _with_state(self, cls: type, described: dict) -> object:
        """Return an object without calling its constructor, with all attributes checked."""
        state = self._values(described)
        if form(cls, state) != "state" or not plain(cls):
            raise ValueError(f"a {cls.__name__} is not described by its attributes")
        made: Any = object.__new__(cls)
        layered = "theta" in state or "params" in state
        if hasattr(cls, "__setstate__") and not layered:
            made.__setstate__(state)
            return made
        if self.known.get(cls.__name__) is cls:
            _check(cls, state)
        theta: Any = state.get("theta")
        if theta is not None and not np.isfinite(theta).all():
            raise ValueError("it has parameters that are NaN or infinite; they must be finite")
        self._set(made, state)
        if hasattr(made, "check_packed"):
            made.check_packed()
        return made

    def _values(self, described: dict) -> dict[str, object]:
        return {name: self.value(part) for name, part in described.items()}

    @staticmethod
    def _set(made: object, attributes: dict[str, object]) -> None:
        """Set attributes, none of which may take the place of a method or property."""
        for name in attributes:
            there = inspect.getattr_static(type(made), name, None)
            if callable(there) or hasattr(there, "__set__"):
                raise ValueError(f"{type(made).__name__}.{name} is not an attribute that varies")
        vars(made).update(attributes)


def _check(cls: type, state: Mapping[str, object]) -> None:
    """Raise ValueError unless the attributes in a file are those of the class."""
    if wrong := wrong_attributes(cls, state):
        raise ValueError(f"its {wrong}")
