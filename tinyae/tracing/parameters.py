"""The names of the parameters in a trace: W1, b1 of the first layer, W2, b2 of the second."""

from __future__ import annotations

from collections import Counter

from numpy.typing import NDArray

from tinyae.nn.layers import Layer, Linear
from tinyae.nn.parameters import owners
from tinyae.nn.structure import in_series, leaves
from tinyae.tracing.recorder import Recorder

WORDS = {"g": "gain"}  # in place of a key that would look like an adjoint


class ParameterNames:
    """Numbers for the layers that have parameters, in the order in which they are first used.

    A tied layer has a name for its W too, which is the transpose of its owner's (section 14.1).
    """

    def __init__(self, **parts: Layer):
        self.numbers: dict[int, str] = {}
        self.own: dict[tuple[int, str], str] = {}
        self._count = 0
        for name, part in parts.items():
            for leaf in leaves(part):
                if leaf.params and id(leaf) not in self.numbers:
                    self._number(leaf, "y" if name == "head" else "")
        for layer, _ in owners(*parts.values()):  # sources that are no part of the model
            if id(layer) not in self.numbers:
                self._number(layer, "")

    def _number(self, leaf: Layer, mark: str) -> None:
        self._count += not mark
        self.numbers[id(leaf)] = mark or str(self._count)
        for key in leaf.params:
            self.own[id(leaf), key] = f"{WORDS.get(key, key)}{mark or self._count}"

    def of(self, layer: Layer, key: str) -> str:
        """Return the layer's own name of a parameter."""
        return self.own[id(layer), key]

    def owner(self, layer: Layer, key: str) -> tuple[str, bool]:
        """Return the name under which the parameter is stored, and whether that is transposed."""
        transposed = False
        while key == "W" and isinstance(layer, Linear) and layer.source is not None:
            layer, transposed = layer.source, not transposed
        return self.of(layer, key), transposed

    def gradients(self, *parts: Layer) -> dict[str, NDArray]:
        """Return views of the gradients of these layers by name, in the order of theta."""
        return {self.of(layer, key): layer.grads[key] for layer, key in owners(*parts)}

    def copied(self, *parts: Layer) -> dict[str, NDArray]:
        """Return copies of the gradients by name."""
        return {name: value.copy() for name, value in self.gradients(*parts).items()}

    def values(self, *parts: Layer) -> dict[str, NDArray]:
        """Return views of the parameters of these layers by name, in the order of theta."""
        return {self.of(layer, key): layer.params[key] for layer, key in owners(*parts)}

    def uses(self, *parts: Layer) -> Counter:
        """Return how many layers in series add to the gradient of each parameter."""
        found: Counter[str] = Counter()
        for part in parts:
            for layer in in_series(part):
                found.update({self.owner(*pair)[0] for pair in parameters_of(layer)})
        return found

    def give(self, recorder: Recorder, *parts: Layer) -> None:
        """Add a row for each parameter, in the order of theta; one for the W of a tied layer too.

        A layer that is no part of the model, but to which a part is tied, comes before that part.
        """
        for part in parts:
            for leaf in leaves(part):
                for layer, key in owners(leaf):
                    if (name := self.of(layer, key)) not in recorder:
                        recorder.given(name, layer.params[key])
                for key, value in leaf.params.items():
                    name, (owner, transposed) = self.of(leaf, key), self.owner(leaf, key)
                    if name in recorder:
                        continue
                    if transposed:
                        recorder.given(name, value, f"{owner}ᵀ, tied", rule=f"jk: {owner}[k,j]")
                    else:
                        recorder.given(name, value, f"{owner}, tied", rule=f"jk: {owner}[j,k]")


def parameters_of(layer: Layer) -> list[tuple[Layer, str]]:
    """Return (leaf, key) for each parameter that a layer reads."""
    return [(leaf, key) for leaf in leaves(layer) for key in leaf.params]
