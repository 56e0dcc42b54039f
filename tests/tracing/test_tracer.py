"""A trace has the model's loss and gradient to the bit, and does not change the model."""

import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
import pytest

from tests.traced_models import AUTOENCODERS, BITS, CASES, X, dense, rows_of, shaken
from tinyae import (
    L1,
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    HelmholtzMachine,
    Linear,
    MaskingNoise,
    Recirculation,
    Tanh,
    WeightDecay,
    fit,
    tied,
    trace,
)
from tinyae.criterion import Code, Penalty
from tinyae.models import PersistentContrastiveDivergence, RecurrentDenoiser
from tinyae.nn import Trainable
from tinyae.tracing import Step
from tinyae.tracing.contraction import ClosedForm
from tinyae.tracing.explanation import expansion
from tinyae.tracing.layers import Operation
from tinyae.tracing.penalties import Added
from tinyae.tracing.scalars import FUNCTIONS
from tinyae.tracing.step import source_of
from tinyae.training import Cosine
from tinyae.training.weights import Weights

# Steps that are no sum of single numbers: the values of these are shown, with what they read.
WITHOUT_RULE = {
    "J", "J_r", "Jv", "J_rv", "J_near", "H", "XH", "Y", "ℓ", "m", "gu_L", "gu_KL", "gu_Ω",
}  # fmt: skip
EXOTIC = {
    "two groups", "mixture", "variance of a feature", "other layers", "variance", "deep", "probes",
    "variational, all at once", "sparse coding", "binary code, weights", "contraction of r",
    "higher order", "weights", "RBM, one-hot", "RBM, Gaussian likelihood",
}  # fmt: skip


def parameters_of(model):
    """The model's own gradient of each parameter, in the order of theta."""
    ends = np.cumsum([value.size for value in model.parameters().values()])
    pieces = np.split(model.grad, ends[:-1])
    shapes = [value.shape for value in model.parameters().values()]
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def order_of(t):
    """The names of the stored parameters in a trace: what is given, tied W left out."""
    return [s.name for s in t if s.phase == "given" and s.formula == "given"
            and s.name not in ("x", "x̃", "y", "w")]  # fmt: skip


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", CASES)
def test_loss_and_gradient_are_the_model_s_to_the_bit(name):
    make, x = CASES[name]
    model, twin = make(), make()
    t = trace(model, x, rng=3)
    loss = twin.loss_and_grad(*rows_of(x), rng=3)
    assert t.loss == loss and np.array_equal(t.gradient, twin.grad)
    assert t.gradient.dtype == model.dtype
    assert float(t["loss"].value) == loss, "the table's last row of the loss"
    names = order_of(t)
    assert len(names) == len(parameters_of(twin))
    for name, wanted in zip(names, parameters_of(twin), strict=True):
        found = t[f"g{name}"].value if f"g{name}" in t else np.zeros_like(wanted)
        assert np.array_equal(found, wanted), name


def printed(numbers):
    """The value of a sum as it is printed, with six digits of each number."""
    for letter, sign in {"·": "*", "−": "-", "²": "**2", "½": "0.5"}.items():
        numbers = numbers.replace(letter, sign)
    return eval(numbers, dict(FUNCTIONS))  # noqa: S307 (text of the library)


