"""Finding the MNIST files in a folder, under all their usual names.

The published names are train-images-idx3-ubyte, train-labels-idx1-ubyte and t10k-… for the test
digits. Depending on the source of the files, the names have a dot in place of a dash or end in .gz,
each file is in a folder with the file's name, or all files are in MNIST/raw. Some sources offer a
text table instead, mnist_train.csv or train.csv.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tinyae.datasets.walk import Found, is_folder, walk
from tinyae.files.paths import path_of

SPLITS = {"train": ("train", "train"), "test": ("t10k", "t10k|test")}  # published name, all names


@dataclass
class Place:
    """The files of one split in one folder: files of images, of labels, and tables with both.

    Attributes
    ----------
    names : the parts of the tables' names before "train" or "test", for tables of both splits
    """

    images: list[Path] = field(default_factory=list)
    labels: list[Path] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def find_digits(folder: str | os.PathLike, split: str, prefix: str = "") -> tuple[Path, ...]:
    """Return the paths of (images, labels), or of (table,), for a split in `folder` or below it.

    Files nearer to `folder` are preferred to files in deeper folders, and IDX files to tables.

    Raises
    ------
    OSError
        If the folder does not exist or does not hold the files; the message lists its contents.
    ValueError
        If several folders at the same depth hold the files, or one has tables of several data sets.
    """
    folder = path_of(folder, "folder")
    try:
        if not folder.exists():
            raise FileNotFoundError(
                f"there is no folder {folder}; give the folder that holds the MNIST files"
            )
        if not folder.is_dir():
            raise NotADirectoryError(
                f"{folder} is a file; give the folder that holds the MNIST files, unpacked if it "
                "is an archive"
            )
        found = walk(folder)
    except OSError as error:
        if error.errno is None:  # one of those above
            raise
        raise type(error)(f"{folder} cannot be read: {error.strerror}") from error
    places = _places(folder, found.files, split, prefix)
    pairs = {where: place for where, place in places.items() if place.images and place.labels}
    if pairs:
        chosen = {where: (_best(p.images), _best(p.labels)) for where, p in pairs.items()}
        return chosen[_nearest(chosen, folder)]
    tables = {where: place for where, place in places.items() if place.tables}
    if tables:
        where = _nearest({where: (_best(p.tables),) for where, p in tables.items()}, folder)
        _check_one_set(where, tables[where].names)
        return (_best(tables[where].tables),)
    start = f"{prefix}-" if prefix else ""
    images, labels = (f"{start}{SPLITS[split][0]}-{part}" for part in _PARTS)
    half = [path for place in places.values() for path in place.images + place.labels]
    raise FileNotFoundError(
        f"{folder} has neither {images} with {labels} (or with dots, .gz, or in folders "
        f"below) nor {start or 'mnist_'}{split}.csv; it holds {_contents(folder)}"
        + (f", and only half of what is needed: {', '.join(map(str, half))}" if half else "")
        + _overlooked(found)
    )


_PARTS = ("images-idx3-ubyte", "labels-idx1-ubyte")


def _places(folder: Path, files: list[Path], split: str, prefix: str) -> dict[Path, Place]:
    """Return the files of a split by the folder that holds them, the nearest folders first."""
    before = f"{re.escape(_plain(prefix))}-" if prefix else ""
    part = SPLITS[split][1]
    idx = re.compile(rf"{before}(?:{part})-(images|labels)(?:-idx[13]?)?(?:-ubyte)?(?:-idx|-bin)?")
    table = re.compile(rf"({before or '(?:(?:fashion-)?mnist-)?'})({'|'.join(SPLITS)})-csv")
    found: dict[Path, Place] = {}
    for path in files:
        name = _plain(path.name.removesuffix(".gz").removesuffix(".GZ"))
        where = path.parent
        if where != folder and _plain(where.name.removesuffix(".gz")) == name:
            where = (
                where.parent
            )  # some programs unpack an archive into a folder with the file's name
        match = idx.fullmatch(name)
        if match:
            getattr(found.setdefault(where, Place()), match[1]).append(path)
        match = table.fullmatch(name)
        if match and path.suffix.lower() == ".csv":
            place = found.setdefault(where, Place())
            place.names.add(match[1].strip("-"))
            if match[2] == split:
                place.tables.append(path)
    return found


def _plain(name: str) -> str:
    """Return a name in lower case, with dashes in place of dots, underscores and spaces."""
    return re.sub(r"[._ ]", "-", name.lower())


def _nearest(chosen: Mapping[Path, tuple[Path, ...]], folder: Path) -> Path:
    """Return the one of the chosen folders that is nearest to `folder`."""
    depth = {where: len(where.relative_to(folder).parts) for where in chosen}
    near = [where for where in chosen if depth[where] == min(depth.values())]
    if len({tuple(map(os.path.realpath, chosen[where])) for where in near}) > 1:
        raise ValueError(
            f"{folder} holds several data sets: {', '.join(map(str, near))}; choose one of them"
        )
    return near[0]


def _check_one_set(where: Path, names: set[str]) -> None:
    """Raise ValueError if a folder has tables of several data sets, such as Fashion-MNIST's.

    Test digits of one data set and training digits of another are an error too.
    """
    if len(names) > 1:
        tables = ", ".join(f"{name}-*.csv".removeprefix("-") for name in sorted(names))
        prefixes = " or ".join(f"prefix={name!r}" for name in sorted(names) if name)
        raise ValueError(
            f"{where} holds several data sets: {tables}; choose one by {prefixes}, or "
            "put each into its own folder"
        )


def _overlooked(found: Found) -> str:
    """Return the part of an error message about folders that were not read."""
    text = ""
    if found.unreadable:
        text += f"; not readable: {', '.join(map(str, found.unreadable[:4]))}"
    if not found.whole:
        text += "; it has too many subfolders, and not all were read: give the folder of the data"
    return text


def _best(paths: list[Path]) -> Path:
    """Return the best file: unpacked before gzipped, with dashes before dots, less nested first."""

    def rank(path: Path) -> tuple:
        name = path.name.lower()
        return name.endswith(".gz"), "." in name.removesuffix(".gz"), len(path.parts), path

    return min(paths, key=rank)


def _contents(folder: Path) -> str:
    """Return the first names in a folder, for an error message."""
    shown = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    names = sorted(f"{entry.name}{'/' if is_folder(entry) else ''}" for entry in shown)
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    packed = [name for name in names if name.lower().endswith((".zip", ".tar", ".tgz", ".tar.gz"))]
    hint = f" (unpack {packed[0]} first)" if packed else ""
    return (", ".join(names[:8]) or "nothing") + more + hint
