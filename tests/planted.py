"""Planted mistakes: the library made wrong, one line at a time, to see whether the tests notice.

A test that passes proves little until it has been seen to fail. Each `Mistake` is an exact text
replacement in one file of the library, of the kind that people really make: a forgotten f″, a
missing 2, a sum where a mean belongs, a copy where a view belongs. Their table is
`planted_mistakes.py`. `caught_by` applies one to a copy of the package and runs the unit tests
against that copy; a mistake that no test notices is a hole in the tests. `python tests/planted.py`
prints which test caught which mistake.
"""

from __future__ import annotations

import argparse
import compileall
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import cache_from_source, find_spec
from multiprocessing.connection import wait
from pathlib import Path

from planted_mistakes import PLANTED

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2  # subprocesses at a time
TIMEOUT = 1800  # seconds; all unit tests with the slow ones take a few minutes

# Sharp and quick folders first, since a run ends with the first failure.
FIRST = ("nn", "criterion", "models", "training", "score", "embeddings")
# The test of a module that no test mirrors by its path.
HOMES = {
    **{
        f"estimators/{name}.py": "estimators/test_transformers.py"
        for name in (
            "autoencoder",
            "model_transformer",
            "psd",
            "rbm",
            "recirculation",
            "scales",
            "seeds",
            "semantic_hash",
            "slots",
            "stopping",
            "vae",
        )
    },
    "__main__.py": "commands/test_search_commands.py",
    "checks/items.py": "checks/test_arrays.py",
    "numerics/sparse.py": "numerics/test_eigenpairs.py",
    "commands/bad_rows.py": "commands/test_text_rows.py",
    "commands/figures_command.py": "commands/test_figures_command.py",
    "commands/hash_command.py": "commands/test_search_commands.py",
    "commands/encode_command.py": "commands/test_fit_commands.py",
    "commands/fit_command.py": "commands/test_fit_commands.py",
    "commands/info_command.py": "commands/test_fit_commands.py",
    "commands/kinds.py": "commands/test_fit_commands.py",
    "commands/lines.py": "commands/test_text_rows.py",
    "commands/search_command.py": "commands/test_search_commands.py",
    "commands/trace_command.py": "tracing/test_trace_command.py",
    "commands/explore_command.py": "commands/test_explore_command.py",
    "drawing/animation.py": "commands/test_explore_command.py",
    "exploring/film.py": "commands/test_explore_command.py",
    "exploring/window.py": "commands/test_explore_command.py",
    "exploring/data.py": "exploring/test_explorer_data.py",
    "exploring/settings.py": "exploring/test_explorer_data.py",
    **{
        f"exploring/{name}.py": "exploring/test_explorer.py"
        for name in (
            "blitting",
            "charts",
            "line_view",
            "panel",
            "pictures_view",
            "plane_view",
            "scene",
        )
    },
    "applications/pairs.py": "applications/test_minimal_loss_hashing.py",
    "applications/relevance.py": "applications/test_retrieval.py",
    "applications/spectral_hashing.py": "applications/test_linear_hashing.py",
    "checks/frames.py": "checks/test_column_names.py",
    "checks/estimator_calls.py": "checks/test_column_names.py",
    "checks/callers.py": "estimators/test_transformers.py",
    "checks/columns.py": "checks/test_column_names.py",
    "checks/numbers.py": "test_bad_input.py",
    "checks/tables.py": "test_bad_input.py",
    "core/block.py": "core/test_core.py",
    "core/buffers.py": "core/test_core.py",
    "core/choice.py": "core/test_parts.py",
    "core/compiled.py": "core/test_core.py",
    "core/codes.py": "core/test_core_codes.py",
    "core/filling.py": "core/test_parts.py",
    "core/linear.py": "core/test_core.py",
    "core/outputs.py": "core/test_core.py",
    "core/penalties.py": "core/test_core.py",
    "core/plan.py": "core/test_core.py",
    "core/reconstruction.py": "score/test_score.py",
    "core/stages.py": "core/test_core.py",
    "core/steps.py": "core/test_core.py",
    "core/support.py": "core/test_tables.py",
    "core/units.py": "core/test_core.py",
    "criterion/base_rates.py": "models/test_rbm.py",
    "criterion/bernoulli_code.py": "criterion/test_stochastic_codes.py",
    "criterion/code.py": "criterion/test_codes.py",
    "criterion/curvature.py": "criterion/test_penalties.py",
    "criterion/enumeration.py": "models/test_rbm.py",
    "criterion/gaussian_code.py": "criterion/test_stochastic_codes.py",
    "criterion/gaussian_outputs.py": "criterion/test_outputs_more.py",
    "criterion/mixture_mean.py": "nn/test_layers.py",
    "criterion/mixture_output.py": "criterion/test_outputs_more.py",
    "criterion/output.py": "criterion/test_outputs.py",
    "criterion/spread.py": "models/test_fitness.py",
    "datasets/mnist_table.py": "datasets/test_mnist_files.py",
    "datasets/published.py": "datasets/test_mnist_files.py",
    "datasets/turning.py": "datasets/test_swiss_roll.py",
    "datasets/walk.py": "datasets/test_mnist_files.py",
    "densities/cross_validation.py": "densities/test_parzen.py",
    "densities/nonlocal_parzen.py": "densities/test_parzen.py",
    "densities/pancakes.py": "densities/test_parzen.py",
    "drawing/canvas.py": "plotting/test_charts.py",
    "drawing/labels.py": "drawing/test_diagram.py",
    "drawing/layout.py": "drawing/test_diagram.py",
    "embeddings/charting.py": "embeddings/test_embeddings.py",
    "embeddings/embedding.py": "embeddings/test_embeddings.py",
    "embeddings/graph.py": "embeddings/test_neighbors.py",
    "embeddings/isomap.py": "embeddings/test_embeddings.py",
    "embeddings/kernel_pca.py": "embeddings/test_embeddings.py",
    "embeddings/laplacian_eigenmaps.py": "embeddings/test_embeddings.py",
    "embeddings/locally_linear.py": "embeddings/test_embeddings.py",
    "embeddings/neighbor_map.py": "embeddings/test_sne.py",
    "embeddings/perplexity.py": "embeddings/test_sne.py",
    "embeddings/spectral.py": "embeddings/test_embeddings.py",
    "embeddings/tangent_alignment.py": "embeddings/test_embeddings.py",
    "embeddings/tangent_planes.py": "embeddings/test_embeddings.py",
    "models/belief_net.py": "models/test_helmholtz.py",
    "models/classifier_graph.py": "models/test_classifier.py",
    "models/compiled_machine.py": "core/test_machine.py",
    "models/contrastive.py": "models/test_rbm.py",
    "models/dense.py": "models/test_autoencoder.py",
    "models/description.py": "models/test_autoencoder.py",
    "models/free_energy.py": "models/test_rbm.py",
    "models/gibbs.py": "models/test_rbm.py",
    "models/graphs.py": "drawing/test_graph.py",
    "models/machine_graphs.py": "drawing/test_graph.py",
    "models/gsn.py": "score/test_sampling.py",
    "models/logistic_pca.py": "embeddings/test_pca.py",
    "models/partition.py": "models/test_rbm.py",
    "models/pseudo_likelihood.py": "models/test_rbm.py",
    "models/unfolding.py": "models/test_unfolded.py",
    "nn/comparison.py": "nn/test_gradcheck.py",
    "nn/dense.py": "models/test_autoencoder.py",
    "nn/gradient_report.py": "nn/test_gradcheck.py",
    "nn/graph.py": "drawing/test_graph.py",
    "nn/initializers.py": "models/test_autoencoder.py",
    "nn/jacobian.py": "tangents/test_encoder.py",
    "nn/kinks.py": "nn/test_gradcheck.py",
    "nn/model.py": "models/test_autoencoder.py",
    "nn/numerical.py": "nn/test_gradcheck.py",
    "nn/residual.py": "models/test_score_matching.py",
    "nn/softmax.py": "criterion/test_head.py",
    "numerics/blas.py": "numerics/test_threads.py",
    "numerics/constants.py": "criterion/test_outputs.py",
    "numerics/order.py": "numerics/test_axes.py",
    "numerics/underflow.py": "test_surroundings.py",
    "numerics/units.py": "numerics/test_axes.py",
    "files/attributes.py": "persistence/test_own_classes.py",
    "files/building.py": "persistence/test_hostile_files.py",
    "files/classes.py": "persistence/test_every_model.py",
    "files/memory.py": "persistence/test_own_classes.py",
    "files/object_files.py": "persistence/test_hostile_files.py",
    "files/objects.py": "persistence/test_own_classes.py",
    "files/values.py": "persistence/test_own_classes.py",
    "persistence/classes.py": "persistence/test_every_model.py",
    "files/header_text.py": "files/test_archive_files.py",
    "files/paths.py": "persistence/test_model_files.py",
    "export/onnx_graph.py": "export/test_to_onnx.py",
    "export/onnx_layers.py": "export/test_to_onnx.py",
    "export/parts.py": "export/test_to_torch.py",
    "export/torch_codes.py": "export/test_to_torch.py",
    "export/torch_layers.py": "export/test_to_torch.py",
    "export/torch_modules.py": "export/test_to_torch.py",
    "export/torch_network.py": "export/test_to_torch.py",
    "plotting/drawable.py": "plotting/test_charts.py",
    "plotting/pictures.py": "plotting/test_charts.py",
    "plotting/pixels.py": "plotting/test_charts.py",
    "score/distances.py": "score/test_sampling.py",
    "score/hessian.py": "score/test_fixed_points.py",
    "sparse_coding/descent.py": "sparse_coding/test_lasso.py",
    "sparse_coding/dictionary.py": "sparse_coding/test_psd.py",
    "sparse_coding/feature_sign.py": "sparse_coding/test_lasso.py",
    "sparse_coding/gain.py": "nn/test_layers.py",
    "sparse_coding/inference.py": "sparse_coding/test_lasso.py",
    "sparse_coding/reseeding.py": "sparse_coding/test_psd.py",
    "sparse_coding/settling.py": "sparse_coding/test_code_equations.py",
    "sparse_coding/equations.py": "sparse_coding/test_code_equations.py",
    "sparse_coding/sparse_code.py": "sparse_coding/test_lasso.py",
    "sparse_coding/sparse_coder.py": "sparse_coding/test_psd.py",
    "tangents/directions.py": "tangents/test_encoder.py",
    "tangents/local_pca.py": "tangents/test_encoder.py",
    "tangents/singular.py": "tangents/test_encoder.py",
    "tangents/subspace.py": "tangents/test_encoder.py",
    "tracing/autoencoder.py": "tracing/test_tracer.py",
    "tracing/code_adjoints.py": "tracing/test_tracer.py",
    "tracing/codes.py": "tracing/test_tracer.py",
    "tracing/contraction.py": "tracing/test_tracer.py",
    "tracing/corruptions.py": "tracing/test_tracer.py",
    "tracing/functions.py": "tracing/test_scalars.py",
    "tracing/gibbs.py": "tracing/test_tracer.py",
    "tracing/head.py": "tracing/test_tracer.py",
    "tracing/helmholtz.py": "tracing/test_tracer.py",
    "tracing/inference.py": "tracing/test_tracer.py",
    "tracing/layers.py": "tracing/test_tracer.py",
    "tracing/outputs.py": "tracing/test_tracer.py",
    "tracing/parameters.py": "tracing/test_tracer.py",
    "tracing/partition.py": "tracing/test_tracer.py",
    "tracing/penalties.py": "tracing/test_tracer.py",
    "tracing/placing.py": "tracing/test_picture.py",
    "tracing/psd.py": "tracing/test_tracer.py",
    "tracing/quiz.py": "tracing/test_explanation.py",
    "tracing/rbm.py": "tracing/test_tracer.py",
    "tracing/recirculation.py": "tracing/test_tracer.py",
    "tracing/recorder.py": "tracing/test_tracer.py",
    "tracing/sequence.py": "tracing/test_trace_tables.py",
    "tracing/step.py": "tracing/test_tracer.py",
    "tracing/tables.py": "tracing/test_trace_tables.py",
    "tracing/units.py": "tracing/test_scalars.py",
    "tracing/updates.py": "tracing/test_tracer.py",
    "tracing/writing.py": "tracing/test_picture.py",
    "text.py": "test_surroundings.py",
    "training/dead_units.py": "sparse_coding/test_psd.py",
    "training/checkpoint.py": "training/test_checkpoint.py",
    "training/differences.py": "training/test_checkpoint.py",
    "training/facts.py": "training/test_checkpoint.py",
    "training/place.py": "training/test_checkpoint.py",
    "training/snapshot.py": "training/test_checkpoint.py",
    "training/stored_values.py": "training/test_checkpoint.py",
    "training/divergence.py": "training/test_fit.py",
    "training/epochs.py": "training/test_fit.py",
    "training/history.py": "training/test_fit.py",
    "training/optimizers.py": "training/test_fit.py",
    "training/options.py": "training/test_fit.py",
    "training/progress_line.py": "training/test_fit.py",
    "training/terminal_line.py": "test_surroundings.py",
    "training/rows.py": "training/test_fit.py",
    "training/schedules.py": "training/test_fit.py",
    "training/loop.py": "training/test_fit.py",
    "training/like_models.py": "training/test_several.py",
    "core/stack.py": "core/test_side_by_side.py",
    "training/state.py": "checks/test_streams.py",
}
# Tests of other modules that have caught mistakes in this one, which its own let through.
ALSO = {
    "embeddings/candidates.py": "embeddings/test_neighbors.py",
    "embeddings/sne.py": "embeddings/test_joint_law.py",
    "applications/scaling.py": "commands/test_fit_commands.py",
    "checks/arrays.py": "test_slips.py",
    "core/block.py": "core/test_parts.py core/test_core_codes.py",
    "core/codes.py": "core/test_parts.py",
    "core/compiled.py": "core/test_machine.py",
    "core/core.py": "core/test_parts.py",
    "core/filling.py": "core/test_core.py core/test_core_codes.py",
    "core/linear.py": "core/test_side_by_side.py",
    "core/noise.py": "core/test_parts.py",
    "core/penalties.py": "core/test_parts.py",
    "core/reconstruction.py": "core/test_adaptation.py core/test_parts.py",
    "core/units.py": "core/test_adaptation.py core/test_tables.py",
    "core/outputs.py": "core/test_tables.py",
    "core/steps.py": "core/test_parts.py",
    "commands/array_rows.py": "commands/test_fit_commands.py",
    "commands/read_rows.py": "commands/test_fit_commands.py",
    "commands/text_rows.py": "commands/test_fit_commands.py",
    "commands/write_rows.py": "commands/test_fit_commands.py",
    "files/paths.py": "test_path_inputs.py",
    "criterion/outputs.py": "criterion/test_codes.py criterion/test_outputs_more.py",
    "criterion/penalties.py": "nn/test_gradients.py",
    "densities/cross_validation.py": "test_estimators.py",
    "embeddings/embedding.py": "test_estimators.py",
    "embeddings/kernel_pca.py": "test_estimators.py",
    "embeddings/locally_linear.py": "test_estimators.py",
    "models/autoencoder.py": "criterion/test_codes.py criterion/test_stochastic_codes.py "
                             "nn/test_gradients.py",
    "models/variational.py": "criterion/test_stochastic_codes.py",
    "nn/activations.py": "nn/test_structure.py",
    "nn/dense.py": "nn/test_structure.py",
    "nn/jacobian.py": "nn/test_structure.py nn/test_gradients.py",
    "nn/layers.py": "nn/test_parameters.py",
    "nn/trainable.py": "nn/test_parameters.py",
    "score/score.py": "test_bad_input.py",
    "sparse_coding/inference.py": "sparse_coding/test_psd.py",
    "sparse_coding/psd.py": "models/test_unfolded.py",
    "sparse_coding/sparse_coder.py": "embeddings/test_embeddings.py",
    "training/fit.py": "checks/test_streams.py training/test_checkpoint.py "
                       "training/test_several.py",
    "training/loop.py": "checks/test_streams.py training/test_checkpoint.py "
                        "training/test_several.py",
    "training/options.py": "criterion/test_stochastic_codes.py embeddings/test_sne.py",
    "training/rows.py": "training/test_minimize.py",
}  # fmt: skip
# Tests that are slow, need other files of the repository, or would run this one again.
LEFT_OUT = (
    "claims/* docs/* figures/* tutorials/* assignments/* applications/test_digits.py "
    "datasets/test_strokes.py persistence/test_every_bit.py "
    "training/test_fullbatch.py training/test_kills.py test_planted.py test_claims_recorder.py "
    "test_claims_pages.py test_kept_lines.py "
    "test_tutorials.py test_readme.py test_processes.py test_torch.py test_benchmarks*.py "
    "test_top_level.py test_equations.py test_notation.py test_shipping.py test_types.py"
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


MISTAKES = [
    Mistake(name, file, old, new) for file, found in PLANTED.items() for name, old, new in found
]
# The control: a test that fails on this fails by itself, and would prove nothing.
HARMLESS = Mistake("a comment", "nn/layers.py", "class Linear(Layer):", "class Linear(Layer):  # y")

# Loaded once, before a process for each mistake is forked from the one that has them: loading
# them costs as much as the tests of one file.
PRELOADED = ["numpy", "numpy.testing", "pytest", "hypothesis", "hypothesis.extra.numpy",
             "matplotlib.pyplot", "scipy.optimize"]  # fmt: skip
NAME = "a planted mistake"  # of a process that runs tests
# multiprocessing asks every process of its parent whether it has ended whenever a new one begins;
# two threads that ask for the same one at once would be told different things.
LOCK = threading.Lock()
NO_TESTS = 5  # exit status of pytest where none has the marks
# What tests/conftest.py imports of the claims, which are not copied.
CLAIM_MODULES = [f"claims/{name}.py" for name in ("fingerprint", "measured", "recorder", "seeds")]
BROKEN = 99  # exit status of a run whose copy was not what was imported


def unit_tests(folder: Path) -> list[str]:
    """Return the paths of the quick unit tests below a folder, the sharp ones first."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("test_*.py")}
    for pattern in LEFT_OUT:
        found -= {path.relative_to(folder).as_posix() for path in folder.glob(pattern)}

    def rank(path: str) -> tuple[int, str]:
        package = path.partition("/")[0]
        late = len(FIRST) + ("/" not in path)
        return (FIRST.index(package) if package in FIRST else late), path

    return sorted(found, key=rank)


def homes(file: str, tests: list[str]) -> list[str]:
    """Return the tests of one file of the library: those that mirror it, or its package's."""
    package, _, name = file.rpartition("/")
    own = [HOMES.get(file, f"{package}/test_{name}"), *ALSO.get(file, "").split()]
    if own[0] in tests:
        return [test for test in own if test in tests]
    return [test for test in tests if test.rpartition("/")[0] == package]


def snapshot(folder: Path) -> Path:
    """Copy what a run needs into an empty folder, compiled, and return the folder."""
    clean = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tinyae", folder / "tinyae", ignore=clean)
    top, units = ROOT / "tests", unit_tests(ROOT / "tests")
    helpers = [
        path.relative_to(top).as_posix()
        for place in sorted({(top / test).parent for test in units} | {top})
        for path in place.glob("*.py")
        if not path.name.startswith(("test_", "planted"))
    ]
    tests = [*helpers, *CLAIM_MODULES, *units]
    for file in ("pyproject.toml", *(f"tests/{test}" for test in tests)):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, folder / file)
    compileall.compile_dir(folder, quiet=2)
    return folder