@pytest.mark.one_in(48)
@pytest.mark.parametrize("name", CASES)
def test_every_rule_gives_its_entry(name):
    make, x = CASES[name]
    t = trace(make(), x, rng=3, optimizer=Adam(0.01))
    tolerance = 1e-12 if t.gradient.dtype == np.float64 else 3e-6
    ruled = 0
    for step in t:
        assert isinstance(step, Step) and not np.shares_memory(step.value, t.gradient)
        entries = list(np.ndindex(step.value.shape))
        for index in {entries[0], entries[len(entries) // 2], entries[-1]} if entries else ():
            found = expansion(step, index)
            if found is None:
                continue
            ruled += 1
            value = float(step.value[index])
            assert found.value == pytest.approx(value, rel=tolerance, abs=tolerance), step.name
            text = t.explain(step.name, index)
            assert found.entry in text and found.numbers in text
            if "more" not in text:
                assert printed(found.numbers) == pytest.approx(value, rel=1e-3, abs=1e-4), text
    assert ruled > 25


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", CASES)
def test_steps_without_a_rule_are_known(name):
    """Everything else can be explained: what is given or drawn, and the exotic, need not be."""
    t = trace(CASES[name][0](), CASES[name][1], rng=3)
    open_ends = {s.name for s in t if not s.rule and s.formula != "given"
                 and not {"drawn", "momentum;"} & set(s.formula.split())}  # fmt: skip
    if name in EXOTIC:
        assert len(open_ends) <= 14
    else:
        assert open_ends <= WITHOUT_RULE, open_ends


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", CASES)
def test_the_model_and_the_generator_stay_as_they_are(name):
    make, x = CASES[name]
    model = make()
    model.grad[...] = 7.0
    if isinstance(model, RBM):
        model.chains = BITS[:, : model.d_in][[0, 1, 2, 0, 1]].copy()
    kept = copy.deepcopy(model)
    rng = np.random.default_rng(5)
    state = copy.deepcopy(rng.bit_generator.state)
    rows = copy.deepcopy(x)
    t = trace(model, x, rng=rng, optimizer=SGD(0.1))
    assert rng.bit_generator.state == state
    assert np.array_equal(model.theta, kept.theta) and (model.grad == 7.0).all()
    if isinstance(model, RBM):
        assert np.array_equal(model.chains, kept.chains)
    for before, after in zip(rows_of(rows), rows_of(x), strict=True):
        if isinstance(before, np.ndarray):
            assert np.array_equal(before, after)
    assert kept.loss_and_grad(*rows_of(x), rng=rng) == t.loss, "the draws that come next"


def test_a_model_in_training_keeps_its_state():
    model = dense((2, 3), corruption=GaussianNoise(Cosine(0.3)))
    fit(model, X, epochs=2, batch_size=2)
    model.progress = 0.25
    training, progress = model.training, model.progress
    t = trace(model, X, rng=3)
    assert model.training is training and model.progress == progress
    assert t.loss == model.loss(X, rng=3)


def test_the_names_are_those_of_the_tutorials():
    t = trace(dense((2, 3), corruption=MaskingNoise(0.5), activation=Tanh), X)
    assert t.names() == (
        "x W1 b1 W2 b2 m x̃ a1 h1 r cost L loss gr gW2 gb2 gh1 s1 ga1 gW1 gb1".split()
    )
    assert [step.phase for step in t][::5] == ["given", "forward", "loss", "backward", "backward"]
    assert t["gW1"].source.startswith("nn/layers.py:")
    assert not np.shares_memory(t["x"].value, X), "a copy"
    assert t["gW1"].source.endswith("Linear.backward")
    grey = trace(dense((2, 3), output=BernoulliOutput()), abs(X))
    assert grey["cost"].source.startswith("criterion/outputs.py:"), "not that of its decorator"
    assert t["L"].equation == "14.9" and t["loss"].equation == "14.14"
    assert trace(dense((2, 3)), X)["L"].equation == "14.1"


@pytest.mark.parametrize(("slots", "wanted"), [
    ({}, "14.1"), ({"penalties": L1(0.1)}, "14.2"),
    ({"penalties": L1(0.1), "corruption": MaskingNoise(0.5)}, "14.14, 14.2"),
    ({"code": GaussianCode()}, "section 14.4"),
    ({"code": GaussianCode(), "penalties": L1(0.1)}, "14.2, section 14.4"),
])  # fmt: skip
def test_the_loss_names_the_equation_of_each_of_its_terms(slots, wanted):
    assert trace(dense((2, 3), **slots), X)["loss"].equation == wanted


def test_a_formula_of_a_penalty_says_that_it_is_a_mean():
    t = trace(dense((2, 3), penalties=[L1(0.1), WeightDecay(0.2)]), X)
    assert t["Ω1"].formula == "λ Σ_i |h_i|, mean over the rows"
    assert "mean" not in t["Ω2"].formula
    np.testing.assert_allclose(t["Ω1"].value, 0.1 * abs(t["h1"].value).sum() / len(X))


def test_contraction_has_four_terms_and_they_add_up_to_the_bit():
    from tinyae.criterion.contraction import closed_form
    from tinyae.nn.structure import flatten

    model = dense((2, 3), activation=Tanh, penalties=Contractive(0.3))
    t = trace(model, X)
    assert {"gW1_open", "gs1", "ga1_Ω", "gW1_hidden"} <= set(t.names())
    _, cache = model.encoder.forward(X)
    model.grad[...] = 0.0
    closed_form(*flatten(model.encoder, cache), 0.3 / len(X))
    both = t["gW1_open"].value + t["gW1_hidden"].value
    assert np.array_equal(both, model.encoder.layers[0].grads["W"])
    assert not np.allclose(t["gW1_open"].value, both), "the hidden part counts"


@pytest.mark.one_in(4)
@pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(0.1, momentum=0.9), Adam(0.1),
                                       SGD(Cosine(0.2))])  # fmt: skip
