"""Training and checking: the steps of SGD and Adam, and a gradient check (tasks 07 and 09)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import math

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong

OPTIMIZERS = "tinyae/training/optimizers.py"
NUMERICAL = "tinyae/nn/numerical.py"


# --- 07 ---------------------------------------------------------------------------------------


def gradients(variant):
    """Return a start (d,) and five gradients (5, d) of very different size."""
    _, d, _ = variant.sizes
    rng = variant.rng("optimizer")
    return rng.normal(size=d), rng.normal(size=(5, d)) * np.geomspace(1e-3, 10.0, d)


def steps(optimizer, theta, grads, progress=0.0):
    """Return theta after a step along each gradient."""
    state = optimizer.start(theta)
    for g in grads:
        optimizer.step(theta, g, state, progress)
    return theta


def adam(theta, grads, rate, beta1, beta2, epsilon):
    """Return theta after steps of Adam, one number at a time."""
    found = []
    for i, value in enumerate(theta):
        m = v = 0.0
        for t, g in enumerate(grads[:, i], start=1):
            m = beta1 * m + (1.0 - beta1) * g
            v = beta2 * v + (1.0 - beta2) * g * g
            value -= rate * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + epsilon)
        found.append(value)
    return np.array(found)


def got_adam_once(variant):
    from tinyae import Adam

    theta, grads = gradients(variant)
    return (steps(Adam(0.1, 0.8, 0.95, 1e-3), theta, grads[:1]),)


def want_adam_once(variant):
    theta, grads = gradients(variant)
    return (adam(theta, grads[:1], 0.1, 0.8, 0.95, 1e-3),)


def got_adam_twice(variant):
    from tinyae import Adam

    theta, grads = gradients(variant)
    return (steps(Adam(0.1, 0.8, 0.95, 1e-3), theta, grads[:2]),)


def want_adam_twice(variant):
    theta, grads = gradients(variant)
    return (adam(theta, grads[:2], 0.1, 0.8, 0.95, 1e-3),)


def got_sgd(variant):
    from tinyae import SGD

    theta, grads = gradients(variant)
    return steps(SGD(0.1), theta.copy(), grads[:1]), steps(SGD(0.1, momentum=0.5), theta, grads[:3])


def want_sgd(variant):
    theta, grads = gradients(variant)
    moved = theta - 0.1 * (grads[0] * (1 + 0.5 + 0.25) + grads[1] * (1 + 0.5) + grads[2])
    return theta - 0.1 * grads[0], moved


def got_adam_long(variant):
    from tinyae import Adam

    theta, grads = gradients(variant)
    optimizer = Adam(0.05, 0.9, 0.99, 0.1)
    state, other = optimizer.start(theta), np.zeros_like(theta)
    second = optimizer.start(other)
    for g in grads:
        optimizer.step(theta, g, state, 0.0)
        optimizer.step(other, -g, second, 0.0)
    return theta, other, grads


def want_adam_long(variant):
    theta, grads = gradients(variant)
    moved = adam(theta, grads, 0.05, 0.9, 0.99, 0.1)
    return moved, theta - moved, grads


def got_schedule(variant):
    from tinyae import SGD, Adam

    theta, grads = gradients(variant)
    rate = _falling
    return (
        steps(Adam(rate, 0.9, 0.99, 1e-3), theta.copy(), grads[:2], 0.5),
        steps(SGD(rate, momentum=0.9), theta, grads[:2], 0.5),
    )


def _falling(progress):
    return 0.4 - 0.4 * progress


def want_schedule(variant):
    theta, grads = gradients(variant)
    return (adam(theta, grads[:2], 0.2, 0.9, 0.99, 1e-3),
            theta - 0.2 * (1.9 * grads[0] + grads[1]))  # fmt: skip


AVERAGE = """m, v = state["m"], state["v"]
m *= self.beta1
m += (1.0 - self.beta1) * grad
v *= self.beta2
v += (1.0 - self.beta2) * grad * grad
"""
NEW_ARRAY = (
    "theta does not change for the caller, or m and v do not: `theta = theta - ...` makes a new "
    "array, write `theta -= ...`, and for the averages `m *= ...` and `m += ...`."
)
MOVE = """t, m, v = state["t"], state["m"], state["v"]
"""

TASK_07 = Task(
    id="07", title="A step of Adam", minutes=45, tutorial="15", needs=(),
    plain={"Adam._average": AVERAGE, "Adam._move": MOVE + "theta -= rate * (m / (1.0 - self.beta1**t)) "
           "/ (np.sqrt(v / (1.0 - self.beta2**t)) + self.epsilon)"},
    symbols=(
        Symbol(OPTIMIZERS, "SGD.step",
               "Take one step of gradient descent with momentum: change theta in place.\n\n"
               "theta and grad have the shape (number of parameters,); grad is only read. `state` "
               "is what `start` returned: the counter \"t\", the average \"m\", and \"work\", which "
               "you may use or not. The learning rate at this moment of the training is "
               "`at(self.learning_rate, progress)`."),
        Symbol(OPTIMIZERS, "Adam._average",
               "Move both moving averages towards the gradient, in place.\n\n"
               "grad has the shape (number of parameters,) and is only read. `state` has the "
               "averages \"m\" and \"v\" (zeros before the first step), and \"work\", which you may "
               "use or not."),
        Symbol(OPTIMIZERS, "Adam._move",
               "Correct the bias of both averages, and move theta by one step, in place.\n\n"
               "theta has the shape (number of parameters,). `state` has the averages \"m\" and "
               "\"v\", which contain the gradient of this step already and stay as they are, and "
               "\"t\", which is 1 at the first step. `rate` is the learning rate."),
    ),
    docstrings=(
        Symbol(OPTIMIZERS, "SGD", "Stochastic gradient descent with momentum (Polyak 1964)."),
        Symbol(OPTIMIZERS, "Adam",
               "Adam (Kingma and Ba 2015): each step is scaled by the size of the parameter's own "
               "gradient."),
        Symbol(OPTIMIZERS, "Adam.start", "Return the state before the first step."),
    ),
    statement="07.md",
    checks=(
        Check("first step of Adam", 1, got_adam_once, want_adam_once,
              property="the first step has the length of the learning rate, if epsilon is small",
              case="one parameter, one step"),
        Check("second step of Adam", 1, got_adam_twice, want_adam_twice,
              property="both averages remember the first gradient",
              case="one parameter, two steps"),
        Check("SGD", 1, got_sgd, want_sgd,
              property="with momentum, earlier gradients count with falling weights",
              case="one parameter, momentum 1/2, two steps"),
        Check("five steps, two models", 1.5, got_adam_long, want_adam_long, hidden=True,
              property="two models trained with one Adam object do not disturb each other; grad "
              "does not change", case="two models, two steps each"),
        Check("a learning rate that changes", 1.5, got_schedule, want_schedule, hidden=True,
              property="the learning rate may be a function of progress",
              case="one parameter, one step at progress 1/2"),
    ),
    wrong=(
        Wrong("no bias correction",
              "The averages m and v start at 0 and are too small at first: correct them, m by "
              "beta1 and v by beta2.",
              {"Adam._move": MOVE + "theta -= rate * m / (np.sqrt(v) + self.epsilon)"}),
        Wrong("correction without the power t",
              "The correction is the same at every step: it needs beta to the power t.",
              {"Adam._move": MOVE + "theta -= rate * (m / (1.0 - self.beta1)) / "
               "(np.sqrt(v / (1.0 - self.beta2)) + self.epsilon)"}),
        Wrong("epsilon before the correction",
              "epsilon is added to the root of v before v is corrected: correct v first.",
              {"Adam._move": MOVE + "theta -= rate * np.sqrt(1.0 - self.beta2**t) / "
               "(1.0 - self.beta1**t) * m / (np.sqrt(v) + self.epsilon)"}),
        Wrong("epsilon under the root",
              "epsilon stands under the root: it is added to the root.",
              {"Adam._move": MOVE + "theta -= rate * (m / (1.0 - self.beta1**t)) / "
               "np.sqrt(v / (1.0 - self.beta2**t) + self.epsilon)"}),
        Wrong("t one too large",
              "t is one too large: the first step has t = 1.",
              {"Adam._move": MOVE + "theta -= rate * (m / (1.0 - self.beta1 ** (t + 1))) / "
               "(np.sqrt(v / (1.0 - self.beta2 ** (t + 1))) + self.epsilon)"}),
        Wrong("a new theta",
              NEW_ARRAY,
              {"Adam._move": MOVE + "theta = theta - rate * (m / (1.0 - self.beta1**t)) / "
               "(np.sqrt(v / (1.0 - self.beta2**t)) + self.epsilon)"}),
        Wrong("m without memory",
              "m contains the last gradient only: it is an average over all gradients so far.",
              {"Adam._average": AVERAGE.replace("m *= self.beta1", "m *= 0.0")}),
        Wrong("v without the square",
              "v is an average of the gradient, not of its square.",
              {"Adam._average": AVERAGE.replace("grad * grad", "np.abs(grad)")}),
        Wrong("new averages",
              NEW_ARRAY,
              {"Adam._average": 'm, v = state["m"], state["v"]\n'
               "m = self.beta1 * m + (1.0 - self.beta1) * grad\n"
               "v = self.beta2 * v + (1.0 - self.beta2) * grad * grad"}),
        Wrong("shares exchanged",
              "The shares are exchanged: an average with the factor beta keeps beta of the old value.",
              {"Adam._average": AVERAGE.replace("m *= self.beta1", "m *= 1.0 - self.beta1")
               .replace("(1.0 - self.beta1) * grad", "self.beta1 * grad")
               .replace("v *= self.beta2", "v *= 1.0 - self.beta2")
               .replace("(1.0 - self.beta2) * grad", "self.beta2 * grad")}),
        Wrong("beta1 for both",
              "Both averages have beta1: v has the factor beta2, in the average and in its correction.",
              {"Adam._average": AVERAGE.replace("beta2", "beta1"),
               "Adam._move": MOVE + "theta -= rate * (m / (1.0 - self.beta1**t)) / "
               "(np.sqrt(v / (1.0 - self.beta1**t)) + self.epsilon)"}),
        Wrong("momentum forgotten", "SGD takes no momentum into account: m remembers old gradients.",
              {"SGD.step": 'state["t"] += 1\ntheta -= at(self.learning_rate, progress) * grad'}),
        Wrong("momentum as an average",
              "The new gradient is multiplied by 1 - momentum: here m is a sum, not an average.",
              {"SGD.step": ("m += grad", "m += (1.0 - self.momentum) * grad")}),
        Wrong("schedule ignored",
              "The learning rate is read at the start of the training: use its value at `progress`.",
              {"SGD.step": ("at(self.learning_rate, progress)", "at(self.learning_rate, 0.0)")}),
    ),
)  # fmt: skip


# --- 09 ---------------------------------------------------------------------------------------


class Toy:
    """A model with three parameters and a loss whose gradient is known."""

    def __init__(self, start, dtype):
        self.theta = np.array(start, dtype)

    def loss(self):
        a, b, c = self.theta
        return np.sin(a) * b * b + c * c * c + np.exp(a * c)


def toy(variant):
    """Return a start and two directions."""
    rng = variant.rng("gradient check")
    return rng.uniform(0.3, 1.0, 3), rng.normal(size=3), rng.normal(size=3)


def toy_gradient(theta):
    """Return the gradient of the loss of `Toy`, by hand."""
    a, b, c = (float(value) for value in theta)
    e = math.exp(a * c)
    return np.array([math.cos(a) * b * b + c * e, 2 * math.sin(a) * b, 3 * c * c + a * e])


def got_central(variant):
    from tinyae.nn.numerical import central

    start, d, _ = toy(variant)
    model = Toy(start, float)
    return (np.array(central(model, model.loss)(d)),)


def want_along(variant):
    start, d, _ = toy(variant)
    return (np.array(toy_gradient(start) @ d),)


def got_complex_step(variant):
    from tinyae.nn.numerical import complex_step

    start, d, _ = toy(variant)
    model = Toy(start, complex)
    return (np.array(complex_step(model, model.loss)(d)),)


def several(method, variant, dtype):
    """Return derivatives along three directions, one after the other, and theta at the end."""
    start, d, e = toy(variant)
    model = Toy(start, dtype)
    derivative = method(model, model.loss)
    found = [derivative(d), derivative(e), derivative(0.001 * d), derivative(d)]
    return np.array(found), np.array([isinstance(value, float) for value in found]), model.theta


def got_central_again(variant):
    from tinyae.nn.numerical import central

    return several(central, variant, float)


def want_again(variant):
    start, d, e = toy(variant)
    g = toy_gradient(start)
    return np.array([g @ d, g @ e, 0.001 * (g @ d), g @ d]), np.array([True] * 4)


def want_central_again(variant):
    return (*want_again(variant), toy(variant)[0])


def got_complex_again(variant):
    from tinyae.nn.numerical import complex_step

    return several(complex_step, variant, complex)[:2]


TASK_09 = Task(
    id="09", title="A gradient check of your own", minutes=30, tutorial="01", needs=(),
    symbols=(
        Symbol(NUMERICAL, "central",
               "Return a function of a direction d, of the shape of `model.theta`: the derivative "
               "of the loss along d, a float, by central differences with CENTRAL_STEP.\n\n"
               "`loss()` returns the loss at the present `model.theta`. Assign to theta in place. "
               "Each call of the function leaves theta as it was."),
        Symbol(NUMERICAL, "complex_step",
               "Return a function of a direction d: the derivative of the loss along d, a float, "
               "by the complex step with COMPLEX_STEP.\n\n"
               "`model.theta` is complex, and `loss()` returns a complex number. Assign to theta "
               "in place, and start every call from the theta that the model has now."),
    ),
    statement="09.md",
    checks=(
        Check("central difference", 1.25, got_central, want_along, tolerance=3e-8,
              property="the derivative along d is right to about eight digits",
              case="a loss of one parameter"),
        Check("complex step", 1.25, got_complex_step, want_along, tolerance=1e-13,
              property="the derivative along d is right to all digits",
              case="a loss of one parameter"),
        Check("central difference, four times", 1.25, got_central_again, want_central_again,
              hidden=True, tolerance=3e-8,
              property="calls do not disturb each other, and theta is as it was",
              case="two calls with the same direction"),
        Check("complex step, four times", 1.25, got_complex_again, want_again, hidden=True,
              tolerance=1e-13, property="calls do not disturb each other",
              case="two calls with the same direction"),
    ),
    wrong=(
        Wrong("one-sided difference",
              "The step goes to one side only: the error is then of the order of the step, and not "
              "of its square.",
              {"central": "theta = model.theta.copy()\n\ndef derivative(d):\n"
               "    below = loss()\n    model.theta[...] = theta + CENTRAL_STEP * d\n"
               "    above = loss()\n    model.theta[...] = theta\n"
               "    return float((above - below) / CENTRAL_STEP)\n\nreturn derivative"}),
        Wrong("difference over h",
              "The derivative is twice what it should be: the two points are 2 h apart.",
              {"central": ("(2.0 * CENTRAL_STEP)", "CENTRAL_STEP")}),
        Wrong("one-sided difference over 2h",
              "The derivative is half of what it should be: the loss below is taken at theta itself.",
              {"central": ("model.theta[...] = theta - CENTRAL_STEP * d",
                           "model.theta[...] = theta")}),
        Wrong("theta not restored",
              "theta is not what it was after a call: the next user of the model gets another one.",
              {"central": ("    model.theta[...] = theta\n    return", "    return")}),
        Wrong("the real part",
              "The real part is taken: the derivative is in the imaginary part.",
              {"complex_step": ("np.imag(loss())", "np.real(loss())")}),
        Wrong("a real step", "The step is real: it must be imaginary, 1j times the step.",
              {"complex_step": ("1j * COMPLEX_STEP", "COMPLEX_STEP")}),
        Wrong("steps add up",
              "Each call starts where the last one ended: start from the same theta every time.",
              {"complex_step": ("model.theta[...] = theta + 1j", "model.theta[...] += 1j")}),
        Wrong("not divided by the step",
              "The imaginary part is not divided by the step.",
              {"complex_step": (" / COMPLEX_STEP", "")}),
        Wrong("direction of length one",
              "The direction is divided by its length: the derivative along 2 d is twice that "
              "along d.",
              {"central": "theta = model.theta.copy()\n\ndef derivative(d):\n"
               "    d = d / np.linalg.norm(d)\n"
               "    model.theta[...] = theta + CENTRAL_STEP * d\n    above = loss()\n"
               "    model.theta[...] = theta - CENTRAL_STEP * d\n    below = loss()\n"
               "    model.theta[...] = theta\n"
               "    return float((above - below) / (2.0 * CENTRAL_STEP))\n\nreturn derivative"}),
    ),
)  # fmt: skip


TASKS = (TASK_07, TASK_09)
