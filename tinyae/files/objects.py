"""Describing an object by JSON and arrays: names of classes and values, and no code.

An object becomes the name of its class, and one of three:

    fields                of a dataclass, such as the settings in the slots of a model
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

from tinyae.files.attributes import ATTRIBUTES, FORGOTTEN

PLAIN = (bool, int, float, str, type(None))
GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
CODE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType,
        functools.partial, np.ufunc)  # fmt: skip
MOST_TEXT = 1 << 24  # characters of an array of texts, in which all have the width of the longest
PYTHON_TYPES = {it.__name__: it for it in (bool, int, float, str)}
NUMPY_TYPES = {
    name: np.dtype(name).type
    for name in ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
                 "float16", "float32", "float64")
}  # fmt: skip


def form(cls: type, state: Mapping[str, object]) -> str:
    """Return how an object of a class with these attributes is described."""
    if "theta" in state or state.get("params") or cls.__name__ in ATTRIBUTES:
        return "state"
    if hasattr(cls, "get_params"):
        return "settings"
    return "fields" if dataclasses.is_dataclass(cls) else "state"


def plain(cls: type) -> bool:
    """Whether the attributes of an object of a class are all that it consists of."""
    own: Any = cls
    return own.__new__ is object.__new__ and own.__reduce__ is object.__reduce__


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
        self.arrays: dict[str, NDArray] = {}
        self._places: list[tuple[int, int, np.dtype, str]] = []
        self._numbers: dict[int, int | None] = {}  # None as long as an object is not complete
        self._count = 0
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
        if isinstance(it, np.generic):
            return self._number(it, path)
        if kind in (np.ndarray, np.memmap):
            return self._array(it, path)
        if isinstance(it, np.random.Generator):
            return self._generator(it, path)
        if isinstance(it, np.dtype) and it.name in NUMPY_TYPES:
            return {"dtype": it.name}
        if isinstance(it, type):
            return self._type(it)
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
        found: dict[str, Any] = {"class": cls.__name__}
        if self.known.get(cls.__name__) is not cls:
            found["own"] = True
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
        found[how] = self._named(state, path)
        self._numbers[id(it)] = self._count
        self._count += 1
        return found

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
        like = None if name is None else self.arrays.get(name)
        if like is not None and isinstance(gradient, np.ndarray) and self._part(gradient) is None:
            if (like.shape, like.dtype) == (gradient.shape, gradient.dtype):
                self._remember(gradient, f"~{parameters['array']}")
        return self._value(gradient, path)

    def _array(self, array: NDArray, path: tuple[str, ...]) -> dict:
        """Describe an array by a new name, or by its place in one that was described before."""
        if array.dtype.kind in "OU":
            return self._texts(array, path)
        if array.dtype.kind not in "biuf" or array.itemsize > 8:
            raise TypeError(
                f"save cannot write {_named(path)}, an array of dtype {array.dtype}: a file holds "
                "booleans, integers and real numbers of at most 64 bits"
            )
        part = self._part(array)
        if part is not None:
            return part
        plain = "_".join(
            "".join(c if c.isalnum() and c.isascii() else "_" for c in p) for p in path
        )
        name = stem = (plain or "array")[-150:]
        while name in self.arrays or name in ("header", "digest"):
            name = f"{stem}.{len(self.arrays)}"
        self.arrays[name] = array
        self._remember(array, name)
        return {"array": name}

    def _remember(self, array: NDArray, name: str) -> None:
        """Note the memory of an array, if it is in one piece, and keep it from being used again."""
        self._kept.append(array)
        if array.flags.c_contiguous and array.size:
            start = array.__array_interface__["data"][0]
            self._places.append((start, start + array.nbytes, array.dtype, name))

    def _part(self, array: NDArray) -> dict | None:
        """Describe an array that lies inside a known one, as rows or as columns; else None."""
        turned = not array.flags.c_contiguous
        rows = array.T if turned else array
        if not rows.flags.c_contiguous or not array.size:
            return None
        first = array.__array_interface__["data"][0]
        for start, stop, dtype, name in self._places:
            if start <= first and first + array.nbytes <= stop and dtype == array.dtype:
                offset = (first - start) // array.itemsize
                if not turned and self.arrays[name.removeprefix("~")].shape == array.shape:
                    return {"array": name}
                return {"part": [name, offset, list(rows.shape), turned]}
        return None

    def _number(self, it: np.generic, path: tuple[str, ...]) -> object:
        if isinstance(it, np.str_):
            return str(it)
        if it.dtype.kind not in "biuf" or it.dtype.itemsize > 8:
            raise TypeError(f"save cannot write {_named(path)} = {it!r:.60}, a {it.dtype}")
        return {"number": [it.dtype.newbyteorder("<").str, it.item()]}

    def _texts(self, array: NDArray, path: tuple[str, ...]) -> dict:
        items = array.ravel().tolist()
        if not all(isinstance(item, str) for item in items):
            raise TypeError(f"save cannot write {_named(path)}, an array of objects")
        if array.dtype.kind == "U" and array.nbytes > 4 * MOST_TEXT:
            raise TypeError(f"save cannot write {_named(path)}, texts of {array.nbytes} bytes")
        kind = "object" if array.dtype.kind == "O" else f"U{array.dtype.itemsize // 4}"
        return {"texts": [kind, list(array.shape), [str(item) for item in items]]}

    def _generator(self, it: np.random.Generator, path: tuple[str, ...]) -> dict:
        name = type(it.bit_generator).__name__
        if name not in GENERATORS:
            raise TypeError(f"save cannot write {_named(path)}, a generator of kind {name}")
        return {"generator": [name, self._value(it.bit_generator.state, path)]}

    def _type(self, it: type) -> dict:
        """Describe a class that is itself a value, such as `activation=Tanh`."""
        for kind, types_ in (("numpy", NUMPY_TYPES), ("python", PYTHON_TYPES)):
            if types_.get(it.__name__.removesuffix("_")) is it:  # NumPy 1 has bool_
                return {kind: it.__name__.removesuffix("_")}
        own = self.known.get(it.__name__) is not it
        return {"type": it.__name__, "own": True} if own else {"type": it.__name__}


def _state(it: Any, path: tuple[str, ...]) -> dict[str, object]:
    """Return the attributes of an object, without what is not written."""
    cls = type(it)
    attributes = getattr(it, "__dict__", None)
    if attributes is None or isinstance(it, tuple | list | dict | np.ndarray):
        raise TypeError(f"save cannot write {_named(path)} = {it!r:.80}, a {cls.__name__}")
    if "theta" not in attributes and "params" not in attributes and hasattr(cls, "__setstate__"):
        attributes = it.__getstate__()
    forgotten = FORGOTTEN if hasattr(cls, "loss_and_grad") else ()
    return {name: None if name in forgotten else it for name, it in attributes.items()}


def _named(path: tuple[str, ...]) -> str:
    """Return the name of a part for a message."""
    return ".".join(path) or "this object"