@pytest.mark.parametrize("name", ["plain", "tied", "PSD", "RBM", "Helmholtz"])
def test_the_update_is_the_first_step_of_fit(name, optimizer):
    make, x = CASES[name]
    model = make()
    t = trace(model, x, rng=3, optimizer=optimizer)
    theta, state = model.theta.copy(), optimizer.start(model.theta)
    optimizer.step(theta, t.gradient, state, 0.0)
    twin = make()
    twin.theta[...] = theta
    twin.project()
    for parameter, value in zip(order_of(t), twin.parameters().values(), strict=True):
        assert np.array_equal(t[f"{parameter}_new"].value, value)
    assert not np.array_equal(twin.theta, model.theta)


def test_persistent_chains_start_where_they_are():
    machine = shaken(RBM(3, 2, rule=PersistentContrastiveDivergence(1, 4)))
    assert "rows of x" in trace(machine, BITS)["v0"].formula
    machine.chains = np.zeros((4, 3))
    t = trace(machine, BITS)
    assert np.array_equal(t["v0"].value, np.zeros((4, 3)))
    assert "states" in t["v0"].formula


class Rule:
    """A learning rule of a user's own."""

    follows_gradient = False

    def negative_phase(self, rbm, x, rng):
        return rbm.add_free_energy(x[::-1], -0.5 / len(x))


def test_a_rule_and_a_penalty_of_one_s_own():
    t = trace(shaken(RBM(3, 2, rule=Rule())), BITS)
    assert t["gW"].value == pytest.approx(t["gW⁺"].value + t["gW⁻"].value)
    assert t["L⁻"].phase == t["gW⁻"].phase == "negative phase" and list(t["L⁻"].inputs) == ["x"]
    assert t["L⁻"].formula.startswith("negative phase of <")

    class Large(Penalty):
        formula = "(Σ h)²"

        def add(self, p):
            p.gh += 2 * p.h.sum()
            p.ga += 0.5
            return p.h.sum() ** 2 + 0.5 * p.a.sum()

    model = dense((2, 3), penalties=[Large(), L1(0.1)])
    t = trace(model, X)
    model.loss_and_grad(X)
    assert np.array_equal(t["gW1"].value.ravel(), model.grad[: 2 * 3])
    assert "gr_L" in t and "gr_Ω1" in t and "gh1_Ω1" in t
    assert "gr′" not in t and t["gr"].formula == "gr_L + gr_Ω1"


def test_a_penalty_that_does_not_repeat_itself_is_named():
    class Moody(Penalty):
        formula = "?"
        calls = 0

        def add(self, p):
            Moody.calls += 1
            return float(Moody.calls)

    with pytest.raises(RuntimeError, match="another loss than the model's"):
        trace(dense((2, 3), penalties=Moody()), X)


def test_a_penalty_with_another_gradient_at_each_call_is_named():
    class Moody(Penalty):
        formula = "?"
        calls = 0

        def add(self, p):
            Moody.calls += 1
            p.encoder.layers[0].grads["W"] += Moody.calls
            return 0.0

    with pytest.raises(RuntimeError, match="another gW1 than the model's"):
        trace(dense((2, 3), penalties=Moody()), X)


class Own(Autoencoder):
    def objective(self, *rows, rng):
        return 2.0 * super().objective(*rows, rng=rng)


class Nothing(Trainable):
    theta, grad = np.zeros(1), np.zeros(1)


@pytest.mark.parametrize(("model", "says"), [
    (RecurrentDenoiser.dense((2, 3)), "Autoencoder, Recirculation, PSD, RBM, HelmholtzMachine"),
    (Nothing(), "trace takes one of Autoencoder"),
    ("model", "got"),
    (Autoencoder, "trace takes one of"),
    (Own(Chain(Linear(2, 2, rng=0), Tanh()), Linear(2, 2, rng=0)), "has its own"),
])  # fmt: skip
def test_other_models_are_refused(model, says):
    with pytest.raises(TypeError, match=says):
        trace(model, X)


