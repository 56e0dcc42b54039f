"""Graphs of models: the nodes are the model's own layers, widths, noise and costs."""

import numpy as np
import pytest

from tests.makes import MAKES, Apart, Judge
from tinyae import (
    RBM,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    HelmholtzMachine,
    Identity,
    KLSparsity,
    Layer,
    Linear,
    MaskingNoise,
    NoisyCode,
    Tanh,
    WeightDecay,
)
from tinyae.criterion import Output
from tinyae.drawing import Graph, Node
from tinyae.models import MaximumLikelihood, RecurrentDenoiser, Walkback
from tinyae.nn import Trainable
from tinyae.nn.graph import setting
from tinyae.nn.structure import in_series

PARTS = {"encoder f": "encoder", "decoder g": "decoder"}
AUTOENCODERS = [name for name in MAKES if isinstance(MAKES[name](), Autoencoder)]


def of_part(graph, part):
    """The nodes of one part, in order."""
    return [node for node in graph.nodes if node.part == part]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("make", AUTOENCODERS)
def test_the_nodes_are_the_model_s_own_layers(make):
    model = MAKES[make]()
    graph = model.graph()
    for part, name in PARTS.items():
        nodes, net = of_part(graph, part), model.parts[name]
        drawn = [layer for node in nodes for layer in node.source]
        assert len(drawn) == len(list(in_series(net)))
        assert all(a is b for a, b in zip(drawn, in_series(net), strict=True))
        for before, after in zip(nodes, nodes[1:], strict=False):
            assert after.inputs == (before.name,) and before.shape[1] == after.shape[0]
        linear = [layer for layer in in_series(net) if isinstance(layer, Linear)]
        assert nodes[0].shape[0] == linear[0].d_in and nodes[-1].shape[1] == linear[-1].d_out
        for node in nodes:
            only = [layer for layer in node.source if isinstance(layer, Linear)]
            if len(only) == 1:
                assert node.shape == (only[0].d_in, only[0].d_out)
                assert (node.note == "tied") == ("ᵀ" in node.text) == (only[0].source is not None)
    code = next(n for n in graph.nodes if n.inputs == (of_part(graph, "encoder f")[-1].name,))
    assert code.shape == (of_part(graph, "encoder f")[-1].shape[1],)
    reads = "h" if model.code is None else "z"
    assert of_part(graph, "decoder g")[0].inputs == (reads,)
    assert graph[reads].shape == (model.d_code,)
    assert graph["x"].shape == graph["r"].shape == (model.d_in,)


@pytest.mark.parametrize("corruption", [None, GaussianNoise(0.25)])
@pytest.mark.parametrize("code", [None, NoisyCode(0.1), GaussianCode()])
def test_noise_stands_where_it_enters(corruption, code):
    model = Autoencoder.dense((6, 4), corruption=corruption, code=code)
    graph = model.graph()
    noise = {node.name: node for node in graph.nodes if node.kind == "noise"}
    expected = [name for name, slot in (("C", corruption), ("p_encoder", code)) if slot]
    assert list(noise) == expected
    first = of_part(graph, "encoder f")[0]
    assert first.inputs == (("x̃",) if corruption else ("x",))
    assert {n.name for n in graph.nodes if n.corrupted} == (
        {"x̃", "encoder f 1"} if corruption else set()
    )
    if corruption:
        assert noise["C"].inputs == ("x",) and graph["x̃"].inputs == ("C",)
        assert noise["C"].source == (corruption,) and "GaussianNoise(0.25)" in noise["C"].text
    assert graph["L"].inputs == ("x", "r"), "the clean x is compared"
    if code:
        u = graph[noise["p_encoder"].inputs[0]]
        assert u.name == ("h" if isinstance(code, NoisyCode) else "u")
        assert u.shape == (code.units(4),) and graph["z"].shape == (4,)
        assert ("KL" in {n.name for n in graph.nodes}) == isinstance(code, GaussianCode)


