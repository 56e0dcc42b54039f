"""Scaling columns by the kind of the data."""

import numpy as np
import pytest

from tinyae import BernoulliOutput, GaussianOutput
from tinyae.applications import scaling
from tinyae.applications.scaling import Scaling, blocks_of, scaling_of, unusable

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(50, 3)) * [1, 100, 1e-3] + [0, 5, 7]
COUNTS = RNG.poisson(3.0, (50, 3))


def test_real_numbers_are_standardised():
    scaling = scaling_of(REAL)
    y = scaling.apply(REAL)
    assert scaling.kind == "real" and scaling.output == GaussianOutput()
    assert y.dtype == np.float32
    assert np.allclose(y.mean(axis=0), 0, atol=1e-6) and np.allclose(y.std(axis=0), 1, atol=1e-5)
    far = scaling.apply(REAL[:1] + [[1e300, 0, -1e200]])
    assert far[0, 0] == 10 and far[0, 2] == -10 and far[0, 1] == y[0, 1]


@pytest.mark.parametrize("value", [0.0, 3.0, 0.1, 1e9 + 0.1])
def test_a_constant_column_becomes_zero(value):
    x = REAL.copy()
    x[:, 1] = value
    assert np.abs(scaling_of(x).apply(x)[:, 1]).max() < 1e-6
    x[:, 1] += 1e-9 * np.arange(50) * max(1, value)  # it varies, if only a little
    assert scaling_of(x).apply(x)[:, 1].std() == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("least", [1e-165, 5e-324])
def test_a_column_whose_squares_underflow_becomes_zero(least):
    x = REAL.copy()
    x[:, 1] = 0.0
    x[3, 1] = least
    scaling = scaling_of(x)
    assert scaling.scale.min() > 0 and np.abs(scaling.apply(x)[:, 1]).max() < 1e-6


@pytest.mark.parametrize("wrong", [1e3, 1e9, -1e100])
def test_a_few_wrong_numbers_change_the_scale_of_the_others_little(wrong):
    x = np.random.default_rng(1).normal(size=(400, 3))
    y = scaling_of(x).apply(x)
    x[:2, 1] = wrong
    found = scaling_of(x).apply(x)
    assert np.abs(found[:2, 1]).min() == 10 and np.array_equal(found[:, 0], y[:, 0])
    assert found[2:, 1].std() > 0.7 and abs(found[2:, 1].mean()) < 0.1
    sparse = np.zeros((400, 1))
    sparse[:3] = 1.0  # no quantile tells what is usual in such a column
    assert scaling_of(sparse, "real").scale[0] == pytest.approx(sparse.std())


def test_what_can_be_used():
    x = np.array([0, 1, -1, 0.5, 255, 256, np.nan, np.inf, -np.inf, 1e200])
    for kind, wanted in {
        "real": "1111110000",
        "auto": "1111110000",
        "unit": "1101000000",
        "bytes": "1101100000",
        "counts": "1100110000",
    }.items():
        assert "".join("01"[int(not bad)] for bad in unusable(x, kind)) == wanted, kind
        single = x[:9].astype(np.float32)
        assert np.array_equal(unusable(single, kind), unusable(x[:9], kind))
        whole = np.array([0, 1, 255], np.uint8)
        assert unusable(whole, kind).tolist() == [False, False, kind == "unit"]
    assert unusable(np.array([-1, 3]), "counts").tolist() == [True, False]
    assert unusable(np.array([np.inf, 6e4], np.float16), "real").tolist() == [True, False]


def test_large_numbers_that_differ_little_keep_their_differences():
    x = 1.7e9 + np.arange(50.0)[:, None]  # seconds since 1970
    assert len(np.unique(scaling_of(x).apply(x))) == 50


