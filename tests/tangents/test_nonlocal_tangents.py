"""Non-local tangents: loss against its definition, gradient, and directions that are learned."""

import numpy as np
import pytest

from tinyae import Adam, Chain, Linear, Tanh, fit, gradcheck
from tinyae.tangents import NonLocalTangents, neighbor_differences, tangent_angles


def model_of(d=4, k=2, dtype=np.float64, **options):
    net = Chain(Linear(d, 6, rng=0, dtype=dtype), Tanh(), Linear(6, k * d, rng=1, dtype=dtype))
    return NonLocalTangents(net, k, **options)


@pytest.mark.one_in(6)
@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("ridge", [1e-6, 0.5])
def test_gradient(k, ridge, rng):
    model = model_of(k=k, ridge=ridge)
    report = gradcheck(model, (rng.standard_normal((5, 4)), rng.standard_normal((5, 3, 4))))
    assert report.method == "complex step" and report.max_relative_error < 1e-12


def test_loss_is_the_share_outside_the_plane(rng):
    model = model_of(ridge=1e-12)
    x, steps = rng.standard_normal((5, 4)), rng.standard_normal((5, 3, 4))
    steps /= np.linalg.norm(steps, axis=2, keepdims=True)
    F = model.net.forward(x)[0].reshape(5, 2, 4)
    outside = []
    for i in range(5):
        for step in steps[i]:
            w = np.linalg.lstsq(F[i].T, step, rcond=None)[0]
            outside.append(((step - w @ F[i]) ** 2).sum())
    assert model.loss(x, steps) == pytest.approx(np.mean(outside), rel=1e-9)
    T = model.tangents(x)
    np.testing.assert_allclose(T @ T.swapaxes(1, 2), [np.eye(2)] * 5, atol=1e-12)
    assert tangent_angles(T, F).max() < 1e-7


@pytest.mark.slow
def test_it_learns_the_directions_of_a_circle():
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 80)
    x = np.stack([np.cos(angle), np.sin(angle), np.zeros(80)], axis=1)
    true = np.stack([-np.sin(angle), np.cos(angle), np.zeros(80)], axis=1)[:, None]
    model = model_of(d=3, k=1)
    rows = (x, neighbor_differences(x, 2))
    before = np.degrees(tangent_angles(model.tangents(x), true).mean())
    fit(model, rows, epochs=300, batch_size=20, optimizer=Adam(0.02), rng=0)
    after = np.degrees(tangent_angles(model.tangents(x), true).mean())
    assert before > 30 and after < 5
    assert model.follows_gradient


def test_float32(rng):
    model = model_of(dtype=np.float32)
    x, steps = rng.standard_normal((5, 4)), rng.standard_normal((5, 3, 4))
    assert model.tangents(x).dtype == np.float32
    fit(model, (x, steps), epochs=1)
    assert model.loss(x, steps) == pytest.approx(model.astype(np.float64).loss(x, steps), rel=1e-4)


def test_differences_to_the_nearest_others(rng):
    data = rng.standard_normal((30, 3))
    steps = neighbor_differences(data, 4)
    np.testing.assert_allclose(np.linalg.norm(steps, axis=2), 1, rtol=1e-14)
    order = np.argsort(np.linalg.norm(data[:, None] - data, axis=2), axis=1)[:, 1:5]
    for i in range(30):
        wanted = data[order[i]] - data[i]
        wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
        np.testing.assert_allclose(np.sort(steps[i] @ np.ones(3)), np.sort(wanted @ np.ones(3)))


@pytest.mark.parametrize("scale", [1e-300, 1e-170, 1e160, 1e300])
def test_differences_in_any_unit(scale, rng):
    data = rng.standard_normal((30, 3))
    np.testing.assert_allclose(
        neighbor_differences(scale * data, 4), neighbor_differences(data, 4), atol=1e-12
    )


def test_directions_that_are_not_independent(rng):
    model, x = model_of(d=4, k=2), rng.standard_normal((3, 4))
    last = model.net.layers[-1].params
    last["W"][:, 4:], last["b"][4:] = 2 * last["W"][:, :4], 2 * last["b"][:4]
    with pytest.raises(ValueError, match="fewer than n_components = 2 directions at 3 of 3"):
        model.tangents(x)
    last["W"][...], last["b"][...] = 0, 0
    with pytest.raises(ValueError, match="first at row 0"):
        model.tangents(x)


X = np.random.default_rng(0).random((6, 4))
STEPS = np.random.default_rng(1).random((6, 3, 4))
BAD = {
    "net too narrow": (ValueError, "n_components = 2 directions of 4 numbers are 8",
                       lambda: NonLocalTangents(Linear(4, 4, rng=0), 2)),
    "ridge of 0": (ValueError, "ridge", lambda: model_of(ridge=0)),
    "no steps": (TypeError, "x of shape .* and steps", lambda: fit(model_of(), X)),
    "steps of another width": (ValueError, r"\(6, any length, 4\), got",
                               lambda: fit(model_of(), (X, STEPS[:, :, :3]))),
    "steps as a table": (ValueError, "steps must have shape", lambda: fit(model_of(), (X, STEPS[:, 0]))),
    "NaN among the steps": (ValueError, "steps has .* NaN", lambda: fit(model_of(), (X, STEPS * np.nan))),
    "neighbours": (ValueError, "at most 5 neighbours each", lambda: neighbor_differences(X, 6)),
    "doubles": (ValueError, "remove doubles", lambda: neighbor_differences(np.ones((4, 2)), 1)),
}  # fmt: skip
# ruff: noqa: E501 (a case a line)


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    error, message, action = BAD[case]
    with pytest.raises(error, match=message):
        action()
