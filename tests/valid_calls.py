"""One valid call of every public function, class and method: the rows of the table of inputs.

What is public is found by looking; the arguments are found by their names. A new function joins by
itself where its parameters have known names, and is reported by its name where they have not.

The constructor of an estimator checks nothing. So its settings and X are the arguments of one call,
which makes the estimator and fits it.
"""

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType

import numpy as np

import tinyae
from tests.valid_objects import OBJECTS, USES, slopes, walk
from tests.valid_values import EXCEPT, VALUES
from tinyae.checks.estimator import Estimator

PACKAGES = (
    "drawing nn training criterion models sparse_coding tracing embeddings densities tangents "
    "score datasets plotting applications estimators export exploring"
).split()
MODULES: tuple[ModuleType, ...] = (
    tinyae, *(importlib.import_module(f"tinyae.{package}") for package in PACKAGES)
)  # fmt: skip

NEED_SCIPY = ("minimize", "MaximumVarianceUnfolding.")  # beginnings of names; an optional extra
MADE_BY_FIT = {
    "CrossValidation",
    "DivergenceError",
    "CodeStatistics",
    "Figure",  # by matplotlib
    "FixedPoints",
    "GradientReport",
    "Step",
    "Trace",
    "History",
    "WithinRadius",
}
ABSTRACT = {
    "Code", "Corruption", "Elementwise", "Layer", "Model", "Output", "Penalty", "Trainable",
}  # fmt: skip
# Functions of files are asked by tests of their own: test_model_files.py and test_archive.py (load,
# save), test_table_files.py (those of a table), test_binary_encoder.py (those of a hash),
# test_mnist_files.py (mnist: IDX and CSV files), test_idx.py (read_idx), test_charts.py
# (save_figure), test_to_torch.py and test_to_onnx.py (models for other libraries). So are the
# explorer and its windows: test_explorer.py and test_explorer_data.py.
FILES = {"HammingTable.load", "HammingTable.save", "SemanticHash.load", "SemanticHash.save", "load",
         "Explorer", "mnist", "read_idx", "save", "save_figure", "to_onnx",
         "to_torch"}  # fmt: skip
# What layers, slots and rules ask of each other: their arrays come checked, on the way of training.
PROTOCOL = {
    "add",
    "add_free_energy",
    "add_log_partition",
    "antiderivative",
    "backward",
    "begin",
    "check_definite",
    "check_canonical",
    "check_encoder",
    "check_packed",
    "code_backward",
    "cost",
    "cost_gradient",
    "costs",
    "criterion",
    "d2f",
    "dead_units",
    "df",
    "elsewhere",
    "entry_costs",
    "f",
    "fault",
    "filled",
    "finite_costs",
    "forward",
    "gradient",
    "jvp",
    "jvp_backward",
    "kl",
    "kl_gradient",
    "layer",
    "link",
    "loss_and_gradient",
    "natural",
    "end",
    "units",
    "negative_phase",
    "nll",
    "objective",
    "predict",
    "project",
    "sample_prior",
    "share",
    "sleep",
    "split",
    "start",
    "step",
    "tangential",
    "unchanged",
    "side_by_side",
    "vectorized",
    "width",
    "wake",
    "log_density",
    "log_prior",
    "log_terms",
    "check",
}
ASKED_ALL_THE_SAME = {
    "Classifier.check",
    "PSD.criterion",
    "PSD.criterion_and_grad",
    "SoftmaxClassifier.predict",
}


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
    return [
        name
        for name, it in vars(module).items()
        if not name.startswith("_") and getattr(it, "__module__", "") == module.__name__
    ]


def public_calls() -> Iterator[Call]:
    """Yield every public function, constructor and method, but for those named above."""
    seen = set()
    for module in MODULES:
        for name in public_names(module):
            it = getattr(module, name)
            if name in seen:  # of a package, and at the top level too
                continue
            seen.add(name)
            if name in FILES | PROTOCOL or name == "style" or not callable(it):
                continue
            if not inspect.isclass(it):
                yield Call(name, lambda it=it: it, inspect.signature(it), None)
                continue
            if issubclass(it, Estimator):
                yield Call(f"{name}.fit", lambda it=it: _fitting(it), _fit_signature(it), None)
            elif name not in MADE_BY_FIT | ABSTRACT:
                yield Call(name, lambda it=it: it, inspect.signature(it), USES.get(name))
            if name not in ABSTRACT:
                yield from _methods(name, it)


def _fitting(it: type[Estimator]) -> Callable:
    return lambda X, **settings: it(**settings).fit(X)


def _fit_signature(it: type[Estimator]) -> inspect.Signature:
    """Return the settings of an estimator and the X of its `fit`, as one list of arguments."""
    found = (
        *inspect.signature(it).parameters.values(),
        inspect.signature(it.fit).parameters["X"],
    )
    return inspect.Signature([p.replace(kind=p.KEYWORD_ONLY) for p in found])


def _of_every_estimator(it: type, method: str) -> bool:
    """Whether this is a method by which all estimators are asked for their settings, or fitted."""
    if not issubclass(it, Estimator):
        return False
    inherited = getattr(it, method) is getattr(Estimator, method, None)
    return inherited or method in ("fit", "fit_transform")


def _methods(name: str, it: type) -> Iterator[Call]:
    for method in dir(it):
        if "mutmut" in method:  # what mutation testing adds to a class, see docs/mutants.md
            continue
        full = f"{name}.{method}"
        static = inspect.getattr_static(it, method)
        if method.startswith("_") or (method in PROTOCOL and full not in ASKED_ALL_THE_SAME):
            continue
        if full in FILES:
            continue
        if _of_every_estimator(it, method):
            continue
        if isinstance(static, (classmethod, staticmethod)):
            found = getattr(it, method)
            yield Call(full, lambda m=method: getattr(it, m), inspect.signature(found), None)
        elif inspect.isfunction(static) and static.__module__.startswith("tinyae."):
            yield Call(full, lambda f=full, m=method: _bound(f, m), _without_self(static), None)


def _without_self(function) -> inspect.Signature:
    signature = inspect.signature(function)
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _bound(full: str, method: str) -> Callable:
    owner = full.split(".")[0]
    if full not in OBJECTS and owner not in OBJECTS:
        raise LookupError(f"{full}: no valid object of class {owner} is known")
    return getattr(OBJECTS.get(full, OBJECTS.get(owner))(), method)


def calls_here() -> dict[str, Call]:
    """Return all public calls by name, without those that need SciPy where it is absent."""
    calls = {call.name: call for call in public_calls()}
    if find_spec("scipy"):
        return calls
    return {name: call for name, call in calls.items() if not name.startswith(NEED_SCIPY)}
