"""Where the MNIST digits lie in a folder, under the names by which they are found.

The published names are train-images-idx3-ubyte, train-labels-idx1-ubyte and t10k-… for the test
digits. Depending on where the files came from, a dot takes the place of a dash, .gz follows, each
file lies in a folder of its own name, or all of them lie in MNIST/raw; or there is a table in text
form, mnist_train.csv or train.csv.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SPLITS = {"train": ("train", "train"), "test": ("t10k", "t10k|test")}  # published name, all names
DEEPEST = 4  # folders below the given one
MOST_FOLDERS = 1000  # looked into; a folder with more than that is not a data set


@dataclass
class Place:
    """What one folder holds of a split: files of images and of labels, and tables with both."""

    images: list[Path] = field(default_factory=list)
    labels: list[Path] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)


def find_digits(folder: str | os.PathLike, split: str, prefix: str = "") -> tuple[Path, ...]:
    """Return the paths of (images, labels), or of (table,), for a split in `folder` or below it.

    Files that are nearer to `folder` are taken before deeper ones, and IDX files before tables.

    Raises
    ------
    OSError
        If the folder is not there, or does not hold them: the message says what it does hold.
    ValueError
        If several folders at the same depth hold them.
    """
    folder = Path(os.fsdecode(folder))
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}; it is to hold the MNIST files")
    if not folder.is_dir():
        raise NotADirectoryError(
            f"{folder} is a file; give the folder that holds the MNIST files, unpacked if it is "
            "an archive"
        )
    places = _places(folder, split, prefix)
    pairs = {where: place for where, place in places.items() if place.images and place.labels}
    if pairs:
        place = pairs[_nearest(pairs, folder)]
        return _best(place.images), _best(place.labels)
    tables = {where: place for where, place in places.items() if place.tables}
    if tables:
        return (_best(tables[_nearest(tables, folder)].tables),)
    start = f"{prefix}-" if prefix else ""
    images, labels = (f"{start}{SPLITS[split][0]}-{part}" for part in _PARTS)
    half = [path for place in places.values() for path in place.images + place.labels]
    raise FileNotFoundError(
        f"{folder} has neither {images} with {labels} (or with dots, .gz, or in folders "
        f"below) nor {start or 'mnist_'}{split}.csv; it holds {_contents(folder)}"
        + (f", and only half of what is needed: {', '.join(map(str, half))}" if half else "")
    )


_PARTS = ("images-idx3-ubyte", "labels-idx1-ubyte")


def _places(folder: Path, split: str, prefix: str) -> dict[Path, Place]:
    """Return what each folder holds of a split, the nearest folders first."""
    before = f"{re.escape(_plain(prefix))}-" if prefix else ""
    part = SPLITS[split][1]
    idx = re.compile(rf"{before}(?:{part})-(images|labels)(?:-idx[13]?)?(?:-ubyte)?(?:-idx|-bin)?")
    table = re.compile(rf"{before or '(?:(?:fashion-)?mnist-)?'}{split}-csv")
    found: dict[Path, Place] = {}
    for path in _files(folder):
        name = _plain(path.name.removesuffix(".gz").removesuffix(".GZ"))
        where = path.parent
        if where != folder and _plain(where.name.removesuffix(".gz")) == name:
            where = where.parent  # a folder of the file's own name, as archives are unpacked
        match = idx.fullmatch(name)
        if match:
            getattr(found.setdefault(where, Place()), match[1]).append(path)
        elif table.fullmatch(name) and path.suffix.lower() == ".csv":
            found.setdefault(where, Place()).tables.append(path)
    return found


def _plain(name: str) -> str:
    """Return a name in small letters, with dashes for dots, underscores and spaces."""
    return re.sub(r"[._ ]", "-", name.lower())


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and then those below it, level by level, each in order."""
    level, looked = [folder], 0
    for _ in range(DEEPEST + 1):
        below = []
        for here in level:
            looked += 1
            if looked > MOST_FOLDERS:
                return
            try:
                entries = sorted(os.scandir(here), key=lambda entry: entry.name)
            except OSError:
                if here == folder:
                    raise
                continue
            for entry in entries:
                if entry.is_dir():
                    if not entry.name.startswith("."):
                        below.append(Path(entry.path))
                elif entry.is_file():
                    yield Path(entry.path)
        level = below


def _nearest(places: dict[Path, Place], folder: Path) -> Path:
    """Return the one place that is nearest to the folder."""
    depth = {where: len(where.relative_to(folder).parts) for where in places}
    near = [where for where in places if depth[where] == min(depth.values())]
    if len(near) > 1:
        raise ValueError(
            f"{folder} holds several data sets: {', '.join(map(str, near))}; name the one you mean"
        )
    return near[0]


def _best(paths: list[Path]) -> Path:
    """Return the published name before others, plain before gzipped, flat before nested."""

    def rank(path: Path) -> tuple:
        name = path.name.lower()
        return name.endswith(".gz"), "." in name.removesuffix(".gz"), len(path.parts), path

    return min(paths, key=rank)


def _contents(folder: Path) -> str:
    """Return the first names in a folder, as a message shows them."""
    shown = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    names = sorted(f"{entry.name}{'/' if entry.is_dir() else ''}" for entry in shown)
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    packed = [name for name in names if name.lower().endswith((".zip", ".tar", ".tgz", ".tar.gz"))]
    hint = f" (unpack {packed[0]} first)" if packed else ""
    return (", ".join(names[:8]) or "nothing") + more + hint
