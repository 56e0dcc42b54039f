"""MNIST under all the names it is found with, or a message that says what is missing where."""

import gzip
import os
import shutil
import struct

import numpy as np
import pytest

from tinyae.datasets import mnist
from tinyae.datasets.walk import walk


def idx(array):
    head = struct.pack(">BBBB", 0, 0, {"|u1": 8, ">i4": 12, ">f4": 13}[array.dtype.str], array.ndim)
    return head + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def images(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 28, 28), dtype=np.uint8)


def digits(n):
    return np.arange(n, dtype=np.uint8)


def write(folder, names, pictures, labels):
    """Write both files under these names; one that ends in .gz is gzipped."""
    for name, array in zip(names, (pictures, labels), strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(idx(array)) if name.endswith(".gz") else idx(array))


@pytest.fixture
def folder(tmp_path):
    for stem, n in (("train", 7), ("t10k", 4)):
        names = f"{stem}-images-idx3-ubyte.gz", f"{stem}-labels-idx1-ubyte"
        write(tmp_path, names, images(n), digits(n))
    return tmp_path


def test_reading(folder):
    x, y = mnist(folder)
    assert x.shape == (7, 784) and x.dtype == np.float64 and y.dtype == np.int64
    np.testing.assert_array_equal(x, images(7).reshape(7, 784) / 255)
    np.testing.assert_array_equal(y, np.arange(7))
    assert mnist(folder, "test", dtype=np.float32)[0].dtype == np.float32
    np.testing.assert_array_equal(mnist(folder, "test")[1], np.arange(4))


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
NAMES = {
    "dots": ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
    "dots, gzipped": ("train-images.idx3-ubyte.gz", "train-labels.idx1-ubyte.gz"),
    "one of each": ("train-images.idx3-ubyte.gz", LABELS),
    "in folders of their own names": (f"{IMAGES}/{IMAGES}", f"{LABELS}/{LABELS}"),
    "such folders with dots": (f"{IMAGES}/train-images.idx3-ubyte", f"{LABELS}/{LABELS}"),
    "torchvision": (f"MNIST/raw/{IMAGES}", f"MNIST/raw/{LABELS}"),
    "deeper still": (f"a/b/raw/{IMAGES}.gz", f"a/b/raw/{LABELS}.gz"),
    "capitals": ("Train-Images.IDX3-UByte", "TRAIN-LABELS-IDX1-UBYTE.gz"),
    "underscores": ("train_images_idx3_ubyte", "train_labels_idx1_ubyte"),
    "shortened": ("train-images.idx", "train-labels.idx"),
    "nothing but the words": ("train-images.gz", "train-labels.gz"),
}


@pytest.mark.parametrize("name", NAMES)
def test_names(tmp_path, name):
    write(tmp_path, NAMES[name], images(5), digits(5))
    x, y = mnist(tmp_path)
    np.testing.assert_array_equal(x, images(5).reshape(5, 784) / 255)
    np.testing.assert_array_equal(y, np.arange(5))
    test = [part.replace("train", "t10k").replace("Train", "T10k").replace("TRAIN", "T10K")
            for part in NAMES[name]]  # fmt: skip
    write(tmp_path, test, images(3), digits(3))
    assert len(mnist(tmp_path, "test")[1]) == 3 and len(mnist(tmp_path)[1]) == 5


def test_the_suffix_need_not_tell_the_truth(tmp_path):
    (tmp_path / f"{IMAGES}.gz").write_bytes(idx(images(5)))
    (tmp_path / LABELS).write_bytes(gzip.compress(idx(digits(5))))
    np.testing.assert_array_equal(mnist(tmp_path)[0], images(5).reshape(5, 784) / 255)


def test_the_nearest_files_are_taken_and_never_two_halves(tmp_path):
    write(tmp_path / "A" / "raw", (IMAGES, LABELS), images(5), digits(5))
    (tmp_path / IMAGES).write_bytes(idx(images(3)))  # half a data set, nearer
    assert len(mnist(tmp_path)[1]) == 5
    write(tmp_path / "B" / "raw", (IMAGES, LABELS), images(3), digits(3))
    with pytest.raises(ValueError, match="holds several data sets: .*A.raw, .*B.raw; choose one"):
        mnist(tmp_path)
    assert len(mnist(tmp_path / "B")[1]) == 3
    (tmp_path / LABELS).write_bytes(idx(digits(3)))
    assert len(mnist(tmp_path)[1]) == 3
    (tmp_path / f"{IMAGES}.gz").write_bytes(b"broken")  # the plain one is taken
    assert len(mnist(tmp_path)[1]) == 3


