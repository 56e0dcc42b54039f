"""How often a data set is validated: once for each call of `fit` or `minimize`."""

import numpy as np
import pytest

from tinyae import (
    PSD,
    RBM,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Classifier,
    GaussianNoise,
    Linear,
    Recirculation,
    Tanh,
    Weights,
    fit,
    minimize,
)
from tinyae.checks import tables
from tinyae.densities import NonLocalParzen
from tinyae.embeddings import TSNEMap
from tinyae.models import (
    PersistentContrastiveDivergence,
    RecurrentDenoiser,
    ScoreModel,
    SoftmaxClassifier,
    Walkback,
)
from tinyae.nn.trainable import Trainable
from tinyae.tangents import NonLocalTangents

N = 40  # rows; every batch is shorter
X = np.random.default_rng(0).random((N, 3))
LABELS, W = np.arange(N) % 3, np.full(N, 0.5)
STEPS = X[:, None] / np.linalg.norm(X, axis=1)[:, None, None]
P = (1.0 - np.eye(N)) / (N - 1)


class Bowl(Trainable):
    """½‖θ − x̄‖²."""

    def __init__(self):
        self.theta, self.grad = np.ones(3), np.zeros(3)

    def objective(self, x, *, rng):
        """Return it and add its gradient."""
        e = self.theta - x.mean(axis=0)
        self.grad += e
        return 0.5 * (e * e).sum()


def dense(**slots):
    return Autoencoder.dense((3, 2), **slots)


# A model, and the arrays that it is trained on.
MODELS = {
    "denoising": (lambda: dense(corruption=GaussianNoise(0.1)), (X,)),
    "Bernoulli": (lambda: dense(output=BernoulliOutput()), (X,)),
    "pairs": (dense, (X + 0.1, X)),
    "head": (lambda: dense(head=Classifier(3)), (X, LABELS)),
    "weights": (dense, (X, Weights(W))),
    "RBM": (lambda: RBM(3, 2), (X,)),
    "RBM, chains": (lambda: RBM(3, 2, rule=PersistentContrastiveDivergence(1, 10)), (X,)),
    "Recirculation": (lambda: Recirculation.dense((3, 2)), (X,)),
    "recurrent": (lambda: RecurrentDenoiser.dense((3, 2), corruption=GaussianNoise(0.1)), (X,)),
    "score": (lambda: ScoreModel(Chain(Linear(3, 4, rng=0), Tanh(), Linear(4, 3, rng=1))), (X,)),
    "classifier": (lambda: SoftmaxClassifier(Chain(Linear(3, 4, rng=0), Tanh()), 3), (X, LABELS)),
    "walkback": (lambda: Walkback(dense(corruption=GaussianNoise(0.1)), 2, 0.1), (X,)),
    "PSD": (lambda: PSD.dense((3, 4), lam=0.1, gamma=1.0), (X,)),
    "Parzen": (lambda: NonLocalParzen.dense((3, 4), n_components=1, scale=0.5, sigma=0.5),
               (X, X[::-1])),
    "tangents": (lambda: NonLocalTangents(Linear(3, 3, rng=0), 1), (X, STEPS)),
    "t-SNE": (lambda: TSNEMap(N), (P,)),
    "one's own": (Bowl, (X,)),
}  # fmt: skip


@pytest.fixture
def visits(monkeypatch):
    """How often `check_rows` of a model, and the look at every entry of an array, were called."""
    found = {"check_rows": 0, "entries": []}

    def counted(cls):
        check = cls.check_rows

        def check_rows(self, *rows):
            found["check_rows"] += 1
            return check(self, *rows)

        monkeypatch.setattr(cls, "check_rows", check_rows)

    within = tables.within

    def looked(array, bound):
        found["entries"].append(len(array))
        return within(array, bound)

    monkeypatch.setattr(tables, "within", looked)
    return found, counted


@pytest.mark.one_in(18)
@pytest.mark.parametrize("core", ["layers", "auto"])
@pytest.mark.parametrize("name", MODELS)
def test_fit_validates_a_data_set_once(visits, name, core):
    """Whatever the number of epochs and batches; what looks for dead units asks a few rows more."""
    found, counted = visits
    build, rows = MODELS[name]
    size = N if name == "t-SNE" else 7
    model = build()
    counted(type(model))
    looks = []
    for epochs in (1, 6):
        found.update(check_rows=0, entries=[])
        fit(model, rows, epochs=epochs, batch_size=size, core=core, shuffle=size < N)
        after = name.startswith(("RBM", "PSD"))  # dead units are asked of `encode` or `infer`
        assert found["check_rows"] == 1 + after
        looks.append(len(found["entries"]))
        arrays = len(rows) - (name in ("head", "classifier"))  # labels are whole numbers
        assert looks[-1] == arrays + after
    assert looks[0] == looks[1]


def test_rows_held_out_are_validated_once(visits, measured):
    found, counted = visits
    model = dense(corruption=GaussianNoise(0.1))
    counted(Autoencoder)
    fit(model, X, epochs=5, batch_size=7, validation=X[:9])
    assert found["check_rows"] == 2 and found["entries"] == [N, 9]
    measured(f"5 epochs of 6 batches, validated after each: every entry of the rows is looked at "
             f"{sum(found['entries']) / (N + 9):.0f} time in {len(found['entries'])} calls of the "
             "check")  # fmt: skip
    found.update(check_rows=0, entries=[])
    fit(model, X, epochs=5, batch_size=7, validation=0.2)
    assert found["check_rows"] == 1 and found["entries"] == [N]


def test_minimize_validates_once(visits):
    pytest.importorskip("scipy")
    found, counted = visits
    counted(Autoencoder)
    result = minimize(dense(), X, options={"maxiter": 5})
    assert result.nfev > 3 and found["check_rows"] == 1 and found["entries"] == [N]


def test_loss_and_grad_validates_at_every_call(visits):
    found, counted = visits
    counted(Autoencoder)
    model = dense()
    for _ in range(3):
        assert type(model.loss_and_grad(X)) is float
    assert found["check_rows"] == 3 and found["entries"] == [N] * 3
    assert type(dense(dtype=np.float32).loss_and_grad(X.astype(np.float32))) is float
