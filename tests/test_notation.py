"""The page of notation: the names that it gives exist, and so do the tutorials it points to."""

import inspect
import re
from pathlib import Path

import tinyae
from tinyae import PSD, RBM, Autoencoder, Sigmoid
from tinyae.score import smoothed_score

TEXT = (Path(__file__).parents[1] / "docs" / "notation.md").read_text(encoding="utf-8")
MODEL = Autoencoder.dense((4, 3), rng=0)


def test_names_of_the_code_exist():
    for name in ("encoder", "decoder", "theta", "grad", "jacobian", "encode", "reconstruct"):
        assert hasattr(MODEL, name) and name in TEXT
    for name in ("tangents", "score_field", "GaussianNoise"):
        assert name in tinyae.__all__ and name in TEXT
    assert "smoothed_score" in TEXT and callable(smoothed_score)
    machine = RBM(3, 2, rng=0)
    for name in ("free_energy", "log_partition"):
        assert hasattr(machine, name) and name in TEXT
    assert hasattr(Sigmoid, "df") and hasattr(Sigmoid, "d2f") and hasattr(PSD, "atoms")
    for keyword in ("corruption", "code", "output"):
        assert keyword in inspect.signature(Autoencoder).parameters and f"`{keyword}=" in TEXT


def test_shapes_are_those_of_the_table():
    W, b = MODEL.encoder.layers[0].params["W"], MODEL.encoder.layers[0].params["b"]
    V, c = MODEL.decoder.layers[0].params["W"], MODEL.decoder.layers[0].params["b"]
    assert (W.shape, b.shape, V.shape, c.shape) == ((4, 3), (3,), (3, 4), (4,))
    assert MODEL.jacobian([[0.0] * 4] * 5).shape == (5, 3, 4), "(n, k, d)"
    vectors, sizes = tinyae.tangents(MODEL, [[0.0] * 4] * 5, 2)
    assert (vectors.shape, sizes.shape) == ((5, 2, 4), (5, 2)), "(n, k, d), (n, k)"


def test_every_row_is_whole_and_tutorials_exist():
    rows = [line for line in TEXT.splitlines() if line.startswith("|")]
    assert len(rows) > 50
    assert all(row.count("|") in (3, 4, 5) and row.endswith("|") for row in rows)
    numbers = {int(n) for group in re.findall(r"\((\d+(?:, \d+)*)\)", TEXT)
               for n in group.split(", ")}  # fmt: skip
    assert numbers and max(numbers) <= 19
