"""Slips that the table of inputs does not make: arguments in other places, forms and combinations.

Each is refused by a sentence of tinyae's own before anything is changed.
"""

import numpy as np
import pytest

from tests.input_kinds import Sparse
from tests.valid_data import BITS, LABELS, X
from tinyae import (
    L1,
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    Classifier,
    GaussianNoise,
    GaussianOutput,
    HelmholtzMachine,
    Linear,
    NoisyCode,
    Weights,
    fit,
    gradcheck,
    minimize,
)
from tinyae.densities import Parzen
from tinyae.embeddings import SNE, Isomap
from tinyae.models import annealed_log_partition, logistic_pca
from tinyae.sparse_coding import ReseedUnused

W = np.full(16, 0.5)
MASK = np.zeros(X.shape, bool)
MASK[0, 0] = True
MASKED = np.ma.masked_array(X, MASK)
KNOWN = (~MASK).astype(float)


def model(**slots):
    return Autoencoder.dense((3, 2), **slots)


class ElsewhereMade:
    """An optimizer of another library."""

    def step(self):
        raise AssertionError


SLIPS = {
    # what is trained, and how
    "class": (TypeError, "got the class Autoencoder", lambda: fit(Autoencoder, X)),
    "X first": (TypeError, "model comes first", lambda: fit(X, model())),
    "class checked": (TypeError, "the class RBM", lambda: gradcheck(RBM, X)),
    "checked first": (TypeError, "got ndarray", lambda: gradcheck(X, model())),
    "class annealed": (TypeError, "the class RBM", lambda: annealed_log_partition(RBM)),
    "their optimizer": (TypeError, "optimizer must be",
         lambda: fit(model(), X, optimizer=ElsewhereMade())),
    "callback's class": (TypeError, "callback must be",
         lambda: fit(model(), X, callback=ReseedUnused)),
    "callback of nothing": (TypeError, "callback must be",
         lambda: fit(model(), X, callback=lambda: None)),
    "rate of nothing": (TypeError, "learning_rate must be a function of",
         lambda: Adam(lambda: 0.1)),
    "noise of two": (TypeError, "sigma must be a function of",
         lambda: GaussianNoise(lambda a, b: 0.1)),
    "Hessian's method": (ValueError, "method must be",
         lambda: minimize(model(), X, method="dogleg")),
    # rows
    "list of rows": (TypeError, "round brackets",
         lambda: fit(model(head=Classifier(3)), [X, LABELS])),
    "checked list": (ValueError, "round brackets", lambda: gradcheck(model(), [X, Weights(W)])),
    "tuple for one": (ValueError, "a single array is expected",
         lambda: RBM.from_data((BITS, LABELS), 2)),
    "grey": (ValueError, "needs x of zeros and ones", lambda: fit(HelmholtzMachine((3, 2)), X)),
    "labels of a machine": (TypeError, "trains on x",
         lambda: fit(HelmholtzMachine((3, 2)), (BITS, LABELS))),
    "nothing": (ValueError, "X is empty", lambda: fit(model(), ())),
    "weights first": (TypeError, "as the last", lambda: fit(model(), (Weights(W), X))),
    "weights twice": (TypeError, "as the last", lambda: fit(model(), (X, Weights(W)), weights=W)),
    "pair ragged": (ValueError, "equal length", lambda: model().loss(X, [[1.0, 2.0], [3.0]])),
    "pair sparse": (TypeError, "is sparse", lambda: model().loss(X, Sparse(X))),
    "masked, weighed": (ValueError, "1 masked", lambda: model().loss(MASKED, Weights(KNOWN))),
    "validation's width": (ValueError, "validation: x has 2",
         lambda: fit(model(), X, validation=X[:, :2])),
    "validation's rows": (TypeError, "validation: .* 3 arrays",
         lambda: fit(model(), X, validation=(X, X, X))),
    # weights
    "ragged": (ValueError, "equal length", lambda: Weights([[1.0], [1.0, 2.0]])),
    "masked": (ValueError, "masked entries", lambda: Weights(np.ma.masked_array(W, W > 0))),
    "sparse": (TypeError, "weights is sparse", lambda: fit(model(), X, weights=Sparse(KNOWN))),
    "vast": (ValueError, "squares go beyond", lambda: Weights(W * 1e155)),
    "whole": (ValueError, "float32 or float64", lambda: Weights(W).astype(int)),
    "twice": (TypeError, "got a Weights", lambda: Weights(Weights(W))),
    # slots
    "one width": (ValueError, "width of the top layer", lambda: HelmholtzMachine((3,))),
    "init's value": (TypeError, "init must be", lambda: HelmholtzMachine((3, 2), init=0.1)),
    "sizes in no order": (ValueError, "sizes must be", lambda: Autoencoder.dense({3, 2})),
    "model as code": (TypeError, "code must be", lambda: model(code=model())),
    "layer as code": (TypeError, "code must be", lambda: model(code=Linear(2, 2, rng=0))),
    "penalties' set": (TypeError, "penalties take objects", lambda: model(penalties={L1(0.1)})),
    "weights as output": (TypeError, "output must be", lambda: model(output=Weights(W))),
    "density as units": (TypeError, "visible must be",
         lambda: RBM(3, 2, visible=Parzen(0.5))),
    "code as noise": (TypeError, "corruption must be", lambda: model(corruption=NoisyCode(0.1))),
    "output as head": (TypeError, "head must be", lambda: model(head=GaussianOutput())),
    "optimizer as rule": (TypeError, "rule must be", lambda: RBM(3, 2, rule=SGD(0.1))),
    # names of the caller's
    "d": (TypeError, "^d must be", lambda: RBM(X, 2)),
    "k": (ValueError, "^k must be", lambda: RBM(3, 0)),
    "logistic d": (TypeError, "^d must be", lambda: logistic_pca(X, 2)),
    "steps": (TypeError, "^steps must be", lambda: SNE(2, perplexity=4.0, steps=2.5).fit(X)),
    "neighbors": (ValueError, "n_neighbors = 16", lambda: Isomap(1, n_neighbors=16).fit(X)),
    "no neighbors": (TypeError, "^n_neighbors must be", lambda: Isomap(1, n_neighbors=None).fit(X)),
    "data": (TypeError, "^data must", lambda: annealed_log_partition(RBM(3, 2), data="x")),
    "X": (TypeError, "^X must", lambda: ReseedUnused("x")),
    "estimate": (TypeError, "give estimate.log_partition",
                 lambda: RBM(3, 2).log_likelihood(
                     BITS, log_partition=annealed_log_partition(RBM(3, 2), temperatures=3))),
    "long": (TypeError, r"^[^\n]{1,130}$", lambda: RBM(3, 2).log_likelihood(BITS, log_partition=W)),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_named(slip):
    if slip == "Hessian's method":
        pytest.importorskip("scipy")
    error, said, call = SLIPS[slip]
    with pytest.raises(error, match=said):
        call()


def test_nothing_is_trained_before_the_data_of_a_callback_are_checked():
    psd = PSD.dense((3, 2), lam=0.1, gamma=1.0)
    before = psd.theta.copy()
    with pytest.raises(ValueError, match="X has 1 entries that are NaN"):
        fit(psd, X, callback=ReseedUnused(np.where(MASK, np.nan, X)))
    assert np.array_equal(psd.theta, before)


def test_what_means_the_same_is_the_same():
    plain = model().loss(X, Weights(KNOWN))
    assert model().loss(X.tolist(), Weights(KNOWN.tolist())) == plain
    assert model().loss(np.where(MASK, np.nan, X), Weights(~MASK)) == plain
    betas = [0.0, 0.25, 1.0]
    one, other = (
        annealed_log_partition(RBM(3, 2), temperatures=t, chains=4)
        for t in (betas, np.array(betas, object))
    )
    assert one.log_partition == other.log_partition
