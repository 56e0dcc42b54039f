"""Figures from photographs: the folder is read, or what is wrong with it is said."""

import numpy as np
import pytest

from figures import common, fig_psd
from figures.__main__ import main
from figures.photographs import FILE, photographs


@pytest.fixture
def folder(tmp_path, rng):
    pictures = {name: rng.integers(0, 256, (20, 30), dtype=np.uint8) for name in "abc"}
    np.savez(tmp_path / FILE, **pictures)
    return tmp_path, pictures


def test_photographs_are_read(folder):
    path, pictures = folder
    found = photographs(path)
    for picture, name in zip(found, "abc", strict=True):
        assert picture.dtype == np.float32 and 0 <= picture.min() and picture.max() <= 1
        np.testing.assert_allclose(picture * 255, pictures[name], atol=1e-4)


def test_what_is_wrong_is_said(folder, tmp_path):
    with pytest.raises(ValueError, match=f"no {FILE} in"):
        photographs(tmp_path / "elsewhere")
    np.savez(tmp_path / FILE, colour=np.zeros((20, 30, 3), np.uint8))
    with pytest.raises(ValueError, match=r"bytes, found uint8 of shape \(20, 30, 3\)"):
        photographs(tmp_path)
    np.savez(tmp_path / FILE)
    with pytest.raises(ValueError, match="found nothing"):
        photographs(tmp_path)


def test_patches_to_learn_from_are_of_other_pictures():
    pictures = [np.full((20, 30), i / 3) for i in range(3)]
    x, fresh = fig_psd.squares(50, np.random.default_rng(0), pictures)
    assert x.shape == (50, 144) and fresh.shape == (1000, 144)
    assert set(np.unique(x)) == {0, 1 / 3} and set(np.unique(fresh)) == {2 / 3}


def test_the_command_hands_them_over(folder, monkeypatch, capsys):
    path, pictures = folder
    given = {}

    def compute(seed, quick, pictures):
        given.update(seed=seed, quick=quick, pictures=pictures)
        return {"source": "photographs"}

    monkeypatch.setattr(fig_psd, "compute", compute)
    monkeypatch.setattr(fig_psd, "draw", lambda numbers: None)
    monkeypatch.setattr(common, "emit", lambda name, numbers, figure: given.update(name=name))
    assert main(["psd", "--quick", "--data", str(path)]) == 0
    assert given["name"] == "fig_psd.photographs.quick" and len(given["pictures"]) == 3
    for arguments in (["psd", "--check"], ["psd", "--record"], ["14.7"], ["psd", "14.7"], []):
        with pytest.raises(SystemExit):
            main([*arguments, "--data", str(path)])
    with pytest.raises(SystemExit):
        main(["psd", "--data", str(path / "elsewhere")])
    assert "--data is for psd" in capsys.readouterr().err
