"""The rank test of two conditionals, and the distance between the joints that they make."""

import numpy as np
import pytest

from tinyae.models import compatibility, joint_distance

COPY = np.array([[0.9, 0.1], [0.1, 0.9]])
INVERT = COPY[::-1]


def log(p):
    """The logarithm, with -inf for 0."""
    with np.errstate(divide="ignore"):
        return np.log(p)


def conditionals(joint):
    """log p(h | x), log p(x | h), p(x) and p(h) of a table p(x, h)."""
    p_x, p_h = joint.sum(axis=1), joint.sum(axis=0)
    return log(joint / p_x[:, None]), log((joint / p_h).T), p_x, p_h


def joints(rng, zeros=0.0):
    """Tables of several shapes, more x than h and fewer, with a share of zeros but one part."""
    for n_x, n_h in ((2, 2), (3, 7), (7, 3), (5, 5), (1, 4), (4, 1)):
        joint = rng.dirichlet(np.full(n_x * n_h, 0.5)).reshape(n_x, n_h)
        joint = np.maximum(joint, 1e-12)
        drop = rng.random(joint.shape) < zeros
        drop[0], drop[:, 0] = False, False
        joint[drop] = 0.0
        yield joint / joint.sum()


@pytest.mark.parametrize("zeros", [0.0, 0.6])
def test_the_conditionals_of_a_joint_give_it_back(rng, zeros):
    for joint in joints(rng, zeros):
        encoder, decoder, p_x, p_h = conditionals(joint)
        found = compatibility(encoder, decoder)
        assert found.compatible and found.unique and found.parts == 1 and found.largest < 1e-12
        np.testing.assert_allclose(found.p_x, p_x, rtol=1e-11)
        np.testing.assert_allclose(found.p_h, p_h, rtol=1e-11)
        assert joint_distance(encoder, decoder, p_x) < 1e-14
        assert joint_distance(encoder, decoder, p_x, p_h=p_h) < 1e-14


def test_the_interaction_is_what_double_centring_leaves(rng):
    """Without zeros; and the ratios have rank 1 only if it is zero."""
    encoder, decoder = rng.dirichlet(np.ones(5), 3), rng.dirichlet(np.ones(3), 5)
    values = np.log(encoder) - np.log(decoder).T
    expected = values - values.mean(0) - values.mean(1, keepdims=True) + values.mean()
    found = compatibility(np.log(encoder), np.log(decoder))
    np.testing.assert_allclose(found.interaction, expected, atol=1e-12)
    assert found.largest == np.abs(found.interaction).max() > 0.1
    assert not found.compatible and not found.unique and found.p_x is None and found.p_h is None
    assert np.linalg.matrix_rank(encoder / decoder.T, tol=1e-9) > 1


def test_with_zeros_the_interaction_is_the_residual_of_least_squares(rng):
    for shape in ((6, 4), (4, 6)):
        where = rng.random(shape) < 0.6
        where[0], where[:, 0] = True, True
        encoder, decoder = (rng.random(shape) * where for _ in "ab")
        encoder /= encoder.sum(axis=1, keepdims=True)
        decoder = (decoder / decoder.sum(axis=0)).T
        x, h = np.nonzero(where)
        design = np.hstack([np.eye(shape[0])[x], np.eye(shape[1])[h]])
        values = np.log(encoder[x, h]) - np.log(decoder[h, x])
        residual = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
        found = compatibility(log(encoder), log(decoder))
        np.testing.assert_allclose(found.interaction[x, h], residual, atol=1e-12)
        assert not found.interaction[~where].any() and np.abs(residual).max() > 0.01


def test_conditionals_that_contradict_each_other_have_no_joint():
    found = compatibility(np.log(COPY), np.log(INVERT))
    assert not found.compatible and found.largest == pytest.approx(np.log(9), rel=1e-12)
    uniform = np.full(2, 0.5)
    found = joint_distance(np.log(COPY), np.log(INVERT), uniform, p_h=uniform)
    assert found == pytest.approx(0.8, abs=1e-12)


def test_zeros_in_different_places_are_an_infinite_interaction():
    encoder, decoder = [[1.0, 0.0], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.5]]
    found = compatibility(log(encoder), log(decoder), tol=100.0)
    assert not found.compatible and found.largest == np.inf
    assert found.interaction[0, 1] == -np.inf and np.isfinite(found.interaction[1]).all()
    found = compatibility(log(decoder), log(encoder))
    assert found.interaction[1, 0] == np.inf


def test_an_h_that_no_x_is_encoded_to_is_a_difference_of_zeros():
    encoder, decoder = [[1.0, 0.0], [1.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]]
    found = compatibility(log(encoder), log(decoder))
    assert not found.compatible and (found.interaction[:, 1] == -np.inf).all()
    assert found.parts == 2
    assert joint_distance(log(encoder), log(decoder), [0.5, 0.5]) == 0.0


def test_parts_that_do_not_reach_each_other_leave_p_x_open(rng):
    joint = np.zeros((5, 4))
    joint[:2, :2], joint[2:4, 2], joint[4, 3] = rng.random((2, 2)), rng.random(2), 0.5
    for table in (joint, joint.T):
        table = table / table.sum()
        encoder, decoder, p_x, _ = conditionals(table)
        found = compatibility(encoder, decoder)
        assert found.compatible and found.parts == 3 and not found.unique and found.p_x is None
        other = p_x * np.where(table[:, -1] > 0, 2.0, 1.0)
        other /= other.sum()
        for p in (p_x, other):
            assert joint_distance(encoder, decoder, p) < 1e-14


