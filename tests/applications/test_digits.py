"""The command line, with training cut down to a few hundred digits."""

import numpy as np
import pytest

from tinyae import PCA
from tinyae.__main__ import main
from tinyae.applications import digits
from tinyae.datasets import strokes


@pytest.fixture(scope="module")
def images():
    return strokes(600, dtype=np.float32)[0]


@pytest.fixture
def few(images, monkeypatch):
    monkeypatch.setattr(digits, "load_digits", lambda folder: (images[:500], images[500:]))


def test_digits(few, tmp_path, capsys):
    assert main(["digits", "--epochs", "20", "--out", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    errors = {line[4:30].strip(): float(line[30:]) for line in text.splitlines()
              if line.startswith("    ")}  # fmt: skip
    assert list(errors) == ["mean image", "PCA, 32 components", "autoencoder 784-256-32"]
    assert errors["autoencoder 784-256-32"] < errors["mean image"] / 2
    train, test = digits.load_digits(None)
    pca = digits.squared_error(test, PCA(32).fit(train).reconstruct(test))
    assert errors["PCA, 32 components"] == pytest.approx(pca, abs=0.006)
    assert (tmp_path / "digits_strokes.png").stat().st_size > 5000
    assert "trained on generated strokes: 20 epochs" in text


def test_errors_are_said_in_one_line(tmp_path, capsys):
    assert main(["digits", str(tmp_path)]) == 2
    assert "has neither train-images" in capsys.readouterr().err
    assert main(["digits", str(tmp_path / "gone")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_a_number_of_epochs_is_refused_in_one_line(few, tmp_path, capsys):
    assert main(["digits", "--epochs", "0", "--out", str(tmp_path)]) == 2
    assert "epochs must be at least 1" in capsys.readouterr().err


def test_where_no_picture_can_be_written_is_said_first(few, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(digits, "train_deep", None)
    (tmp_path / "file").write_text("")
    assert main(["digits", "--out", str(tmp_path / "file")]) == 2
    assert "file" in capsys.readouterr().err


def test_no_command_prints_the_usage(capsys):
    with pytest.raises(SystemExit):
        main([])
    assert "digits" in capsys.readouterr().err


def test_the_digits_of_a_folder_or_drawn_ones(monkeypatch):
    """The parts of MNIST; without a folder, the first 20 000 of 24 000 drawn digits train."""
    monkeypatch.setattr(
        digits, "mnist", lambda folder, split, dtype: ((folder, split, dtype), None)
    )
    assert digits.load_digits("here") == (
        ("here", "train", np.float32),
        ("here", "test", np.float32),
    )
    drawn = np.arange(24_000, dtype=np.float32)[:, None]
    monkeypatch.setattr(digits, "strokes", lambda n, rng, dtype: (drawn[:n].astype(dtype), None))
    train, test = digits.load_digits(None)
    assert np.array_equal(train, drawn[:20_000]) and np.array_equal(test, drawn[20_000:])
