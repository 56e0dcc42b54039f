"""One valid call of every public function, class and method: the rows of the table of inputs.

What is public is found by looking; the arguments are found by their names. A new function joins by
itself where its parameters have known names, and is reported by its name where they have not.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np

import tinyae
import tinyae.datasets
import tinyae.plotting
from tinyae import *  # noqa: F403
from tinyae.datasets import ZCA

MODULES: tuple[ModuleType, ...] = (tinyae, tinyae.datasets, tinyae.plotting)

X = np.random.default_rng(7).integers(4, 61, (16, 3)) / 64  # exact in half precision too
Y = np.random.default_rng(8).integers(4, 61, (16, 3)) / 64
BITS = (X > 0.5).astype(float)
CODES = np.random.default_rng(9).integers(4, 61, (16, 2)) / 64
IMAGE = np.random.default_rng(10).integers(4, 61, (9, 9)) / 64
LABELS = np.arange(16) % 3
SQUARE = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]])
DIRECTIONS = np.tile(np.eye(3)[:1], (16, 1, 1))
P = (1.0 - np.eye(16)) / 15


def net(d_in=3, d_out=3):
    """A small network."""
    return Chain(Linear(d_in, 4, rng=1), Tanh(), Linear(4, d_out, rng=2))


def model(**slots):
    """A small denoising autoencoder with tied weights, which every function can take."""
    return Autoencoder.dense((3, 2), activation=Tanh, tied=True, corruption=GaussianNoise(0.5),
                             **slots)  # fmt: skip


def walk(x):
    """A score."""
    return -x


def slopes(x):
    """The Jacobian of that score."""
    return np.tile(-np.eye(3), (len(x), 1, 1))


def trained(**slots):
    """Loss and gradient of an autoencoder with these slots."""
    made = Autoencoder.dense((3, 2), **slots)
    return made.loss_and_grad(X, rng=0), made.grad


def in_fit(optimizer):
    """Parameters after two epochs."""
    made = Autoencoder.dense((3, 2))
    fit(made, X, optimizer=optimizer, epochs=2, rng=0, batch_size=8)
    return made.theta


OBJECTS = {
    "Autoencoder": model,
    "Charting": lambda: Charting.fit(X, 1, neighbors=6),
    "HessianEigenmaps": lambda: HessianEigenmaps.fit(X, 1, neighbors=6),
    "Isomap": lambda: Isomap.fit(X, 1, neighbors=6),
    "KernelPCA": lambda: KernelPCA.fit(X, 1),
    "LaplacePrior": lambda: LaplacePrior(1.0),
    "LaplacianEigenmaps": lambda: LaplacianEigenmaps.fit(X, 1, neighbors=6),
    "LocallyLinear": lambda: LocallyLinear.fit(X, 1, neighbors=6),
    "ManifoldParzen": lambda: ManifoldParzen(0.5, 5),
    "MaximumVarianceUnfolding": lambda: MaximumVarianceUnfolding.fit(X, 1, rounds=1, steps=2),
    "NeighborGraph": lambda: NeighborGraph.fit(X, 6),
    "NonLocalParzen": lambda: NonLocalParzen.dense((3, 4), directions=1, scale=0.5, sigma=0.5),
    "NonLocalTangents": lambda: NonLocalTangents(net(), 1),
    "PCA": lambda: PCA.fit(X, 2),
    "PSD": lambda: PSD.dense((3, 2), lam=0.1, gamma=1.0),
    "Pancakes": lambda: Parzen(0.5).fit(X),
    "Parzen": lambda: Parzen(0.5),
    "RBM": lambda: RBM(3, 2),
    "Recirculation": lambda: Recirculation.dense((3, 2)),
    "RecurrentDenoiser": lambda: RecurrentDenoiser.dense((3, 2), corruption=GaussianNoise(0.5)),
    "SNE": lambda: SNE(16),
    "ScoreModel": lambda: ScoreModel(net()),
    "StudentTPrior": lambda: StudentTPrior(1.0),
    "TSNE": lambda: TSNE(16),
    "TangentAlignment": lambda: TangentAlignment.fit(X, 1, neighbors=6),
    "TangentPlanes": lambda: TangentPlanes.fit(X, NeighborGraph.fit(X, 6), 1),
    "Walkback": lambda: Walkback(model(), scale=0.25),
    "ZCA": lambda: ZCA.fit(X),
    "FixedPoints": lambda: fixed_points(model(), X),
    "GaussianNoise": lambda: GaussianNoise(0.5),
    "MaskingNoise": lambda: MaskingNoise(0.5),
    "SaltAndPepperNoise": lambda: SaltAndPepperNoise(0.5),
    "GaussianOutput": lambda: GaussianOutput(),
    "BernoulliOutput": lambda: BernoulliOutput(),
    "CategoricalOutput": lambda: CategoricalOutput(),
    "Classifier": lambda: Classifier(3),
    "Autoencoder.classify": lambda: model(head=Classifier(3)),
    "RBM.score": lambda: RBM(3, 2, visible=GaussianOutput()),
}  # fmt: skip

USES = {
    "Adam": in_fit,
    "Classifier": lambda it: fit(Autoencoder.dense((3, 2), head=it), (X, LABELS), epochs=1).loss,
    "Contractive": lambda it: trained(penalties=it),
    "ContrastiveDivergence": lambda it: RBM(3, 2, rule=it).loss_and_grad(X, 0),
    "Cosine": lambda it: in_fit(SGD(it)),
    "DenoisingScoreMatching": lambda it: ScoreModel(net(), it).loss_and_grad(X, 0),
    "GaussianKernel": lambda it: KernelPCA.fit(X, 1, kernel=it).values,
    "GaussianNoise": lambda it: trained(corruption=it),
    "Glorot": lambda it: trained(init=it),
    "HigherOrderContractive": lambda it: trained(penalties=it),
    "KLSparsity": lambda it: trained(penalties=it),
    "L1": lambda it: trained(penalties=it),
    "LaplacePrior": lambda it: it.log_density(CODES),
    "ManifoldParzen": lambda it: it.fit(X).log_density(X),
    "MaskingNoise": lambda it: trained(corruption=it),
    "NoisyCode": lambda it: trained(code=it),
    "Normal": lambda it: trained(init=it),
    "Parzen": lambda it: it.fit(X).log_density(X),
    "Pancakes": lambda it: it.log_density(X),
    "PersistentContrastiveDivergence": lambda it: RBM(3, 2, rule=it).loss_and_grad(X, 0),
    "PolynomialKernel": lambda it: KernelPCA.fit(X, 1, kernel=it).values,
    "ReconstructionContractive": lambda it: trained(penalties=it),
    "Residual": lambda it: it.forward(X)[0],
    "SGD": in_fit,
    "SaltAndPepperNoise": lambda it: trained(corruption=it),
    "SlicedScoreMatching": lambda it: ScoreModel(net(), it).loss_and_grad(X, 0),
    "StudentT": lambda it: trained(penalties=it),
    "StudentTPrior": lambda it: it.log_density(CODES),
    "Uniform": lambda it: trained(init=it),
    "Walkback": lambda it: it.loss_and_grad(X, 0),
    "WeightDecay": lambda it: trained(penalties=it),
}

MADE_BY_FIT = {
    "Charting", "CrossValidation", "DivergenceError", "FixedPoints", "GradientReport",
    "HessianEigenmaps", "History", "Isomap", "KernelPCA", "LaplacianEigenmaps", "LocallyLinear",
    "MaximumVarianceUnfolding", "NeighborGraph", "PCA", "TangentAlignment", "TangentPlanes", "ZCA",
}  # fmt: skip
ABSTRACT = {"Elementwise", "Layer", "Model"}
FILES = {"load", "mnist", "read_idx", "save", "save_figure"}  # asked by tests of their own
# What layers, slots and rules ask of each other: their arrays come checked, on the way of training.
PROTOCOL = {
    "add", "add_free_energy", "add_log_partition", "backward", "check_encoder", "check_packed",
    "cost", "criterion", "d2f", "df", "f", "forward", "gradient", "jvp", "jvp_backward", "layer",
    "loss_and_gradient", "negative_phase", "nll", "project", "share", "split", "start", "step",
    "tangential", "vectorized", "log_terms", "check", "as_images", "tile",
}  # fmt: skip
ASKED_ALL_THE_SAME = {"Classifier.check", "PSD.criterion", "PSD.criterion_and_grad"}

VALUES = {
    "A": np.eye(3)[:2], "B": np.eye(3)[1:], "T": SQUARE, "W": np.ones((9, 2)) * 0.5, "X": X,
    "a": X, "activation": Tanh, "angles": np.array([0.5, 0.25]), "candidates": [Parzen(0.5)],
    "centers": X, "classes": 3, "covariances": np.tile(np.eye(3), (16, 1, 1)), "criterion":
    ScoreMatching(), "d": 3, "d_in": 3, "d_out": 2, "data": X, "decoder": lambda: Linear(2, 3, rng=0),
    "dictionary": lambda: Dictionary(2, 3, rng=0), "directions": 1, "dtype": np.float64, "encoder":
    lambda: Linear(3, 2, rng=0), "factors": DIRECTIONS * 0.5, "field": walk, "fraction": 0.5,
    "gamma": 1.0, "graph": lambda: NeighborGraph.fit(X, 6), "h": CODES, "histories": lambda: {"a":
    fit(model(), X, epochs=2)}, "image": IMAGE, "images": np.array([IMAGE, IMAGE[::-1]]),
    "jacobian": slopes, "k": 1, "kind": "attractor", "lam": 0.5, "learning_rate": 0.25,
    "low": 0.0, "means": X, "method": None, "model": model, "models": lambda: [model()],
    "n": 4, "neighbors": 5, "net": net, "noise": np.full(16, 0.5), "on": np.array([0.5, 0.25]),
    "originals": np.tile(IMAGE[:3, :3].reshape(1, 9), (3, 1)), "parts": lambda: {"net": net()},
    "perplexity": 4.0, "points": X, "progress": 0.5, "queries": X, "rho": 0.25, "rng": 0, "rows": X,
    "scale": 0.25, "score": walk, "shifts": CODES, "side": 2, "sigma": 0.5, "sizes": (3, 2),
    "source": lambda: Linear(3, 2, rng=0), "spread": 0.5, "start": X, "starts": X, "step_size":
    0.25, "steps": 2, "stop": Y, "t": np.array([0.5, 0.25]), "tol": 1e-3, "validation": X, "variances":
    np.full((16, 1), 0.5), "weight": 0.5, "weights": np.full(16, 0.5), "width": 0.5, "x": X,
    "x_tilde": X, "y": Y, "z": X,
}  # fmt: skip

EXCEPT = {
    "Autoencoder.check_rows.rows": X, "Charting.fit.charts": 2, "Classifier.check.y": LABELS,
    "Classifier.check.n": 16, "Chain.layers": lambda: Linear(3, 2, rng=0), "HessianEigenmaps.fit.neighbors": 6,
    "ManifoldParzen.neighbors": 5, "NonLocalTangents.check_rows.rows": (X, X[:, None] * 0.5),
    "NonLocalTangents.loss.rows": (X, X[:, None] * 0.5), "NonLocalTangents.loss_and_grad.steps":
    X[:, None] * 0.5, "NonLocalParzen.check_rows.rows": (X, Y), "NonLocalParzen.loss.rows": (X, Y),
    "PCA.decode.h": CODES, "Pancakes.directions": DIRECTIONS, "RBM.log_likelihood.x": BITS,
    "SNE.check_rows.rows": P, "SNE.loss_and_grad.P": P, "TSNE.check_rows.rows": P,
    "TSNE.loss_and_grad.P": P, "dead_leaves.radii": (1.0, 4.0), "log_likelihood.x": X,
    "pack.layers": lambda: Linear(3, 2, rng=0), "reconstructions.rows": lambda: [("r", np.tile(IMAGE[:3, :3].reshape(1, 9), (3, 1)))],
    "sparse_code.dictionary": SQUARE[:2] * 2, "sparse_code.start": CODES, "PSD.infer.start": CODES, "patches.side": 3,
    "SaltAndPepperNoise.low": 0.0, "RecurrentDenoiser.step": lambda: Linear(6, 3, rng=0),
    "RecurrentDenoiser.weights": [0.25, 0.75], "RecurrentDenoiser.dense.weights": [0.25, 0.75],
    "swiss_roll.noise": 0.0, "curve.noise": 0.0, "spiral.noise": 0.0, "curves.noise": 0.0, "curves.d": 8,
    "switching_parts.noise": 0.0, "tile.images": np.ones((4, 3, 3)) * 0.5, "tile.columns": 2, "as_images.x": np.ones((2, 9)) * 0.5,
    "as_images.name": "x", "Normal.weight": 0.5, "SNE.n": 16, "TSNE.n": 16, "PSD.encoder": lambda: Linear(3, 2, rng=0),
    "cross_validate.folds": 4, "switching_parts.parts": 5, "StudentTPrior.lam": 1.5, "Cosine.start": 0.25, "three_points.n": 4, "MaximumVarianceUnfolding.fit.rounds": 1, "SGD.momentum": 0.5,
    "Autoencoder.loss.rows": X, "Walkback.scale": 0.25, "score_field.sigma": 0.5, "BernoulliOutput.sample.a": X, "local_pca_tangents.neighbors": 5,
    "PersistentContrastiveDivergence.chains": 16, "smoothed_log_density.points": X, "minimize.method": "L-BFGS-B", "gradcheck.method": "auto", "LaplacianEigenmaps.fit.width": 0.5, "gradcheck.entries": 4,
    "FixedPoints.of.kind": "saddle", "NeighborGraph.shortest_path.source": 1, "NonLocalParzen.net": lambda: net(3, 7), "NonLocalTangents.net": net,
    "tangent_angles.A": DIRECTIONS, "tangent_angles.B": DIRECTIONS[:, :, ::-1], "point_estimate.model": lambda: Autoencoder.dense((3, 2)),
    "CategoricalOutput.check.x": SQUARE, "MaximumVarianceUnfolding.fit.neighbors": 6,
    "early_exaggeration.progress": 0.25, "fit.epochs": 2, "stack.epochs": 2, "fit.batch_size": 8, "gsn_chain.scale": 0.25,
}  # fmt: skip


@dataclass
class Call:
    """One public callable with valid arguments, made anew for each call."""

    name: str
    make: Callable[[], Callable]
    signature: inspect.Signature
    use: Callable | None

    def arguments(self) -> dict[str, object]:
        """Return a valid value for each parameter that has one, by the parameter's name."""
        found = {}
        for name, parameter in self.signature.parameters.items():
            value = EXCEPT.get(f"{self.name}.{name}", VALUES.get(name, parameter.default))
            if name == "rng" and "int" not in str(parameter.annotation):
                value = np.random.default_rng(0)  # no seed is asked for here
            if value is inspect.Parameter.empty:
                raise LookupError(f"{self.name}: no valid value is known for {name!r}")
            made = inspect.isfunction(value) and value not in (walk, slopes)
            found[name] = value() if made else value
        return found

    def __call__(self, arguments: dict[str, object]) -> object:
        """Call it with these arguments, and use what it makes."""
        places, names = [], {}
        for name, parameter in self.signature.parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                several = isinstance(arguments[name], tuple)
                places += arguments[name] if several else [arguments[name]]
            elif parameter.kind is parameter.KEYWORD_ONLY:
                names[name] = arguments[name]
            else:
                places.append(arguments[name])
        made = self.make()(*places, **names)
        made = list(made) if inspect.isgenerator(made) else made
        return self.use(made) if self.use else made