def caught_by(mistake: Mistake, base: Path) -> str | None:
    """Return the first test that fails on a copy of `base` with this mistake in it, else None.

    Raises
    ------
    LookupError
        If the text to replace does not occur exactly once.
    RuntimeError
        If the tests could not be run: the mistake breaks an import, or the copy was not imported.
    """
    with copy_with(mistake, base) as folder:
        tests = unit_tests(folder / "tests")
        own = homes(mistake.file, tests)
        package = mistake.file.partition("/")[0]
        near = [test for test in tests if test.startswith(f"{package}/") and test not in own]
        others = [test for test in tests if test not in own + near]
        # Its own tests first, which are most often enough, with the cases that a plain run leaves
        # out, then those of its package: collecting them all takes longer. The slow ones come last.
        return (
            first_failure(folder, own, mistake)
            or first_failure(folder, own, mistake, marks="slow")
            or first_failure(folder, near, mistake)
            or first_failure(folder, others, mistake)
            or first_failure(folder, tests, mistake, marks="slow")
        )


def fails_unharmed(tests: list[str], base: Path) -> str | None:
    """Return the first of these tests that fails on a copy of `base` with a comment added."""
    with copy_with(HARMLESS, base) as folder:
        return first_failure(folder, tests, HARMLESS, marks="(slow or not slow)")


