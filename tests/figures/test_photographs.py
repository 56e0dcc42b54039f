"""Figures from real pictures: the folder is read and drawn, or what is wrong with it is said."""

import json

import numpy as np
import pytest

from figures import common
from figures.__main__ import main
from figures.catalogue import FROM_FOLDER
from figures.experiments import colour_pictures, natural_patches, photographs
from tinyae.datasets import turning_digit


@pytest.fixture
def folder(tmp_path, rng):
    """A folder with the four files, of the form of the real ones but small, and what is in them."""
    scenes = {name: rng.integers(0, 256, (20, 30), dtype=np.uint8) for name in "abc"}
    np.savez(tmp_path / photographs.SCENES, **scenes)
    angles = np.radians(5.0 * np.arange(20))
    turned = [turning_digit(angles, digit=digit, rng=0).reshape(-1, 28, 28) for digit in (3, 6)]
    x = np.round(255 * np.concatenate(turned)).astype(np.uint8)
    mixed = rng.permutation(len(x))
    obj, view = np.repeat([1, 2], 20), np.tile(np.arange(20), 2)
    np.savez(tmp_path / photographs.OBJECTS, x=x[mixed], obj=obj[mixed], view=view[mixed])
    film = np.arange(640)[:, None, None] % 100 + rng.integers(0, 3, (640, 7, 5))
    np.savez(tmp_path / photographs.FACE, x=film.astype(np.uint8))
    colour = rng.integers(0, 256, (104, 12, 11, 3), dtype=np.uint8)
    np.savez(tmp_path / photographs.COLOUR, x=colour, y=np.zeros(104))
    return tmp_path, {"scenes": scenes, "x": x, "film": film, "colour": colour}


def check(found, bytes_):
    assert found.dtype == np.float32 and 0 <= found.min() and found.max() <= 1
    np.testing.assert_allclose(255 * found, bytes_, atol=1e-4)


def test_pictures_are_read(folder):
    path, held = folder
    for picture, name in zip(photographs.photographs(path), "abc", strict=True):
        check(picture, held["scenes"][name])
    objects = photographs.turned_objects(path)
    assert len(objects) == 2
    check(np.concatenate(objects), held["x"])  # in turning order, however they were stored
    check(photographs.filmed_face(path, slice(534, 634)), held["film"][534:634])
    check(photographs.colour_pictures(path), held["colour"])


READERS = {
    photographs.SCENES: photographs.photographs,
    photographs.OBJECTS: photographs.turned_objects,
    photographs.FACE: lambda folder: photographs.filmed_face(folder, slice(534, 634)),
    photographs.COLOUR: colour_pictures.enough_pictures,
}
GREY = np.zeros((6, 4, 4), np.uint8)
TURN = {"x": GREY, "obj": np.repeat([1, 2], 3), "view": np.tile(np.arange(3), 2)}


