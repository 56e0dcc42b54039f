"""Describing an object by JSON and arrays: names of classes and values, and no code.

An object becomes the name of its class, and one of three:

    fields                of a dataclass that is made of what its constructor takes, such as the
                          settings in the slots of a model
    settings, learned     of an estimator: what `get_params` returns, and all other attributes
    state                 of layers, models and everything else: the attributes

Arrays are written once. An array inside the memory of another one, such as a parameter in theta or
the weights of a tied layer, becomes a part of it, so that what is shared in memory is shared again
after loading. Gradients are zeros and take no room. An object that occurs twice is written once.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.files.attributes import ATTRIBUTES, FORGOTTEN, form, plain, wrong_attributes
from tinyae.files.memory import Memory, zeros_like
from tinyae.files.values import (
    MOST_TEXT,
    NUMPY_TYPES,
    UnwritableError,
    generator_json,
    number_json,
    texts_json,
    type_json,
)

PLAIN = (bool, int, float, str, type(None))
CODE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType,
        functools.partial, np.ufunc)  # fmt: skip


class Description:
    """An object described by JSON, and the arrays in it by name.

    Parameters
    ----------
    thing : the object
    known : tinyae's classes by name. An object of another class is marked as such

    Attributes
    ----------
    json : for `building.built`
    arrays : the arrays by name

    Raises
    ------
    TypeError
        If there is something in the object that a file cannot hold; the message names it.
    """

    def __init__(self, thing: object, known: Mapping[str, type]):
        self.known = known
        self._memory = Memory()
        self.arrays = self._memory.arrays
        self._numbers: dict[int, int | None] = {}  # None as long as an object is not complete
        self._count = 0
        self._text = 0  # characters in arrays of texts
        self._own: dict[str, type] = {}  # the classes that are not tinyae's, by name
        self._kept: list[object] = []  # a number belongs to an object as long as it exists
        self.json = self._value(thing, ())

    def _value(self, it: Any, path: tuple[str, ...]) -> object:
        """Describe a value; `path` says where it is in the whole object."""
        kind = type(it)
        if kind in PLAIN:
            return it
        if kind is list:
            return [self._value(part, (*path, str(i))) for i, part in enumerate(it)]
        if kind is tuple:
            return {"tuple": self._value(list(it), path)}
        if kind is dict:
            pairs = [[k, self._value(v, (*path, str(k)))] for k, v in it.items()]
            if not all(type(k) in PLAIN for k in it):
                raise TypeError(f"save cannot write {_named(path)}: a key is no text or number")
            return {"dict": pairs}
        try:
            if isinstance(it, np.generic):
                return number_json(it)
            if kind in (np.ndarray, np.memmap):
                return self._texts(it) if it.dtype.kind in "OU" else self._array(it, path)
            if isinstance(it, np.random.Generator | np.random.RandomState):
                return {"generator": generator_json(it)}
        except UnwritableError as error:
            raise TypeError(f"save cannot write {_named(path)}, {error}") from error
        if isinstance(it, np.dtype) and it.name in NUMPY_TYPES:
            return {"dtype": it.name}
        if isinstance(it, type):
            return type_json(it) or self._class(it, "type")
        if isinstance(it, CODE):
            raise TypeError(
                f"save cannot write {_named(path)} = {it!r:.80}: a file contains no code. Give an "
                "object instead, such as a schedule (Cosine, WarmUp) or a dataclass of your own"
            )
        return self._object(it, path)

    def _object(self, it: Any, path: tuple[str, ...]) -> dict:
        """Describe an object by its class, or by its number if it was described before."""
        if id(it) in self._numbers:
            if self._numbers[id(it)] is None:
                raise TypeError(f"save cannot write {_named(path)}, which contains itself")
            return {"again": self._numbers[id(it)]}
        self._numbers[id(it)] = None
        self._kept.append(it)
        cls = type(it)
        found = self._class(cls, "class")
        state = _state(it, path)
        how = form(cls, state)
        table = cls.__name__ in ATTRIBUTES or hasattr(cls, "__setstate__") or "own" in found
        if how == "state" and not (table and plain(cls)):
            raise TypeError(f"save cannot write {_named(path)} = {it!r:.80}, a {cls.__name__}")
        if how == "fields":
            state = {f.name: getattr(it, f.name) for f in dataclasses.fields(it) if f.init}
        elif how == "settings":
            settings = it.get_params(deep=False)
            learned = {name: value for name, value in state.items() if name not in settings}
            found["settings"] = self._named(settings, path)
            how, state = "learned", learned
        if "own" not in found and (how == "learned" or cls.__name__ in ATTRIBUTES):
            if wrong := wrong_attributes(cls, state):
                hint = "delete what you added, or make a class of your own that has it"
                raise TypeError(f"save cannot write {_named(path)}: its {wrong}; {hint}")
        found[how] = self._named(state, path)
        self._numbers[id(it)] = self._count
        self._count += 1
        return found

    def _class(self, cls: type, key: str) -> dict[str, object]:
        """Describe a class by its name, and say if it is not one of tinyae's."""
        if self.known.get(cls.__name__) is cls:
            return {key: cls.__name__}
        if self._own.setdefault(cls.__name__, cls) is not cls:
            raise TypeError(
                f"save cannot write objects of two classes with the name {cls.__name__}, because "
                "load finds classes by their names: rename one of them"
            )
        return {key: cls.__name__, "own": True}

    def _named(self, values: Mapping[str, object], path: tuple[str, ...]) -> dict:
        """Describe values by name: theta and its gradient first, because other arrays lie in them.

        Gradients are described as zeros in the shape of the parameters.
        """
        values, found = dict(values), {}
        for name, gradient in (("theta", "grad"), ("params", "grads")):
            if name in values and gradient in values:
                found[name] = self._value(values.pop(name), (*path, name))
                found[gradient] = self._zeros(values.pop(gradient), found[name], (*path, gradient))
        return found | {name: self._value(it, (*path, name)) for name, it in values.items()}

    def _zeros(self, gradient: Any, parameters: Any, path: tuple[str, ...]) -> object:
        """Describe gradients, an array or a dict of them, whose parameters are described so."""
        if isinstance(gradient, dict):
            known = dict(parameters["dict"])
            if gradient.keys() == known.keys():
                pairs = [[k, self._zeros(g, known[k], (*path, k))] for k, g in gradient.items()]
                return {"dict": pairs}
        name = parameters.get("array") if isinstance(parameters, dict) else None
        if name in self.arrays and zeros_like(self.arrays[name], gradient):
            if self._memory.place(gradient) is None:
                self._memory.note(gradient, f"~{name}")
        return self._value(gradient, path)

    def _texts(self, array: NDArray) -> dict:
        self._text += array.nbytes // 4 if array.dtype.kind == "U" else 0
        if self._text > MOST_TEXT:
            raise UnwritableError("arrays of texts that take more than 64 MB")
        return texts_json(array)

    def _array(self, array: NDArray, path: tuple[str, ...]) -> dict:
        """Describe an array by a new name, or by its place in one that was described before."""
        if array.dtype.name not in NUMPY_TYPES:
            raise UnwritableError(
                f"an array of dtype {array.dtype}: a file holds booleans, integers and real "
                "numbers of at most 64 bits"
            )
        return self._memory.place(array) or {"array": self._memory.add(array, path)}


def _state(it: object, path: tuple[str, ...]) -> dict[str, object]:
    """Return the attributes of an object, without what is not written."""
    cls = type(it)
    attributes = getattr(it, "__dict__", None)
    if isinstance(attributes, dict) and not attributes.keys() & {"theta", "params"}:
        # Before Python 3.11 only classes with a method of their own have `__getstate__`.
        if hasattr(cls, "__setstate__") and hasattr(cls, "__getstate__"):
            attributes = it.__getstate__()
    if not isinstance(attributes, dict) or isinstance(it, tuple | list | dict | np.ndarray):
        raise TypeError(f"save cannot write {_named(path)} = {it!r:.80}, a {cls.__name__}")
    forgotten = FORGOTTEN if hasattr(cls, "loss_and_grad") else ()
    return {name: None if name in forgotten else it for name, it in attributes.items()}


def _named(path: tuple[str, ...]) -> str:
    """Return the name of a part for a message."""
    return ".".join(path) or "this object"
