"""The figures: each computes and draws in quick form, and the claims behind them, over seeds."""

import copy
import json
import os
import re
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from figures import common
from figures.__main__ import main
from figures.catalogue import FIGURES
from figures.experiments import computational_graph, spiral, three_points
from figures.experiments.networks import train
from figures.making import figure
from figures.parallel import as_finished
from figures.spread import spread
from figures.status import Status
from tests.figures.quick_numbers import NUMBERS, quick
from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    MaskingNoise,
    NoisyCode,
    SaltAndPepperNoise,
    Tanh,
    WeightDecay,
)
from tinyae.criterion import ReconstructionContractive
from tinyae.drawing import Graph
from tinyae.plotting import Figure
from tinyae.training import terminal_line

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_quick_form(number, tmp_path):
    module, numbers = FIGURES[number], quick(number)
    figure = module.draw(numbers)
    assert isinstance(figure, Figure)  # which a notebook shows
    titled = {axes.get_subplotspec() for axes in figure.axes if axes.get_title()}
    for axes in figure.axes:
        if not axes.axison:  # a diagram has no axes to label, only a title
            title = axes.get_title(loc="left") or axes.get_title()
            assert title or any(text.get_gid() == "title" for text in axes.texts)
            continue
        assert axes.get_ylabel() and axes.get_subplotspec() in titled  # a twin shares its place
    alt = module.ALT.format(**numbers)
    paths = common.emit(module.NAME, numbers, figure, tmp_path, title=module.TITLE, alt=alt)
    assert [p.suffix for p in paths] == [".svg", ".png", ".json"]
    assert all(p.stat().st_size > 60 for p in paths)  # a diagram has few numbers
    written = json.loads(paths[2].read_text())
    assert set(written) == set(numbers)
    for key in module.CHECKED:
        assert written[key] == numbers[key]


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_quick_numbers_are_the_expected_ones(number):
    module = FIGURES[number]
    expected = json.loads((common.EXPECTED / f"{module.NAME}.quick.json").read_text())
    assert common.compare(quick(number), expected, module.CHECKED) == []


def test_check_catches_a_number_that_moved_or_is_missing():
    expected = {key: {"value": 1.0, "deviation": 0.025} for key in "abc"}
    problems = common.compare({"a": 1.2, "b": 1.05, "c": np.nan}, expected, "abc")
    assert [p.split()[0] for p in problems] == ["a", "c"]
    assert common.compare({"a": 1}, {}, "a") == ["a is missing from the expected numbers"]
    assert common.compare({}, expected, "a") == ["a is missing from the figure"]


def test_what_is_not_finite_is_null_in_the_file_and_nan_when_it_is_read(tmp_path):
    numbers = {
        "single": np.inf, "small": np.float32(np.nan), "row": np.array([1.0, np.nan]), "many": 2.5,
        "rows": np.array([[np.nan, -np.inf], [0.5, 2.0]]), "counts": np.array([3, 4]),
        "listed": [1.0, np.nan], "parameters": {"sigmas": [0.1, np.inf]}, "kinds": ["a", "b"],
    }  # fmt: skip
    *_, path = common.emit("numbers", numbers, Figure(figsize=(1, 1)), tmp_path, formats=("png",))

    def refuse(constant):
        raise ValueError(constant)

    strict = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    assert strict["single"] is None and strict["rows"] == [[None, None], [0.5, 2.0]]
    read = common.read_numbers("numbers", tmp_path)
    assert np.isnan(read["single"]) and np.isnan(read["small"]) and read["many"] == 2.5
    np.testing.assert_array_equal(read["row"], [1.0, np.nan])
    np.testing.assert_array_equal(read["rows"], [[np.nan, np.nan], [0.5, 2.0]])
    assert read["counts"].dtype.kind == "i" and read["kinds"].tolist() == ["a", "b"]
    np.testing.assert_array_equal(read["listed"], [1.0, np.nan])


def test_tolerances_are_four_deviations_over_seeds():
    found = [{"a": 1.0, "b": 7.0}, {"a": 3.0, "b": 7.0}]
    expected = common.with_spread(common.recorded({"a": 2.0, "b": 7.0}, {}, "ab"), found)
    assert expected["a"] == {"value": 2.0, "deviation": pytest.approx(2**0.5)}
    assert common.tolerance(expected["a"]) == pytest.approx(4 * 2**0.5)
    assert common.tolerance(expected["b"]) == pytest.approx(7e-6), "rounding only"
    again = common.recorded({"a": 2.5, "b": 7.0}, expected, "ab")
    assert again["a"] == {**expected["a"], "value": 2.5}


