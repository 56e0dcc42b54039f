"""to_onnx: the file gives in onnxruntime what the model computes, without PyTorch."""

import numpy as np
import pytest

from tests.export.exported import MODELS, D, K, Masked, Scaled, dense, made, outputs, with_layer
from tinyae import Autoencoder, Chain, Linear, Tanh
from tinyae.export import to_onnx

TOLERANCE = {"float64": 1e-12, "float32": 3e-6}


@pytest.mark.parametrize("part", ["all", 3, None, ("encoder",)])
def test_a_part_that_does_not_exist_is_refused(part, tmp_path):
    with pytest.raises(ValueError, match="part must be one of encoder, decoder, both"):
        to_onnx(dense(), tmp_path / "model.onnx", part=part)


onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")


def run(path, **inputs):
    """Return the outputs of a file by name, as onnxruntime computes them."""
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, inputs)
    return {output.name: value for output, value in zip(session.get_outputs(), found, strict=True)}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_outputs_are_equal(dtype, tmp_path, measured):
    worst, path = {}, tmp_path / "model.onnx"
    for name in MODELS:
        model, x, h = made(name, dtype)
        code, decoded, whole = outputs(model, x, h)
        found = [(run(to_onnx(model, path, part="decoder"), h=h)["r"], decoded)]
        if code is not None:
            both = run(to_onnx(model, path), x=x)
            alone = run(to_onnx(model, path, part="encoder"), x=x)
            assert list(both) == ["r", "h"] and list(alone) == ["h"]
            found += [(both["r"], whole), (both["h"], code), (alone["h"], code)]
        worst[name] = max(np.abs(a - b).max() / max(1.0, np.abs(b).max()) for a, b in found)
        assert all(a.dtype == dtype and a.shape == b.shape for a, b in found), name
        assert worst[name] <= TOLERANCE[dtype], name
    measured(f"to_onnx: {len(worst)} models, {dtype}, worst difference {max(worst.values()):.1e}")
    assert [p.name for p in tmp_path.iterdir()] == ["model.onnx"]


def test_any_number_of_rows(tmp_path):
    model, x, _ = made("mixture")
    path = to_onnx(model, tmp_path / "model.onnx")
    for n in (1, 3):
        assert np.allclose(run(path, x=x[:n])["r"], model.reconstruct(x[:n]), rtol=1e-12)


def test_the_softplus_is_finite_far_from_zero(tmp_path):
    model = with_layer(MODELS["Softplus"]().encoder.layers[1])
    model.theta[...] = 0.0
    model.encoder.layers[0].params["b"][...] = (20.5, 900.0, -900.0)
    x = np.zeros((1, D))
    path = to_onnx(model, tmp_path / "model.onnx", part="encoder")
    assert np.allclose(run(path, x=x)["h"], model.encode(x), rtol=1e-15, atol=1e-16)


def test_onnxruntime_has_no_softplus_for_float64(tmp_path):
    """The reason for composing it. If this fails, `onnx_layers.py` can use the operator."""
    helper, kind = onnx.helper, onnx.TensorProto.DOUBLE
    table = helper.make_tensor_value_info
    graph = helper.make_graph([helper.make_node("Softplus", ["x"], ["y"])], "g",
                              [table("x", kind, ["n"])], [table("y", kind, ["n"])])  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(Exception, match="NOT_IMPLEMENTED|Could not find an implementation"):
        runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def test_a_single_layer(tmp_path):
    net = Chain(Linear(D, K, rng=0), Tanh())
    x = np.random.default_rng(0).random((4, D))
    for part in ("both", "encoder"):
        found = run(to_onnx(net, tmp_path / "net.onnx", part=part), x=x)
        assert list(found) == ["h"] and np.allclose(found["h"], net.forward(x)[0], rtol=1e-13)
    with pytest.raises(ValueError, match="single layer has no decoder"):
        to_onnx(net, tmp_path / "net.onnx", part="decoder")


def test_sparse_coding_has_a_decoder_only(tmp_path):
    model, *_ = made("sparse coding")
    with pytest.raises(ValueError, match='give part="decoder"'):
        to_onnx(model, tmp_path / "model.onnx")


def test_a_layer_of_ones_own_takes_part_by_a_method(tmp_path):
    class Exported(Scaled):
        def to_onnx(self, graph, x):
            return graph.add("Mul", x, graph.constant(self.c))

    x = np.random.default_rng(0).random((2, D))
    for dtype in (np.float64, np.float32):
        model = with_layer(Exported(3.0)).astype(dtype)
        path = to_onnx(model, tmp_path / "model.onnx", part="encoder")
        found = run(path, x=x.astype(dtype))["h"]
        assert found.dtype == dtype and np.allclose(found, model.encode(x), rtol=1e-5)

    class Wrong(Scaled):
        def to_onnx(self, graph, x):
            graph.add("Neg", x)

    with pytest.raises(TypeError, match="Wrong.to_onnx must return the name of its output"):
        to_onnx(with_layer(Wrong(3.0)), tmp_path / "model.onnx")


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (lambda: with_layer(Scaled(3.0)), "give the class Scaled a method to_onnx"),
        (lambda: Autoencoder(Masked(D, K, rng=0), Linear(K, D, rng=1)), "the class Masked"),
        (lambda: 3, "only a model"),
    ],
)
def test_what_cannot_be_exported_is_named_and_nothing_is_written(model, text, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"earlier")
    with pytest.raises(TypeError, match=text):
        to_onnx(model(), path)
    assert [p.name for p in tmp_path.iterdir()] == ["model.onnx"]
    assert path.read_bytes() == b"earlier"


def test_a_path_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match=r"."):
        to_onnx(dense(), tmp_path / "no folder" / "model.onnx")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"."):
        to_onnx(dense(), tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