@pytest.mark.parametrize(("error", "says", "call"), [
    (ValueError, "but 3 were expected", lambda: trace(dense((3, 2)), X)),
    (TypeError, "got 2 arrays", lambda: trace(RBM(2, 2), (X, X))),
    (TypeError, "optimizer must be an object", lambda: trace(dense((2, 3)), X, optimizer=SGD)),
    (TypeError, "optimizer must be an object", lambda: trace(dense((2, 3)), X, optimizer=0.1)),
    (TypeError, "complex128", lambda: trace(dense((2, 3)).astype(complex), X)),
    (TypeError, "rng must be", lambda: trace(dense((2, 3)), X, rng=None)),
])  # fmt: skip
def test_what_else_is_refused(error, says, call):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.slow
def test_a_large_model_is_traced():
    """Nothing depends on the model being tiny; a table shows the corners of large arrays."""
    model = Autoencoder.dense((60, 40), tied=True)
    x = np.random.default_rng(0).random((20, 60))
    t = trace(model, x)
    assert t.loss == model.loss(x)
    assert len(str(t).splitlines()) < 120
    deep = trace(Autoencoder.dense((60, 40, 30), penalties=Contractive(0.1)), np.tile(x, (40, 1)))
    assert "J" not in deep and deep["Ω"].value > 0, "a Jacobian of 1.4 million numbers"
    assert "more" in t.explain("a1", (3, 4)) and len(t.explain("a1", (3, 4))) < 700


def test_the_models_of_the_cases_are_all_five():
    kinds = {type(make()) for make, _ in CASES.values()}
    assert kinds == {Autoencoder, Recirculation, PSD, RBM, HelmholtzMachine}
    assert len(AUTOENCODERS) > 30


def test_formulas_of_a_boltzmann_machine_name_what_they_read():
    t = trace(CASES["RBM, Gaussian"][0](), CASES["RBM, Gaussian"][1])
    assert t["F⁻"].formula == "½‖v1‖² − v1·b − Σ_k softplus(u⁻)"
    assert t["gW⁻"].formula == "v1ᵀ p⁻/m" and t["gb⁺"].formula == "−Σ_i x[i]/n"
    exact = trace(CASES["RBM, Gaussian likelihood"][0](), CASES["RBM, Gaussian likelihood"][1])
    H, W, b, c = (exact[name].value for name in ("H", "W", "b", "c"))
    square = ((H @ W.T + b) ** 2).sum(axis=1)
    assert exact["logw"].formula == "H·c + ½‖H Wᵀ + b‖² + ½ d log 2π"
    wanted = H @ c + 0.5 * square + 0.5 * len(b) * np.log(2 * np.pi)
    np.testing.assert_allclose(exact["logw"].value, wanted, rtol=1e-12)


def test_an_optimizer_of_one_s_own_has_no_section():
    class Halving:
        def start(self, theta):
            return {}

        def step(self, theta, grad, state, progress):
            theta *= 0.5

    t = trace(dense((2, 3)), X, optimizer=Halving())
    assert t["W1_new"].equation == "" and t["W1_new"].formula == "W1 − step"
    assert trace(dense((2, 3)), X, optimizer=SGD(0.1))["W1_new"].equation == "section 8.3.1"


@pytest.mark.parametrize("name", ["head", "weights", "categorical", "RBM", "Helmholtz"])
def test_the_rows_of_a_trace_are_those_that_were_given(name):
    make, rows = CASES[name]
    t = trace(make(), rows)
    for row in rows_of(rows):
        weights = isinstance(row, Weights)
        key, row = ("w", row.values) if weights else ("y" if np.ndim(row) == 1 else "x", row)
        seen = slice(None) if key != "x" or "w" not in t else t["w"].value > 0
        assert t[key].phase == "given"
        np.testing.assert_array_equal(t[key].value[seen], np.asarray(row)[seen])


@dataclass(frozen=True)
class OwnCode(Code):
    """z = tanh(u) + 0.1 ε with the divergence ½‖u‖²: a code of a user's own, with a prior."""

    mean: ClassVar = Tanh()
    formula: ClassVar = "½‖u‖²"
    has_prior: ClassVar = True
    beta: float = 0.5

    def forward(self, u, rng, *, progress=1.0):
        h = np.tanh(u)
        return h + 0.1 * rng.standard_normal(u.shape), h

    def backward(self, gz, h, costs, weights):
        return gz * (1.0 - h * h)

    def kl(self, u):
        return 0.5 * (u * u).sum(axis=1)

    def kl_gradient(self, u):
        return u


