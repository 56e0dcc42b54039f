"""The one training loop, optimizers, schedules, and full-batch minimisers.

fit              train a model on mini-batches
minimize         train a model on all data at once with SciPy's minimisers
SGD              stochastic gradient descent with momentum
Adam             steps scaled by the size of each parameter's gradient
Cosine           a setting that falls from its start value to zero along a cosine
History          the losses of a training
DivergenceError  raised when a training diverges
Weights          how much each example or each entry counts in the loss
"""

from tinyae.training.fit import fit
from tinyae.training.history import DivergenceError, History
from tinyae.training.minimize import minimize
from tinyae.training.optimizers import SGD, Adam
from tinyae.training.schedules import Cosine
from tinyae.training.weights import Weights

__all__ = [
    "Adam",
    "Cosine",
    "DivergenceError",
    "History",
    "SGD",
    "Weights",
    "fit",
    "minimize",
]
