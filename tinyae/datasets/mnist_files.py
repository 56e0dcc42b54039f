"""Where the MNIST digits lie in a folder, under the names by which they are found.

The published names are train-images-idx3-ubyte, train-labels-idx1-ubyte and t10k-… for the test
digits. Depending on where the files came from, a dot takes the place of a dash, .gz follows, each
file lies in a folder of its own name, or all of them lie in MNIST/raw; or there is a table in text
form, mnist_train.csv or train.csv.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from tinyae.datasets.walk import Found, is_folder, walk

SPLITS = {"train": ("train", "train"), "test": ("t10k", "t10k|test")}  # published name, all names


@dataclass
class Place:
    """What one folder holds of a split: files of images and of labels, and tables with both.

    Attributes
    ----------
    names : what stands before the split in the names of its tables, those of the other split too
    """

    images: list[Path] = field(default_factory=list)
    labels: list[Path] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def find_digits(folder: str | os.PathLike, split: str, prefix: str = "") -> tuple[Path, ...]:
    """Return the paths of (images, labels), or of (table,), for a split in `folder` or below it.

    Files that are nearer to `folder` are taken before deeper ones, and IDX files before tables.

    Raises
    ------
    OSError
        If the folder is not there, or does not hold them: the message says what it does hold.
    ValueError
        If several folders at the same depth hold them, or one has tables of several data sets.
    """
    folder = Path(os.fsdecode(folder))
    try:
        if not folder.exists():
            raise FileNotFoundError(f"there is no folder {folder}; it is to hold the MNIST files")
        if not folder.is_dir():
            raise NotADirectoryError(
                f"{folder} is a file; give the folder that holds the MNIST files, unpacked if it "
                "is an archive"
            )
        found = walk(folder)
    except OSError as error:
        if error.errno is None:  # one of those above
            raise
        raise type(error)(f"{folder} cannot be looked into: {error.strerror}") from error
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
    """Return what each folder holds of a split, the nearest folders first."""
    before = f"{re.escape(_plain(prefix))}-" if prefix else ""
    part = SPLITS[split][1]
    idx = re.compile(rf"{before}(?:{part})-(images|labels)(?:-idx[13]?)?(?:-ubyte)?(?:-idx|-bin)?")
    table = re.compile(rf"({before or '(?:(?:fashion-)?mnist-)?'})({'|'.join(SPLITS)})-csv")
    found: dict[Path, Place] = {}
    for path in files:
        name = _plain(path.name.removesuffix(".gz").removesuffix(".GZ"))
        where = path.parent
        if where != folder and _plain(where.name.removesuffix(".gz")) == name:
            where = where.parent  # a folder of the file's own name, as archives are unpacked
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
    """Return a name in small letters, with dashes for dots, underscores and spaces."""
    return re.sub(r"[._ ]", "-", name.lower())


def _nearest(chosen: dict[Path, tuple[Path, ...]], folder: Path) -> Path:
    """Return the one place, of those with these files, that is nearest to the folder."""
    depth = {where: len(where.relative_to(folder).parts) for where in chosen}
    near = [where for where in chosen if depth[where] == min(depth.values())]
    if len({tuple(map(os.path.realpath, chosen[where])) for where in near}) > 1:
        raise ValueError(
            f"{folder} holds several data sets: {', '.join(map(str, near))}; name the one you mean"
        )
    return near[0]


def _check_one_set(where: Path, names: set[str]) -> None:
    """Raise if the tables in one folder are of several data sets, such as MNIST and Fashion-MNIST.

    The test digits of one beside the training digits of the other would be mixed up as well.
    """
    if len(names) > 1:
        tables = ", ".join(f"{name}-*.csv".removeprefix("-") for name in sorted(names))
        prefixes = " or ".join(f"prefix={name!r}" for name in sorted(names) if name)
        raise ValueError(
            f"{where} holds several data sets: {tables}; name the one you mean by {prefixes}, or "
            "put each in a folder of its own"
        )


def _overlooked(found: Found) -> str:
    """Return what a message says of folders that were not looked into."""
    text = ""
    if found.unreadable:
        text += f"; not readable: {', '.join(map(str, found.unreadable[:4]))}"
    if not found.whole:
        text += "; it has so many folders that not all were looked into: give the one with the data"
    return text


def _best(paths: list[Path]) -> Path:
    """Return the published name before others, plain before gzipped, flat before nested."""

    def rank(path: Path) -> tuple:
        name = path.name.lower()
        return name.endswith(".gz"), "." in name.removesuffix(".gz"), len(path.parts), path

    return min(paths, key=rank)


def _contents(folder: Path) -> str:
    """Return the first names in a folder, as a message shows them."""
    shown = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    names = sorted(f"{entry.name}{'/' if is_folder(entry) else ''}" for entry in shown)
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    packed = [name for name in names if name.lower().endswith((".zip", ".tar", ".tgz", ".tar.gz"))]
    hint = f" (unpack {packed[0]} first)" if packed else ""
    return (", ".join(names[:8]) or "nothing") + more + hint