@contextmanager
def copy_with(mistake: Mistake, base: Path) -> Iterator[Path]:
    """Make a copy of `base` with this mistake in it, for the time of the block."""
    text = mistake.apply((base / "tinyae" / mistake.file).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="planted") as name:
        folder = Path(name) / "copy"
        shutil.copytree(base, folder)
        path = folder / "tinyae" / mistake.file
        path.write_text(text, encoding="utf-8")
        Path(cache_from_source(path)).unlink(missing_ok=True)
        yield folder


def first_failure(
    folder: Path, tests: list[str], mistake: Mistake, *, marks: str = "not slow"
) -> str | None:
    """Run these tests of `folder` until one fails, in a process of its own; return its name."""
    if not tests:
        return None
    log = folder.parent / f"{marks} {len(tests)}.txt"
    process = processes().Process(target=run_tests, args=(folder, tests, marks, log), name=NAME)
    with LOCK:
        process.start()
    if not wait([process.sentinel], TIMEOUT):
        process.kill()
        wait([process.sentinel])
    with LOCK:
        process.join()
    said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    if process.exitcode in (0, NO_TESTS):
        return None
    failed = re.search(r"^(?:FAILED|ERROR) tests/(\S*?::.*?)(?: - .*)?$", said, re.MULTILINE)
    if process.exitcode == 1 and failed:
        return failed[1]
    raise RuntimeError(
        f"planted mistake {mistake.name!r}: no verdict, exit status {process.exitcode}\n{said}"
    )


