"""The classes that packages offer, by name: the only ones that a file can name."""

from __future__ import annotations

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
