"""Damaged and malicious files: nothing but the same object, or an error, at no cost."""

import json
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from tests.damaged_files import KINDS, cost, found_in
from tests.saved_objects import made
from tinyae import Autoencoder, load, save
from tinyae.embeddings import PCA
from tinyae.files.archive_files import read_archive, write_archive
from tinyae.files.header_text import VERSION


@pytest.mark.one_in(48)
@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_file_is_refused_or_harmless(name, tmp_path):
    model = made(name)
    path = save(model, tmp_path / "m")
    step = 8 * path.stat().st_size // 40 | 1  # about 45 files, of bits of all significances
    count, refused, _, others = found_in(model, path, step, KINDS.index(name))
    assert not others and refused > 0.6 * count


def described(model, tmp_path, change, **arrays):
    """A file with another description, or other arrays, and a right checksum."""
    header, stored = read_archive(save(model, tmp_path / "right"), "model")
    changed = change(header["object"]) or header["object"]
    return write_archive(tmp_path / "m", {"object": changed}, {**stored, **arrays})


def state(**changes):
    """A change of the state of the object; None takes an attribute away."""

    def change(it):
        it["state"].update(changes)
        it["state"] = {key: value for key, value in it["state"].items() if value != "nothing"}

    return change


def encoder(it):
    """The description of the first layer of an autoencoder."""
    return dict(it["state"]["parts"]["dict"])["encoder"]["state"]["layers"]["tuple"][0]


def weights(part):
    """A change of the place of the first weights in theta."""

    def change(it):
        encoder(it)["state"]["params"]["dict"][0][1] = {"part": part}

    return change


DEEP = None
for _ in range(320):
    DEEP = {"tuple": [DEEP]}
CHANGES = {
    "an unknown attribute": (state(more=3), "has the unknown more"),
    "a missing attribute": (state(code="nothing"), "has no code"),
    "several": (state(code="nothing", more=3), "has no code and the unknown more"),
    "a method replaced": (state(encode=3), "the unknown encode"),
    "an unknown class": (lambda it: {**it, "class": "system"}, "'system', and this version"),
    "a module": (lambda it: {**it, "class": "os.system"}, "'os.system', and this version"),
    "a dunder": (lambda it: {**it, "class": "__class__"}, "no such class"),
    "no name": (lambda it: {**it, "class": ["a"]}, "does not describe"),
    "own": (lambda it: {**it, "own": True}, "needs the class Autoencoder, which is not one of"),
    "half own": (lambda it: {**it, "own": 1}, "no such class"),
    "a class as a value": (lambda it: {"type": "Sigmoid"}, "it holds no object"),
    "another form": (lambda it: {"class": "Autoencoder", "fields": {}}, "is described by fields"),
    "two forms": (lambda it: {**it, "fields": {}}, "is described by fields, state"),
    "no form": (lambda it: {"class": "Autoencoder"}, "is described by nothing"),
    "no object": (lambda it: 3, "it holds no object"),
    "an unknown kind": (state(code={"pickle": "x"}), "KeyError"),
    "two kinds": (state(code={"number": 3, "tuple": []}), "too many values"),
    "an array of nothing": (state(output={"array": "no"}), "KeyError"),
    "zeros of nothing": (state(grad={"array": "~no"}), "KeyError"),
    "a part outside": (weights(["theta", 1, [100, 100], False]), "not inside theta"),
    "a negative part": (weights(["theta", -1, [5, 4], False]), "not inside theta"),
    "two negative sides": (weights(["theta", 0, [-5, -4], False]), "not inside theta"),
    "a part too far": (weights(["theta", 30, [5, 4], False]), "not inside theta"),
    "a huge part": (weights(["theta", 0, [10**15, 10**15], False]), "not inside theta"),
    "a copy of a part": (
        lambda it: encoder(it)["state"]["params"]["dict"].__setitem__(
            0, ["W", {"array": "other"}]), "belongs to nothing|no longer views|KeyError"),
    "an object of later": (state(code={"again": 99}), "IndexError"),
    "an object of before": (state(code={"again": -99}), "IndexError"),
    "deep nesting": (state(more=DEEP), "RecursionError|unknown more"),
    "a setting out of range": (
        state(corruption={"class": "GaussianNoise", "fields": {"sigma": -1.0}}), "sigma"),
    "a setting unknown": (
        state(corruption={"class": "GaussianNoise", "fields": {"sigma": 1.0, "more": 1}}),
        "unexpected keyword"),
    "a setting missing": (state(corruption={"class": "GaussianNoise", "fields": {}}), "missing"),
    "a setting by state": (
        state(corruption={"class": "GaussianNoise", "state": {"sigma": -1.0}}),
        "not described by its attributes"),
    "an exception": (
        state(code={"class": "DivergenceError", "state": {"args": 3}}), "not described by"),
    "many texts": (
        state(code={"texts": ["U16000000", [10**6], ["a"] * 10**6]}), "much more memory"),
    "texts that are none": (state(code={"texts": ["U3", [1], [3]]}), "holds something else"),
    "many wide texts": (
        state(code=[{"texts": ["U9000000", [1], ["a"]]}] * 500), "would take much more memory"),
    "a generator": (
        state(code={"generator": ["Generator", {"bit_generator": "default_rng"}]}),
        "no generator of kind 'default_rng'"),
    "a generator of no class": (
        state(code={"generator": ["default_rng", {"bit_generator": "PCG64"}]}),
        "no generator of kind"),
    "the seed of one": (
        state(code={"generator": ["Generator", 3]}), "TypeError"),
    "a state of other types": (
        state(code={"generator": ["Generator", {"bit_generator": "MT19937", "state":
                                  {"dtype": "O", "values": [3]}}]}), "KeyError"),
    "a number too large": (state(code={"number": ["int8", 10**6]}), "does not describe"),
    "a number of objects": (state(code={"number": ["O", 3]}), "KeyError"),
    "a key twice": (state(code={"dict": [["a", 1], ["a", 2]]}), "occurs twice"),
}  # fmt: skip


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", CHANGES)
def test_a_description_that_cannot_be_right_is_refused(name, tmp_path):
    change, said = CHANGES[name]
    path = described(Autoencoder.dense((5, 4)), tmp_path, change)
    message, seconds, peak = cost(lambda: load(path))
    assert seconds < 1 and peak < 100e6, (seconds, peak)
    pytest.raises(ValueError, load, path).match(f"m.npz (cannot be loaded|does not des).*({said})")


