"""The sizes of the caches: as the system describes them, and usual ones where it does not."""

import sys

import pytest

from tinyae.numerics import caches as module
from tinyae.numerics.caches import USUAL, Caches, caches, from_files


def describe(folder, *found):
    """Write the files of Linux for caches (level, type, size)."""
    for i, values in enumerate(found):
        (folder / f"index{i}").mkdir(parents=True)
        for name, value in zip(("level", "type", "size"), values, strict=True):
            if value is not None:
                (folder / f"index{i}" / name).write_text(f"{value}\n")


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Return a function: the caches of a Linux machine that is described so."""

    def of(*found):
        describe(tmp_path, *found)
        monkeypatch.setattr(module, "FOLDER", tmp_path)
        monkeypatch.setattr(sys, "platform", "linux")
        return caches.__wrapped__()

    return of


def test_the_sizes_are_those_of_data(measured):
    """The cache of instructions has the level of another one."""
    found = measured(
        (1, "Data", "48K"), (1, "Instruction", "64K"), (2, "Unified", "2048K"), (3, "Unified", "1G")
    )
    assert found == Caches(48 << 10, 2 << 20, 1 << 30)


def test_without_level_three_it_is_level_two(measured):
    assert measured((2, "Unified", "3M")) == Caches(USUAL.l1, 3 << 20, 3 << 20)


@pytest.mark.parametrize("wrong", [
    (2, "Unified", "0K"), (2, "Unified", "many"), (2, "Unified", None), ("x", "Unified", "1K"),
    (4, "Unified", "1K"),
])  # fmt: skip
def test_what_the_system_does_not_say_is_usual(measured, wrong):
    assert measured(wrong) == USUAL


def test_no_files_are_no_sizes(tmp_path):
    assert from_files(tmp_path / "none") == {}


class Library:
    """The C library of a Mac without a cache of level 3, or of a system without such a function."""

    SIZES = {b"hw.l1dcachesize": 65536, b"hw.l2cachesize": 4 << 20, b"hw.l3cachesize": 0}

    def sysctlbyname(self, name, value, size, new, length):
        value._obj.value = self.SIZES[name]
        return -1 if name == b"hw.l1dcachesize" else 0


def test_a_mac_gives_them_by_a_function(monkeypatch):
    """A number that comes with an error is not used."""
    monkeypatch.setattr(module.ctypes, "CDLL", lambda name: Library())
    monkeypatch.setattr(sys, "platform", "darwin")
    assert caches.__wrapped__() == Caches(USUAL.l1, 4 << 20, 4 << 20)


def test_this_machine_has_some():
    found = caches()
    assert 4 << 10 <= found.l1 <= found.l2 <= found.l3 and caches() is found