class DoubleHead(Classifier):
    """Twice the cost of a classifier."""

    def loss_and_gradient(self, y, logits, each=None):
        loss, gradient = super().loss_and_gradient(y, logits, each)
        return 2.0 * loss, 2.0 * gradient


class Spare(Linear):
    """An affine map with a parameter that it does not use."""

    def __init__(self, *sizes, rng):
        super().__init__(*sizes, rng=rng)
        self.params["spare"], self.grads["spare"] = np.ones(2), np.zeros(2)


def tied_twice():
    """A decoder that begins with the W of the encoder's first layer, not transposed."""
    first = Linear(2, 3, rng=0)
    back = tied(first)
    encoder = Chain(first, Tanh(), back, Tanh())
    return Autoencoder(encoder, Chain(tied(back), Tanh(), Linear(3, 2, rng=1)))


OWN_PARTS = {
    "a code": (lambda: dense((2, 3), code=OwnCode(), penalties=L1(0.1)), X),
    "a head": (lambda: dense((2, 3), head=DoubleHead(3, 0.5)), (X, np.array([0, 2, 1]))),
    "a parameter that is not used": (
        lambda: Autoencoder(Chain(Spare(2, 3, rng=0), Tanh()), Linear(3, 2, rng=1)), X),
    "a tie of a tie": (tied_twice, X),
    "a tie to a layer elsewhere": (
        lambda: Autoencoder(Chain(Linear(2, 3, rng=0), Tanh()), tied(Linear(2, 3, rng=1))), X),
    "two contractions": (
        lambda: dense((2, 3), penalties=[Contractive(0.1), Contractive(0.2)]), X),
}  # fmt: skip


FORMULAS = {
    "a code": ("z", "drawn from p(z | u)"),
    "a head": ("L_y", "v Σ_i −log py[i, y[i]] / n"),
    "a parameter that is not used": ("gspare1", "∂a1/∂spare1 ga1"),
    "a tie of a tie": ("W3", "W1, tied"),
    "a tie to a layer elsewhere": ("gb3", "no step adds to it"),
    "two contractions": ("gb1", "gb1_Ω + gb1_Ω′ + gb1_L"),
}


def test_where_a_function_without_source_lines_comes_from():
    assert source_of(np.dot) == "dot" and source_of(partial(print)) == "" == source_of(None)
    assert source_of(Linear.forward).endswith(" Linear.forward")


def test_what_is_kept_of_a_pass_is_shown_in_short():
    one = Operation(Linear(40, 30, rng=0), np.zeros(99), "x", "a1", "1")
    assert repr(one) == "Operation(a1 = Linear(40, 30) of x)"
    added = Added(L1(0.1), "Ω", *[np.zeros((9, 9))] * 2, {"W1": np.zeros(99)}, {}, None)
    assert repr(added) == "Added(L1(lam=0.1), Ω, to W1)"
    assert repr(replace(added, grads={})).endswith("to h)")
    terms = ClosedForm(*[np.zeros((9, 9))] * 5, "sigmoid", "", "x", "W1", "b1", "a1", "h", "1")
    assert repr(terms) == "ClosedForm(W1, sigmoid(a1))"


@pytest.mark.parametrize("name", OWN_PARTS)
def test_parts_of_one_s_own_are_traced_to_the_bit(name):
    make, x = OWN_PARTS[name]
    t, twin = trace(make(), x, rng=3, optimizer=SGD(0.1)), make()
    assert t.loss == twin.loss_and_grad(*rows_of(x), rng=3)
    assert np.array_equal(t.gradient, twin.grad)
    for parameter, wanted in zip(order_of(t), parameters_of(twin), strict=True):
        assert np.array_equal(t[f"g{parameter}"].value, wanted)
    step, formula = FORMULAS[name]
    assert t[step].formula == formula


def test_a_projection_of_one_s_own_has_a_step():
    class Clipped(RBM):
        def project(self):
            np.clip(self.theta, -0.1, 0.1, out=self.theta)

    t = trace(Clipped(3, 2), BITS, optimizer=SGD(5.0))
    assert t["W_new"].formula == "W_step, projected"
    np.testing.assert_array_equal(t["W_new"].value, np.clip(t["W_step"].value, -0.1, 0.1))
    assert np.abs(t["W_step"].value).max() > 0.1
