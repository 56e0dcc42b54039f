"""Diagrams: no box covers another one, all text has room, and a model is not changed by drawing."""

from dataclasses import replace
from functools import cache
from itertools import combinations, product

import matplotlib
import matplotlib.figure
import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.patches import Circle, FancyArrowPatch

from tests.makes import MAKES
from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    Classifier,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    NoisyCode,
    WeightDecay,
)
from tinyae.criterion import BernoulliCode, MixtureDensityOutput, ReconstructionContractive
from tinyae.drawing import Graph, Node
from tinyae.drawing.diagram import draw
from tinyae.drawing.labels import Label, extent
from tinyae.drawing.layout import _split
from tinyae.plotting import Figure, save_figure


def state_of(model):
    """What drawing must not change: the model, the settings and the global generator."""
    state = np.random.get_state()[1].copy()  # noqa: NPY002 (that it is not used)
    return model.theta.copy(), model.grad.copy(), dict(matplotlib.rcParams), state


@cache
def observed(make):
    """The diagram of one make, its model, and the state before and after it was drawn."""
    model = MAKES[make]()
    model.grad[...] = 7.0
    before = state_of(model)
    return model.diagram(), model, before, state_of(model)


def drawn(make):
    """The diagram of one make, for tests that only look at it."""
    return observed(make)[0]


def boxes(ax):
    """The outlines of the nodes by name, as (x0, y0, x1, y1) in data units."""
    found = {}
    for patch in ax.patches:
        if not isinstance(patch, FancyArrowPatch):
            found[patch.get_gid()] = np.ravel(patch.get_path().transformed(
                patch.get_patch_transform()).get_extents().get_points())  # fmt: skip
    return found


def arrows(ax):
    """The lines of the arrows by the names of their ends, 199 points of each."""
    found = {}
    for patch in ax.patches:
        if isinstance(patch, FancyArrowPatch):
            line = patch._path_original.to_polygons(closed_only=False)[0]
            t = np.linspace(0.0, len(line) - 1.0, 199)
            points = [np.interp(t, np.arange(len(line)), axis) for axis in np.transpose(line)]
            found[tuple(patch.get_gid().split(" -> "))] = np.stack(points, axis=1)
    return found


@cache
def text_of(ax):
    """The rectangles (x0, y0, x1, y1) of all labels in pixels, as they are drawn."""
    ax.figure.draw_without_rendering()
    return {label: label.get_window_extent().extents for label in labels(ax)}


def labels(ax):
    """The labels, without other text."""
    return [artist for artist in ax.get_children() if isinstance(artist, Label)]


def overlapping(rectangles):
    """The pairs of rectangles that have a common area."""
    return [
        (a, b)
        for (a, p), (b, q) in combinations(rectangles.items(), 2)
        if min(p[2], q[2]) > max(p[0], q[0]) and min(p[3], q[3]) > max(p[1], q[1])
    ]


def inside(points, box, margin=0.0, is_circle=False):
    """Which points lie in a box, or in the circle in it, that is smaller by a margin."""
    if is_circle:
        center, radius = np.mean(np.reshape(box, (2, 2)), axis=0), (box[2] - box[0]) / 2
        return np.linalg.norm(points - center, axis=1) < radius - margin
    low, high = np.array(box[:2]) + margin, np.array(box[2:]) - margin
    return ((points > low) & (points < high)).all(axis=1)