def test_costs_are_the_terms_of_the_criterion():
    model = MAKES["all slots"]()
    graph = model.graph()
    costs = {n.name: n for n in graph.nodes if n.kind == "cost"}
    assert set(costs) == {"L", "KL", "Ω", "head cost"}
    assert costs["L"].source == (model.output,) and model.output.formula in costs["L"].text
    assert costs["KL"].inputs == ("u",) and costs["KL"].text.startswith("β · KL(")
    assert costs["Ω"].inputs == ("h",) and costs["Ω"].text == "Ω = 0.1 · Σ_i |h_i|"
    assert graph["h"].inputs == ("u",) and graph["h"].shape == (18, 9), "the mean code"
    assert graph["h"].source == (model.code.mean,) and graph["h"].text == "h = mean(u)"
    assert costs["head cost"].inputs == ("head", "y") and graph["head"].inputs == ("z",)
    assert graph["head"].source[0] is model.parts["head"] and graph["head"].shape == (9, 4)
    assert MAKES["variational"]().graph()["KL"].text == "0.5 · KL(N(μ, σ²) ‖ N(0, I))"
    assert MAKES["variational"]().graph()["Ω"].inputs == (), "the weights, not the code"
    assert "h" not in {n.name for n in MAKES["variational"]().graph().nodes}
    both = Autoencoder.dense((6, 4), penalties=[WeightDecay(1), KLSparsity(rho=0.1, lam=2)])
    assert both.graph()["Ω"].inputs == ("h",)
    assert both.graph()["Ω"].text == "Ω = ‖W‖²\n+ 2 · Σ_j KL(ρ ‖ mean h_j)"
    contracted = MAKES["contracted"]().graph()
    assert contracted["Ω(r)"].inputs == ("r",) and contracted["L"].inputs == ("x", "r")
    assert contracted["Ω(r)"].text == "Ω(r) = 0.2 · ‖∂r/∂x‖²" and not contracted["Ω(r)"].note
    graph, penalties = MAKES["all penalties"]().graph(), MAKES["all penalties"]().penalties
    assert graph["Ω"].source == (penalties[0], penalties[2]) and graph["Ω"].inputs == ("h",)
    assert graph["Ω"].text == "Ω = 0.1 · Σ_i |h_i|\n+ ‖W‖²"
    assert graph["Ω(r)"].source == (penalties[1],) and graph["Ω(r)"].inputs == ("r",)
    noisy = Autoencoder.dense((6, 4), code=NoisyCode(0.1), penalties=penalties[1]).graph()
    for one in (graph, noisy):
        assert one["Ω(r)"].note == "with r of the mean code", "and not of z"
    assert MAKES["head"]().graph()["head cost"].text == "0.5 · −log p(y | h)"
    code = Autoencoder.dense((6, 4), code=GaussianCode()).graph()["p_encoder"]
    assert code.text == "p_encoder(z | x)\nGaussianCode()"
    assert "GaussianNoise(sampled)" in MAKES["head"]().graph()["C"].text