def test_emnist_by_its_prefix(tmp_path):
    labels = np.array([1, 26, 9], np.uint8)
    names = [f"emnist-letters-train-{p}" for p in ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz")]
    write(tmp_path, names, images(3), labels)
    write(tmp_path, [n.replace("train", "test") for n in names], images(2), labels[:2])
    np.testing.assert_array_equal(mnist(tmp_path, prefix="emnist-letters")[1], labels)
    assert len(mnist(tmp_path, "test", prefix="emnist-letters")[1]) == 2
    with pytest.raises(FileNotFoundError, match="has neither train-images"):
        mnist(tmp_path)
    with pytest.raises(FileNotFoundError, match="has neither emnist-digits-train-images"):
        mnist(tmp_path, prefix="emnist-digits")
    with pytest.raises(TypeError, match="prefix must be a string"):
        mnist(tmp_path, prefix=3)


def test_other_whole_numbers(tmp_path):
    write(tmp_path, (IMAGES, LABELS), images(3).astype(">i4"), np.arange(3).astype(">i4"))
    x, y = mnist(tmp_path, dtype=np.float32)
    np.testing.assert_array_equal(x, images(3).reshape(3, 784).astype("f4") / np.float32(255))
    np.testing.assert_array_equal(y, np.arange(3))
    write(tmp_path, (IMAGES, LABELS), (images(3) * 2.0).astype(">i4"), np.arange(3).astype(">i4"))
    with pytest.raises(ValueError, match="pixels from 0 to 510; bytes are"):
        mnist(tmp_path)
    write(tmp_path, (IMAGES, LABELS), images(3).astype(">f4"), np.arange(3).astype(">i4"))
    with pytest.raises(ValueError, match=f"MNIST's images are whole numbers, .*{IMAGES} has"):
        mnist(tmp_path)


def test_images_and_labels_must_fit(folder):
    labels = folder / "t10k-labels-idx1-ubyte"
    labels.write_bytes(idx(np.zeros(5, np.uint8)))
    with pytest.raises(ValueError, match="4 images but labels of shape"):
        mnist(folder, "test")
    labels.write_bytes(idx(np.full(4, 10, np.uint8)))
    with pytest.raises(ValueError, match="has a label 10"):
        mnist(folder, "test")
    small = np.zeros((2, 3), np.uint8)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(small)))
    with pytest.raises(ValueError, match="MNIST images are"):
        mnist(folder, "test")


def test_what_is_missing_where(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder .*gone"):
        mnist(tmp_path / "gone")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="file is a file; give the folder"):
        mnist(tmp_path / "file")
    (tmp_path / "file").unlink()
    with pytest.raises(FileNotFoundError, match="nor mnist_train.csv; it holds nothing"):
        mnist(tmp_path)
    (tmp_path / "archive.zip").write_text("")
    (tmp_path / "notes").mkdir()
    message = r"it holds archive.zip, notes/ \(unpack archive.zip first\)"
    with pytest.raises(FileNotFoundError, match=message):
        mnist(tmp_path)
    (tmp_path / IMAGES).write_bytes(idx(images(3)))
    with pytest.raises(FileNotFoundError, match=f"half of what is needed: .*{IMAGES}"):
        mnist(tmp_path)


def table(labels, pictures, head=True, last=False):
    names = ["label", *(f"pixel{i}" for i in range(784))]
    rows = [[int(y), *map(int, x)] for y, x in zip(labels, pictures.reshape(-1, 784), strict=True)]
    rows = ([names] if head else []) + rows
    if last:
        rows = [[*row[1:], row[0]] for row in rows]
    return "\n".join(",".join(map(str, row)) for row in rows) + "\n"