def test_the_other_kinds():
    unit = RNG.random((50, 3))
    assert scaling_of(unit).kind == "unit" and scaling_of(unit).output == BernoulliOutput()
    assert np.array_equal(scaling_of(unit).apply(unit), unit.astype(np.float32))
    pixels = RNG.integers(0, 256, (50, 3)).astype(np.uint8)
    assert scaling_of(pixels).kind == "bytes" and scaling_of(pixels).output == BernoulliOutput()
    assert np.allclose(scaling_of(pixels).apply(pixels), pixels / 255)
    assert scaling_of(pixels // 200).kind == "unit"  # zeros and ones
    assert scaling_of(pixels.astype(float)).kind == "real"
    counts = scaling_of(COUNTS, "counts")
    assert np.allclose(counts.apply(COUNTS), np.log1p(COUNTS) / np.log1p(COUNTS.max(axis=0)))
    assert counts.output == BernoulliOutput()
    empty = np.zeros((4, 2))
    assert np.array_equal(scaling_of(empty, "counts").apply(empty), empty)
    binary = COUNTS > 2
    assert np.allclose(scaling_of(binary, "counts").apply(binary), binary)


@pytest.mark.parametrize(
    ("kind", "x", "said"),
    [
        ("unit", REAL, r"must be in \[0, 1\], its numbers are from"),
        ("bytes", COUNTS - 5, "must be from 0 to 255"),
        ("bytes", COUNTS * 1000, "must be from 0 to 255"),
        ("counts", COUNTS - 5, "must hold counts"),
        ("counts", COUNTS + 0.5, "must hold counts"),
        ("none", REAL, "kind must be one of auto, real, unit, bytes, counts"),
        (None, REAL, "kind must be one of"),
        ("real", REAL * 1e200, "squares go beyond"),
        ("real", np.float32([[1], [np.inf]]), "infinite|not finite"),
        ("real", REAL[0], "two axes"),
    ],
)
def test_other_data_are_refused(kind, x, said):
    with pytest.raises(ValueError, match=said):
        scaling_of(x, kind)


def test_queries_of_another_kind_are_refused():
    scaling = scaling_of(RNG.random((50, 3)))
    with pytest.raises(ValueError, match=r"must be in \[0, 1\]"):
        scaling.apply(REAL)
    with pytest.raises(ValueError, match="has 2 features per example, but 3"):
        scaling.apply(REAL[:, :2])


@pytest.mark.parametrize("block", [1, 7, 50])
def test_blocks_do_not_matter(block, monkeypatch):
    whole = scaling_of(REAL)
    monkeypatch.setattr("tinyae.applications.scaling.BLOCK", block)
    parts = scaling_of(REAL)
    assert np.allclose(parts.scale, REAL.std(axis=0), rtol=1e-12)
    assert np.allclose(parts.scale, whole.scale, rtol=1e-12)
    wrong = COUNTS + np.where(np.arange(50) == 49, 0.5, 0.0)[:, None]
    with pytest.raises(ValueError, match="must hold counts"):
        scaling_of(wrong, "counts")


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int16])
def test_every_dtype_is_scaled_in_float64(dtype):
    x = (10 * REAL).round().astype(dtype)
    assert np.array_equal(scaling_of(x).apply(x), scaling_of(x.astype(float)).apply(x))


def test_nothing_that_is_given_is_changed():
    for kind, x in (("real", REAL), ("counts", COUNTS.astype(float))):
        before = x.copy()
        scaling_of(x, kind).apply(x)
        assert np.array_equal(x, before)
    assert "array(" not in repr(scaling_of(REAL)) and isinstance(scaling_of(REAL), Scaling)


def test_missing_entries():
    x = np.array([[1.0, 5.0, 0.0], [np.nan, 7.0, 1.0], [3.0, np.nan, 2.0], [5.0, 6.0, 3.0]])
    for kind in ("real", "counts"):
        scaling = scaling_of(x, kind, missing=True)
        assert np.array_equal(scaling.fill, [3, 6, 1.5 if kind == "real" else 2])
        full = scaling_of(np.where(np.isnan(x), scaling.fill, x), kind)
        assert np.allclose(scaling.shift, full.shift)
        assert np.array_equal(scaling.apply(x), scaling.apply(np.where(np.isnan(x), [3, 6, 0], x)))
    present = scaling_of(x[~np.isnan(x[:, 0]), :1])
    assert scaling_of(x, missing=True).scale[0] == present.scale[0], "gaps do not narrow a column"
    assert scaling_of(x / 9, missing=True).kind == "unit"
    with pytest.raises(ValueError, match="NaN"):
        scaling_of(x)
    with pytest.raises(ValueError, match="NaN"):
        scaling_of(x[[0, 3]]).apply(x)
    x[:, 2] = np.nan
    with pytest.raises(ValueError, match="column 2 of X has only missing entries"):
        scaling_of(x, missing=True)
    with pytest.raises(ValueError, match="two axes"):
        scaling_of(x[0], missing=True)
    with pytest.raises(ValueError, match="fill must hold a number"):
        Scaling("unit", np.zeros(2), np.ones(2), np.array([0.5, 2.0]))


def test_one_wrong_number_does_not_decide_what_stands_for_gaps():
    x = np.random.default_rng(0).normal(size=(500, 1))
    x[3], x[5] = 1e9, np.nan
    assert abs(scaling_of(x, missing=True).fill[0]) < 0.3 < abs(np.nanmean(x))


def test_rows_come_in_blocks_and_a_table_without_rows_as_it_is(monkeypatch):
    monkeypatch.setattr(scaling, "BLOCK", 3)
    x = np.arange(14.0).reshape(7, 2)
    assert [len(block) for block in blocks_of(x)] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate(list(blocks_of(x))), x)
    for empty in (np.empty((0, 2)), np.array(3.0)):
        (only,) = blocks_of(empty)
        assert only is empty