def test_the_spread_is_recorded(tmp_path, monkeypatch):
    module = FIGURES["14.7"]
    monkeypatch.setattr(common, "EXPECTED", tmp_path)
    monkeypatch.setattr(module, "CHECKED", ("a",))
    monkeypatch.setattr(module, "compute", lambda seed, quick: {"a": float(seed)})
    assert spread("14.7", seeds=3)[1], "nothing is recorded yet"
    for form, value in (("", 5.0), (".quick", 2.0)):
        path = tmp_path / f"{module.NAME}{form}.json"
        common.write_expected(path, common.recorded({"a": value}, {}, "a"))
    report, wrong = spread("14.7", seeds=3)
    assert not wrong and report.count("± 4") == 2
    assert json.loads(path.read_text()) == {"a": {"value": 2.0, "deviation": 1.0}}


@pytest.mark.slow
def test_command_line(tmp_path, monkeypatch, capsys):
    module = FIGURES["14.7"]
    monkeypatch.setattr(common, "OUT", tmp_path)
    monkeypatch.setattr(common.emit, "__defaults__", (tmp_path,))
    numbers = copy.deepcopy(quick("14.7"))
    monkeypatch.setattr(module, "compute", lambda seed, quick: numbers)
    assert main(["14.7", "--quick", "--check"]) == 0
    text = capsys.readouterr().out
    assert "fixed_points               5" in text and "all within tolerance" in text
    assert str(tmp_path) in text and (tmp_path / f"{module.NAME}.quick.svg").exists()
    numbers["largest_slope_at_data"] += 1.0
    assert main(["14.7", "--quick", "--check"]) == 1
    assert "largest_slope_at_data = " in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["14.99"])


