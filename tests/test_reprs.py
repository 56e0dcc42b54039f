"""What objects print: the name of their class, their settings and sizes, and never their data."""

import importlib
import inspect
import re
import warnings
from dataclasses import fields, is_dataclass
from importlib.util import find_spec
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.test_house import modules
from tests.valid_calls import MODULES, public_names
from tests.valid_data import LABELS, SQUARE, X
from tests.valid_objects import OBJECTS, model, net
from tinyae import (
    L1,
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    Chain,
    Classifier,
    Elementwise,
    GaussianCode,
    HelmholtzMachine,
    Identity,
    Layer,
    Linear,
    Model,
    NoisyCode,
    NoisySigmoidCode,
    ReLU,
    Residual,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    Weights,
    fit,
    gradcheck,
)
from tinyae.applications import code_statistics, within_radius
from tinyae.criterion import (
    BernoulliCode,
    Code,
    Contractive,
    Corruption,
    HigherOrderContractive,
    KLSparsity,
    Output,
    Penalty,
    ReconstructionContractive,
    StudentT,
    WeightDecay,
)
from tinyae.datasets.mnist_files import Place
from tinyae.densities import Parzen, cross_validate
from tinyae.drawing import Node
from tinyae.embeddings import GaussianKernel, PolynomialKernel
from tinyae.exploring import Explorer
from tinyae.models import (
    ContrastiveDivergence,
    DenoisingScoreMatching,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
    Recirculation,
    RecurrentDenoiser,
    ScoreMatching,
    SlicedScoreMatching,
    Walkback,
    annealed_log_partition,
    compatibility,
)
from tinyae.models.batch import Batch
from tinyae.models.fitness import spread
from tinyae.nn import AppendedColumns, FirstColumns, Glorot, Normal, Trainable, Uniform
from tinyae.plotting import Figure
from tinyae.sparse_coding import Dictionary, Gain, ReseedUnused
from tinyae.training import Cosine, DivergenceError, History, WarmUp

SHORT, LONG = 500, 1500
SEVERAL_LINES = (Model, Walkback)
ABSTRACT = {Code, Corruption, Elementwise, Layer, Model, Output, Penalty, Trainable}


def trained():
    """A history of 500 epochs with validation."""
    numbers = list(np.linspace(1, 0.5, 500))
    return History(numbers, numbers, 1.5, "patience", 480, restored=True, dead=np.zeros(50, bool))


def unrolled():
    """One batch of a recurrent denoiser."""
    made = OBJECTS["RecurrentDenoiser"]()
    return made.forward(X, np.random.default_rng(0))


def state():
    """What `fit` leaves behind."""
    made = model()
    fit(made, X, epochs=1)
    return made.training