def processes():
    """Where processes come from: forked with much loaded, or begun anew where none can be."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)  # what is not installed is passed over
    return context


def run_tests(folder: Path, tests: list[str], marks: str, log: Path) -> None:
    """Run pytest on the copy in `folder` and exit with its status; what it prints goes to `log`.

    Before the tests and after them it is made sure that the copy is what was imported. The process
    ends when its parent does.
    """
    threading.Thread(target=end_with_parent, daemon=True).start()
    with open(log, "w", encoding="utf-8", errors="replace") as file:
        sys.stdout = sys.stderr = file
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        before = os.environ.get("PYTHONPATH")
        os.environ.update(
            PYTHONPATH=os.pathsep.join([str(folder), before] if before else [str(folder)]),
            PYTHONDONTWRITEBYTECODE="1",
            PYTHONUTF8="1",
            PYTEST_ADDOPTS="",
            PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        )
        sys.dont_write_bytecode = True
        sys.path[:0] = [str(folder)]
        paths = [f"tests/{test}" for test in tests]
        chosen = f"{marks} and not claim and not real_data"
        options = ["-x", "-q", "-p", "no:cacheprovider", "-m", chosen, "--assert=plain",
                   "--tb=short"]  # fmt: skip
        try:
            os.chdir(folder)
            import tinyae  # noqa: F401

            check_imported(folder)
            import pytest

            status = int(pytest.main([*options, *paths]))
            check_imported(folder)
        except BaseException:
            traceback.print_exc()
            status = BROKEN
        file.flush()
    sys.stdout = sys.stderr = None
    os._exit(status)


def check_imported(folder: Path) -> None:
    """Raise unless all of tinyae that is loaded comes from `folder`."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "tinyae":
            assert folder.resolve() in Path(module.__file__).resolve().parents, module.__file__


