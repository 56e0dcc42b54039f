"""Momentum with a gain for each parameter, one number at a time."""

import numpy as np

from tinyae.embeddings.gains import Gains


def test_steps_by_loops(rng):
    """The third parameter turns at every step, until its gain is the least one."""
    gradients = rng.normal(size=(40, 3))
    gradients[:, 1], gradients[:, 2] = 1.0, (-30.0) ** (np.arange(40) % 4)
    optimizer, theta = Gains(0.1, 0.5), np.zeros(3)
    state = optimizer.start(theta)
    m, gain, wanted = [0.0] * 3, [1.0] * 3, [0.0] * 3
    for grad in gradients:
        optimizer.step(theta, grad, state, 0.0)
        for i in range(3):
            gain[i] = max(gain[i] + 0.2 if m[i] * grad[i] > 0 else 0.8 * gain[i], 0.01)
            m[i] = 0.5 * m[i] + gain[i] * grad[i]
            wanted[i] -= 0.1 * m[i]
        np.testing.assert_allclose(theta, wanted, rtol=1e-12)
        np.testing.assert_allclose(state["gain"], gain, rtol=1e-12)
    assert state["gain"][1] > 5 and state["t"] == 40


def test_gains_have_a_least_value(rng):
    optimizer, theta = Gains(0.1, 0.0), np.zeros(1)
    state = optimizer.start(theta)
    for step in range(60):
        optimizer.step(theta, np.array([(-1.0) ** step]), state, 0.0)
    assert state["gain"][0] == 0.01
