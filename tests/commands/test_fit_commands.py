"""`python -m tinyae fit`, `encode`, `reconstruct` and `info` on small files."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinyae import load, save
from tinyae.__main__ import main
from tinyae.applications import Coder
from tinyae.commands import kinds
from tinyae.commands.kinds import KINDS
from tinyae.embeddings.pca import PCA
from tinyae.estimators import AutoencoderTransformer

ROOT = Path(__file__).resolve().parents[2]
NAMES = [f"c{i}" for i in range(8)]
rng = np.random.default_rng(5)
SCALES = rng.uniform(1, 50, 8)
X = np.tanh(1.5 * rng.normal(size=(600, 2)) @ rng.normal(size=(2, 8))) * SCALES + 7.0
NEW = np.tanh(1.5 * rng.normal(size=(50, 2)) @ rng.normal(size=(2, 8))) * SCALES + 7.0
QUICK = ["--components", "2", "--epochs", "40"]


def run(*arguments):
    return main([str(a) for a in arguments])


def error(capsys, *arguments):
    """Run a command that must fail; return its one line on standard error."""
    assert run(*arguments) == 2
    out = capsys.readouterr()
    assert out.out == "" and out.err.startswith("python -m tinyae: ") and out.err.count("\n") == 1
    return out.err


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with rows.csv and rows.npy, and a model of the first."""
    folder = tmp_path_factory.mktemp("fitted")
    np.savetxt(
        folder / "rows.csv", X, delimiter=",", header=",".join(NAMES), comments="", fmt="%.17g"
    )
    np.save(folder / "rows.npy", X)
    assert run("fit", folder / "rows.csv", "--out", folder / "model", *QUICK) == 0
    return folder


def share_kept(x, r):
    """The share of the variance of standardised columns that a reconstruction keeps."""
    return 1 - (((x - r) / x.std(axis=0)) ** 2).sum() / x.size


def test_codes_and_reconstructions_are_those_of_the_model(folder, capsys):
    coder = load(folder / "model.npz")
    assert isinstance(coder, Coder) and coder.columns == tuple(NAMES) and coder.width == 8
    assert run("encode", folder / "model.npz", folder / "rows.csv", "--out", folder / "h.npy") == 0
    codes = np.load(folder / "h.npy")
    assert codes.dtype == np.float32 and np.array_equal(codes, coder.transform(X))
    assert run("encode", folder / "model", folder / "rows.npy", "--out", folder / "h.csv") == 0
    lines = (folder / "h.csv").read_text().splitlines()
    assert lines[0] == "code0,code1"
    assert np.array_equal(np.loadtxt(lines[1:], np.float32, delimiter=","), codes), "to the bit"
    command = ["reconstruct", folder / "model.npz", folder / "rows.csv", "--out"]
    assert run(*command, folder / "r.csv") == 0
    lines = (folder / "r.csv").read_text().splitlines()
    assert lines[0] == ",".join(NAMES)
    r = np.loadtxt(lines[1:], delimiter=",")
    assert np.array_equal(r, coder.reconstruct(X))
    kept = share_kept(X, r)
    assert kept > 0.97, "in the units of the file"
    assert kept > share_kept(X, np.roll(r, 1, axis=0)) + 0.5
    assert kept > share_kept(X, PCA(2).fit(X / SCALES).reconstruct(X / SCALES) * SCALES) + 0.02
    assert run("fit", folder / "rows.csv", "--out", folder / "other", *QUICK) == 0
    said = capsys.readouterr().out
    told = [float(part.split("%")[0]) for part in said.split(" ") if "%" in part]
    Y = X / X.std(axis=0)
    linear = 100 * share_kept(Y, PCA(2).fit(Y).reconstruct(Y))
    assert len(told) == 2 and told[0] > told[1] == pytest.approx(linear, abs=2.0)
    assert "wrote 600 rows of 8 numbers to" in said


def test_the_errors_that_are_told_are_those_of_rows_held_out(folder, tmp_path, capsys):
    noise = np.random.default_rng(0).normal(size=(60, 40))
    np.save(tmp_path / "noise.npy", noise)
    assert run("fit", tmp_path / "noise.npy", "--components", 30, "--epochs", 300,
               "--out", tmp_path / "m.npz") == 0  # fmt: skip
    text = capsys.readouterr().out
    assert "trained on 54 rows (real) for " in text and "\nNone\n" not in text
    told = float(text.split("keep ")[1].split("%")[0]) / 100
    assert "6 held-out rows: the codes of 30 numbers keep" in text
    assert load(tmp_path / "m.npz").explained(noise) > told + 0.1, "noise cannot be generalised"


