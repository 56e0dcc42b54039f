"""The library does its work wherever it is called: any output, any settings of NumPy, any process.

Everything here runs once in the surroundings that most people have, in all the other tests.
"""

import ast
import copy
import io
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import tinyae
from tinyae import (
    L1,
    PCA,
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianNoise,
    HelmholtzMachine,
    KLSparsity,
    Linear,
    Recirculation,
    Sigmoid,
    Softmax,
    Softplus,
    StudentT,
    Tanh,
    WeightDecay,
    fit,
    gradcheck,
    minimize,
    score_field,
    sparse_code,
    stack,
    tangents,
)
from tinyae.densities import ManifoldParzen, Parzen
from tinyae.embeddings import (
    SNE,
    TSNE,
    Charting,
    GaussianKernel,
    Isomap,
    KernelPCA,
    LocallyLinear,
    nearest_neighbors,
)
from tinyae.embeddings.laplacian_eigenmaps import _weights as heat
from tinyae.models import (
    RecurrentDenoiser,
    ScoreMatching,
    ScoreModel,
    SoftmaxClassifier,
    Walkback,
)
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.score import langevin, optimal_reconstruction, smoothed_hessian, smoothed_log_density
from tinyae.sparse_coding import Dictionary
from tinyae.text import ASCII, adapt_outputs, for_stream, plain
from tinyae.training import DivergenceError, History, terminal_line
from tinyae.training.progress_line import ProgressLine
from tinyae.training.terminal_line import TerminalLine

PACKAGE = Path(tinyae.__file__).parent
X = np.random.default_rng(14).random((40, 6))


# What is printed


class Stream(io.StringIO):
    """A stream that says which encoding it has."""

    def __init__(self, encoding):
        super().__init__()
        self.name = encoding

    encoding = property(lambda self: self.name)


def printed():
    """What people print: the models' descriptions and the reports."""
    penalties = [L1(0.1), KLSparsity(0.1, 0.1), StudentT(0.1), WeightDecay(0.1), Contractive(0.1)]
    noise = GaussianNoise(0.1)
    model = Autoencoder.dense((6, 4), corruption=noise, penalties=penalties, tied=True)
    net = Chain(Linear(6, 5, rng=0), Tanh(), Linear(5, 6, rng=0))
    return [
        repr(model),
        model.describe(X),
        str(gradcheck(model, X, entries=2)),
        str(fit(model.copy(), X, epochs=2, validation=0.2)),
        repr(Autoencoder.dense((6, 4), output=BernoulliOutput(), head=Classifier(3))),
        repr(Autoencoder.dense((6, 4), output=CategoricalOutput())),
        repr(PSD.dense((6, 4), lam=1, gamma=1)),
        repr(PSD(None, Dictionary(6, 4, rng=0), lam=1, gamma=0)),
        repr(Recirculation.dense((6, 4), tied=True)),
        repr(RecurrentDenoiser.dense((6, 4), steps=2, corruption=noise)),
        repr(Walkback(Autoencoder.dense((6, 4), corruption=noise), scale=0.1)),
        repr(RBM(6, 4)),
        repr(HelmholtzMachine((6, 4, 2))),
        repr(ScoreModel(net, ScoreMatching())),
        repr(SoftmaxClassifier(net, 3, corruption=noise)),
    ]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437"])
def test_everything_can_be_printed(encoding, monkeypatch):
    monkeypatch.setattr("sys.stdout", Stream(encoding))
    texts = printed()
    for text in texts:
        text.encode(encoding)
    assert "\\u" not in "".join(texts), "a letter has no form in ASCII"
    table = texts[1].split("\n\n")[1].splitlines()
    assert len(set(map(len, table))) == 1, "the columns stand one below the other"


def test_ascii_forms_can_be_read(monkeypatch):
    model = Autoencoder.dense((6, 4), corruption=GaussianNoise(0.3), penalties=L1(0.1), tied=True)
    letters = repr(model)
    assert "x̃" in letters and "½‖x − r‖²" in letters
    monkeypatch.setattr("sys.stdout", Stream("ascii"))
    assert repr(model) == (
        "Autoencoder 6-4-6, tied, float64, 34 parameters\n"
        "  h = f(x~) = sigmoid(x~ W1 + b1)\n"
        "  r = g(h) = h W1^T + b2\n"
        "  minimises  E over x~ ~ GaussianNoise(sigma=0.3) of  1/2 ||x - r||^2 + 0.1 sum_i |h_i|"
    )


