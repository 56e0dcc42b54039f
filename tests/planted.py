"""Planted mistakes: the library made wrong, one line at a time, to see whether the tests notice.

A test that passes proves little until it has been seen to fail. Each `Mistake` is an exact text
replacement in one file of the library, of the kind that people really make: a forgotten f″, a
missing 2, a sum where a mean belongs, a copy where a view belongs. `catch` applies it to a copy of
the package and runs the unit tests against that copy; a mistake that no test notices is a hole in
the tests. `python tests/planted.py` prints which test caught which mistake.
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import cache_from_source
from itertools import repeat
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2  # subprocesses at a time
TIMEOUT = 300  # seconds; a run of all unit tests takes under ten

# Sharp and quick files first, since a run ends with the first failure; files not named here follow,
# except those that are slow, need other files of the repository, or would run this one again.
FIRST = (
    "activations outputs parameters pca priors persistence training autoencoder classifier "
    "gradcheck corruption contraction penalties layers score gradients bad_input datasets"
).split()
# Where a file's test has another name.
HOMES = {"idx": "datasets", "softmax": "classifier", "curvature": "penalties"}
LEFT_OUT = (
    "planted claims* figures denoising_baselines mnist tutorials strokes main readme plotting torch* fullbatch"
).split()


@dataclass(frozen=True)
class Mistake:
    """Replace `old`, which must occur exactly once in `file` (below tinyae/), by `new`."""

    name: str
    file: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """Return the text with the mistake in it.

        Raises
        ------
        LookupError
            If `old` does not occur exactly once: the library changed and the plant must follow.
        """
        count = text.count(self.old)
        if count != 1:
            raise LookupError(
                f"planted mistake {self.name!r}: its text must occur once in tinyae/{self.file}, "
                f"it occurs {count} times:\n{self.old}"
            )
        return text.replace(self.old, self.new)


# file: (name, old, new), ...
PLANTED = {
    "nn/activations.py": (
        ("f″ forgotten in the tangents' way back",
         "return (v * gu).sum(axis=0) * self.d2f(*cache), gu",
         "return np.zeros_like(cache[0]), gu"),
        ("mean over the tangents instead of their sum",
         "(v * gu).sum(axis=0)",
         "(v * gu).mean(axis=0)"),
        ("sigmoid′ = h instead of h (1 − h)",
         '(1 - y)."""\n        return y * (1.0 - y)\n',
         '(1 - y)."""\n        return y\n'),
        ("sigmoid″ without (1 − 2h)",
         "return y * (1.0 - y) * (1.0 - 2.0 * y)",
         "return y * (1.0 - y)"),
        ("tanh″ with the wrong sign", "return -2.0 * y * (1.0", "return 2.0 * y * (1.0"),
        ("softplus′ = 1 − sigmoid",
         'exp(-y)."""\n        return -np.expm1(-y)\n',
         'exp(-y)."""\n        return np.exp(-y)\n'),
        ("softplus as the formula has it, which overflows",
         "return np.where(positive, a, 0) + np.log1p(np.exp(np.where(positive, -a, a)))",
         "return np.log(1.0 + np.exp(a))"),
        ("ReLU has slope 1 at its kink", "(a.real > 0).astype", "(a.real >= 0).astype"),
    ),
    "nn/layers.py": (
        ("x reshaped where it should be transposed, in gW",
         'self.grads["W"] += x.T @ gy',
         'self.grads["W"] += x.reshape(self.d_in, -1) @ gy'),
        ("gW set instead of added: a tied gradient counts once",
         'self.grads["W"] += x.T @ gy',
         'self.grads["W"][...] = x.T @ gy'),
        ("bias gradient left out", '        self.grads["b"] += gy.sum(axis=0)\n', ""),
        ("the bias added to the tangents",
         'return v @ self.params["W"], v',
         'return v @ self.params["W"] + self.params["b"], v'),
        ("the tangents' share of gW left out",
         '        self.grads["W"] += v.reshape(-1, self.d_in).T @ gu.reshape(-1, self.d_out)\n',
         ""),
        ("tangents reshaped where they should be transposed",
         "v.reshape(-1, self.d_in).T @",
         "v.reshape(self.d_in, -1) @"),
        ("tangents pushed through a chain in reverse order",
         "zip(self.layers, caches, strict=True)",
         "zip(reversed(self.layers), reversed(caches), strict=True)"),
        ("what the layers above owe to x dropped",
         "gx = dx if gx is None else layer.backward(gx, cache) + dx",
         "gx = dx"),
        ("what the layer's own J owes to x dropped",
         "layer.backward(gx, cache) + dx",
         "layer.backward(gx, cache)"),
        ("tied() copies the gradient",
         'layer.grads = {"W": source.grads["W"].T,',
         'layer.grads = {"W": source.grads["W"].T.copy(),'),
        ("share() copies the gradient",
         'self.grads["W"] = self.source.grads["W"].T',
         'self.grads["W"] = self.source.grads["W"].T.copy()'),
        ("share() looks one tie deep only", "            self.source.share()\n", ""),
    ),
    "nn/outputs.py": (
        ("Gaussian cost without its ½",
         "return 0.5 * (e * e).sum(axis=1)",
         "return (e * e).sum(axis=1)"),
        ("Gaussian gradient with the wrong sign", "return a - x\n", "return x - a\n"),
        ("Gaussian constant not multiplied by d",
         "0.5 * x.shape[1] * np.log(",
         "0.5 * np.log("),
        ("Bernoulli cost with the wrong sign", "- x * a + tail", "+ x * a + tail"),
        ("Bernoulli cost without its tail", "- x * a + tail", "- x * a"),
        ("Bernoulli gradient times the slope once more",
         "return self.mean.f(a) - x",
         "return (self.mean.f(a) - x) * self.mean.df(a, self.mean.f(a))"),
        ("categorical gradient without its target",
         "return self.mean.forward(a)[0] - x",
         "return self.mean.forward(a)[0]"),
    ),
    "models/autoencoder.py": (
        ("the corrupted input as the target",
         "loss = self.output.cost(p.x, p.a).sum() / len(p.x)\n"
         "        p.ga += self.output.gradient(p.x, p.a) / len(p.x)",
         "loss = self.output.cost(p.x_tilde, p.a).sum() / len(p.x)\n"
         "        p.ga += self.output.gradient(p.x_tilde, p.a) / len(p.x)"),
        ("the clean input to the encoder",
         "self.encoder.forward(x_tilde)",
         "self.encoder.forward(x)"),
        ("the same corruption at every pass",
         "self.corruption.corrupt(x, rng, progress",
         "self.corruption.corrupt(x, np.random.default_rng(0), progress"),
        ("a schedule of the corruption ignored",
         "corrupt(x, rng, progress=self.progress)",
         "corrupt(x, rng)"),
        ("sum over the batch instead of the mean",
         "loss = self.output.cost(p.x, p.a).sum() / len(p.x)\n"
         "        p.ga += self.output.gradient(p.x, p.a) / len(p.x)",
         "loss = self.output.cost(p.x, p.a).sum()\n"
         "        p.ga += self.output.gradient(p.x, p.a)"),
        ("the gradient not divided by the batch size",
         "self.output.gradient(p.x, p.a) / len(p.x)",
         "self.output.gradient(p.x, p.a)"),
        ("grad not zeroed before a pass", "        self.grad[...] = 0.0\n", ""),
        ("the penalties' adjoint gh not added",
         "self.encoder.backward(gh + p.gh, p.encoder_cache)",
         "self.encoder.backward(gh, p.encoder_cache)"),
        ("the code's adjoint handed on past the code",
         "gz if self.code is None else self.code.backward(gz, p.code_cache)",
         "p.gh if self.code is None else self.code.backward(gz, p.code_cache)"),
        ("the head reads the code without its noise", '["head"].forward(p.z)', '["head"].forward(p.h)'),
        ("the decoder reads the code without its noise",
         "self.decoder.forward(z)",
         "self.decoder.forward(h)"),
        ("the classifier does not train the encoder",
         'gz = gz + self.parts["head"].backward(glogits, head_cache)',
         'self.parts["head"].backward(glogits, head_cache)'),
        ("natural parameters returned as the reconstruction",
         "return self.output.mean.forward(self.decoder.forward(h)[0])[0]",
         "return self.decoder.forward(h)[0]"),
    ),
    "models/builder.py": (
        ("a tied decoder that only starts with the same weights",
         "return tied(layer)",
         "return Linear(layer.d_out, layer.d_in, rng=rng, dtype=dtype,\n"
         '                      init=lambda *_: (layer.params["W"].T, np.zeros(layer.d_in)))'),
        ("hidden layers of the decoder start without their gain",
         "Glorot(1.0 if unit is None else unit.gain)",
         "Glorot()"),
        ("code_activation ignored", "(len(sizes) - 2) + [code]", "(len(sizes) - 2) + [hidden]"),
    ),
    "models/description.py": (
        ("the table of layers forgets gh", "            g = g + p.gh\n", "            pass\n"),
    ),
    "nn/initializers.py": (
        ("Glorot's interval from the fan-in alone", "6.0 / (d_in + d_out)", "6.0 / d_in"),
    ),
    "nn/contraction.py": (
        ("closed form without what W owes through the slopes (f″)",
         "    linear.backward(2.0 * weight * s * activation.d2f(a, h) * squares, x)\n",
         ""),
        ("closed form without the 2 in its gradient",
         'linear.grads["W"] += 2.0 * weight * W * energy',
         'linear.grads["W"] += weight * W * energy'),
        ("contraction summed over the batch",
         "weight = float(penalty.lam) / len(p.x)",
         "weight = float(penalty.lam)"),
        ("the closed form for any kind of affine layer",
         "type(net.layers[0]) is Linear",
         "isinstance(net.layers[0], Linear)"),
        ("contraction of g∘f without the output's own slope",
         "net = Chain(p.encoder, p.decoder, p.output.mean)\n"
         "        _, mean_cache = p.output.mean.forward(p.a)\n"
         "        return _energy(self, net, [p.encoder_cache, p.decoder_cache, mean_cache], p)",
         "net = Chain(p.encoder, p.decoder)\n"
         "        return _energy(self, net, [p.encoder_cache, p.decoder_cache], p)"),
        ("contraction taken at x instead of x̃",
         "return closed_form(net, cache, weight)",
         "return closed_form(net, net.forward(p.x)[1], weight)"),
        ("tangents send back u instead of 2u", "pull(2.0 * weight * u)", "pull(weight * u)"),
        ("probes summed instead of averaged",
         "net.jvp_backward(2.0 * (weight / k) * u, tape, cache)\n"
         "    return (weight / k) * (u * u).sum()",
         "net.jvp_backward(2.0 * weight * u, tape, cache)\n    return weight * (u * u).sum()"),
        ("probes of 0 and 1 instead of ±1",
         "v = 2.0 * rng.integers(0, 2, (k, *x.shape)).astype(x.dtype) - 1.0",
         "v = rng.integers(0, 2, (k, *x.shape)).astype(x.dtype)"),
        ("Gaussian probes, whose estimate scatters more",
         "v = 2.0 * rng.integers(0, 2, (k, *x.shape)).astype(x.dtype) - 1.0",
         "v = rng.standard_normal((k, *x.shape), dtype=x.dtype)"),
    ),
    "nn/tangents.py": (
        ("blocks of tangents that overlap by one",
         "min(start + step, d_in)",
         "min(start + step + 1, d_in)"),
        ("every block pushes the first unit vectors",
         "unit = np.eye(columns.stop - columns.start, d_in, columns.start, dtype=x.dtype)",
         "unit = np.eye(columns.stop - columns.start, d_in, dtype=x.dtype)"),
        ("every block's gradient goes to the first rows of W",
         'first.grads["W"][columns] += gv',
         'first.grads["W"][: len(rows)] += gv'),
        ("what the first layer owes through the pass left out",
         "        first.backward(gx, cache[0])\n",
         ""),
        ("the Jacobian transposed", "    return J\n", "    return J.swapaxes(1, 2)\n"),
    ),
    "nn/softmax.py": (
        ("softmax's Jacobian taken for diagonal",
         "return y * (gy - (y * gy).sum(axis=-1, keepdims=True))",
         "return y * gy"),
        ("softmax's second derivative without its last term",
         "gy = (gu * (v - m) - c * v)",
         "gy = (gu * (v - m))"),
    ),
    "nn/curvature.py": (
        ("Jacobians compared at the distance σ²", "float(self.sigma) * p", "float(self.sigma) ** 2 * p"),
        ("the neighbour's share of the gradient left out",
         "        pull_z(-2.0 * weight * d)\n",
         ""),
        ("the neighbour's slopes with the wrong sign",
         "linear.backward(-2.0 * weight",
         "linear.backward(2.0 * weight"),
    ),
    "models/classifier.py": (
        ("the classifier's weight missing from its gradient",
         "return loss, scale * output.gradient(target, logits)",
         "return loss, output.gradient(target, logits) / len(y)"),
        ("the classification loss summed over the batch",
         "float(self.weight) / len(y)",
         "float(self.weight)"),
    ),
    "analysis/priors.py": (
        ("the Laplace prior's constant of the wrong sign",
         "np.log(self.lam / 2.0)",
         "np.log(2.0 / self.lam)"),
    ),
    "nn/penalties.py": (
        ("sign dropped from the gradient of |h|", "p.gh += weight * s", "p.gh += weight"),
        ("sparsity summed over the batch",
         "weight = self.lam / len(p.h)\n        s =",
         "weight = self.lam\n        s ="),
        ("Student-t's gradient without the 2", "p.gh += 2.0 * weight", "p.gh += weight"),
        ("KL of each activation's rate left undivided by the batch",
         "p.gh += self.lam * shrink / len(p.h) * (",
         "p.gh += self.lam * shrink * ("),
        ("KL of each activation instead of their mean",
         "mean = self.INWARDS + shrink * p.h.sum(axis=0) / len(p.h)",
         "mean = self.INWARDS + shrink * p.h"),
        ("KL with ρ and ρ̂ exchanged",
         "kl = rho * np.log(rho / mean) + (1.0 - rho) * np.log((1.0 - rho) / (1.0 - mean))",
         "kl = mean * np.log(mean / rho) + (1.0 - mean) * np.log((1.0 - mean) / (1.0 - rho))"),
        ("KL with its sign turned", "(1.0 - mean) - rho / mean)", "(1.0 - mean) + rho / mean)"),
        ("weight decay counts a tied W twice",
         "in owners(p.encoder, p.decoder):",
         "in [*owners(p.encoder), *owners(p.decoder)]:"),
        ("weight decay on the biases too",
         'if isinstance(layer, Linear) and key == "W":\n'
         '                W = layer.params["W"]\n'
         '                layer.grads["W"] += 2.0',
         "if isinstance(layer, Linear):\n"
         "                W = layer.params[key]\n"
         "                layer.grads[key] += 2.0"),
        ("weight decay's gradient without the 2",
         'layer.grads["W"] += 2.0 * self.lam * W',
         'layer.grads["W"] += self.lam * W'),
    ),
    "nn/parameters.py": (
        ("pack drops the values",
         "theta = np.concatenate([layer.params[key].ravel() for layer, key in owned])",
         "theta = np.zeros(sum(layer.params[key].size for layer, key in owned), *dtypes)"),
        ("pack hands out copies of the gradient",
         "layer.grads[key] = grad[start:stop].reshape(shape)",
         "layer.grads[key] = grad[start:stop].reshape(shape).copy()"),
        ("a shared W stored twice",
         '            if source is None or key != "W":\n                yield leaf, key\n',
         "            yield leaf, key\n"),
        ("a gradient that is no view any more goes unnoticed",
         "        and all(g.base is grad for g in leaf.grads.values())\n",
         ""),
    ),
    "nn/model.py": (
        ("loss() changes grad", "            self.grad[...] = kept\n", "            pass\n"),
        ("copy.copy shares the layers", "def __copy__(self):", "def _copied(self):"),
    ),
    "nn/optimizers.py": (
        ("momentum dropped", "m *= self.momentum\n", "m[...] = 0.0\n"),
        ("Adam without the bias correction of m", " / (1.0 - self.beta1**t)\n", "\n"),
        ("Adam corrects v with β₁",
         "np.divide(v, 1.0 - self.beta2**t, out=work)",
         "np.divide(v, 1.0 - self.beta1**t, out=work)"),
        ("Adam ignores the schedule of its learning rate",
         "work *= at(self.learning_rate, progress)",
         "work *= at(self.learning_rate, 0.0)"),
    ),
    "nn/settings.py": (("the cosine schedule rises", "(1.0 + np.cos(", "(1.0 - np.cos("),),
    "nn/corruption.py": (
        ("Gaussian noise scaled by the variance",
         "noise *= at(self.sigma, progress)\n",
         "noise *= at(self.sigma, progress) ** 2\n"),
        ("masking keeps what it should drop", ">= at(self.fraction", "< at(self.fraction"),
        ("masking scales up what it keeps, as dropout does",
         "return x * kept",
         "return x * kept / (1.0 - at(self.fraction, progress))"),
        ("masking writes into x", "return x * kept", "x *= kept\n        return x"),
        ("salt and pepper at twice the rate",
         "return np.where(u < fraction, spoilt, x)",
         "return np.where(u < 2.0 * fraction, spoilt, x)"),
        ("pepper without salt", "np.where(u < 0.5 * fraction,", "np.where(u < fraction,"),
    ),
    "nn/training.py": (
        ("the last, short batch dropped",
         "batches = -(-n // batch_size)",
         "batches = n // batch_size"),
        ("the same order in every epoch",
         "order = rng.permutation(n) if shuffle",
         "order = np.random.default_rng(0).permutation(n) if shuffle"),
        ("only the first array of a tuple shuffled",
         "r[order[part]] for r in rows]",
         "(r[order[part]] if r is rows[0] else r[part]) for r in rows]"),
        ("held-out rows trained on as well",
         "return tuple(r[order[held:]] for r in rows), ",
         "return rows, "),
        ("the held-out rows are the last ones, not random ones",
         "order = rng.permutation(n)\n        return",
         "order = np.arange(n)[::-1]\n        return"),
        ("patience does not go back to the best parameters",
         "        if patience is not None and best is not None:\n            model.theta[...] = best\n",
         ""),
        ("the best parameters kept as a view",
         "best = epoch, model.theta.copy()",
         "best = epoch, model.theta"),
        ("patience one epoch too long",
         "history.best_epoch >= patience",
         "history.best_epoch > patience"),
        ("the start of an epoch kept as a view",
         "before = model.theta.copy()",
         "before = model.theta"),
        ("the optimizer starts afresh in every epoch",
         "before = model.theta.copy()\n",
         "before, state = model.theta.copy(), optimizer.start(model.theta)\n"),
        ("a short batch's loss counts as much as a full one's",
         "total += loss * len(batch[0])",
         "total += loss * batch_size"),
        ("the mean of unequal validation batches not weighted",
         "rng=rng) * len(batch[0])\n    model.progress = progress\n    return total / len(rows[0])",
         "rng=rng)\n    model.progress = progress\n"
         "    return total / -(-len(rows[0]) // batch_size)"),
        ("validation at the noise of the moment, not the last",
         "    model.progress = 1.0  # a schedule's final noise",
         "    # a schedule's final noise"),
        ("validation with other noise at each epoch",
         "rng, total, progress = np.random.default_rng(0),",
         "rng, total, progress = np.random.default_rng(),"),
        ("progress one epoch ahead", "(epoch - 1 + i / batches)", "(epoch + i / batches)"),
        ("the schedule of the learning rate stands still",
         "state, model.progress)",
         "state, 0.0)"),
        ("project() never called",
         '        if hasattr(model, "project"):\n            model.project()\n',
         ""),
    ),
    "nn/history.py": (
        ("the summary reads the best epoch from 0",
         "self.validation[self.best_epoch - 1]",
         "self.validation[self.best_epoch]"),
    ),
    "nn/gradcheck.py": (
        ("the checker compares the gradient with itself",
         "number = np.array([derivative(_unit(by_hand.size, start + i)) for i in chosen])",
         "number = hand.copy()"),
        ("the checker divides by the sum, not the largest entry",
         "max(np.abs(number).max(), np.abs(hand).max())",
         "max(np.abs(number).sum(), np.abs(hand).sum())"),
        ("the checker reports absolute errors",
         "float(gap[at] / scale) if scale else 0.0",
         "float(gap[at])"),
        ("the checker sees the first parameter only", "        start += p.size\n", ""),
        ("the checker lets NaN pass",
         "float(np.max([p.relative_error for p in self.parameters]))",
         "max(0.0, *(p.relative_error for p in self.parameters))"),
        ("the checker draws fresh noise at every evaluation",
         "rng=np.random.default_rng(rng))",
         "rng=np.random.default_rng())"),
        ("the checker works on the model itself",
         'real = model.astype(np.float64) if hasattr(model, "astype") else copy.deepcopy(model)',
         "real = model"),
        ("the checker trusts the complex step everywhere",
         "return bool(np.isclose(derivative, central(direction), rtol=1e-4, atol=noise))",
         "return True"),
        ("the checker samples the first entries",
         'np.sort(pick.choice(p.size, whole_number(entries, "entries"), replace=False))',
         'np.arange(whole_number(entries, "entries"))'),
        ("central differences without the 2", "/ (2.0 * CENTRAL_STEP)", "/ CENTRAL_STEP"),
    ),
    "analysis/score.py": (
        ("score field over σ", "- x) / sigma**2\n", "- x) / sigma\n"),
        ("smoothed score without − x", "(optimum - np.asarray(x)) / sigma**2", "optimum / sigma**2"),
        ("mixture without its weights", "_log_weights(weights, K)", "_log_weights(None, K)"),
        ("mixture with √ of √det", "log_weights - halves -", "log_weights - 0.5 * halves -"),
        ("log Σ exp that overflows",
         "return top + np.log(np.exp(logs - top[:, None]).sum(axis=1))",
         "return np.log(np.exp(logs).sum(axis=1))"),
        ("smoothing with σ² for 2σ²", "squares / (2.0 * sigma**2)", "squares / sigma**2"),
        ("the strength of a schedule read at its start",
         "at(model.corruption.sigma, 1.0)",
         "at(model.corruption.sigma, 0.0)"),
        ("weights not made to sum to one",
         "np.log(weights / weights.sum())",
         "np.log(weights)"),
    ),
    "analysis/pca.py": (
        ("the directions of least variance", "vectors[:, ::-1][:, :k]", "vectors[:, :k]"),
        ("the mean not subtracted",
         "dtype=np.float64) - self.mean\n",
         "dtype=np.float64)\n"),
    ),
    "persistence.py": (
        ("the checksum not verified", "if _digest(header, theta) != digest:", "if not digest:"),
        ("a checksum of the numbers alone",
         "header.encode() + theta.tobytes()",
         "theta.tobytes()"),
        ("loading replaces theta", "model.theta[...] = theta", "model.theta = theta"),
        ("a model whose layers moved on is saved", "    model.check_packed()\n", ""),
        ("a failed write leaves its temporary file",
         "        temporary.unlink(missing_ok=True)\n",
         ""),
    ),
    "datasets/idx.py": (
        ("lengths read with the wrong byte order", '">u4"', '"<u4"'),
    ),
}  # fmt: skip
MISTAKES = [
    Mistake(name, file, old, new) for file, found in PLANTED.items() for name, old, new in found
]