@pytest.mark.parametrize("name", ["mnist_train.csv", "train.csv", "MNIST/fashion-mnist_train.csv"])
@pytest.mark.parametrize("form", ["names", "no names", "label last", "bom and crlf"])
def test_tables(tmp_path, name, form):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    text = table([3, 1, 4], images(3), head=form != "no names", last=form == "label last")
    if form == "bom and crlf":
        text = "\ufeff" + text.replace("\n", "\r\n") + "\r\n"
    path.write_bytes(text.encode())
    x, y = mnist(tmp_path)
    np.testing.assert_array_equal(x, images(3).reshape(3, 784) / 255)
    np.testing.assert_array_equal(y, [3, 1, 4])


def test_long_tables_are_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("tinyae.datasets.mnist_table.ROWS", 2)
    text = table([3, 1, 4, 1, 5], images(5))
    (tmp_path / "train.csv").write_text(text.replace("\n", "\n\n\n\n"))
    x, y = mnist(tmp_path)
    np.testing.assert_array_equal(x, images(5).reshape(5, 784) / 255)
    np.testing.assert_array_equal(y, [3, 1, 4, 1, 5])


def test_tables_that_are_not_plain(tmp_path):
    good = table([3, 1], images(2)).split("\n")
    first = good[1].split(",")

    def with_cell(cell):
        return "\n".join([good[0], ",".join([*first[:2], cell, *first[3:]])])

    cases = {
        "784 columns and no label": "\n".join(",".join(row.split(",")[1:]) for row in good[:3]),
        "not a table of digits: .* 3 columns": "a,b,c\n1,2,3\n",
        "data row 1, column 3": with_cell("256"),
        "has 0.5 in": with_cell("0.5"),
        "has nan in": with_cell("nan"),
        "has 'x' in data row 1, column 3": with_cell("x"),
        "has '' in data row 1, column 3": with_cell(""),
        "has rows that are no numbers separated by commas": with_cell("1_0"),  # Python reads it
        "got 1 columns": "5" * 50_000,
        "has no rows": good[0] + "\n",
        "786 columns in data row 2, expected 785": "\n".join([*good[:2], good[2] + ",0"]),
        "786 columns in data row 1": "\n".join([good[0], good[1] + ",0"]),
        "has 3 columns in data row 3, expected 785$": "\n".join([*good[:3], "1,2,3"]),
        "has -1 in data row 1, column 1": "\n".join(["-1," + good[1].split(",", 1)[1], good[2]]),
        "has '' in data row 1, column 2": "\n".join(
            [good[1].split(",")[0] + ",," + good[1].split(",", 2)[2], good[2]]
        ),
        "has '8x' in data row 1, column 1": "8x," + good[1].split(",", 1)[1],
        "more than 65536 characters in data row 1": good[0] + "\n" + "0" * 70_000 + "," + good[1],
        r"names 0 columns .* called label, labels, class, digit, target or y": good[0].replace(
            "label", "what"
        ),
        "names 2 columns": good[0].replace("pixel7,", "y,"),
    }
    for message, text in cases.items():
        (tmp_path / "train.csv").write_text(text)
        with pytest.raises(ValueError, match=message):
            mnist(tmp_path)


def test_idx_files_come_before_tables(tmp_path):
    (tmp_path / "train.csv").write_text("of something else")
    write(tmp_path / "MNIST" / "raw", (IMAGES, LABELS), images(5), digits(5))
    assert len(mnist(tmp_path)[1]) == 5


def test_tables_of_two_data_sets_are_not_mixed_up(tmp_path):
    def put(name, label):
        (tmp_path / name).write_text(table([label], images(1)))

    put("fashion-mnist_train.csv", 2)
    assert mnist(tmp_path)[1] == [2]
    put("mnist_train.csv", 1)
    message = "fashion-mnist-.*csv, mnist-.*csv; choose one by prefix='fashion-mnist' or"
    with pytest.raises(ValueError, match=message):
        mnist(tmp_path)
    assert mnist(tmp_path, prefix="mnist")[1] == [1]
    assert mnist(tmp_path, prefix="fashion-mnist")[1] == [2]
    (tmp_path / "mnist_train.csv").rename(tmp_path / "mnist_test.csv")
    for split in ("train", "test"):  # clothes to learn from, digits to test on
        with pytest.raises(ValueError, match="holds several data sets"):
            mnist(tmp_path, split)