def test_weights_that_are_no_part_of_theta_are_refused(tmp_path):
    """Such a model would be loaded whole, and an optimizer's step would leave its layer alone."""

    def change(it):
        encoder(it)["state"]["params"]["dict"][0][1] = {"array": "other"}

    path = described(Autoencoder.dense((5, 4)), tmp_path, change, other=np.ones((4, 5)))
    with pytest.raises(ValueError, match="no longer views of its theta"):
        load(path)


def test_an_estimator_that_cannot_be_right_is_refused(tmp_path):
    model = PCA(1).fit(np.random.default_rng(0).normal(size=(9, 3)))
    for part, changes, said in (
        ("settings", {"more": 1}, "unexpected keyword"),
        ("settings", {"fit": 1}, "unexpected keyword"),
        ("learned", {"more": 1}, "the unknown more"),
        ("learned", {"fit": 1}, "the unknown fit"),
        ("learned", {"mean_": {"array": "no"}}, "KeyError"),
    ):
        path = described(model, tmp_path, lambda it, p=part, c=changes: it[p].update(c))
        with pytest.raises(ValueError, match=f"does not describe a model: .*{said}"):
            load(path)
    path = described(model, tmp_path, lambda it: {"class": "PCA", "state": {"n_components": 1}})
    with pytest.raises(ValueError, match="a PCA is not described by its attributes"):
        load(path)
    path = described(model, tmp_path, lambda it: None, more=np.ones(3))
    with pytest.raises(ValueError, match="an array that belongs to nothing: more"):
        load(path)
    path = write_archive(tmp_path / "m", {"object": {}, "more": 1}, {})
    with pytest.raises(ValueError, match="it holds more, object, expected one object"):
        load(path)


class Trap:
    """What a pickle may contain."""

    def __reduce__(self):
        return print, ("a pickle was run",)


def bomb(path, name, head, data, *, method=zipfile.ZIP_STORED):
    """Add an entry to a file of a model: the head of an array, and its bytes."""
    with zipfile.ZipFile(path, "a", method, compresslevel=1) as file:
        file.writestr(f"{name}.npy", head + data)


def npy(shape, descr="'<f8'"):
    """The head of an array of this shape."""
    line = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + len(line).to_bytes(2, "little") + line


def claim(path, size):
    """State another size of the last entry in the directory of a file."""
    whole = bytearray(path.read_bytes())
    place = whole.rindex(b"PK\1\2")
    for field in (20, 24):
        whole[place + field : place + field + 4] = size.to_bytes(4, "little")
    path.write_bytes(whole)


