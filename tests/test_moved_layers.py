"""A model whose layers lost their memory says so, whichever public function is called.

Its layers then hold other numbers than its theta, so a result would belong to neither. The table is
that of `valid_calls`: every public method of a model, and every public function that takes one.
"""

from dataclasses import replace
from importlib.util import find_spec

import pytest

from tests.valid_calls import public_calls
from tinyae.nn.model import Model
from tinyae.nn.parameters import owners

# Methods that read nothing but shapes and names, and one that is a function of distances alone.
ALLOWED = {"check_rows", "diagram", "graph", "parameters", "hinge"}


def models_of(function, arguments):
    """The models among the object of a method and the arguments, or in a list of models."""
    given = [getattr(function, "__self__", None), *arguments.values()]
    given += [it for some in given if isinstance(some, list) for it in some]
    return [it for it in given if isinstance(it, Model)]


ABSENT = () if find_spec("scipy") else ("minimize", "MaximumVarianceUnfolding")  # they need SciPy
CALLS = {
    call.name: call
    for call in public_calls()
    if call.name.partition(".")[0] not in ABSENT  # before it is made
    and models_of(call.make(), call.arguments())
    and call.name.rpartition(".")[2] not in ALLOWED
}


def test_the_table_has_every_kind_of_call():
    owners_of_methods = {name.partition(".")[0] for name in CALLS if "." in name}
    assert len(owners_of_methods) > 8 and "RBM" in owners_of_methods
    assert len(CALLS) > 90 and {"fit", "gradcheck", "trace", "potential"} <= set(CALLS)


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", CALLS)
def test_a_model_whose_layers_moved_on_is_refused(name):
    call = CALLS[name]
    function, arguments = call.make(), call.arguments()
    for model in models_of(function, arguments):
        layer, key = next(iter(owners(*model.parts.values())))
        layer.params[key] = layer.params[key].copy()
    with pytest.raises(RuntimeError, match="no longer views of its theta"):
        replace(call, make=lambda: function)(arguments)