def test_links_on_the_way(tmp_path):
    write(tmp_path / "data" / "raw", (IMAGES, LABELS), images(5), digits(5))
    (tmp_path / "data" / "latest").symlink_to("raw")
    (tmp_path / "data" / "up").symlink_to(tmp_path)
    (tmp_path / "data" / "raw" / "loop").symlink_to("loop")
    (tmp_path / "nowhere").symlink_to("gone")
    assert len(mnist(tmp_path)[1]) == 5
    (tmp_path / "data" / "copy").mkdir()
    for name in (IMAGES, LABELS):  # the same files under other names are no other data set
        (tmp_path / "data" / "copy" / name).symlink_to(tmp_path / "data" / "raw" / name)
    assert len(mnist(tmp_path)[1]) == 5
    shutil.rmtree(tmp_path / "data" / "copy")
    files = [tmp_path / "data" / "raw" / name for name in (IMAGES, LABELS)]
    assert walk(tmp_path).files == files  # each once, by the path without a link
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "loop").symlink_to("loop")
    with pytest.raises(FileNotFoundError, match="it holds loop$"):
        mnist(tmp_path / "empty")


def test_hidden_folders_are_not_looked_into(tmp_path):
    write(tmp_path / ".old", (IMAGES, LABELS), images(3), digits(3))
    with pytest.raises(FileNotFoundError, match="it holds nothing"):
        mnist(tmp_path)
    write(tmp_path / "new", (IMAGES, LABELS), images(5), digits(5))
    assert len(mnist(tmp_path)[1]) == 5
    assert len(mnist(tmp_path / ".old")[1]) == 3  # unless it is the one that was given


def test_more_folders_than_a_data_set_has(tmp_path, monkeypatch):
    monkeypatch.setattr("tinyae.datasets.walk.MOST_FOLDERS", 3)
    for name in "abc":
        (tmp_path / name).mkdir()
    write(tmp_path / "c", (IMAGES, LABELS), images(5), digits(5))
    with pytest.raises(FileNotFoundError, match="not all were read: give the folder of"):
        mnist(tmp_path)
    monkeypatch.setattr("tinyae.datasets.walk.MOST_FOLDERS", 4)
    assert len(mnist(tmp_path)[1]) == 5


def test_folders_without_permission_are_named(tmp_path, monkeypatch):
    real = os.scandir
    (tmp_path / "locked").mkdir()

    def scandir(folder):
        if str(folder).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(folder))
        return real(folder)

    monkeypatch.setattr("os.scandir", scandir)  # nothing is forbidden to root
    with pytest.raises(FileNotFoundError, match="not readable: .*locked$"):
        mnist(tmp_path)
    with pytest.raises(PermissionError, match="locked cannot be read: Permission denied"):
        mnist(tmp_path / "locked")
    with pytest.raises(OSError, match="cannot be read: File name too long"):
        mnist(tmp_path / ("x" * 300))
    write(tmp_path, (IMAGES, LABELS), images(5), digits(5))
    assert len(mnist(tmp_path)[1]) == 5


ROWS = np.column_stack([[3, 1, 4], images(3).reshape(3, 784)])
HEAD = ["label", *(f"pixel{i}" for i in range(784))]
WRITTEN = {
    "savetxt": lambda p: np.savetxt(p, ROWS, delimiter=","),
    "savetxt, named": lambda p: np.savetxt(p, ROWS, "%d", delimiter=",", header=",".join(HEAD)),
    "an empty first line": lambda p: p.write_text("\n" + table(ROWS[:, 0], ROWS[:, 1:])),
    "quoted": lambda p: p.write_text(
        "\n".join(",".join(f'"{cell}"' for cell in row) for row in [HEAD, *ROWS])
    ),
    "columns of numbers": lambda p: p.write_text(
        "\n".join(",".join(map(str, row)) for row in [["label", *range(784)], *ROWS])
    ),
    **{
        name: lambda p, name=name: p.write_text(
            table(ROWS[:, 0], ROWS[:, 1:]).replace("label", name)
        )
        for name in ("labels", "Digit", "target")
    },
}


@pytest.mark.parametrize("name", WRITTEN)
def test_tables_as_programs_write_them(tmp_path, name):
    WRITTEN[name](tmp_path / "mnist_train.csv")
    x, y = mnist(tmp_path)
    np.testing.assert_array_equal(255 * x, ROWS[:, 1:])
    np.testing.assert_array_equal(y, ROWS[:, 0])