def hostile(folder):
    """Files that want to cost much, or to be run, and what is said of each."""
    model, files = Autoencoder.dense((5, 4)), {}

    def new(name):
        files[name] = save(model, folder / name)
        return files[name]

    bomb(new("a terabyte"), "more", npy("(137438953472,)"), b"")
    bomb(new("a table of a terabyte"), "more", npy("(1048576, 131072)"), bytes(1000))
    bomb(new("a gigabyte claimed"), "more", npy("(134217728,)"), b"")
    claim(files["a gigabyte claimed"], 1 << 30)
    bomb(new("a compressed bomb"), "more", npy("(12500000,)"), bytes(10**8),
         method=zipfile.ZIP_DEFLATED)  # fmt: skip
    bomb(new("a pickle"), "more", npy("(1,)", "'|O'"), pickle.dumps(Trap()))
    files["nothing but a pickle"] = folder / "pickle.npz"
    files["nothing but a pickle"].write_bytes(pickle.dumps(Trap()))
    np.savez(folder / "objects.npz", header=np.array([Trap()], object), digest=np.array("0" * 64))
    files["a pickle as header"] = folder / "objects.npz"
    bomb(new("an unknown key"), "more", npy("(1,)"), bytes(8))
    with zipfile.ZipFile(new("a missing key")) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    for missing, name in (("theta.npy", "a missing key"), ("header.npy", "no header")):
        files[name] = folder / f"{name}.npz"
        with zipfile.ZipFile(files[name], "w") as file:
            for entry, data in entries.items():
                if entry != missing:
                    file.writestr(entry, data)
    files["many entries"] = folder / "many.npz"
    with zipfile.ZipFile(files["many entries"], "w") as file:
        for i in range(20_000):
            file.writestr(f"{i}.npy", "")
    files["empty"] = folder / "empty.npz"
    files["empty"].write_bytes(b"")
    for version, name in ((VERSION + 1, "a newer version"), (10**30, "a far newer version")):
        files[name] = folder / f"{name}.npz"
        with np.load(save(model, folder / "whole")) as file:
            stored = dict(file)
        text = {**json.loads(str(stored["header"])), "version": version, "tinyae": "9.9"}
        np.savez(files[name], **{**stored, "header": np.array(json.dumps(text))})
    return files


SAID = {
    "a terabyte": "more has 0 bytes, expected 137438953472 times 8",
    "a table of a terabyte": "more has 1000 bytes, expected 137438953472 times 8",
    "a gigabyte claimed": "more has .* bytes, expected|cut short",
    "a compressed bomb": "more is compressed or encrypted",
    "a pickle": r"more is not an array of numbers in C order: .*'\|O'",
    "nothing but a pickle": "has only|does not end as an .npz file does",
    "a pickle as header": "header is not an array of numbers in C order",
    "an unknown key": "it is with an unknown more",
    "a missing key": "it is without theta",
    "no header": "it holds digest, theta, expected header and digest",
    "many entries": "claims 20000 entries",
    "empty": "it has only 0 bytes",
    "a newer version": "format version 3, written by tinyae 9.9; this is .* versions 1 to 2",
    "a far newer version": "format version 1000000000000000000000000000000, written by",
}


@pytest.mark.slow
def test_hostile_files_are_refused_within_a_second_and_100_megabytes(tmp_path, measured):
    """Each in a process of its own, whose memory and time are the system's own count."""
    code = """
import json, resource, sys, time
from tinyae import load
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name, path in json.loads(sys.argv[1]).items():
    start = time.perf_counter()
    try:
        load(path)
        said = "loaded"
    except ValueError as error:
        said = str(error)
    rise = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps([name, said, time.perf_counter() - start, rise * 1024]))
"""
    files = {name: str(path) for name, path in hostile(tmp_path).items()}
    assert files.keys() == SAID.keys()
    run = subprocess.run([sys.executable, "-c", code, json.dumps(files)], check=True,
                         capture_output=True, text=True)  # fmt: skip
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(found) == len(files) and "a pickle was run" not in run.stdout + run.stderr
    for name, said, _, _ in found:
        pytest.raises(ValueError, lambda said=said: (_ for _ in ()).throw(ValueError(said))).match(
            SAID[name]
        )
    seconds, rise = max(row[2] for row in found), max(row[3] for row in found)
    measured(f"{len(files)} hostile files refused: at most {seconds:.2f} s and "
             f"{rise / 1e6:.0f} MB each")  # fmt: skip
    assert seconds < 1 and rise < 100e6


def test_versions_are_recorded(tmp_path):
    import tinyae

    with np.load(save(Autoencoder.dense((5, 4)), tmp_path / "m")) as file:
        text = json.loads(str(file["header"]))
    assert (text["tinyae"], text["numpy"]) == (tinyae.__version__, np.__version__)
    assert (text["format"], text["version"]) == ("tinyae", VERSION)
