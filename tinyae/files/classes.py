"""The classes that a file can name: those that packages offer, and those that a user gives."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType


def classes_in(*packages: ModuleType, parts: tuple[type, ...] = ()) -> dict[str, type]:
    """Return the classes in the `__all__` of these packages, and further classes, by name.

    Raises
    ------
    ValueError
        If two classes have one name, so that a file could mean either.
    """
    offered = [vars(package)[name] for package in packages for name in package.__all__]
    found: dict[str, type] = {}
    for it in (*parts, *offered):
        if isinstance(it, type) and found.setdefault(it.__name__, it) is not it:
            raise ValueError(f"two classes have the name {it.__name__}")
    return found


def own_classes(classes: Collection[type]) -> dict[str, type]:
    """Return the classes that a user gives to `load`, by name; raise TypeError or ValueError."""
    if isinstance(classes, type) or not isinstance(classes, Collection):
        raise TypeError(f"classes must be a list of classes such as [MyUnit], got {classes!r:.60}")
    found: dict[str, type] = {}
    for cls in classes:
        if not isinstance(cls, type):
            raise TypeError(f"classes must hold classes such as MyUnit, got {cls!r:.60}")
        if found.setdefault(cls.__name__, cls) is not cls:
            raise ValueError(f"two of the classes have the name {cls.__name__}")
    return found
