"""The operations of all slots of a block, from those of the first two."""

from functools import partial

import numpy as np
import pytest

from tinyae import (
    L1,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianNoise,
    KLSparsity,
    NoisyCode,
    Sigmoid,
    Tanh,
    fit,
)
from tinyae.core import core
from tinyae.core.operations import number, product, series

NETS = {
    "columns": dict(sizes=(3, 4), activation=Tanh, corruption=GaussianNoise(0.1)),
    "rows": dict(sizes=(40, 4), activation=Tanh, corruption=GaussianNoise(0.1)),
    "tied": dict(sizes=(3, 4), tied=True, output=BernoulliOutput()),
    "code": dict(sizes=(3, 4), code=NoisyCode(0.2), penalties=[L1(0.1)]),
    "penalties": dict(sizes=(3, 4), activation=Sigmoid,
                      penalties=[KLSparsity(0.1, 0.2), Contractive(0.1)]),
}  # fmt: skip


def operations(buffer, scratch, slot):
    """out <- 2 x aᵀ b + 1 with the parts of a slot, by functions, a method and keywords."""
    x, out = buffer[slot, :2], buffer[slot, 2:]
    return [
        partial(np.multiply, x, number(2.0, x.dtype), scratch),
        product(scratch, np.eye(3), out),
        partial(np.add, out, 1.0, out=out),
        partial(scratch.fill, 0.0),
    ]


def test_each_slot_has_its_own_parts_and_one_object_serves_all_elsewhere(rng):
    buffer = rng.normal(size=(5, 4, 3))
    x = buffer[:, :2].copy()
    both = [operations(buffer, np.empty((2, 3)), slot) for slot in (0, 1)]  # each with its scratch
    found = series(*both, 5)
    assert len(found) == 5 and {len(slot) for slot in found} == {4}
    for slot in found:
        for operation in slot:
            operation()
    np.testing.assert_allclose(buffer[:, 2:], 2.0 * x + 1.0)
    np.testing.assert_array_equal(buffer[:, :2], x)
    assert all(slot[3] is found[0][3] for slot in found)
    assert len({id(slot[0]) for slot in found}) == 5


def test_numbers_of_a_slot_are_its_own():
    """Such as the rates of the steps, which have no axis."""
    rates, total = np.arange(5.0), np.zeros(())
    found = series(*([partial(np.add, total, rates[slot, ...], total)] for slot in (0, 1)), 5)
    for slot, expected in zip(found, (0, 1, 3, 6, 10), strict=True):
        slot[0]()
        assert total == expected


def test_a_function_without_arrays_is_that_of_all_slots():
    assert series([print], [print], 3) == [[print]] * 3


def test_arrays_in_a_list_are_refused(rng):
    """Those of the other slots would not be found in it."""
    buffer, out = rng.normal(size=(5, 2)), np.empty(4)
    both = [[partial(np.concatenate, [buffer[i], buffer[i]], 0, out)] for i in (0, 1)]
    with pytest.raises((AssertionError, ValueError)):
        series(*both, 5)
    with pytest.raises(AssertionError, match="depends on the slot"):
        series([partial(out.fill, 0.0)], [partial(out.fill, 1.0)], 5)


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("optimizer", [SGD(0.05, momentum=0.5), Adam(0.01)])
def test_the_number_of_slots_does_not_change_a_bit(net, optimizer, rng, monkeypatch):
    """With one slot, each batch has the operations that were made for it."""
    options = dict(NETS[net])
    sizes = options.pop("sizes")
    x, thetas = rng.random((47, sizes[0])), []
    for slots in (1, 2, 3, 128):
        monkeypatch.setattr(core, "SLOTS", slots)
        model = Autoencoder.dense(sizes, rng=0, **options)
        fit(model, x, epochs=3, batch_size=5, optimizer=optimizer, core="vectorized")
        thetas.append(model.theta)
    for theta in thetas[1:]:
        np.testing.assert_array_equal(theta, thetas[0])