# What the subprocess runs. It makes sure that the copy is what was imported, before the tests and
# after them, and leaves the two slow tests to the end.
LAUNCH = """
import pathlib, sys, traceback
folder = pathlib.Path(sys.argv[1]).resolve()
def guard():
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "tinyae":
            assert folder in pathlib.Path(module.__file__).resolve().parents, module.__file__
class SlowLast:
    def pytest_collection_modifyitems(self, items):
        slow = ("test_the_grid", "test_gradient_alone_and_in_every_pair")
        items.sort(key=lambda item: item.name in slow)
try:
    import tinyae
    guard()
    import pytest
    status = int(pytest.main(sys.argv[2:], plugins=[SlowLast()]))
    guard()
except BaseException:
    traceback.print_exc()
    status = 99
sys.exit(status)
"""


def unit_tests(folder: Path) -> list[str]:
    """Return the names of the quick unit tests in a folder, the sharp ones first."""
    names = {p.name for p in folder.glob("test_*.py")}
    for pattern in LEFT_OUT:
        names -= {p.name for p in folder.glob(f"test_{pattern}.py")}
    first = [f"test_{name}.py" for name in FIRST]
    return [n for n in first if n in names] + sorted(names - set(first))


def snapshot(folder: Path) -> Path:
    """Copy what a run needs into an empty folder, compiled, and return the folder."""
    clean = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tinyae", folder / "tinyae", ignore=clean)
    (folder / "tests" / "claims").mkdir(parents=True)
    shared = ["pyproject.toml", "tests/conftest.py", "tests/claims/recorder.py"]
    for file in (*shared, *(f"tests/{test}" for test in unit_tests(ROOT / "tests"))):
        shutil.copy2(ROOT / file, folder / file)
    compileall.compile_dir(folder, quiet=2)
    return folder