def end_with_parent() -> None:
    """Wait for the end of the process that wanted this one, and end."""
    multiprocessing.parent_process().join()
    os._exit(1)


def catch_all(mistakes: Iterable[Mistake]) -> Iterator[tuple[Mistake, str | None]]:
    """Yield each mistake with the test that caught it, or None.

    The control comes last: every test that caught a mistake must pass on an unharmed copy.

    Raises
    ------
    RuntimeError
        If one of these tests fails on the library with a comment added, so that it proves nothing.
    """
    mistakes, caught = list(mistakes), set()
    with (
        one_thread_each(),
        tempfile.TemporaryDirectory(prefix="planted") as name,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        base = snapshot(Path(name))
        found = [pool.submit(caught_by, mistake, base) for mistake in mistakes]
        try:
            for mistake, test in zip(mistakes, found, strict=True):
                caught.add(test.result())
                yield mistake, test.result()
            failed = fails_unharmed(sorted(caught - {None}), base)
            if failed is not None:
                raise RuntimeError(
                    f"the library as it is fails {failed}: repair that first (a test that needs "
                    "more than tinyae/ belongs in LEFT_OUT)"
                )
        finally:  # nobody waits any more for the runs that are still going on
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(test.done() for test in found):
                with LOCK:
                    for process in multiprocessing.active_children():
                        if process.name == NAME:
                            process.kill()
                time.sleep(0.02)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Give each process that begins inside one BLAS thread: several work beside each other."""
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OPENBLAS_NUM_THREADS"]
        else:
            os.environ["OPENBLAS_NUM_THREADS"] = before


def needed(file: str) -> str:
    """Return the package that the tests of a file of the library need."""
    if not file.startswith("export/"):
        return "numpy"
    return "onnxruntime" if "onnx" in file else "torch"


def main(arguments: list[str] | None = None) -> int:
    """Print which test caught which mistake; return 1 if one was not caught."""
    parser = argparse.ArgumentParser(prog="python tests/planted.py", description=main.__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N",
                        help="plant every N-th mistake of the table only (1: all)")  # fmt: skip
    parser.add_argument("files", nargs="*", metavar="FILE",
                        help="only mistakes of these files, as nn/layers.py (all)")  # fmt: skip
    given = parser.parse_args(arguments)
    unknown = set(given.files) - {mistake.file for mistake in MISTAKES}
    if unknown:
        parser.error(f"no mistake of {', '.join(sorted(unknown))} is in tests/planted_mistakes.py")
    if find_spec("scipy") is None:
        print("planted.py: install SciPy; some mistakes are noticed only by tests that need it",
              file=sys.stderr)  # fmt: skip
        return 2
    wanted = [m for m in MISTAKES if not given.files or m.file in given.files]
    some = wanted[:: max(1, given.every)]
    few = [mistake for mistake in some if find_spec(needed(mistake.file))]
    if len(few) < len(some):
        print(f"planted.py: {len(some) - len(few)} mistakes left out, for want of PyTorch or "
              "onnxruntime", file=sys.stderr)  # fmt: skip
    caught = 0
    for mistake, test in catch_all(few):
        caught += test is not None
        print(f"{mistake.file:<26}{mistake.name:<65}{test or 'NOT CAUGHT'}", flush=True)
    print(f"caught {caught} / planted {len(few)}, of {len(MISTAKES)} in the table")
    return 0 if caught == len(few) else 1


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # names of mistakes have letters such as f″
    # A request to end is an exception like any other: processes end, temporary folders go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