@pytest.mark.one_in(18)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_in_every_kind_of_numbers(kind, tmp_path, capsys):
    data = {
        "real": X,
        "unit": (X - X.min(axis=0)) / np.ptp(X, axis=0),
        "bytes": np.random.default_rng(1).integers(0, 256, (60, 8)).astype(np.uint8),
    }
    for numbers, x in data.items():
        np.save(tmp_path / "x.npy", x)
        out = tmp_path / f"{numbers}.npz"
        short = [] if kind == "pca" else ["--epochs", 2]
        assert run("fit", tmp_path / "x.npy", "--kind", kind, "--components", 3, *short,
                   "--out", out) == 0  # fmt: skip
        coder = load(out)
        assert coder.scaling.kind == numbers and coder.transform(x).shape == (len(x), 3)
        assert coder.reconstruct(x).shape == x.shape
        output = getattr(coder.transformer, "output", None)  # PCA and PSD have squared errors only
        assert output in (None, "gaussian" if numbers == "real" else "bernoulli")
        penalty = {"contractive": "contractive", "sparse": "kl"}.get(kind)
        assert getattr(coder.transformer, "penalty", None) == penalty
        assert ("principal components" in capsys.readouterr().out) == (kind != "pca")


def test_settings_reach_the_model(folder, tmp_path):
    command = ["fit", folder / "rows.npy", "--out", tmp_path / "m.npz", "--kind", "denoising",
               "--noise", 0.7, "--hidden", "9,4", "--components", 3, "--epochs", 2,
               "--batch-size", 50, "--learning-rate", 0.02, "--seed", 4]  # fmt: skip
    assert run(*command) == 0
    made = load(tmp_path / "m.npz").transformer
    assert (made.noise, made.hidden, made.n_components, made.n_iter_) == (0.7, (9, 4), 3, 2)
    assert (made.batch_size, made.learning_rate, made.random_state) == (50, 0.02, 4)
    assert made.model_.corruption.sigma == 0.7
    first = made.model_.theta
    assert run(*command) == 0
    assert np.array_equal(load(tmp_path / "m.npz").transformer.model_.theta, first)
    assert run(*command[:-1], 5) == 0
    assert not np.array_equal(load(tmp_path / "m.npz").transformer.model_.theta, first)
    assert run("fit", folder / "rows.npy", "--out", tmp_path / "m.npz", "--kind", "contractive",
               "--strength", 3.0, "--epochs", 1) == 0  # fmt: skip
    made = load(tmp_path / "m.npz").transformer
    assert made.strength == 3.0 and made.n_components == 4, "half of the columns"


@pytest.mark.slow
def test_few_rows_are_trained_on_for_more_epochs(folder, tmp_path, monkeypatch):
    assert kinds.LEAST_STEPS == 5000
    monkeypatch.setattr(kinds, "LEAST_STEPS", 500)
    assert run("fit", folder / "rows.npy", "--kind", "rbm", "--out", tmp_path / "m.npz") == 0
    assert load(tmp_path / "m.npz").transformer.n_iter_ == 84, "500 steps of 6 in an epoch"