def caught_by(mistake: Mistake | None, base: Path) -> str | None:
    """Return the first test that fails on a copy of `base` with this mistake in it, else None.

    Raises
    ------
    LookupError
        If the text to replace does not occur exactly once.
    RuntimeError
        If the tests could not be run: the mistake breaks an import, or the copy was not imported.
    """
    with tempfile.TemporaryDirectory(prefix="planted") as name:
        folder = Path(name) / "copy"
        shutil.copytree(base, folder)
        tests = unit_tests(folder / "tests")
        if mistake is not None:
            path = folder / "tinyae" / mistake.file
            text = mistake.apply(path.read_text(encoding="utf-8"))
            path.write_text(text, encoding="utf-8")
            Path(cache_from_source(path)).unlink(missing_ok=True)
            home = f"test_{HOMES.get(path.stem, path.stem)}.py"
            tests.sort(key=lambda test: test != home)  # its own test first
        return first_failure(folder, [f"tests/{test}" for test in tests], mistake)


def first_failure(folder: Path, tests: list[str], mistake: Mistake | None) -> str | None:
    """Run the tests in `folder` until one fails; return its name."""
    before = os.environ.get("PYTHONPATH")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), before] if before else [str(folder)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTEST_ADDOPTS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    options = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not claim and not real_data",
               "--assert=plain", "--tb=short"]  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", LAUNCH, str(folder), *options, *tests],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT,
    )
    if run.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) tests/(.*?::.*?)(?: - .*)?$", run.stdout, re.MULTILINE)
    if run.returncode == 1 and failed:
        return failed[1]
    what = "the library as it is" if mistake is None else f"planted mistake {mistake.name!r}"
    raise RuntimeError(f"{what}: no verdict, exit status {run.returncode}\n{run.stdout}")