@pytest.mark.parametrize(
    ("file", "arrays", "message"),
    [
        (photographs.SCENES, {"a": GREY}, r"\(h, w\) of bytes, found uint8 of shape \(6, 4, 4\)"),
        (photographs.SCENES, {"a": GREY[0] / 2}, r"bytes, found float64 of shape \(4, 4\)"),
        (photographs.SCENES, {}, "found nothing"),
        (photographs.OBJECTS, {"x": GREY}, "obj, view is missing, found x"),
        (photographs.OBJECTS, {**TURN, "x": GREY[0]}, r"\(n, h, w\) of bytes, found uint8"),
        (photographs.OBJECTS, {**TURN, "obj": np.ones(5, int)}, r"as obj, found int64 of shape"),
        (photographs.OBJECTS, {**TURN, "view": np.ones(6)}, "as view, found float64"),
        (photographs.OBJECTS, {**TURN, "view": np.arange(6)}, r"of object 2 it holds \[3, 4, 5\]"),
        (photographs.FACE, {"faces": GREY}, "x is missing, found faces"),
        (photographs.FACE, {"x": GREY}, "634 frames or more, found 6"),
        (photographs.COLOUR, {"x": GREY}, r"\(n, h, w, 3\) of bytes"),
        (photographs.COLOUR, {"x": np.zeros((6, 4, 4, 4), np.uint8)}, r"shape \(6, 4, 4, 4\)"),
        (photographs.COLOUR, {"x": np.zeros((0, 4, 4, 3), np.uint8)}, r"shape \(0, 4, 4, 3\)"),
        (photographs.COLOUR, {"x": np.zeros((9, 12, 12, 3), np.uint8)}, "9 pictures in .*at least"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(file, arrays, message, tmp_path):
    np.savez(tmp_path / file, **arrays)
    with pytest.raises(ValueError, match=message):
        READERS[file](tmp_path)


@pytest.mark.parametrize("file", READERS)
def test_a_file_that_is_not_there_or_no_archive(file, tmp_path):
    with pytest.raises(ValueError, match=f"no {file} in"):
        READERS[file](tmp_path)
    (tmp_path / file).write_text("x")
    with pytest.raises(ValueError, match="no archive of arrays"):
        READERS[file](tmp_path)


def test_patches_to_learn_from_are_of_other_pictures():
    pictures = [np.full((20, 30), i / 3) for i in range(3)]
    x, fresh = natural_patches.squares(50, np.random.default_rng(0), pictures)
    assert x.shape == (50, 144) and fresh.shape == (1000, 144)
    assert set(np.unique(x)) == {0, 1 / 3} and set(np.unique(fresh)) == {2 / 3}


def test_the_command_hands_them_over(folder, monkeypatch, capsys):
    path, _ = folder
    given = {}

    def compute(seed, quick, pictures):
        given.update(seed=seed, quick=quick, pictures=pictures)
        return {"source": "photographs"}

    monkeypatch.setattr(FROM_FOLDER["psd"], "compute", compute)
    monkeypatch.setattr(FROM_FOLDER["psd"], "draw", lambda numbers: None)
    monkeypatch.setattr(FROM_FOLDER["psd"], "ALT", "Atoms of {source}.")
    monkeypatch.setattr(common, "OUT", path / "out")

    def emit(name, numbers, figure, *, title, alt):
        given.update(name=name, alt=alt)

    monkeypatch.setattr(common, "emit", emit)
    assert main(["psd", "--quick", "--data", str(path)]) == 0
    assert given["name"] == "fig_psd.photographs.quick" and len(given["pictures"]) == 3
    assert given["alt"] == "Atoms of photographs."
    for arguments in (["psd", "--check"], ["14.8", "--record"], ["14.7"], ["psd", "14.7"], []):
        with pytest.raises(SystemExit):
            main([*arguments, "--data", str(path)])
    for number in FROM_FOLDER:
        with pytest.raises(SystemExit):
            main([number, "--data", str(path / "elsewhere")])
    assert "--data is for deep_codes, 14.8, 14.10, psd" in capsys.readouterr().err


@pytest.mark.slow
def test_a_small_folder_is_drawn(folder, tmp_path, monkeypatch):
    """Two turning digits, a film and pictures in colour, from the command to the files."""
    path, held = folder
    out = tmp_path / "out"
    monkeypatch.setattr(common, "OUT", out)
    monkeypatch.setattr(common.emit, "__defaults__", (out,))
    assert main(["14.8", "14.10", "--quick", "--jobs", "1", "--data", str(path)]) == 0
    for name in ("fig_14_08_neighbors.coil_frey.quick", "fig_14_10_tangents.colour.quick"):
        assert (out / f"{name}.svg").stat().st_size > 3000 and (out / f"{name}.png").exists()
    numbers = json.loads((out / "fig_14_08_neighbors.coil_frey.quick.json").read_text())
    assert numbers["objects"] == 2 and numbers["object"] in (1, 2)
    assert "Dots for the views of an object" in (out / "ALT.md").read_text("utf-8")
    assert np.shape(numbers["images"]) == (20, 28, 28)


def test_the_median_object_is_drawn(monkeypatch):
    """Of five, by the order of their rank correlations; of four, the lower of the middle two."""
    ranks = [0.9, 0.2, 1.0, 0.5, 0.7]

    def one_coordinate(x, order):
        return {"rank_correlation": x[0, 0], "pca_rank_correlation": 0.0}

    module = FROM_FOLDER["14.8"]
    monkeypatch.setattr(module, "one_coordinate", one_coordinate)
    turn = turning_digit(np.radians(5.0 * np.arange(12)), digit=6, rng=0).reshape(-1, 28, 28)
    objects = [turn.copy() for _ in ranks]
    for views, rank in zip(objects, ranks, strict=True):
        views[:, 0, 0] = rank
    found = module.compute(pictures=(objects, turn))
    assert found["object"] == 5 and found["objects"] == 5 and found["ordered"] == 1
    assert module.compute(pictures=(objects[:4], turn))["object"] == 4


def test_the_ring_turns_to_the_places(rng):
    angle = rng.permutation(7) + rng.uniform(-0.2, 0.2, 7)
    places = np.stack([np.cos(2 * np.pi * angle / 7), np.sin(2 * np.pi * angle / 7)], axis=1)
    spots = FROM_FOLDER["14.8"].ring(places, 2.0)
    np.testing.assert_allclose(np.linalg.norm(spots, axis=1), 2.0)
    assert ((spots * places).sum(axis=1) > 2 * np.cos(0.5)).all()  # each at its own side


def test_known_moves_and_shares(rng):
    """A slope in grey levels moves by its slope; a plane holds what was put into it."""
    down, right = np.mgrid[:12, :11]
    pictures = np.repeat((2.0 * down - right)[None, :, :, None], 3, axis=3)
    known = colour_pictures.moves(pictures)
    assert known.shape == (1, 2, 8 * 7 * 3)
    np.testing.assert_allclose(known[0, 0], -2.0)
    np.testing.assert_allclose(known[0, 1], 1.0)
    T = np.linalg.qr(rng.standard_normal((9, 3)))[0].T[None]
    v = np.stack([3.0 * T[0, 1] + 4.0 * T[0, 2], T[0, 0]])[None]
    expected = [[[0.0, 0.36, 1.0], [1.0, 1.0, 1.0]]]
    np.testing.assert_allclose(colour_pictures.share(T, v), expected, atol=1e-12)


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize("number", ["14.8", "14.10"])
def test_the_real_pictures_are_drawn(number, data_folder, tmp_path):
    module = FROM_FOLDER[number]
    numbers = module.compute(pictures=module.from_folder(data_folder))
    paths = common.emit(module.NAME, numbers, module.draw(numbers), tmp_path)
    assert all(p.stat().st_size > 10_000 for p in paths)
    if number == "14.8":
        assert numbers["ordered"] >= 10 > numbers["ordered_by_pca"]
        assert numbers["face_rank_correlation"] > 0.98
    else:
        # Nothing to choose between the two; both know of moves what chance does not.
        ratio = numbers["contractive_share"] / numbers["local_pca_share"]
        assert 0.9 <= ratio <= 1.15
        assert numbers["local_pca_share"] > 20 * numbers["random_share"]
