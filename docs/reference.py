"""The reference: a page for each package with its functions, and a page for each class.

The pages name what `__all__` of a package lists. Sphinx's autodoc fills them from the docstrings.
"""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from types import FunctionType, ModuleType

import tinyae

from .docstrings import restructured

FOLDER = "reference"


@cache
def packages() -> tuple[ModuleType, ...]:
    """Return the packages of tinyae that offer names, in the alphabet's order."""
    found = (
        import_module(f"tinyae.{one.name}") for one in pkgutil.iter_modules(tinyae.__path__)
        if one.ispkg
    )  # fmt: skip
    return tuple(package for package in found if getattr(package, "__all__", ()))


@cache
def public_names() -> dict[str, str]:
    """Return the full name of each public name: {"Isomap": "tinyae.embeddings.Isomap", …}."""
    return {
        name: f"{package.__name__}.{name}" for package in packages() for name in package.__all__
    }


@cache
def documented(text: str) -> str:
    """Return the full name of what a text such as "Autoencoder.dense" names, or "".

    A method that a class inherits is documented with the class that defines it.
    """
    for package in packages():
        text = text.removeprefix(f"{package.__name__}.")
    first, _, rest = text.removeprefix("tinyae.").partition(".")
    full = public_names().get(first, "")
    if not rest or not full:
        return full
    for base in inspect.getmro(found) if inspect.isclass(found := _object(full)) else ():
        if rest in _members(base):
            return f"{_name(base)}.{rest}" if _name(base) else ""
    return ""


def _object(full: str) -> object:
    """Return what has this full name."""
    package, _, name = full.rpartition(".")
    return getattr(import_module(package), name)


def _name(found: type) -> str:
    """Return the full public name of a class, or ""."""
    full = public_names().get(found.__name__, "")
    return full if full and _object(full) is found else ""


@cache
def names_of_members() -> frozenset[str]:
    """Return the names of all members of the public classes."""
    classes = [getattr(package, name) for package in packages() for name in _classes(package)]
    return frozenset(name for one in classes for base in one.__mro__ for name in _members(base))


def pages() -> dict[str, str]:
    """Return the text of each page by its path below the folder of sources."""
    found = {f"{FOLDER}/index.rst": _index()}
    for package in packages():
        found[f"{FOLDER}/{package.__name__}.rst"] = _package_page(package)
        for name in _classes(package):
            page = f"{FOLDER}/{package.__name__}.{name}.rst"
            found[page] = _class_page(package, name)
    return found


def _members(of: type) -> set[str]:
    """Return the names of the members that the page of a class shows: public, with a docstring.

    Members that another library makes, such as those of matplotlib's figures, are left out.
    """
    functions = {name: getattr(value, "fget", value) for name, value in vars(of).items()}
    return {
        name for name, function in functions.items()
        if not name.startswith("_") and getattr(function, "__doc__", None)
        and str(getattr(function, "__module__", "")).startswith("tinyae.")
        and isinstance(vars(of)[name], (FunctionType, property, classmethod, staticmethod))
    }  # fmt: skip


def _classes(package: ModuleType) -> list[str]:
    """Return the names of the classes that a package offers."""
    return [name for name in package.__all__ if inspect.isclass(getattr(package, name))]


def _heading(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n\n"


def _toctree(entries: list[str], title: str = "") -> str:
    caption = f"   :caption: {title}\n" if title else ""
    return f"\n.. toctree::\n   :hidden:\n{caption}\n" + "".join(f"   {one}\n" for one in entries)


def _index() -> str:
    """Return the page on tinyae as a whole."""
    text = restructured(inspect.getdoc(tinyae) or "")
    return _heading("Reference") + text + _toctree([package.__name__ for package in packages()])


def _package_page(package: ModuleType) -> str:
    """Return the page of a package: its docstring, and all its functions."""
    name = package.__name__
    text = _heading(name) + f".. py:module:: {name}\n\n"
    text += restructured(inspect.getdoc(package) or "")
    for one in sorted(set(package.__all__) - set(_classes(package)), key=str.lower):
        text += f"\n.. autofunction:: {name}.{one}\n"
    return text + _toctree([f"{one} <{name}.{one}>" for one in _classes(package)])


def _class_page(package: ModuleType, name: str) -> str:
    """Return the page of a class: what its module says, its members, and names of inherited ones.

    The docstring of the module often holds the equations that all its classes share.
    """
    found = getattr(package, name)
    text = _heading(name)
    text += f"``from {_imported_from(package, name)} import {name}``\n\n"
    module = import_module(found.__module__)
    text += restructured(inspect.getdoc(module) or "")
    text += f"\n.. autoclass:: {package.__name__}.{name}\n   :show-inheritance:\n"
    own = _members(found)
    if own:
        text += f"   :members: {', '.join(sorted(own))}\n"
    for base in inspect.getmro(found)[1:]:
        members = sorted(_members(base) - own) if _name(base) else []
        own |= set(members)
        if members:
            listed = ", ".join(f"``{base.__name__}.{one}``" for one in members)
            text += f"\nInherited from ``{base.__name__}``: {listed}\n"
    return text


def _imported_from(package: ModuleType, name: str) -> str:
    return "tinyae" if name in tinyae.__all__ else package.__name__