def test_info(folder, tmp_path, capsys):
    assert run("info", folder / "model.npz") == 0
    text = capsys.readouterr().out
    assert "checksum correct" in text and "8 (c0, c1, c2, c3, c4, c5, c6, c7)" in text
    assert "numbers    real" in text and "code       2 numbers" in text
    assert "Autoencoder 8-128-2-128-8, float32" in text
    save(PCA(2).fit(X), tmp_path / "pca.npz")
    assert run("info", tmp_path / "pca.npz") == 0
    assert "PCA(n_components=2) (fitted)" in capsys.readouterr().out
    np.save(tmp_path / "x.npy", X)
    index = tmp_path / "index.npz"
    assert run("hash", tmp_path / "x.npy", "--bits", 8, "--epochs", 1, "--out", index) == 0
    capsys.readouterr()
    assert run("info", index) == 0
    assert "SearchIndex(600 codes of 8 bits" in capsys.readouterr().out
    assert "a model file ends in .npz" in error(capsys, "info", tmp_path / "x.npy")
    damaged = bytearray((folder / "model.npz").read_bytes())
    damaged[-len(damaged) // 2] ^= 1
    (tmp_path / "damaged.npz").write_bytes(damaged)
    assert "damaged.npz" in error(capsys, "info", tmp_path / "damaged.npz")


def test_rows_of_another_form_are_refused(folder, tmp_path, capsys):
    model, out = folder / "model.npz", tmp_path / "h.csv"
    turned = [NAMES[1], NAMES[0], *NAMES[2:]]
    for header, message in (
        (turned, "in another order: column 1 is 'c1', expected 'c0'"),
        (["x", *NAMES[1:]], "other columns than the training rows: x in place of c0"),
    ):
        np.savetxt(tmp_path / "x.csv", X, delimiter=",", header=",".join(header), comments="")
        assert message in error(capsys, "encode", model, tmp_path / "x.csv", "--out", out)
    np.save(tmp_path / "narrow.npy", X[:, :7])
    said = error(capsys, "encode", model, tmp_path / "narrow.npy", "--out", out)
    assert "has 7 numbers in a row, but the rows that the model was trained on had 8" in said
    holes = X.copy()
    holes[3, 2] = np.nan
    np.save(tmp_path / "holes.npy", holes)
    said = error(capsys, "reconstruct", model, tmp_path / "holes.npy", "--out", out)
    assert "row 3" in said and not out.exists()
    save(PCA(2).fit(X), tmp_path / "pca.npz")
    said = error(capsys, "encode", tmp_path / "pca.npz", folder / "rows.npy", "--out", out)
    assert "pca.npz holds a PCA, not a model that `fit` wrote" in said
    assert "must end in .csv or .npy" in error(
        capsys, "encode", model, folder / "rows.npy", "--out", tmp_path / "h.txt"
    )
    assert "which is read" in error(
        capsys, "encode", model, folder / "rows.npy", "--out", folder / "rows.npy"
    )


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "options, message",
    [
        (["--noise", "0.1"], "--noise is for --kind denoising, not for plain"),
        (["--strength", "1"], "--strength is for --kind contractive or sparse, not for plain"),
        (["--kind", "pca", "--hidden", "3"], "--hidden is for autoencoders, not for --kind pca"),
        (["--kind", "pca", "--epochs", "9"], "--epochs is for kinds that are trained"),
        (
            ["--kind", "pca", "--learning-rate", "1"],
            "--learning-rate is for kinds that are trained",
        ),
        (["--components", "0"], "--components must be"),
        (["--epochs", "0"], "--epochs must be"),
        (["--learning-rate", "-1"], "--learning-rate must be"),
        (["--seed", "-1"], "--seed must be"),
        (["--kind", "denoising", "--noise", "-1"], "--noise must be"),
        (["--kind", "sparse", "--strength", "nan"], "--strength must be"),
        (["--skip", "-1"], "--skip must be at least 0"),
        (["--train-rows", "1"], "--train-rows must be at least 2"),
        (["--batch-size", "0"], "--batch-size must be"),
        (["--skip", "8"], "8 columns are skipped"),
        (["--numbers", "unit"], "expected a number from 0 to 1"),
        (["--kind", "pca", "--components", "9"], "at most 8 components"),
    ],
)
def test_wrong_options(options, message, folder, tmp_path, capsys):
    out = tmp_path / "m.npz"
    assert run("fit", folder / "rows.npy", "--out", out, *options) == 2
    assert message in capsys.readouterr().err and not out.exists()


def test_the_data_are_not_replaced(tmp_path, capsys):
    np.save(tmp_path / "x.npy", X)
    (tmp_path / "m.npz").symlink_to(tmp_path / "x.npy")
    assert "which is read" in error(
        capsys, "fit", tmp_path / "x.npy", "--out", tmp_path / "m.npz", *QUICK
    )
    assert np.array_equal(np.load(tmp_path / "x.npy"), X)


def test_files_of_few_or_equal_rows(tmp_path, capsys):
    np.save(tmp_path / "x.npy", X[:1])
    assert run("fit", tmp_path / "x.npy", "--out", tmp_path / "m", *QUICK) == 2
    assert "x.npy has 1 row, expected at least 2" in capsys.readouterr().err
    assert not (tmp_path / "m.npz").exists()
    for rows, stops in ((2, False), (9, False), (10, True)):
        np.save(tmp_path / "x.npy", X[:rows])
        assert run("fit", tmp_path / "x.npy", "--out", tmp_path / "m", *QUICK) == 0
        coder = load(tmp_path / "m.npz")
        assert coder.transformer.early_stopping is stops
        assert np.isfinite(coder.reconstruct(X)).all()
        assert "held-out" not in capsys.readouterr().out
    np.save(tmp_path / "x.npy", np.ones((40, 3)))
    assert run("fit", tmp_path / "x.npy", "--out", tmp_path / "m", *QUICK) == 0
    said = capsys.readouterr().out
    assert "4 held-out rows: they are equal, so they have no variance" in said and "nan" not in said