def test_text_is_changed_only_where_it_must_be():
    text = "½‖x − r‖² 中"
    for encoding in ("utf-8", "utf-16", None, 3, "no such encoding"):
        assert for_stream(text, Stream(encoding)) == text
    assert for_stream(text, object()) == text
    assert for_stream(text, Stream("latin-1")) == "½||x - r||² \\u4e2d"
    assert for_stream(text, Stream("gb2312")).endswith("中")
    assert plain("‖h‖₁ λ⁻¹ h₂ 5° f″") == "||h||_1 lambda^-^1 h_2 5 deg f''"
    assert all(form.isascii() for form in ASCII.values())


def test_no_output_is_no_error(monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    assert "x̃" in repr(Autoencoder.dense((6, 4), corruption=GaussianNoise(0.3)))
    adapt_outputs()


@pytest.mark.slow
def test_programs_print_in_every_encoding():
    code = "from tinyae.text import adapt_outputs; adapt_outputs(); print('λ ≤ 中')"
    for encoding, expected in {"ascii": "lambda <= \\u4e2d", "utf-8": "λ ≤ 中"}.items():
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        run = subprocess.run([sys.executable, "-c", code], env=environment, cwd=PACKAGE.parent,
                             capture_output=True)  # fmt: skip
        assert run.stdout.decode(encoding).strip() == expected, run.stderr.decode()


@pytest.mark.slow
def test_error_messages_are_ascii():
    """An error is printed wherever it is caught, so that no stream is known when it is raised."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error")
            if isinstance(node, ast.Raise) or call:
                for part in ast.walk(node):
                    text = getattr(part, "value", "") if isinstance(part, ast.Constant) else ""
                    assert not isinstance(text, str) or text.isascii(), (path.name, text)


# Standard error


class Bare:
    """A stream that can only be written to, as a logger put in the place of standard error."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


class Broken(io.StringIO):
    """A terminal whose other end is gone."""

    def __init__(self, error):
        super().__init__()
        self.error, self.tries = error, 0

    def isatty(self):
        return True

    def write(self, text):
        self.tries += 1
        raise self.error


def closed():
    """A stream that was closed."""
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("verbose", [None, True, False])
@pytest.mark.parametrize(
    "stream",
    [None, Bare(), object(), closed(), Broken(BrokenPipeError()), Broken(ValueError("closed")),
     Broken(RuntimeError("of somebody's own"))],
    ids=lambda stream: type(stream).__name__,
)  # fmt: skip
def test_no_standard_error_ends_a_training(stream, verbose, monkeypatch):
    monkeypatch.setattr("sys.stderr", stream)
    history = fit(Autoencoder.dense((6, 4)), X, epochs=3, verbose=verbose)
    assert len(history.loss) == 3 and history.stopped == "epochs"
    if isinstance(stream, Broken):
        assert stream.tries <= 3, "nothing more is written after the first error"


def test_a_stream_that_can_only_be_written_to_gets_a_line_an_epoch(monkeypatch):
    stream = Bare()
    monkeypatch.setattr("sys.stderr", stream)
    fit(Autoencoder.dense((6, 4)), X, epochs=3, verbose=True)
    assert [line[:9] for line in stream.text.splitlines()] == [f"epoch {i}/3" for i in (1, 2, 3)]


@pytest.mark.parametrize("columns", [200, 80, 40, 20, 5, 1])
def test_the_line_fits_into_the_terminal(columns, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

        def fileno(self):
            return 7

    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    size = os.terminal_size((columns, 24))
    monkeypatch.setattr(terminal_line.os, "get_terminal_size", lambda fd: {7: size}[fd])
    line = ProgressLine(3, None)
    line.update(History(loss=[1.23456789, 2.5, 0.125], validation=[3.0, 2.0, 123456.0]))
    line.close()
    shown = stream.getvalue()
    assert shown[0] == "\r" and shown[-1] == "\n" and len(shown) - 2 <= columns - 1
    parts = ["epoch 3/3", "loss 0.125", "validation 123456", "0.0 s"]
    whole = ["  ".join(parts[:count]) for count in (1, 2, 3, 4)]
    assert shown.strip() in [text for text in whole if len(text) < columns] or columns < 10
    assert (shown.strip() == whole[-1]) == (columns >= 80)


def test_a_shorter_line_overwrites_a_longer_one():
    stream = io.StringIO()
    line = TerminalLine(stream)
    line.show(["3 of 4", "a long name"], ", ")
    line.show(["4 of 4"])
    line.erase()
    line.erase()
    assert stream.getvalue() == f"\r3 of 4, a long name\r{'4 of 4':<19}\r      \r"


# Processes


def diverge(_=None):
    """A job that fails, as a search over learning rates has some."""
    fit(Autoencoder.dense((6, 4)), 1e3 * X, optimizer=SGD(1e6), epochs=30)


def train(seed):
    """A job that succeeds."""
    model = Autoencoder.dense((6, 4))
    fit(model, X, epochs=2)
    return seed, model


@pytest.mark.slow
def test_the_library_s_exceptions_can_be_pickled():
    history = History(loss=[3.0, 2.0], stopped="diverged")
    error = DivergenceError("too far", history)
    error.seed = 3
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is DivergenceError and str(twin) == "too far"
        assert twin.history == history and twin.seed == 3
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith(("Error", "Warning")):
                own = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
                assert "__init__" not in own or "__reduce__" in own, node.name


@pytest.mark.slow
def test_a_diverging_job_comes_back_from_a_pool():
    """The pool goes on with the other jobs: nothing breaks, nothing waits."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        bad, good = pool.submit(diverge), pool.submit(train, 5)
        with pytest.raises(DivergenceError, match="training diverged in epoch") as caught:
            bad.result(timeout=120)
        assert caught.value.history.stopped == "diverged"
        seed, model = good.result(timeout=120)
    assert seed == 5
    np.testing.assert_array_equal(model.theta, train(5)[1].theta)


# Threads


def in_threads(jobs):
    """Run all jobs at once, each in a thread of its own; raise the first exception."""
    errors, gate = [], threading.Barrier(len(jobs))

    def run(job):
        gate.wait()
        try:
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("core", ["layers", "vectorized"])
def test_trainings_in_threads_do_not_meet(core):
    def trained(seed):
        model = Autoencoder.dense((6, 4), corruption=GaussianNoise(0.1), rng=seed)
        fit(model, X, epochs=20, batch_size=10, rng=seed, core=core)
        return model.theta

    alone, together = [trained(seed) for seed in range(3)], {}
    in_threads([lambda s=seed: together.update({s: trained(s)}) for seed in range(3)])
    for seed in range(3):
        np.testing.assert_array_equal(together[seed], alone[seed])


def test_one_model_is_asked_from_many_threads():
    model = Autoencoder.dense((6, 5, 4), corruption=GaussianNoise(0.1))
    names = ("encode", "reconstruct", "jacobian")
    expected = {name: getattr(model, name)(X) for name in names}
    field = score_field(model, X, 0.1)

    def ask():
        for _ in range(20):
            for name in names:
                np.testing.assert_array_equal(getattr(model, name)(X), expected[name])
            np.testing.assert_array_equal(score_field(model, X, 0.1), field)

    in_threads([ask] * 4)


# Strict settings of NumPy


@pytest.fixture
def strict():
    """Every floating-point error raises, underflow too: the caller's own wish."""
    with np.errstate(all="raise"):
        yield


def networks(dtype):
    """Saturated nets: many slopes and probabilities are too small to be written."""
    for unit, output in (
        (Sigmoid, BernoulliOutput()),
        (Softplus, CategoricalOutput()),
        (Tanh, tinyae.GaussianOutput()),
        (Softmax, BernoulliOutput()),
    ):
        encoder = Chain(Linear(6, 5, rng=0, dtype=dtype), unit())
        model = Autoencoder(encoder, Linear(5, 6, rng=1, dtype=dtype), output=output)
        model.theta *= 300.0
        yield model


@pytest.mark.one_in(2)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_models_under_strict_settings(dtype, strict):
    rows = (X / X.sum(axis=1, keepdims=True)).astype(dtype)
    before = np.geterr()
    for model in networks(dtype):
        for data in (rows, (rows * 1e-30).astype(dtype)):
            model.reconstruct(data), model.jacobian(data), model.encode(data)
        model.describe(rows), model.loss(rows), model.loss_and_grad(rows)
        gradcheck(model, rows[:5], entries=3)
        for core in ("layers", "auto"):
            for optimizer in (Adam(1e-3), SGD(1e-3, 0.9)):
                fit(model.copy(), rows, optimizer=optimizer, core=core, epochs=2, validation=0.2)
    assert np.geterr() == before


def test_minimize_under_strict_settings():
    pytest.importorskip("scipy")
    for model in networks(np.float64):
        with np.errstate(all="raise"):
            minimize(model, X / X.sum(axis=1, keepdims=True), options={"maxiter": 5})


def test_other_models_under_strict_settings(strict):
    bits = (X > 0.5).astype(float)
    machine = RBM(6, 4)
    machine.theta *= 1e4
    fit(machine, bits, epochs=2)
    machine.encode(bits), machine.free_energy(bits), machine.log_likelihood(bits)
    model = PSD.dense((6, 8), lam=0.5, gamma=1.0)
    fit(model, X, epochs=2)
    sparse_code(X, model.atoms, 0.5), model.infer(X), model.encode(1e-300 * X)
    fit(Recirculation.dense((6, 4)), X, epochs=2, optimizer=SGD(0.01))
    fit(RecurrentDenoiser.dense((6, 4), steps=2, corruption=GaussianNoise(0.1)), X, epochs=2)
    net = Chain(Linear(6, 5, rng=0), Softplus(), Linear(5, 6, rng=0))
    fit(ScoreModel(net, ScoreMatching()), X, epochs=2)
    model = Autoencoder.dense((6, 4), corruption=GaussianNoise(0.1))
    langevin(lambda x: score_field(model, x, 0.1), X, step_size=1e-3, steps=3, rng=0)
    tangents(model, X, 2)
    stack([Autoencoder.dense((6, 4)), Autoencoder.dense((4, 3))], X, epochs=1)


def test_embeddings_and_densities_under_strict_settings(strict):
    far = np.concatenate([X, X + 1e3])
    for method in (LocallyLinear, Isomap):
        method(2, n_neighbors=8).fit(X)
    assert heat(np.array([1e3]), 1.0) == 0.0
    KernelPCA(2, kernel=GaussianKernel(0.1)).fit(far)
    Charting(2, charts=4).fit(X)
    for method in (SNE, TSNE):
        method(perplexity=5, steps=5).fit(far)
    nearest_neighbors(far, 5), PCA(2).fit(far)
    for density in (Parzen(0.01), ManifoldParzen(0.01, n_neighbors=5)):
        density.fit(far).score_samples(far + 1.0)
    for smoothed in (smoothed_log_density, optimal_reconstruction, smoothed_hessian):
        smoothed(X, far, 0.01)


def test_only_underflow_is_ignored_and_only_inside():
    @underflow_to_zero
    def tiny(power):
        """Return ten to that power."""
        return np.float64(10.0) ** power

    assert tiny.__name__ == "tiny" and tiny.__doc__.startswith("Return")
    with np.errstate(all="raise"):
        assert tiny(-400) == 0.0
        with pytest.raises(FloatingPointError, match="overflow"):
            tiny(400)
        with pytest.raises(FloatingPointError, match="underflow"):
            np.float64(10.0) ** -400


# Other ways to start Python

WORK = """
import sys
import numpy as np
from tinyae import *
from tinyae.densities import Parzen
from tinyae.embeddings import TSNE, Isomap
x = np.random.default_rng(0).random((40, 6))
model = Autoencoder.dense((6, 4), corruption=GaussianNoise(0.1))
assert_ = fit(model, x, epochs=2, core="auto").loss
gradcheck(model, x, entries=2), model.describe(x), model.encode(x), score_field(model, x, 0.1)
Isomap(2, n_neighbors=8).fit(x), TSNE(perplexity=5, steps=3).fit(x)
Parzen(0.1).fit(x).score_samples(x)
try:
    fit(model, x[:, :3])
except ValueError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [["-OO"], ["-W", "error", "-X", "warn_default_encoding"]],
    ids=" ".join,
)
def test_other_ways_to_start_python(options, tmp_path):
    """Without assertions, without docstrings, with every warning an error; nothing is written."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run([sys.executable, *options, "-c", WORK], cwd=tmp_path, env=environment,
                         capture_output=True, text=True, timeout=120)  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "x has 3 features" in run.stdout
    assert run.stderr == "" and not list(tmp_path.iterdir())


def test_only_what_cannot_be_written_is_replaced():
    adapt_outputs()
    assert "\u03b8".encode("ascii", "tinyae.plain").decode() == plain("\u03b8") != "\u03b8"
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", "tinyae.plain")
