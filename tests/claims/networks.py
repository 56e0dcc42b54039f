"""What claims put on a code or train beside an encoder: networks with targets, classifiers."""

import numpy as np

from tinyae import Model
from tinyae.checks.tables import table


class Network(Model):
    """A layer from x to the natural parameters of p(target | x): −log p(target | x) on average.

    With `GaussianOutput` that is regression, with `CategoricalOutput` classification; a row is
    (x, target), where the target of a class is its one-hot vector.
    """

    def __init__(self, layer, output):
        super().__init__({"layer": layer})
        self.layer, self.output = layer, output

    def check_rows(self, x, target):
        """Return both as tables of this model's dtype."""
        return table(x, "x", dtype=self.dtype), table(target, "target", dtype=self.dtype)

    def objective(self, x, target, *, rng):
        """Return the mean cost and add its gradient."""
        a, cache = self.layer.forward(x)
        self.layer.backward(self.output.gradient(target, a) / len(x), cache)
        return self.output.cost(target, a).sum() / len(x)

    def predict(self, x):
        """Return the natural parameters: the mean of a Gaussian, the logits of classes."""
        return self.layer.forward(x)[0]


def one_hot(labels, classes=10):
    """Return the target of each label, of shape (n, classes), in float32."""
    return np.eye(classes, dtype=np.float32)[labels]


def accuracy(a, labels):
    """Share of rows whose greatest entry is that of the label."""
    return float((a.argmax(axis=1) == labels).mean())


def linear_accuracy(code, labels, fresh, fresh_labels):
    """Fresh accuracy of the linear least-squares classifier on a code.

    The weights solve ridge regression on one-hot targets. The ridge is the one of 1e-4 … 10 (times
    the code's variance) with the best accuracy on the last fifth of the training rows, on which the
    weights it is chosen by are not fitted; then all rows are.
    """
    code, fresh = (np.asarray(v, np.float64) for v in (code, fresh))
    mean = code.mean(axis=0)
    code, fresh = code - mean, fresh - mean
    target = one_hot(labels).astype(np.float64) - 0.1
    fit, held = slice(0, len(code) * 4 // 5), slice(len(code) * 4 // 5, None)

    def weights(rows, ridge):
        A = code[rows].T @ code[rows] / len(code[rows])
        A.flat[:: len(A) + 1] += ridge * code.var()
        b = target[rows].mean(axis=0)
        return np.linalg.solve(A, code[rows].T @ (target[rows] - b) / len(code[rows])), b

    def score(rows, ridge, x, y):
        W, b = weights(rows, ridge)
        return accuracy(x @ W + b, y)

    ridges = 10.0 ** np.arange(-4, 1.5, 0.5)
    best = max(ridges, key=lambda ridge: score(fit, ridge, code[held], labels[held]))
    return score(slice(None), best, fresh, fresh_labels)


def dictionary_start(model, x, seed):
    """Make examples the first atoms of a PSD: of digits, atoms at random die too often."""
    model.atoms[...] = x[
        np.random.default_rng(seed).choice(len(x), len(model.atoms), replace=False)
    ]
    model.project()