@pytest.mark.slow
def test_figures_at_a_time_give_the_same_reports():
    """The command, in processes of their own; these are the quickest two."""
    tasks = {
        number: partial(figure, number, seed=0, quick=True, record=False, check=True)
        for number in ("14.6", "14.3")
    }
    alone = [report for _, (report, wrong) in as_finished(tasks, 1) if not wrong]
    command = "-m figures 14.6 14.3 --quick --check --jobs 2".split()
    run = subprocess.run(
        [sys.executable, *command], capture_output=True, check=True, cwd=ROOT,
        encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    found, *reports = (re.sub(r"[0-9.]+ s\)", "", text) for text in (run.stdout, *alone))
    assert found.startswith(("\n".join(reports), "\n".join(reports[::-1])))
    assert found.count("all within tolerance") == 2
    assert run.stderr == ""


WAIT = "import pathlib, time\nwhile not pathlib.Path({!r}).exists(): time.sleep(0.01)"
TOUCH = "import pathlib\npathlib.Path({!r}).touch()"


def test_a_quick_task_is_yielded_while_a_long_one_runs(tmp_path):
    goes_on = tmp_path / "goes_on"
    tasks = {"waits": partial(exec, WAIT.format(str(goes_on))), "quick": partial(exec, "")}
    results = as_finished(tasks, 2)
    assert next(results)[0] == "quick"
    goes_on.touch()
    assert list(results) == [("waits", None)]
    assert [name for name, _ in as_finished(tasks, 1)] == ["waits", "quick"]


def test_after_an_error_those_that_run_are_finished_and_no_others_begun(tmp_path):
    goes_on, said, results = tmp_path / "goes_on", [], []
    waiting = partial(exec, WAIT.format(str(goes_on)))
    later = {f"later {i}": waiting for i in range(6)}

    def failed(name, error):
        said.append((name, type(error)))
        goes_on.touch()

    with pytest.raises(ZeroDivisionError):
        for name, _ in as_finished({"waits": waiting, "failing": partial(exec, "1 / 0"), **later},
                                   2, failed):  # fmt: skip
            results.append(name)
    assert said == [("failing", ZeroDivisionError)]
    assert "waits" in results and "later 5" not in results
    with pytest.raises(ZeroDivisionError):
        list(as_finished({"alone": partial(exec, "1 / 0")}, 1, failed))
    assert said[1:] == [("alone", ZeroDivisionError)]


def test_a_process_that_was_killed_names_what_was_running(tmp_path):
    waiting, said = partial(exec, WAIT.format(str(tmp_path / "never"))), []
    tasks = {"waits": waiting, "killed": partial(exec, "import os\nos._exit(9)"), "later": waiting}
    with pytest.raises(BrokenProcessPool):
        list(as_finished(tasks, 2, lambda name, error: said.append(name)))
    assert said == ["waits", "killed"]


def test_an_interruption_in_one_task_ends_all_at_once(tmp_path):
    waiting = partial(exec, WAIT.format(str(tmp_path / "never")))
    with pytest.raises(KeyboardInterrupt):
        stopped = partial(exec, "raise KeyboardInterrupt")
        list(as_finished({"waits": waiting, "stopped": stopped}, 2))


def test_the_line_on_a_terminal_says_what_is_running(monkeypatch, capsys):
    names = ["14.5", "14.6", "14.7"]
    with Status(names, 2) as status:
        status.finished("14.6", "figure 14.6")
        assert status.parts == ["1 of 3 finished", "running: 14.5", "14.7"]
    assert capsys.readouterr() == ("figure 14.6\n", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "fileno", lambda: 7)  # standard output may be wider
    widths = {7: os.terminal_size((36, 24)), 1: os.terminal_size((80, 24))}
    monkeypatch.setattr(terminal_line.os, "get_terminal_size", lambda fd=1: widths[fd])
    with pytest.raises(KeyboardInterrupt), Status(names, 2) as status:
        status.finished("14.6", "figure 14.6")
        raise KeyboardInterrupt
    out, err = capsys.readouterr()
    blank = f"\r{' ' * 30}\r"
    assert out == "figure 14.6\n"
    line = "\r{} of 3 finished, running: 14.5"  # the second name does not fit
    assert err == line.format(0) + blank + line.format(1) + blank
    for alone, jobs in ((names, 1), (names[:1], 2)):  # the training of a single one has its own
        with Status(alone, jobs) as status:
            for name in alone:
                status.finished(name, "report")
    assert capsys.readouterr().err == ""

    with Status([*names, "14.8", "14.9"], 2) as status:
        status.failed("14.6", ValueError("no"))
        assert status.parts == ["0 of 5 finished", "running: 14.5", "14.7"]
        status.finished("14.8", "it was in the queue")
        status.finished("14.5", "report")
        assert status.parts == ["2 of 5 finished", "running: 14.7"], "no others are started"
    assert f"{blank}14.6 failed: ValueError('no')\n" in capsys.readouterr().err
    with Status(["14.6"], 1) as status:
        status.failed("14.6", ValueError("no"))
    assert capsys.readouterr().err == "", "the error itself says enough of a single one"

    def broken(text):
        raise BrokenPipeError

    monkeypatch.setattr(sys.stderr, "write", broken)
    with Status(names, 2) as status:
        for name in names:
            status.finished(name, "report")
    assert capsys.readouterr().out == 3 * "report\n"


def test_an_interrupted_training_draws_nothing(monkeypatch, rng):
    model = spiral.denoiser(0.05, rng, weight=1, bias=1)

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(model, rng.random((10, 2)), callback=interrupt)


@pytest.mark.parametrize(
    ("options", "nodes", "edges"),
    [
        ({}, 6, 6),  # x, a layer, h, a layer, r, L: x enters L again
        ({"corruption": GaussianNoise(0.2)}, 8, 8),
        ({"output": BernoulliOutput(), "corruption": MaskingNoise(0.5), "tied": True}, 9, 9),
        ({"sizes": (6, 5, 4, 3), "activation": Tanh, "corruption": MaskingNoise(0.5)}, 12, 12),
        ({"corruption": SaltAndPepperNoise(0.3), "code": NoisyCode(0.1),
          "penalties": [Contractive(0.1, probes=2), L1(0.1)]}, 12, 12),
        ({"penalties": WeightDecay(0.1)}, 7, 6),
        ({"code": GaussianCode(beta=0.5), "output": BernoulliOutput()}, 10, 10),
        ({"code": GaussianCode(beta=0.5), "penalties": L1(0.1), "output": BernoulliOutput()},
         12, 12),
        ({"corruption": GaussianNoise(0.2), "output": BernoulliOutput(),
          "penalties": [ReconstructionContractive(0.1), L1(0.1)]}, 11, 11),
    ],
)  # fmt: skip
def test_the_graph_is_the_model_s_own(options, nodes, edges, rng):
    x = rng.random((4, 6))
    model = Autoencoder.dense(**{"sizes": (6, 3), "rng": 1, **options})
    model.grad[...] = 7.0
    graph, values = model.graph(), computational_graph.values(model, x, seed=5)
    costs = [values[node.name] for node in graph.nodes if node.kind == "cost"]
    assert sum(costs) == pytest.approx(model.loss(x, rng=5), rel=1e-12)
    assert (model.grad == 7.0).all() and list(values) == [node.name for node in graph.nodes]
    counts = computational_graph.counts(model, graph)
    assert counts == {"nodes": nodes, "edges": edges, "d": 6, "k": model.d_code}
    for node in graph.nodes:  # the shape that is drawn is that of the value
        if node.kind in ("data", "layer"):
            assert values[node.name].shape == (4, node.shape[-1])


def noticed(model, graph, x):
    """Whether the values of a graph say that it is not the model's."""
    try:
        values = computational_graph.values(model, x, seed=5, graph=graph)
    except ValueError:
        return True
    costs = sum(values[node.name] for node in graph.nodes if node.kind == "cost")
    return costs != pytest.approx(model.loss(x, rng=5), rel=1e-9)


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "wrong",
    [
        {"L": ("x̃", "p_decoder")},
        {"L": ("x̃", "r")},
        {"L": ("r",)},
        {"L": ("x", "h")},
        {"L": ("x", "x")},
        {"C": ()},
        {"C": (), "L": ("r",)},
        {"L": ("x̃", "r"), "Ω": ("x̃",)},
        {"Ω": ("x̃",)},
        {"Ω": ("u",)},
        {"Ω": ()},
        {"Ω(r)": ("h",)},
        {"KL": ("z",)},
        {"p_encoder": ("x",)},
        {"z": ("u",)},
        {"encoder f 1": ("x",)},
        {"decoder g 1": ("h",)},
    ],
    ids=str,
)
def test_a_wrong_arrow_is_noticed(wrong, rng):
    """Every arrow that a wrong graph has in place of the model's own."""
    x = rng.random((4, 6))
    model = Autoencoder.dense(
        (6, 3), corruption=GaussianNoise(0.4), code=GaussianCode(beta=0.5),
        output=BernoulliOutput(),
        penalties=[L1(0.3), ReconstructionContractive(0.2)], rng=1,
    )  # fmt: skip
    graph = model.graph()
    assert not noticed(model, graph, x)
    nodes = [replace(node, inputs=wrong.get(node.name, node.inputs)) for node in graph.nodes]
    assert set(wrong) <= {node.name for node in nodes}
    assert noticed(model, Graph(tuple(nodes)), x)


