"""The tutorials as notebooks: built from the same files, with the same cells, and they run."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.test_tutorials import FOLDER, TUTORIALS, cells
from tutorials.notebooks import BESIDE, build

ROOT = Path(__file__).parents[2]
QUICK = ("10_recirculation", "13_unrolling_a_manifold")


def test_without_jupytext_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupytext", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install -e \"\.\[notebooks\]\""):
        build(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore")
def test_a_notebook_has_the_cells_of_its_tutorial(tmp_path):
    pytest.importorskip("jupytext")
    built = build(tmp_path)
    assert [path.stem for path in built] == [path.stem for path in TUTORIALS]
    assert all((tmp_path / name).exists() for name in BESIDE)
    for notebook, tutorial in zip(built, TUTORIALS, strict=True):
        found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        kinds = [cell["cell_type"] == "markdown" for cell in found]
        assert kinds == [is_text for is_text, _ in cells(tutorial)]
        assert "".join(found[0]["source"]).startswith("# Tutorial ")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", QUICK)
def test_a_notebook_runs(name, tmp_path, monkeypatch, measured):
    """With the library on the path, and nothing else of the repository."""
    pytest.importorskip("jupytext")
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    (path,) = build(tmp_path, [FOLDER / f"{name}.py"])
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3",
                            resources={"metadata": {"path": str(tmp_path)}}).execute()  # fmt: skip
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    said = "".join(out.get("text", "") for cell in code for out in cell.outputs)
    assert "not answered yet" in said and "no guess yet" in said
    assert list((tmp_path / "out").glob("*.png")), "it draws beside itself"
    pictures = [out for cell in code for out in cell.outputs if "image/png" in out.get("data", {})]
    assert pictures, "and in the notebook"
    measured(f"notebook {name}: {len(code)} cells of code, {len(pictures)} pictures")