def test_the_tolerance_decides(rng):
    encoder, decoder, *_ = conditionals(next(joints(rng)))
    bent = encoder + np.log([[1.001, 1.0], [1.0, 1.0]])
    bent -= np.log(np.exp(bent).sum(axis=1, keepdims=True))
    size = compatibility(bent, decoder).largest
    assert size == pytest.approx(np.log(1.001) / 4, rel=1e-9)
    assert not compatibility(bent, decoder).compatible
    assert compatibility(bent, decoder, tol=size).compatible
    assert not compatibility(bent, decoder, tol=0.99 * size).compatible


def test_the_distance_is_the_total_variation(rng):
    encoder, decoder = rng.dirichlet(np.ones(5), 3), rng.dirichlet(np.ones(3), 5)
    p_x, p_h = rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(5))
    one, other = encoder * p_x[:, None], decoder.T * p_h
    found = joint_distance(np.log(encoder), np.log(decoder), p_x, p_h=p_h)
    assert found == pytest.approx(np.maximum(one - other, 0.0).sum(), rel=1e-12)
    q = p_x @ encoder
    posterior = (one / q).T
    mean = 0.5 * q @ np.abs(posterior - decoder).sum(axis=1)
    assert joint_distance(np.log(encoder), np.log(decoder), p_x) == pytest.approx(mean, rel=1e-12)
    assert joint_distance(log(np.eye(2)), log(np.eye(2)), [1, 0], p_h=[0, 1]) == 1.0


def test_small_probabilities_are_kept_as_logarithms():
    """1e-400 is no float64 number, and its logarithm is."""
    tiny = -400 * np.log(10)
    encoder = np.array([[0.0, tiny], [tiny, 0.0]])
    assert compatibility(encoder, encoder).compatible
    found = compatibility(encoder, encoder + [[0.0, 1.0], [0.0, 0.0]])
    assert not found.compatible and found.largest == pytest.approx(0.25)


def test_arrays_are_read_and_not_changed(rng):
    encoder, decoder, p_x, _ = conditionals(next(joints(rng)))
    before = encoder.copy(), decoder.copy(), p_x.copy()
    compatibility(encoder, decoder)
    joint_distance(encoder, decoder, p_x)
    for array, kept in zip((encoder, decoder, p_x), before, strict=True):
        assert np.array_equal(array, kept)
    short = [a.astype(np.float32) for a in (encoder, decoder, p_x)]
    assert compatibility(*short[:2], tol=1e-4).compatible
    assert joint_distance(*short) < 1e-6
    with np.errstate(all="raise"):
        compatibility(
            np.log(np.eye(2) * (1 - 1e-300) + 1e-300), np.where(np.eye(2) > 0, 0.0, -np.inf)
        )


def test_what_is_no_conditional_is_refused(rng):
    encoder, decoder = np.log(rng.dirichlet(np.ones(5), 3)), np.log(rng.dirichlet(np.ones(3), 5))
    p = np.full(3, 1 / 3)
    for call in (compatibility, lambda *tables: joint_distance(*tables, p)):
        with pytest.raises(ValueError, match="log_encoder must be a table"):
            call(encoder[0], decoder)
        with pytest.raises(ValueError, match="row for each of the 5 values of h"):
            call(encoder, encoder)
        with pytest.raises(ValueError, match=r"give np.log\(p\)"):
            call(np.exp(encoder), decoder)
        with pytest.raises(ValueError, match="row of log_decoder to one h"):
            call(encoder, np.log(np.exp(decoder) * [[0.9], [1], [1], [1], [1]]))
        with pytest.raises(ValueError, match="1 entries that are NaN"):
            call(np.where(np.arange(5) + 5 * np.arange(3)[:, None] == 7, np.nan, encoder), decoder)
        with pytest.raises(ValueError, match="for log 0 give -inf"):
            call(encoder, np.where(np.eye(5, 3), 0.0, -1e200))
    with pytest.raises(ValueError, match="tol must be"):
        compatibility(encoder, decoder, tol=-1.0)
    with pytest.raises(ValueError, match=r"p_x must have shape \(3,\)"):
        joint_distance(encoder, decoder, np.full(5, 0.2))
    for bad in ([0.5, 0.6, -0.1], [0.5, 0.5, 0.1]):
        with pytest.raises(ValueError, match="p_x must be a distribution"):
            joint_distance(encoder, decoder, bad)
    with pytest.raises(ValueError, match="p_h must be a distribution"):
        joint_distance(encoder, decoder, p, p_h=np.full(5, 0.3))


def test_the_result_prints_its_figures():
    found = compatibility(np.log(COPY), np.log(COPY))
    assert repr(found) == (
        "Compatibility(compatible=True, unique=True, largest=0 nats, n_x=2, n_h=2, parts=1)"
    )


def test_float32_tables_are_judged_by_their_own_rounding():
    rng = np.random.default_rng(0)
    joint = rng.dirichlet(np.ones(12)).reshape(3, 4)
    log_encoder = np.log(joint / joint.sum(axis=1, keepdims=True))
    log_decoder = np.log((joint / joint.sum(axis=0)).T)
    single = [table.astype(np.float32) for table in (log_encoder, log_decoder)]
    assert compatibility(*single).compatible and compatibility(log_encoder, log_decoder).compatible
    assert not compatibility(*single, tol=1e-9).compatible
    single[0] = np.log(np.roll(joint, 1, axis=0) / joint.sum(axis=1)[[2, 0, 1], None])
    assert not compatibility(*single).compatible