def test_columns_of_one_name(tmp_path, capsys):
    def table(name, header):
        np.savetxt(tmp_path / name, X[:40, :4], delimiter=",", header=header, comments="")
        return tmp_path / name

    model, out = tmp_path / "m.npz", tmp_path / "r.csv"
    twice = table("twice.csv", "a,a,b,b")
    assert run("fit", twice, "--out", model, *QUICK) == 0
    assert run("reconstruct", model, twice, "--out", out) == 0
    assert out.read_text().startswith("a,a,b,b\n")
    capsys.readouterr()
    said = error(capsys, "encode", model, table("other.csv", "a,b,c,d"), "--out", out)
    assert "other columns than the training rows: c, d in place of a, b" in said


def test_rows_of_text_are_named(tmp_path, capsys):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3,\n")
    said = error(capsys, "fit", tmp_path / "x.csv", "--out", tmp_path / "m.npz")
    assert "line 3" in said and "nothing in column 2" in said


@pytest.mark.slow
def test_as_a_program(folder, tmp_path):
    command = [sys.executable, "-m", "tinyae", "encode", str(folder / "model.npz")]
    said = subprocess.run([*command, str(folder / "rows.npy"), "--out", str(tmp_path / "h.npy")],
                          capture_output=True, text=True, cwd=tmp_path, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert said.stdout.endswith("h.npy\n") and said.stderr == ""
    assert np.array_equal(np.load(tmp_path / "h.npy"), load(folder / "model.npz").transform(X))


def with_gaps(folder):
    """Write a table with 3 gaps, NA and NaN in it, and a column of text; return its numbers."""
    x = X.copy()
    cells = x.astype(str).tolist()
    for i, j, word in ((0, 1, ""), (3, 7, "NA"), (4, 0, "nan"), (599, 7, "")):
        cells[i][j], x[i, j] = word, np.nan
    lines = [",".join([*row, "good" if i % 2 else "bad"]) for i, row in enumerate(cells)]
    (folder / "gaps.csv").write_text("\n".join([",".join([*NAMES, "label"]), *lines]) + "\n")
    return x


@pytest.mark.slow
def test_missing_entries_stand_for_the_mean_of_their_column(tmp_path, capsys):
    x, model = with_gaps(tmp_path), tmp_path / "m.npz"
    command = ["fit", tmp_path / "gaps.csv", "--out", model, "--drop", "label", *QUICK]
    said = error(capsys, *command)
    assert "has 4 bad lines of 600: line 2 has nothing in column 2" in said
    assert "--missing mean fills" in said and not model.exists()
    assert run(*command, "--missing", "mean", "--train-rows", 600) == 0
    assert "0.1% of the entries are missing" in capsys.readouterr().out
    coder = load(model)
    assert coder.columns == tuple(NAMES)
    fill = coder.scaling.fill
    away = np.abs(fill - np.nanmean(x, axis=0)) / X.std(axis=0)
    assert away.max() < 0.1, "the mean of 540 training rows"
    filled = np.where(np.isnan(x), fill, x)
    assert np.array_equal(coder.transform(x), coder.transform(filled))
    assert not np.allclose(coder.transform(x)[0], coder.transform(np.nan_to_num(x))[0])
    assert run("encode", model, tmp_path / "gaps.csv", "--drop", "label", "--out",
               tmp_path / "h.npy") == 0  # fmt: skip
    assert np.array_equal(np.load(tmp_path / "h.npy"), coder.transform(x))
    np.save(tmp_path / "gaps.npy", x)
    assert run("encode", model, tmp_path / "gaps.npy", "--out", tmp_path / "h2.npy") == 0
    assert np.array_equal(np.load(tmp_path / "h2.npy"), coder.transform(x))
    x[5, 5] = np.inf
    np.save(tmp_path / "gaps.npy", x)
    capsys.readouterr()
    said = error(capsys, "encode", model, tmp_path / "gaps.npy", "--out", tmp_path / "h3.npy")
    assert "1 bad row of 600: row 5 holds inf in column 6" in said


def test_a_model_without_gaps_refuses_them(folder, tmp_path, capsys):
    with_gaps(tmp_path)
    assert run("encode", folder / "model.npz", tmp_path / "gaps.csv", "--drop", "label", "--out",
               tmp_path / "h.csv") == 2  # fmt: skip
    assert "4 bad lines of 600" in capsys.readouterr().err and not (tmp_path / "h.csv").exists()


def test_columns_of_text_are_left_out_by_name(folder, tmp_path, capsys):
    with_gaps(tmp_path)
    command = ["fit", tmp_path / "gaps.csv", "--missing", "mean", "--out", tmp_path / "m.npz"]
    assert "no line has a number in column 9: --drop 'label' leaves it out" in error(
        capsys, *command
    )
    said = error(capsys, *command, "--drop", "lable")
    assert "has no such column: 'lable' cannot be left out" in said
    assert run(*command, "--drop", "label,c2", *QUICK) == 0
    assert load(tmp_path / "m.npz").columns == tuple(n for n in NAMES if n != "c2")
    capsys.readouterr()
    said = error(capsys, "fit", folder / "rows.npy", "--drop", "c2", "--out", tmp_path / "m.npz")
    assert "has no names of columns" in said
    (tmp_path / "empty.csv").write_text("a,b\n1,\n2,\n3,NA\n")
    assert run("fit", tmp_path / "empty.csv", "--missing", "mean", "--out", tmp_path / "n.npz") == 2
    assert "columns with only missing entries: 'b'" in capsys.readouterr().err


def test_codes_into_a_pipe(folder, capsys):
    model = folder / "model.npz"
    assert run("encode", model, folder / "rows.csv", "--out", "-") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "code0,code1" and len(lines) == 601
    codes = np.loadtxt(lines[1:], np.float32, delimiter=",")
    assert np.array_equal(codes, load(model).transform(X))
    assert run("reconstruct", model, folder / "rows.npy", "--out", "-") == 0
    assert capsys.readouterr().out.splitlines()[0] == ",".join(NAMES)


def test_a_packed_file_is_to_be_unpacked(tmp_path, capsys):
    (tmp_path / "x.csv.gz").write_bytes(b"\x1f\x8b")
    said = error(capsys, "fit", tmp_path / "x.csv.gz", "--out", tmp_path / "m.npz")
    assert "unpack it first" in said


def test_training_that_was_interrupted_keeps_the_model_so_far(tmp_path, capsys, monkeypatch):
    """`fit` ends an interrupted training without an error."""
    fitted = AutoencoderTransformer.fit

    def interrupted(self, rows):
        fitted(self, rows).stopped_ = "interrupted"

    monkeypatch.setattr(AutoencoderTransformer, "fit", interrupted)
    np.save(tmp_path / "x.npy", X[:20])
    out = tmp_path / "m.npz"
    assert run("fit", tmp_path / "x.npy", "--out", out, *QUICK) == 130
    assert f"interrupted; {out} holds the model so far" in capsys.readouterr().err
    assert load(out).transform(X).shape == (600, 2)


def test_more_components_than_the_rows_determine(tmp_path, capsys):
    """Then there are no principal components to compare with."""
    np.save(tmp_path / "x.npy", np.outer(X[:200, 0], [1.0, 2.0, 3.0, 4.0]))
    command = ["fit", tmp_path / "x.npy", "--out", tmp_path / "m.npz", "--epochs", "1"]
    for k, compared in (("3", False), ("1", True)):
        assert run(*command, "--components", k) == 0
        text = capsys.readouterr().out
        assert f"codes of {k} numbers keep" in text
        assert ("principal components" in text) is compared


def test_a_model_of_columns_without_names(tmp_path, capsys):
    np.save(tmp_path / "x.npy", X[:20] / 100.0)
    command = ["fit", tmp_path / "x.npy", "--out", tmp_path / "m.npz", *QUICK]
    assert run(*command, "--numbers", "real") == 0
    capsys.readouterr()
    assert run("info", tmp_path / "m.npz") == 0
    text = capsys.readouterr().out
    assert "numbers    real" in text and "8\n" in text and "8 (" not in text


def test_too_little_memory_is_told_in_a_line(folder, capsys, monkeypatch):
    def too_large(*_):
        raise MemoryError

    monkeypatch.setattr("tinyae.__main__.parsed", too_large)
    assert "there is not enough memory for this" in error(capsys, "info", folder / "model.npz")
