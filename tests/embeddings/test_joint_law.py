"""The joint law in strips is the whole table, however thick the strips are."""

import numpy as np
import pytest

from tinyae.embeddings import TSNEMap, joint_law, pick_probabilities
from tinyae.embeddings.joint_law import JointLaw, SeldomDivergence


def by_table(P, y, alpha):
    """The divergence and its gradient from whole tables."""
    joint = (P + P.T) / (2 * len(P))
    gaps = y[:, None] - y
    w = 1.0 / (1.0 + (gaps**2).sum(axis=2))
    np.fill_diagonal(w, 0.0)
    on = joint > 0
    loss = (joint * (alpha * np.log(1.0 + (gaps**2).sum(axis=2)))).sum() + np.log(w.sum())
    loss += (joint[on] * np.log(joint[on])).sum()
    return loss, 4.0 * (((alpha * joint - w / w.sum()) * w)[:, :, None] * gaps).sum(axis=1)


@pytest.mark.parametrize("rows", [1, 7, 12, 40])
@pytest.mark.parametrize("alpha", [1.0, 4.0])
def test_strips_are_the_table(rows, alpha, rng, monkeypatch):
    monkeypatch.setattr(joint_law, "STRIP_BYTES", 8 * 40 * rows)
    P, y = pick_probabilities(rng.normal(size=(40, 3)), 8.0), rng.normal(size=(40, 2))
    law = JointLaw.of(P)
    assert len(law.strips) == -(-40 // rows) and law.strips[0].shape == (rows, 40)
    loss, gradient = law.divergence(y, alpha)
    wanted = by_table(P, y, alpha)
    assert loss == pytest.approx(wanted[0], rel=1e-12)
    np.testing.assert_allclose(gradient, wanted[1], atol=1e-14)


def test_the_divergence_at_every_tenth_step(rng):
    P, y = pick_probabilities(rng.normal(size=(40, 3)), 8.0), rng.normal(size=(40, 2))
    law, seldom = JointLaw.of(P), SeldomDivergence(JointLaw.of(P))
    for step in range(25):
        loss, gradient = law.divergence(y, 4.0)
        found = seldom.divergence(y, 4.0)
        np.testing.assert_array_equal(found[1], gradient)
        assert (found[0] == loss) == (step % 10 == 0)
        np.testing.assert_array_equal(law.gradient(y, 4.0), gradient)
        y = 1.01 * y


def test_the_first_quarter_exaggerates(rng, monkeypatch):
    P = pick_probabilities(rng.normal(size=(30, 3)), 8.0)
    seen, whole = [], SeldomDivergence.divergence
    monkeypatch.setattr(
        SeldomDivergence, "divergence",
        lambda law, y, alpha: (seen.append(alpha), whole(law, y, alpha))[1],
    )  # fmt: skip
    for steps in (1, 3, 9):
        seen.clear()
        model = TSNEMap(30)
        model._settle(P, steps)
        assert seen == [12.0] * (steps // 4) + [1.0] * (steps - steps // 4)
        assert model.exaggeration == 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_the_dtype_is_kept(dtype, rng):
    P = pick_probabilities(rng.normal(size=(30, 3)), 8.0)
    law = JointLaw.of(P.astype(np.zeros(1, dtype).real.dtype))
    loss, gradient = law.divergence(rng.normal(size=(30, 2)).astype(dtype), 1.0)
    assert gradient.dtype == dtype and np.isfinite(loss)


def test_a_trained_map_forgets_the_law(rng):
    """The next loss is that of the P that is given, and not of the one before."""
    P, other = (pick_probabilities(rng.normal(size=(30, 3)), 8.0) for _ in range(2))
    model = TSNEMap(30)
    model._settle(P, 5)
    assert vars(model).keys() == vars(TSNEMap(30)).keys() | {"training", "progress"}
    fresh = TSNEMap(30)
    fresh.theta[...] = model.theta
    assert model.loss(other) == fresh.loss(other) != model.loss(P)
