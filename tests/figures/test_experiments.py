"""Experiments compute, and figures draw: a test of the imports and of the docstrings."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENTS = sorted(
    path for path in (ROOT / "figures/experiments").glob("*.py") if path.name != "__init__.py"
)


def imported(path):
    """Return the names of all modules that a file imports; a name of a module may be among them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = path.relative_to(ROOT).parents[node.level - 1].parts if node.level else ()
            module = ".".join((*start, *filter(None, (node.module,))))
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.one_in(8)
@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_experiment_draws_nothing_and_is_explained(path):
    names = imported(path)
    assert not [name for name in names if name.startswith("matplotlib")]
    figures = [name for name in names if name.startswith("figures.")]
    assert all(name.startswith("figures.experiments") for name in figures), figures
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree).splitlines()[0].endswith(".")
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


A_FIGURE_AS_A_TASK = ROOT / "tutorials" / "assignments" / "tasks" / "figure.py"


@pytest.mark.parametrize("folder", ["tests", "tutorials", "benchmarks", "docs"])
def test_only_figures_import_a_figure(folder):
    paths = set((ROOT / folder).rglob("*.py")) - {A_FIGURE_AS_A_TASK}
    assert paths
    for path in sorted(paths):
        if "fig_" not in path.read_text(encoding="utf-8"):
            continue
        wrong = [name for name in imported(path) if name.startswith("figures.fig_")]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"