SQUARE_16 = LABELS[:, None] == LABELS
# One object of each class that tests/valid_objects.py does not make.
MORE = {
    "Adam": Adam,
    "AppendedColumns": lambda: AppendedColumns(3),
    "AnnealedEstimate": lambda: annealed_log_partition(RBM(3, 2), chains=50, temperatures=4),
    "BernoulliCode": BernoulliCode,
    "Explorer": lambda: Explorer("three-points", units=5),
    "Batch": lambda: Batch(X, labels=LABELS, weights=Weights(np.ones(16))),
    "Chain": lambda: Chain(*(Linear(100, 100, rng=0) for _ in range(60))),
    "CodeStatistics": lambda: code_statistics(np.eye(300)),
    "Compatibility": lambda: compatibility(np.log(SQUARE), np.log(SQUARE)),
    "Contractive": lambda: Contractive(0.1),
    "ContrastiveDivergence": ContrastiveDivergence,
    "Cosine": lambda: Cosine(0.1),
    "CrossValidation": lambda: cross_validate([Parzen(0.1 * i) for i in range(1, 50)], X),
    "DenoisingScoreMatching": lambda: DenoisingScoreMatching(0.5),
    "Dictionary": lambda: Dictionary(300, 300, rng=0),
    "DivergenceError": lambda: DivergenceError("DivergenceError at epoch 3", trained()),
    "Figure": Figure,
    "FirstColumns": lambda: FirstColumns(2),
    "FourSteps": lambda: OBJECTS["Recirculation"]().trace(X),
    "Gain": lambda: Gain(300),
    "GaussianCode": lambda: GaussianCode(beta=WarmUp()),
    "GaussianKernel": lambda: GaussianKernel(0.5),
    "Glorot": Glorot,
    "GradientReport": lambda: gradcheck(model(), X[:4]),
    "HigherOrderContractive": lambda: HigherOrderContractive(0.1, 0.1),
    "History": trained,
    "Identity": Identity,
    "KLSparsity": lambda: KLSparsity(0.1, 1.0),
    "L1": lambda: L1(0.1),
    "Linear": lambda: Linear(300, 300, rng=0),
    "MaximumLikelihood": MaximumLikelihood,
    "Node": lambda: Node("x", "data", "x"),
    "NoisyCode": lambda: NoisyCode(0.1),
    "NoisySigmoidCode": lambda: NoisySigmoidCode(WarmUp(4.0, until=1.0)),
    "Normal": lambda: Normal(0.1),
    "Pass": lambda: model().forward(X, np.random.default_rng(0)),
    "PersistentContrastiveDivergence": PersistentContrastiveDivergence,
    "Place": lambda: Place([]),
    "PolynomialKernel": lambda: PolynomialKernel(2),
    "ReLU": ReLU,
    "ReconstructionContractive": lambda: ReconstructionContractive(0.1),
    "ReseedUnused": lambda: ReseedUnused(X),
    "Residual": lambda: Residual(net()),
    "SGD": lambda: SGD(Cosine(0.1)),
    "ScoreMatching": ScoreMatching,
    "Sigmoid": Sigmoid,
    "SlicedScoreMatching": SlicedScoreMatching,
    "Softmax": Softmax,
    "Softplus": Softplus,
    "Spread": lambda: spread(X),
    "Step": lambda: OBJECTS["Trace"]()["gW1"],
    "StudentT": lambda: StudentT(0.1),
    "Tanh": Tanh,
    "TrainingState": state,
    "Uniform": lambda: Uniform(0.1),
    "Unrolled": unrolled,
    "WarmUp": WarmUp,
    "WeightDecay": lambda: WeightDecay(0.1),
    "WithinRadius": lambda: within_radius(LABELS[:, None] > 0, X[:, :1] > 0.5, SQUARE_16, range(2)),
}
MADE = {**OBJECTS, **MORE}


def needs_scipy(name):
    """Skip what cannot be made without an optional extra."""
    if name == "MaximumVarianceUnfolding":
        pytest.importorskip("scipy")


def public_classes() -> set[type]:
    """The classes that the packages offer."""
    found = {getattr(module, name) for module in MODULES for name in public_names(module)}
    return {it for it in found if inspect.isclass(it)} - ABSTRACT