def catch(mistake: Mistake) -> bool:
    """Whether a test fails on a copy of the library with this mistake in it."""
    with tempfile.TemporaryDirectory(prefix="planted") as base:
        return caught_by(mistake, snapshot(Path(base))) is not None


def catch_all(mistakes: Iterable[Mistake]) -> Iterator[tuple[Mistake, str | None]]:
    """Yield each mistake with the test that caught it, or None.

    Raises
    ------
    RuntimeError
        If the tests fail on the library as it is, so that a failure would prove nothing.
    """
    mistakes = list(mistakes)
    with tempfile.TemporaryDirectory(prefix="planted") as name, ThreadPoolExecutor(WORKERS) as pool:
        base = snapshot(Path(name))
        control = pool.submit(caught_by, None, base)
        found = pool.map(caught_by, mistakes, repeat(base))
        try:
            failed = control.result()
            if failed is not None:
                raise RuntimeError(
                    f"the library as it is fails {failed}: repair that first (a test that needs "
                    "more than tinyae/ belongs in LEFT_OUT)"
                )
            yield from zip(mistakes, found, strict=True)
        finally:
            pool.shutdown(cancel_futures=True)


def main() -> int:
    """Print which test caught which mistake; return 1 if one was not caught."""
    caught = 0
    for mistake, test in catch_all(MISTAKES):
        caught += test is not None
        print(f"{mistake.file:<23}{mistake.name:<60}{test or 'NOT CAUGHT'}", flush=True)
    print(f"caught {caught} / planted {len(MISTAKES)}")
    return 0 if caught == len(MISTAKES) else 1


if __name__ == "__main__":
    sys.exit(main())
