"""The table of paths: whatever a function of files is given, it works or says clearly why not."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.input_judge import HOME, LEAKS
from tinyae import Autoencoder, HammingTable, fit, load, save
from tinyae.applications import SemanticHash
from tinyae.datasets import mnist, read_idx
from tinyae.drawing import canvas

X = np.random.default_rng(0).random((20, 4))
CODES = X[:, :3] > 0.5
MODEL = Autoencoder.dense((4, 2))
HASH = SemanticHash(4, epochs=1).fit(X)


class Named:
    """Has a path, as `os.PathLike` asks."""

    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


def trained(path):
    fit(Autoencoder.dense((4, 2)), X, epochs=1, checkpoint=path)


def drawn(path):
    save_figure = canvas.save_figure
    figure = pytest.importorskip("matplotlib.figure").Figure()
    save_figure(figure, path)


READERS = {
    "load": (load, "model.npz"),
    "HammingTable.load": (HammingTable.load, "table.npz"),
    "SemanticHash.load": (SemanticHash.load, "hash.npz"),
    "read_idx": (read_idx, "x-idx1-ubyte"),
    "mnist": (mnist, "digits"),
}
WRITERS = {
    "save": (lambda path: save(MODEL, path), "new.npz"),
    "HammingTable.save": (lambda path: HammingTable(CODES).save(path), "new.npz"),
    "SemanticHash.save": (lambda path: HASH.save(path), "new.npz"),
    "save_figure": (drawn, "new.png"),
    "fit(checkpoint)": (trained, "new.npz"),
}


@pytest.fixture
def folder(tmp_path):
    """A folder with a file for each reader, and things that are no such files."""
    save(MODEL, tmp_path / "model.npz")
    HammingTable(CODES).save(tmp_path / "table.npz")
    HASH.save(tmp_path / "hash.npz")
    (tmp_path / "x-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x03\x01\x02\x03")
    (tmp_path / "digits").mkdir()
    (tmp_path / "digits" / "train-images-idx3-ubyte").write_bytes(
        b"\0\0\x08\x03\0\0\0\x01\0\0\0\x1c\0\0\0\x1c" + bytes(784)
    )
    (tmp_path / "digits" / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x01\x03")
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "text.npz").write_text("a,b\n1,2\n")
    (tmp_path / "a folder.npz").mkdir()
    (tmp_path / "dangling.npz").symlink_to(tmp_path / "gone" / "gone.npz")
    np.savez(tmp_path / "arrays.npz", x=X)
    np.save(tmp_path / "array.npy", X)
    os.mkfifo(tmp_path / "pipe.npz")
    return tmp_path


def right_paths(path):
    """Yield (kind, what is given) of forms in which a path may come."""
    yield "string", str(path)
    yield "Path", path
    yield "bytes", os.fsencode(path)
    yield "path-like", Named(str(path))
    yield "path-like of bytes", Named(os.fsencode(path))
    yield "relative", os.path.relpath(path)
    yield "with dots", path.parent / "digits" / ".." / path.name


def no_paths():
    """Yield (kind, what is given) of what names no file."""
    for value in (None, 3, 2.5, True, ["model.npz"], {}, object, X, b"\0", "a\0b.npz", "", ".",
                  "..", "/", "~", Named(3), print, MODEL, np.float64(1), {"path"}):  # fmt: skip
        yield f"{value!r:.30}", value


def wrong_files(folder):
    """Yield (kind, path) of what is no file of the wanted kind."""
    for name in ("gone.npz", "gone/model.npz", "empty.npz", "text.npz", "a folder.npz",
                 "dangling.npz", "arrays.npz", "array.npy", "pipe.npz", "model.npz/model.npz",
                 "a folder.npz/", "gone", "*.npz"):  # fmt: skip
        yield name, str(folder / name) + "/" * name.endswith("/")
    yield "a long name", folder / ("a" * 300 + ".npz")
    yield "device", "/dev/null"


def clear(error):
    """Whether an error is deliberate, or one of the system that names the path."""
    frame = error.__traceback__
    while frame.tb_next:
        frame = frame.tb_next
    file = frame.tb_frame.f_code.co_filename
    line = Path(file).read_text(encoding="utf-8").splitlines()[frame.tb_lineno - 1].strip()
    deliberate = file.startswith(HOME) and line.startswith("raise")
    named = isinstance(error, OSError) and error.filename is not None
    return (
        isinstance(error, (TypeError, ValueError, OSError))
        and (deliberate or named)
        and not any(word in str(error) for word in LEAKS)
        and len(str(error)) > 20
    )


def asked(function, given):
    """Return "accepted", "refused" or what was said that is not clear."""
    try:
        function(given)
    except Exception as error:
        return "refused" if clear(error) else f"{type(error).__name__}: {error}"
    return "accepted"


@pytest.mark.one_in(12)
@pytest.mark.parametrize("name", READERS)
def test_what_is_read(name, folder, measured, monkeypatch):
    monkeypatch.chdir(folder)
    function, file = READERS[name]
    counts, found = Counter(), []
    for kind, given in right_paths(folder / file):
        counts[asked(function, given)] += 1
        found += [kind] * (asked(function, given) != "accepted")
    with open(folder / file if name != "mnist" else folder / "text.npz", "rb") as stream:
        wrong = [*no_paths(), *wrong_files(folder), ("open file", stream)]
        for kind, given in wrong:
            if name == "mnist" and kind == "'.'":
                continue  # a folder with the files
            said = asked(function, given)
            counts[said] += 1
            found += [f"{kind}: {said}"] * (said != "refused")
    measured(f"paths for {name}: {dict(counts)}")
    assert not found, "\n".join(found)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written(name, folder, measured, monkeypatch):
    if name == "fit(checkpoint)":
        monkeypatch.setattr(
            "tinyae.training.checkpoint.Checkpoint.begin", lambda self: self.write()
        )
    monkeypatch.chdir(folder)
    function, file = WRITERS[name]
    counts, found = Counter(), []
    for kind, given in right_paths(folder / file):
        if name == "fit(checkpoint)" and "bytes" in kind:
            continue
        (folder / file).unlink(missing_ok=True)
        said = asked(function, given)
        counts[said] += 1
        found += [f"{kind}: {said}"] * (said != "accepted" or not (folder / file).exists())
    wrong = [
        (kind, given)
        for kind, given in (*no_paths(), *wrong_files(folder))
        if kind in ("gone/model.npz", "a folder.npz", "pipe.npz", "model.npz/model.npz",
                    "a folder.npz/", "a long name", "dangling.npz")
        or (not isinstance(given, (str, Path)) or given in ("", ".", "..", "/", "a\0b.npz"))
        and not (name == "fit(checkpoint)" and given is None)
    ]  # fmt: skip
    before = sorted(p.name for p in folder.rglob("*"))
    for kind, given in wrong:
        if name == "save_figure" and kind in ("gone/model.npz", "dangling.npz"):
            continue  # makes folders
        said = asked(function, given)
        counts[said] += 1
        found += [f"{kind}: {said}"] * (said != "refused")
    assert sorted(p.name for p in folder.rglob("*")) == before, "nothing is left behind"
    measured(f"paths for {name}: {dict(counts)}")
    assert not found, "\n".join(found)