def crossing(line, other):
    """Whether two lines cross each other; a common end is no crossing."""
    p, q = line[:-1, None], other[None, :-1]
    r, s = np.diff(line, axis=0)[:, None], np.diff(other, axis=0)[None]
    area = r[..., 0] * s[..., 1] - r[..., 1] * s[..., 0]
    area = np.where(np.abs(area) < 1e-12, np.nan, area)  # parallel
    d = q - p
    t = (d[..., 0] * s[..., 1] - d[..., 1] * s[..., 0]) / area
    u = (d[..., 0] * r[..., 1] - d[..., 1] * r[..., 0]) / area
    found = (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
    if not found.any():
        return False
    points = (p + t[..., None] * r)[found]
    ends = np.stack([line[0], line[-1], other[0], other[-1]])
    away = np.linalg.norm(points[:, None] - ends, axis=2).min(axis=1)
    return bool((away > 0.03).any())


WRITTEN = {
    r"$p_{\mathrm{encoder}}$": "p_encoder", r"$p_{\mathrm{decoder}}$": "p_decoder",
    r"\tilde{x}": "x̃", r"\psi ": "ψ", r"\theta ": "θ", "_1": "₁", "_2": "₂", "_3": "₃",
    "$": "", "−": "-", "ᵢ": "_i", "ⱼ": "_j", "ₜ": "_t", "ₓ": "_x",
}  # fmt: skip


def read(label):
    """What a label says, with its formulas in plain text."""
    text = label.get_text()
    for form, plain in WRITTEN.items():
        text = text.replace(form, plain)
    return text


def texts(ax):
    """What is written in the outline of each node, and beside that of each datum."""
    within, beside = {}, {}
    kinds = {patch.get_gid(): type(patch) for patch in ax.patches}
    pixels = text_of(ax)
    inverse = ax.transData.inverted()  # which drawing changes
    rectangles = {label: np.ravel(inverse.transform(np.reshape(r, (2, 2))))
                  for label, r in pixels.items()}  # fmt: skip
    for name, box in boxes(ax).items():
        within[name], beside[name] = [], []
        for label, r in rectangles.items():
            center = np.array([[(r[0] + r[2]) / 2, (r[1] + r[3]) / 2]])
            gap = max(box[0] - r[2], r[0] - box[2], box[1] - r[3], r[1] - box[3])
            if inside(center, box)[0]:
                within[name].append(read(label))
            elif kinds[name] is Circle and gap < 0.1 and label.get_color() != "black":
                beside[name].append(read(label))
    return within, beside


def faults(ax):
    """Everything in a drawn diagram that covers or crosses something else."""
    outlines, lines = boxes(ax), arrows(ax)
    found = [f"{a} covers {b}" for a, b in overlapping(outlines)]
    rectangles = text_of(ax)
    circles = {patch.get_gid() for patch in ax.patches if isinstance(patch, Circle)}
    found += [f"{a.plain} over {b.plain}" for a, b in overlapping(rectangles)]
    window = ax.get_window_extent().extents
    to_pixels = ax.transData.transform
    pixels = {name: np.ravel(to_pixels(np.reshape(b, (2, 2)))) for name, b in outlines.items()}
    for label, r in rectangles.items():
        if (r[:2] < window[:2]).any() or (r[2:] > window[2:]).any():
            found.append(f"{label.plain} leaves the axes")
        for name, box in pixels.items():
            within = box[0] <= r[0] and box[1] <= r[1] and r[2] <= box[2] and r[3] <= box[3]
            if overlapping({"text": r, "box": box}) and not within:
                found.append(f"{label.plain} crosses the outline of {name}")
    for (edge, line), (other, second) in combinations(lines.items(), 2):
        if edge[0] != other[0] and edge[1] != other[1] and crossing(line[::9], second[::9]):
            found.append(f"the arrow from {edge} crosses the one from {other}")
    for (a, b), line in lines.items():
        for label, r in rectangles.items():
            if inside(to_pixels(line), r, 1.0).any():
                found.append(f"the arrow from {a} to {b} runs through the label {label.plain}")
        for name, box in outlines.items():
            if inside(line, box, 0.02, name in circles).any():
                found.append(f"the arrow from {a} to {b} runs through {name}")
        for name, end in ((a, line[0]), (b, line[-1])):
            box = outlines[name]
            grown = [box[0] - 0.02, box[1] - 0.02, box[2] + 0.02, box[3] + 0.02]
            if not inside(end[None], grown).all():
                found.append(f"the arrow from {a} to {b} does not touch {name}")
    return found


@pytest.mark.one_in(36)
@pytest.mark.parametrize("make", MAKES)
def test_nothing_overlaps_and_all_text_has_room(make):
    assert not faults(drawn(make))


@pytest.mark.slow
@pytest.mark.parametrize("make", ["tied", "variational", "head"])
def test_without_costs_nothing_overlaps_either(make):
    model = MAKES[make]()
    ax = model.diagram(cost=False, title="one line\nand another")
    assert not faults(ax)
    assert set(boxes(ax)) == {n.name for n in model.graph().without_costs().nodes}


@pytest.mark.slow
def test_the_judge_finds_faults(monkeypatch):
    """Boxes without gaps, boxes that are too small for their text, arrows through a box."""
    model = MAKES["tied"]()
    with monkeypatch.context() as patched:
        patched.setattr("tinyae.drawing.layout.GAP", -0.5)
        assert any("covers" in fault for fault in faults(model.diagram()))
    with monkeypatch.context() as patched:
        patched.setattr("tinyae.drawing.diagram.PAD", (-0.3, 0.0))
        assert any("crosses the outline" in fault for fault in faults(model.diagram()))
    with monkeypatch.context() as patched:
        patched.setattr("tinyae.drawing.diagram.EDGE", -0.3)
        assert any("leaves the axes" in fault for fault in faults(model.diagram()))
    with monkeypatch.context() as patched:
        patched.setattr("tinyae.drawing.layout._split", lambda right, bottom: (right, right[-1:]))
        found = " ".join(faults(MAKES["all penalties"]().diagram()))
        assert "the arrow from p_decoder to L runs through head cost" in found
    crossed = tuple(Node(name, "data", name, inputs, place=place) for name, inputs, place in (
        ("a", (), "left"), ("b", (), "left"), ("c", ("b",), "right"), ("d", ("a",), "right"),
        ("e", (), "top")))  # fmt: skip
    upright = draw(Graph(crossed))
    upright.patches[-1]._path_original.vertices[:] = [[-1.0, -1.0], [1.0, 1.0]]
    upright.patches[-2]._path_original.vertices[:] = [[-1.0, 1.0], [1.0, -1.0]]
    assert any("crosses the one" in fault for fault in faults(upright))
    ax = draw(Graph(crossed))
    x, y = next(iter(arrows(ax).values()))[100]
    ax.add_artist(Label(x, y, "over", 12.0, formula=("over", False), va="center"))
    assert any("runs through the label over" in fault for fault in faults(ax))
    far = tuple(Node(name, "data", name, inputs) for name, inputs in
                (("a", ()), ("b", ("a",)), ("c", ("a",))))  # fmt: skip
    assert "the arrow from a to c runs through b" in faults(draw(Graph(far)))


@pytest.mark.one_in(18)
@pytest.mark.parametrize("make", MAKES)
def test_every_node_and_every_arrow_is_drawn_once(make):
    model = MAKES[make]()
    graph, ax = model.graph(), drawn(make)
    assert list(boxes(ax)) == [node.name for node in graph.nodes]
    once = {frozenset(edge) for edge in graph.edges()}
    assert sorted(map(sorted, arrows(ax))) == sorted(map(sorted, once))
    written = [read(label).replace("\n", " ") for label in labels(ax)]
    for node in graph.nodes:
        assert not node.part or node.part in written
    assert f"{type(model).__name__}, {model.theta.size} parameters" in written
    assert not graph.note or graph.note in written


def wanted_texts(graph):
    """What has to be written in and beside each node, from the graph alone."""
    within, beside = {}, {}
    for node in graph.nodes:
        width = " → ".join(map(str, node.shape))
        text = node.text.replace("−", "-")
        more = [word.replace("−", "-") for word in (width, node.note) if word]
        is_datum = node.kind == "data"
        within[node.name] = [text if is_datum or not more else f"{text}\n{', '.join(more)}"]
        beside[node.name] = ["\n".join(more)] if is_datum and more else []
    return within, beside


@pytest.mark.one_in(18)
@pytest.mark.parametrize("make", MAKES)
def test_every_node_has_its_own_text(make):
    graph = MAKES[make]().graph()
    assert texts(drawn(make)) == wanted_texts(graph)


@pytest.mark.slow
@pytest.mark.parametrize("imposter", ["x and r are swapped", "widths are missing"])
def test_the_judge_of_texts_finds_imposters(imposter):
    model = MAKES["plain"]()
    graph = model.graph()
    if imposter == "x and r are swapped":
        other = {"x": "r", "r": "x"}
        nodes = [replace(node, text=other.get(node.text, node.text)) for node in graph.nodes]
    else:
        nodes = [replace(node, shape=()) for node in graph.nodes]
    assert texts(draw(replace(graph, nodes=tuple(nodes)))) != wanted_texts(graph)
    assert texts(draw(graph)) == wanted_texts(graph)


SLOTS = [
    slots
    for slots in product(
        (None, GaussianNoise(0.2)),
        (None, NoisyCode(0.1), GaussianCode(), BernoulliCode(straight_through=True)),
        (GaussianOutput(), BernoulliOutput(), MixtureDensityOutput(4)),
        (None, Classifier(3)),
        ((), (L1(0.1),), (WeightDecay(0.1),), (ReconstructionContractive(0.1),),
         (L1(0.1), ReconstructionContractive(0.1), WeightDecay(1))),
    )
]  # fmt: skip


def slots_without_faults(slots, sizes):
    """Draw a model with these slots; assert that nothing is covered or crossed."""
    corruption, code, output, head, penalties = slots
    model = Autoencoder.dense(sizes, corruption=corruption, code=code, output=output, head=head,
                              penalties=penalties)  # fmt: skip
    assert not faults(model.diagram()), slots


@pytest.mark.one_in(2)
@pytest.mark.parametrize("make", ["shallow head", "all penalties"])
def test_labels_stand_beside_the_cost_that_reads_them(make):
    x0, y0, x1, y1 = np.transpose([boxes(drawn(make))[name] for name in ("head cost", "y")])
    assert x1[0] < x0[1] and y0[0] + y1[0] == pytest.approx(y0[1] + y1[1])


@pytest.mark.slow
def test_some_combinations_of_all_slots():
    for slots in SLOTS[7::61]:  # 61 is prime to every number of choices
        slots_without_faults(slots, (20, 5))


@pytest.mark.slow
@pytest.mark.parametrize(("sizes", "first"), [((20, 5), 0), ((2000, 900, 500), 2)])
def test_every_seventh_combination_of_slots(sizes, first):
    for slots in SLOTS[first::7]:  # 7 is prime to every number of choices
        slots_without_faults(slots, sizes)


def test_arrows_point_to_their_reader():
    for make in ("plain", "rbm"):
        ax = MAKES[make]().diagram()
        for patch in ax.patches:
            if isinstance(patch, FancyArrowPatch):
                mutual = make == "rbm" and patch.get_gid() != "x -> L"
                style = type(patch.get_arrowstyle()).__name__
                assert style == ("CurveFilledAB" if mutual else "CurveFilledB"), patch.get_gid()


@pytest.mark.slow
def test_given_axes_are_used_in_any_size():
    figure = matplotlib.figure.Figure(figsize=(9, 3))
    model = MAKES["head"]()
    for ax in figure.subplots(1, 2):
        assert model.diagram(ax=ax) is ax
        assert not faults(ax)
    assert len(figure.axes) == 2, "no axes of its own"
    small = matplotlib.figure.Figure(figsize=(5, 4)).add_subplot()
    assert not faults(model.diagram(ax=small))
    assert len(model.diagram(ax=small).figure.axes) == 1


@pytest.mark.slow
def test_letters_are_large_on_a_slide():
    """At least 11 points where the diagram fills a slide of 13.3 by 7.5 inches."""
    for make in ("plain", "tied", "deep", "noisy", "variational", "recurrent", "rbm"):
        ax = drawn(make)
        width, height = ax.figure.get_size_inches()
        enlarged = min(13.3 / width, 7.5 / height)
        text_of(ax)
        assert min(label.get_fontsize() for label in labels(ax)) * enlarged > 11, make


def test_what_is_corrupted_or_random_is_dashed():
    """In colour and in grey: C, x̃ and the arrows to h, the noise of the code, and p_decoder."""
    model = Autoencoder.dense((6, 4), corruption=GaussianNoise(0.3), code=NoisyCode(0.1))
    dashed, colours = set(), {}
    for patch in model.diagram().patches:
        if patch.get_linestyle() == "--":
            dashed.add(patch.get_gid())
        colours[patch.get_gid()] = patch.get_edgecolor()
    assert dashed == {
        "C", "x̃", "x̃ -> encoder f 1", "encoder f 1 -> h", "p_encoder", "p_decoder"
    }  # fmt: skip
    assert colours["x̃"] == colours["x̃ -> encoder f 1"] != colours["x -> C"]


@pytest.mark.one_in(9)
@pytest.mark.parametrize("make", MAKES)
def test_drawing_changes_nothing(make):
    _, model, before, after = observed(make)
    for one, other in zip(before, after, strict=True):
        if isinstance(one, dict):
            assert one == other
        else:
            np.testing.assert_array_equal(one, other)
    assert (after[1] == 7.0).all() and model.training is None
    model.check_packed()


@pytest.mark.slow
def test_diagrams_are_saved_and_shown(tmp_path):
    files = []
    for name in "ab":
        ax = MAKES["variational"]().diagram()
        assert isinstance(ax.figure, Figure) and ax._repr_png_().startswith(b"\x89PNG")
        files.append(save_figure(ax, tmp_path / f"{name}.svg").read_bytes())
    assert files[0] == files[1] and b"GaussianCode" in files[0], "text stays text"


def test_text_that_looks_like_a_formula_is_not_read_as_one():
    nodes = (
        Node("a", "data", "$"),
        Node("b", "layer", "costs $5_{ or $6 for x̃", ("a",)),
        Node("c", "data", r"\frac", ("b",), place="top"),
        Node("d", "cost", "100 % {", ("c",), place="bottom"),
    )
    ax = draw(Graph(nodes, "a title with $ and _"))
    assert not faults(ax)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"cost": "no"}, "cost must be True or False"),
        ({"title": 3}, "title must be a text"),
        ({"ax": matplotlib.figure.Figure()}, "ax must be one matplotlib Axes"),
    ],
)
def test_wrong_arguments(options, says):
    with pytest.raises(TypeError, match=says):
        MAKES["plain"]().diagram(**options)