def test_the_graph_of_a_head_is_refused(rng):
    model = Autoencoder.dense((6, 3), head=Classifier(2))
    with pytest.raises(ValueError, match="head"):
        computational_graph.values(model, rng.random((4, 6)))


def test_the_ridge_is_where_a_field_turns_outwards():
    """Half-way between the arms by construction: a field that points to the nearer arm."""
    t = np.linspace(3.0, 15.0 - 2 * np.pi, 7)
    middle = 0.04 * (t + np.pi)[:, None] * np.stack([np.sin(t), np.cos(t)], axis=1)

    def away(x):
        angle = np.arctan2(x[:, 0], x[:, 1])
        radius = np.linalg.norm(x, axis=1)
        turns = np.round((radius / 0.04 - np.pi - angle) / (2 * np.pi))
        return (radius - 0.04 * (angle + 2 * np.pi * turns + np.pi))[:, None] * x

    np.testing.assert_allclose(spiral.ridge(away, 7), middle, atol=1e-12)
    assert np.isnan(spiral.ridge(lambda x: -x, 7)).all()


def test_slope_is_the_derivative():
    rng = np.random.default_rng(0)
    model, _ = three_points.learn(0, epochs=1)
    x = rng.uniform(-0.8, 0.8, 20)
    step = 1e-6
    up, down = (model.reconstruct((x + s)[:, None])[:, 0] for s in (step, -step))
    np.testing.assert_allclose(
        three_points.slope(model, x), (up - down) / (2 * step), rtol=1e-6, atol=1e-8
    )