def test_an_object_of_every_public_class_is_made():
    assert len(public_classes()) > 70
    assert {c.__name__ for c in public_classes()} <= set(MADE)


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", MADE)
def test_a_repr_is_short_and_has_no_data(name):
    needs_scipy(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        made = MADE[name]()
    text, kind = repr(made), type(made)
    assert kind.__name__ in text or kind is Figure, "matplotlib's own"
    assert len(text) <= (LONG if isinstance(made, SEVERAL_LINES) else SHORT)
    assert isinstance(made, SEVERAL_LINES) or "\n" not in text
    assert "array(" not in text and " at 0x" not in text
    number = r"-?\d+\.\d+(e-?\d+)?"
    assert not re.search(rf"({number}[\s,\]\[]+){{5,}}", text), "a row of numbers"


def test_no_dataclass_with_arrays_keeps_the_repr_that_python_writes():
    """The generated one prints every field, so an array in it prints its data.

    The core and the lasso are left out: no function returns what they hold.
    """
    wrong = []
    for dotted in modules():
        if dotted.startswith("core.") or dotted == "sparse_coding.lasso":
            continue
        if dotted.startswith("export.torch_") and not find_spec("torch"):
            continue
        module = importlib.import_module(f"tinyae.{dotted}")
        for it in vars(module).values():
            if not inspect.isclass(it) or it.__module__ != module.__name__ or not is_dataclass(it):
                continue
            code = getattr(inspect.unwrap(it.__repr__), "__code__", None)
            generated = code is not None and code.co_filename == "<string>"
            shown = [
                f for f in fields(it) if f.repr and re.search("NDArray|ArrayLike", str(f.type))
            ]
            if generated and shown:
                wrong.append(it.__name__)
    assert not wrong, f"give these a __repr__, such as fields_in_short: {wrong}"


DEEP = (20,) * 30 + (19,)
LARGE = {
    "Autoencoder": lambda: Autoencoder.dense(DEEP, tied=True, head=Classifier(3)),
    "Autoencoder with penalties": lambda: Autoencoder.dense(DEEP, penalties=[L1(0.1)] * 9),
    "PSD": lambda: PSD.dense((300, 200), lam=1, gamma=1),
    "PSD without encoder": lambda: PSD(None, Dictionary(4, 6, rng=0), lam=1, gamma=0),
    "HelmholtzMachine": lambda: HelmholtzMachine((20,) * 30),
    "RecurrentDenoiser": lambda: RecurrentDenoiser.dense((300, 200), steps=500),
    "Recirculation": lambda: Recirculation.dense((300, 200), tied=True),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_models_print_as_little(name):
    made = LARGE[name]()
    assert type(made).__name__ in repr(made) and len(repr(made)) <= LONG


def test_a_deep_model_leaves_out_the_inside_of_its_formula():
    text = repr(Autoencoder.dense((4,) * 12 + (3,), activation=Tanh))
    assert "tanh(tanh(… W7 + b7) W8 + b8)" in text and "W6 + b6" not in text
    assert repr(Chain(*[Sigmoid()] * 12)).count("Sigmoid") == 12
    assert "Sigmoid(), ... 20 more ..., Sigmoid()" in repr(Chain(*[Sigmoid()] * 30))


def test_a_subclass_prints_its_own_name():
    class Mine(Autoencoder):
        pass

    class Machine(RBM):
        pass

    assert repr(Mine.dense((3, 2))).startswith("Mine 3-2-3")
    assert repr(Machine(3, 2)).startswith("Machine 3-2")

    class Other(Model):
        pass

    assert repr(Other({"a": Linear(3, 2, rng=0)})) == "Other, float64, 8 parameters"


def test_a_history_prints_how_training_went():
    assert repr(trained()) == (
        "History(epochs=500, loss=1 -> 0.5, validation=1 -> 0.5, best_epoch=480, seconds=1.5, "
        "stopped='patience')"
    )
    assert repr(History()) == "History(epochs=0, seconds=0.0, stopped='epochs')"


def cells(html: str) -> list[str]:
    """The text of a table's cells; an error if it is not well-formed."""
    return ["".join(cell.itertext()) for cell in ElementTree.fromstring(html).iter("td")]


def test_a_notebook_shows_a_history_as_a_table():
    shown = cells(trained()._repr_html_())
    assert shown[:4] == ["first", "1", "1", "1"] and shown[8:] == ["last", "500", "0.5", "0.5"]
    assert shown[4:6] == ["best", "480"]
    assert cells(History()._repr_html_()) == []
    assert cells(History([1.0])._repr_html_()) == ["first", "1", "1", "", "last", "1", "1", ""]


def test_a_notebook_shows_a_gradient_check_as_a_table():
    report = gradcheck(model(), X[:4])
    shown = cells(report._repr_html_())
    assert len(shown) == 8 * len(report.parameters) and "encoder[0].W" in shown
    assert "differs" not in shown


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", OBJECTS)
def test_a_notebook_shows_a_model_as_a_table(name):
    needs_scipy(name)
    made = OBJECTS[name]()
    if not isinstance(made, Model):
        pytest.skip("no model")
    root = ElementTree.fromstring(made._repr_html_())
    assert root.find("pre").text == repr(made)
    assert len(list(root.iter("tr"))) == 1 + len(made.parameters())


def test_html_is_escaped():
    class Sly(Sigmoid):
        formula = "<script>"

        def __repr__(self):
            return "<b>&'\"</b>"

    made = RecurrentDenoiser(Chain(Linear(6, 2, rng=0), Sly(), Linear(2, 3, rng=0)))
    html = made._repr_html_()
    assert "<b>" not in html and "&lt;b&gt;&amp;" in html
    assert "<b>" in ElementTree.fromstring(html).find("pre").text
    sly = History([1.0], stopped="<i>")
    assert "<i>" not in sly._repr_html_() and "&lt;i&gt;" in sly._repr_html_()
