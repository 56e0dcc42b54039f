"""Every kind of model, estimator and table comes back from its file and computes the same bits."""

import inspect
import json
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

from tests.damaged_files import content
from tests.saved_objects import MODELS, ROWS, computed, made, trained
from tests.valid_data import X
from tests.valid_objects import OBJECTS
from tinyae import Autoencoder, HammingTable, load, save
from tinyae.checks.estimator import Estimator
from tinyae.files.attributes import ATTRIBUTES, OPTIONAL
from tinyae.nn import Elementwise, Layer, Model, Trainable
from tinyae.persistence.classes import KNOWN

ABSTRACT = {Layer, Trainable, Model, Elementwise}


@pytest.fixture(params=MODELS)
def name(request):
    return request.param


def shown(it):
    """The repr without the addresses of generators."""
    return re.sub("0x[0-9A-F]+", "", repr(it))


@pytest.mark.one_in(9)
def test_the_same_object_back(name, tmp_path):
    model = made(name)
    twin = load(save(model, tmp_path / "model"))
    assert type(twin) is type(model) and shown(twin) == shown(model)
    assert content(twin) == content(model)
    again = save(twin, tmp_path / "again")
    assert again.read_bytes() == (tmp_path / "model.npz").read_bytes()
    assert computed(name, twin) == computed(name, model)


@pytest.mark.one_in(9)
def test_the_same_training_goes_on(name, tmp_path):
    model = made(name)
    if not isinstance(model, Trainable) or "SNE" in name:
        return
    twin = load(save(model, tmp_path / "model"))
    getattr(model, "model", model).training = model.training = None  # which the file does not hold
    rows = ROWS.get(name, (X,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        trained(model, *rows), trained(twin, *rows)
    np.testing.assert_array_equal(twin.theta, model.theta)  # ties and sharing came back too
    assert content(twin) == content(model)


@pytest.mark.slow
def test_the_same_bits_in_another_process(tmp_path):
    found = {}
    for name in MODELS:
        model = made(name)
        save(model, tmp_path / name)
        found[name] = computed(name, model)
    code = """
import json, sys
from tests.saved_objects import computed
from tinyae import load
names, folder = json.loads(sys.argv[1]), sys.argv[2]
print(json.dumps({name: computed(name, load(f"{folder}/{name}")) for name in names}))
"""
    arguments = [sys.executable, "-c", code, json.dumps(list(MODELS)), str(tmp_path)]
    out = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    assert json.loads(out) == json.loads(json.dumps(found))


def test_every_class_that_can_be_saved_was(measured):
    """A new model, layer or estimator needs an object above; a layer or model needs attributes."""
    seen = set()

    def visit(it):
        if isinstance(it, list | tuple):
            for part in it:
                visit(part)
        elif isinstance(it, dict):
            visit(list(it.values()))
        elif not isinstance(it, type | np.ndarray) and hasattr(it, "__dict__") and it is not None:
            if KNOWN.get(type(it).__name__) is type(it):
                seen.add(type(it))
            visit(vars(it))

    for name in MODELS:
        visit(made(name))
    bases = (Layer, Trainable, Estimator, HammingTable)
    wanted = {cls for cls in KNOWN.values() if issubclass(cls, bases)} - ABSTRACT
    unsaved = {cls.__name__ for cls in wanted - seen}
    measured(f"{len(MODELS)} objects of {len(seen)} classes come back with equal bits")
    assert unsaved <= {"MaximumVarianceUnfolding"}, "which needs SciPy"
    assert {cls.__name__ for cls in wanted if not issubclass(cls, Estimator | HammingTable)} == set(
        ATTRIBUTES
    )


def test_an_estimator_that_needs_scipy(tmp_path):
    pytest.importorskip("scipy")
    model = OBJECTS["MaximumVarianceUnfolding"]()
    assert content(load(save(model, tmp_path / "m"))) == content(model)


def test_the_table_of_attributes_is_that_of_the_objects():
    """An attribute that is missing there would be refused; one too many would never be written."""
    for name in MODELS:
        parts = [made(name)]
        while parts:
            part = parts.pop()
            if isinstance(part, dict):
                parts += part.values()
            elif isinstance(part, list | tuple):
                parts += part
            elif hasattr(part, "__dict__") and not inspect.isclass(part):
                parts += vars(part).values()
                if type(part).__name__ in ATTRIBUTES:
                    wanted = set(ATTRIBUTES[type(part).__name__])
                    assert wanted <= set(vars(part)) <= wanted | set(OPTIONAL), type(part)


def test_memory_that_is_shared_is_shared_again(tmp_path):
    model = load(save(Autoencoder.dense((3, 2), tied=True), tmp_path / "m"))
    model.check_packed()
    model.theta[...] = 3.0
    assert all((p == 3.0).all() for p in model.parameters().values())
    assert model.decoder.layers[0].source is model.encoder.layers[0]
    chain = load(save(made("layers"), tmp_path / "c"))
    first, _, last, _ = chain.layers
    first.params["W"][...] = 7.0
    first.grads["W"][...] = 5.0
    assert (last.params["W"] == 7.0).all() and (last.grads["W"] == 5.0).all()
    planes = load(save(OBJECTS["HessianEigenmaps"](), tmp_path / "h"))
    assert planes.graph_ is planes.planes_.graph_


def test_a_file_is_little_larger_than_its_parameters(tmp_path):
    """Gradients and views take no room, and a tied weight is written once."""
    model = Autoencoder.dense((300, 200), tied=True)
    size = save(model, tmp_path / "m").stat().st_size
    assert size < model.theta.nbytes + 8000
    assert save(model.encoder, tmp_path / "e").stat().st_size < 8 * 300 * 201 + 6000