class FirstHalf(Layer):
    """The mean of an output with two natural parameters for each feature."""

    def forward(self, a):
        return a[:, : a.shape[1] // 2], None


class Wide(Output):
    """An output whose natural parameters are wider than x."""

    formula = "½ (x − r)²/σ² + log σ"
    mean = FirstHalf()

    def natural(self, d):
        return {"mean": (d,), "log-variance": (d,)}


def test_outputs_with_more_natural_parameters_than_features():
    graph = Autoencoder(Linear(8, 3, rng=0), Linear(3, 16, rng=1), output=Wide()).graph()
    assert "mean 8, log-variance 8" in graph["p_decoder"].text
    assert graph["p_decoder"].shape == () and graph["decoder g 1"].shape == (3, 16)
    assert graph["r"].shape == (8,) and graph["r"].inputs == ("p_decoder",)
    assert graph["L"].inputs == ("x", "p_decoder"), "L needs more than the mean"


def test_the_output_is_a_node_unless_r_is_what_the_decoder_gives():
    def names(**slots):
        return {node.name for node in Autoencoder.dense((6, 4), **slots).graph().nodes}

    assert "p_decoder" not in names()
    assert "p_decoder" in names(output=BernoulliOutput()) & names(code=NoisyCode(0.1))
    text = Autoencoder.dense((6, 4), output=BernoulliOutput()).graph()["p_decoder"].text
    assert text == "p_decoder(x | h)\nBernoulli, mean sigmoid(·)"


def test_formulas_name_their_weights_and_their_input():
    def texts(*names):
        return [graph[name].text for name in names]

    graph = MAKES["tied"]().graph()
    assert texts("encoder f 1", "decoder g 1") == ["sigmoid(x̃ W₁ + b₁)", "h W₁ᵀ + b₂"]
    graph = Autoencoder.dense((9, 7, 5), activation=Tanh, code_activation=Identity).graph()
    assert texts("encoder f 1", "encoder f 2") == ["tanh(x W₁ + b₁)", "· W₂ + b₂"]
    graph = MAKES["residual"]().graph()
    assert graph["encoder f 2"].text == "0.5 · (net(·) − ·)\nnet 8-5-8"
    assert graph["encoder f 2"].shape == (8, 8)
    inner = MAKES["residual unit"]().graph()["encoder f 2"]
    assert inner.text == "2 · (net(·) − ·)\nnet Tanh()" and inner.shape == (6, 6)


def test_the_middle_of_a_deep_part_is_one_node():
    graph = MAKES["very deep"]().graph()
    texts = [node.text for node in of_part(graph, "encoder f")]
    assert len(texts) == 5 and texts[2] == "… 3 more layers …"
    assert of_part(graph, "encoder f")[2].shape == (7, 4)


def test_boltzmann_machines_are_undirected():
    machine = RBM(7, 4, rule=MaximumLikelihood())
    graph = machine.graph()
    edges = set(graph.edges())
    assert {("x", "W"), ("W", "x"), ("h", "W"), ("W", "h")} <= edges
    assert graph["W"].source[0] is machine.parts["hidden"] and graph["W"].shape == (7, 4)
    assert "MaximumLikelihood" in graph["L"].text and graph["L"].inputs == ("x",)
    for visible, given_h in ((BernoulliOutput(), "sigmoid(h Wᵀ + b)"),
                             (GaussianOutput(), "h Wᵀ + b"),
                             (CategoricalOutput(), "softmax(h Wᵀ + b)")):  # fmt: skip
        text = RBM(7, 4, visible=visible).graph()["W"].text
        assert text == f"p(h | x): sigmoid(x W + c)\np(x | h): {given_h}"


def test_recirculation_is_a_closed_loop():
    graph = MAKES["recirculation"]().graph()
    assert [(node.name, node.inputs) for node in graph.nodes] == [
        ("x", ("v₂",)), ("encoder f 1", ("x",)), ("h", ("encoder f 1",)),
        ("decoder g 1", ("h",)), ("p_decoder", ("decoder g 1",)), ("r", ("p_decoder",)),
        ("v₂", ("r", "x")),
    ]  # fmt: skip
    assert "v₂ = 0.75 x + 0.25 r" in graph["v₂"].text
    assert "h₃ = 0.75 h₁ + 0.25 f(v₂)" in graph["h"].note
    assert not [node for node in graph.nodes if node.kind == "cost"]


def test_a_helmholtz_machine_has_two_ways():
    machine = MAKES["helmholtz"]()
    graph = machine.graph()
    up, down = of_part(graph, "recognition q"), of_part(graph, "generation p")
    assert [node.source[0] for node in up] == machine.recognition
    assert [node.source[0] for node in down] == machine.generation[::-1]
    assert [node.shape for node in (*up, *down)] == [(16, 12), (12, 4), (4,), (4, 12), (12, 16)]
    assert [node.text for node in down] == ["p(s₂)", "p(s₁ | s₂)", "p(s₀ | s₁)"]
    assert [node.text for node in up] == ["q(s₁ | s₀)", "q(s₂ | s₁)"]
    assert [node.inputs for node in up] == [("x",), ("recognition 1",)]
    assert [n.inputs for n in down] == [(), ("prior",), ("generation 2",)], "no h from x"
    assert graph["h"].inputs == (up[-1].name,) and graph["h"].shape == (16,)
    assert graph["h"].note == "states s₁ to s₂"
    assert graph["dream"].inputs == (down[-1].name,) and graph["dream"].shape == (32,)
    assert graph["L"].inputs == ("x", "h", "dream")
    assert HelmholtzMachine((5, 3)).graph()["h"].note == "states s₁"


def test_the_other_models():
    graph = MAKES["recurrent"]().graph()
    first = of_part(graph, "3 steps")[0]
    assert first.inputs == ("x̃", "y_t") and first.shape == (1568, 300)
    assert RecurrentDenoiser.dense((6, 4), steps=2).graph()["2 steps 1"].inputs == ("x", "y_t")
    graph = MAKES["psd"]().graph()
    assert graph["D"].shape == (196, 144) and graph["price"].inputs == ("f(x)", "h")
    assert graph["price"].text == "2 · ‖h‖₁ + ‖h − f(x)‖²"
    assert MAKES["sparse coding"]().graph()["price"].text == "‖h‖₁"
    assert MAKES["score"]().graph()["ψ"].text == "ψ(x̃)"
    assert "noise" not in {node.name for node in MAKES["sliced"]().graph().nodes}


def test_a_walk_has_notes_of_its_own():
    walk = MAKES["walkback"]()
    graph, inner = walk.graph(), walk.model.graph()
    assert graph.edges() == inner.edges() and graph["r"] == inner["r"]
    assert (
        graph["C"].note == "walk of 2 steps, scale 0.1" and graph["L"].note == "mean over 2 steps"
    )
    assert "draw from p_decoder" in graph.note and not inner.note
    model = Autoencoder.dense((6, 4), output=BernoulliOutput(), corruption=MaskingNoise(0.5))
    graph = Walkback(model, 1).graph()
    assert (graph["C"].note, graph["L"].note, graph.note) == (
        "walk of 1 step", "mean over 1 step", ""
    )  # fmt: skip


def test_arrows_of_a_user_s_model_are_not_guessed():
    """Arrows join the layers within a part, whether or not the parts fit together."""
    graph = Judge().graph()
    assert [(node.name, node.inputs, node.shape) for node in graph.nodes] == [
        ("features 1", (), (9, 7)), ("features 2", ("features 1",), (7, 5)),
        ("classes 1", (), (5, 3)),
    ]  # fmt: skip
    assert graph["classes 1"].text == "softmax(· W₃ + b₃)"
    graph = Apart().graph()
    assert [(node.part, node.shape) for node in graph.nodes] == [("one", (4, 3)), ("other", (6, 2))]
    assert not graph.edges() and graph.note == "(arrows: override graph())"


def test_a_trainable_without_layers_and_a_graph_of_one_s_own():
    class Bowl(Trainable):
        def __init__(self):
            self.theta, self.grad = np.ones(3), np.zeros(3)

    graph = Bowl().graph()
    assert [(node.name, node.note) for node in graph.nodes] == [("theta", "3 numbers")]
    assert Bowl().diagram().axison is False

    class Mine(Judge):
        def graph(self):
            return Graph((Node("x", "data", "x"), Node("y", "data", "y", ("x",))), "mine")

    assert [p.get_gid() for p in Mine().diagram().patches] == ["x", "y", "x -> y"]


def test_without_costs():
    for make, gone in (("head", {"L", "Ω", "head cost", "y"}), ("plain", {"L"}),
                       ("rbm", {"L"}), ("own", set()),
                       ("all penalties", {"L", "KL", "Ω", "Ω(r)", "head cost", "y"})):  # fmt: skip
        graph = MAKES[make]().graph()
        rest = graph.without_costs()
        names = {node.name for node in graph.nodes}
        assert names - {node.name for node in rest.nodes} == gone
        assert set(rest.edges()) == {(a, b) for a, b in graph.edges() if not {a, b} & gone}
        assert (rest.title, rest.note) == (graph.title, graph.note)
    x, L = Node("x", "data", "x"), Node("L", "cost", "L", ("x",))
    after = Node("total", "data", "total", ("L", "x"))
    assert Graph((x, L, after)).without_costs()["total"].inputs == ("x",)


def test_what_is_no_graph():
    x = Node("x", "data", "x")
    for make, error, says in (
        (lambda: Graph((x, x)), ValueError, "two nodes are called 'x'"),
        (lambda: Graph((Node("y", "data", "y", ("z",)),)), ValueError, "reads 'z', which is no"),
        (lambda: Graph(()), ValueError, "at least one node"),
        (lambda: Graph([x]), TypeError, "takes a tuple of Node objects, got"),
        (lambda: Graph((x,), 3), TypeError, "title of a graph must be a text"),
        (lambda: Graph((x,), "a", 3), TypeError, "note of a graph must be a text"),
        (lambda: Node("x", "circle", "x"), ValueError, "kind of a node is one of data, layer"),
        (lambda: Node("x", "data", "x", place="up"), ValueError, "place of a node is one of left"),
        (lambda: Node("x", "data", 3), TypeError, "text of a node must be a text, got 3"),
        (lambda: Node("x", "data", "x", "y"), TypeError, "inputs of a node are a tuple of names"),
        (lambda: Node("x", "data", "x", shape=3), TypeError, r"shape of a node is a tuple such as"),
    ):
        with pytest.raises(error, match=says):
            make()
    assert repr(Graph((x,), "a title")) == "Graph('a title', 1 nodes, 0 arrows)"
    with pytest.raises(KeyError, match="no node 'q'; there are x"):
        Graph((x,))["q"]


def test_a_unit_before_the_first_weights_is_a_node_of_its_own():
    model = Autoencoder(Linear(3, 2, rng=0), Chain(Tanh(), Linear(2, 3, rng=1)))
    texts = [node.text for node in of_part(model.graph(), "decoder g")]
    assert texts == ["tanh(h)", "· W₂ + b₂"]


def test_a_setting_that_is_no_dataclass_is_shown_in_short():
    assert setting(3.5) == "3.5" and setting(MaskingNoise(0.25)) == "MaskingNoise(0.25)"
    assert len(setting(np.zeros((50, 50)))) < 60
