"""The figures: each computes and draws in quick form, and the claims behind them, over seeds."""

import copy
import json

import numpy as np
import pytest

from figures import common, fig_14_05_vector_field, fig_14_07_three_points
from figures.__main__ import FIGURES, main


@pytest.fixture(scope="module")
def quick():
    return {number: module.compute(seed=0, quick=True) for number, module in FIGURES.items()}


@pytest.mark.parametrize("number", FIGURES)
def test_quick_form(number, quick, tmp_path):
    module, numbers = FIGURES[number], quick[number]
    figure = module.draw(numbers)
    titled = {axes.get_subplotspec() for axes in figure.axes if axes.get_title()}
    for axes in figure.axes:
        assert axes.get_ylabel() and axes.get_subplotspec() in titled  # a twin shares its place
    paths = common.emit(module.NAME, numbers, figure, tmp_path)
    assert [p.suffix for p in paths] == [".svg", ".png", ".json"]
    assert all(p.stat().st_size > 300 for p in paths)
    written = json.loads(paths[2].read_text())
    assert set(written) == set(numbers)
    for key in module.TOLERANCES:
        assert written[key] == numbers[key]


@pytest.mark.parametrize("number", FIGURES)
def test_quick_numbers_are_the_expected_ones(number, quick):
    module = FIGURES[number]
    expected = json.loads((common.EXPECTED / f"{module.NAME}.quick.json").read_text())
    assert common.compare(quick[number], expected, module.TOLERANCES) == []


def test_check_catches_a_number_that_moved_or_is_missing():
    tolerances = {"a": 0.1, "b": 0.1, "c": 0.1}
    problems = common.compare(
        {"a": 1.2, "b": 1.05, "c": np.nan}, {"a": 1, "b": 1, "c": 1}, tolerances
    )
    assert [p.split()[0] for p in problems] == ["a", "c"]
    assert common.compare({"a": 1}, {}, {"a": 0.1}) == ["a is missing from the expected numbers"]
    assert common.compare({}, {"a": 1}, {"a": 0.1}) == ["a is missing from the figure"]


def test_command_line(tmp_path, monkeypatch, capsys, quick):
    module = FIGURES["14.7"]
    monkeypatch.setattr(common, "OUT", tmp_path)
    monkeypatch.setattr(common.emit, "__defaults__", (tmp_path,))
    numbers = copy.deepcopy(quick["14.7"])
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


def test_an_interrupted_training_draws_nothing(monkeypatch, rng):
    model = fig_14_05_vector_field.denoiser(0.05, rng, weight=1, bias=1)

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        common.train(model, rng.random((10, 2)), callback=interrupt)


def test_slope_is_the_derivative():
    rng = np.random.default_rng(0)
    model, _ = fig_14_07_three_points.learn(0, epochs=1)
    x = rng.uniform(-0.8, 0.8, 20)
    step = 1e-6
    up, down = (model.reconstruct((x + s)[:, None])[:, 0] for s in (step, -step))
    np.testing.assert_allclose(
        fig_14_07_three_points.slope(model, x), (up - down) / (2 * step), rtol=1e-6, atol=1e-8
    )