def test_a_label_outside_of_axes_keeps_its_size_in_points():
    figure = Figure()
    label = Label(0.5, 0.5, "x", 9.0, ("x", False))
    figure.add_artist(label)
    renderer = RendererAgg(400, 300, figure.dpi)
    label.draw(renderer)
    assert label.get_fontsize() == 9.0
    ax = figure.add_subplot()
    inside = ax.add_artist(Label(0.5, 0.5, "x", 9.0, ("x", False)))
    inside.draw(renderer)
    assert inside.get_fontsize() > 20.0, "the control: a unit of these axes is wider than an inch"


def test_an_empty_line_has_no_width_but_a_height():
    for text in ("", "  "):
        assert extent((text, False), 10.0) == (0.0, extent(("x", False), 10.0)[1])
    assert extent(("x\n\nx", False), 10.0)[1] == pytest.approx(3 * extent(("x", False), 10.0)[1])


@pytest.mark.one_in(3)
@pytest.mark.parametrize("size", [(12.0, 2.0), (2.0, 12.0), (3.0, 3.0)])
def test_lines_are_thinner_in_small_axes(size):
    """In the proportion of the side that is the scarcer one."""
    model = MAKES["plain"]()
    new = model.diagram()
    ax = model.diagram(ax=matplotlib.figure.Figure(figsize=size).add_axes((0, 0, 1, 1)))
    (x0, x1), (y0, y1) = new.get_xlim(), new.get_ylim()
    scale = min(size[0] / (x1 - x0), size[1] / (y1 - y0))
    for one, other in zip(ax.patches, new.patches, strict=True):
        assert one.get_linewidth() == pytest.approx(scale * other.get_linewidth())


def test_the_node_that_the_bottom_row_reads_divides_the_right_column():
    a, b, c = (Node(name, "layer", name) for name in "abc")
    for bottom, parts in (
        ([Node("L", "cost", "L", ("b",))], ([a, b], [b, c])),
        ([Node("L", "cost", "L", ("a", "c"))], ([a], [a, b, c])),
        ([], ([a, b, c], [c])),
    ):
        assert _split([a, b, c], bottom) == parts
    assert _split([], []) == ([], [])