def public_names(module: ModuleType) -> list[str]:
    """Return what a module offers."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [name for name, it in vars(module).items()
            if not name.startswith("_") and getattr(it, "__module__", "") == module.__name__]  # fmt: skip


def public_calls() -> Iterator[Call]:
    """Yield every public function, constructor and method, but for those named above."""
    for module in MODULES:
        for name in public_names(module):
            it = getattr(module, name)
            if name in FILES | PROTOCOL or name == "style" or not callable(it):
                continue
            if not inspect.isclass(it):
                yield Call(name, lambda it=it: it, inspect.signature(it), None)
                continue
            if name not in MADE_BY_FIT | ABSTRACT:
                yield Call(name, lambda it=it: it, inspect.signature(it), USES.get(name))
            if name not in ABSTRACT:
                yield from _methods(name, it)


def _methods(name: str, it: type) -> Iterator[Call]:
    for method in dir(it):
        full = f"{name}.{method}"
        static = inspect.getattr_static(it, method)
        if method.startswith("_") or (method in PROTOCOL and full not in ASKED_ALL_THE_SAME):
            continue
        if isinstance(static, (classmethod, staticmethod)):
            yield Call(full, lambda m=method: getattr(it, m), inspect.signature(getattr(it, method)),
                       None)  # fmt: skip
        elif inspect.isfunction(static):
            yield Call(full, lambda f=full, m=method: _bound(f, m), _without_self(static), None)


def _without_self(function) -> inspect.Signature:
    signature = inspect.signature(function)
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _bound(full: str, method: str) -> Callable:
    owner = full.split(".")[0]
    if full not in OBJECTS and owner not in OBJECTS:
        raise LookupError(f"{full}: no valid object of class {owner} is known")
    return getattr(OBJECTS.get(full, OBJECTS.get(owner))(), method)
