"""A classifier that begins with a learned encoder, and is fine-tuned as a whole (14.5.1.1, 14.7).

Autoencoders are often trained because their code, or the weights of their encoder, help another
task. With h = f(x) the classifier is p(y | x) = softmax(h W + b). Two uses are common. In the first
one f stays as it was learned, and softmax regression is trained on given codes. In the second one
f is the start of a deep classifier, such as the chain that `stack` returns, and the gradient of
−log p(y | x) trains all of its layers: greedy pretraining, then fine-tuning (Vincent et al. 2010).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.checks.tables import table
from tinyae.criterion.corruption import Corruption, corrupted
from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.head import Classifier
from tinyae.criterion.outputs import CategoricalOutput
from tinyae.criterion.penalties import Penalty
from tinyae.drawing.graph import Graph
from tinyae.models.batch import Batch
from tinyae.models.classifier_graph import classifier_graph
from tinyae.models.fitness import warn_of_faults
from tinyae.models.slots import check_slots
from tinyae.nn.activations import Identity
from tinyae.nn.layers import Layer, listed
from tinyae.nn.model import Model
from tinyae.nn.softmax import Softmax
from tinyae.nn.structure import leaves, widths
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.text import for_stream
from tinyae.training.dead_units import constant_units


class SoftmaxClassifier(Model):
    """x -> x̃ ~ C(x̃ | x) -> h = f(x̃) -> p(y | h) = softmax(h W + b), trained on −log p(y | h) + Ω.

    The rows are (x, labels). The loss is a mean over the examples, and `fit` trains f, W and b.

    Parameters
    ----------
    encoder : the layer f, from x (n, d) to h (n, k), such as the chain that `stack` returns or
        `model.mean_encoder` of an autoencoder. The classifier trains a copy of it. None is softmax
        regression on x itself, which may be codes; then h = x
    classes : the number of classes; labels are whole numbers in [0, classes)
    d : width of x if `encoder` is None
    dtype : float64 or float32 if `encoder` is None, by default float64. Otherwise the dtype is that
        of the encoder
    corruption : C(x̃ | x) in training, or None for x̃ = x. The class belongs to the clean x, so this
        is data augmentation
    penalties : the terms of Ω, such as `WeightDecay(1e-4)`, or a single one without brackets. They
        may depend on the weights and on h. Weights are those of the encoder and W

    Initially W = 0 and b = 0: all classes are equally probable, and no random start is needed. In
    the first step only W and b change, because the gradient of h is glogits Wᵀ = 0.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit its slot, or a penalty depends on a reconstruction.

    Examples
    --------
    >>> encoder = stack(models, X)
    >>> classifier = SoftmaxClassifier(encoder, 10)
    >>> history = fit(classifier, (X, labels), validation=(Xv, yv), patience=5)
    >>> classifier.error(X_test, y_test)
    """

    def __init__(
        self,
        encoder: Layer | None,
        classes: int,
        *,
        d: int | None = None,
        dtype: DTypeLike | None = None,
        corruption: Corruption | None = None,
        penalties: Sequence[Penalty] | Penalty = (),
    ):
        head = Classifier(classes)
        if encoder is None:
            if d is None:
                raise TypeError("without an encoder, give the width of x: d=...")
            self.d_in = self.d_code = whole_number(d, "d")
            encoder, dtype = Identity(), real_dtype(np.float64 if dtype is None else dtype)
        else:
            if d is not None or dtype is not None:
                raise TypeError("the encoder determines d and dtype: give them only without one")
            self.d_in, self.d_code = widths(encoder, "encoder")
            dtype = next(p.dtype for leaf in leaves(encoder) for p in leaf.params.values())
            encoder = copy.deepcopy(encoder)
        layer, output = head.layer(self.d_code, dtype), CategoricalOutput()
        check_slots(encoder, layer, output, corruption)
        given: Any = penalties
        penalties = tuple(given) if isinstance(given, list | tuple) else (given,)
        for penalty in penalties:
            if not isinstance(penalty, Penalty):
                raise TypeError(
                    f"penalties take objects such as WeightDecay(1e-4), got {penalty!r}"
                )
            if penalty.reads == "r":
                raise ValueError(f"a classifier reconstructs nothing that {penalty!r} could read")
            penalty.check_encoder(encoder)
        super().__init__({"encoder": encoder, "head": layer})
        self.head, self.output = head, output
        self.corruption = corruption
        self.penalties: tuple[Penalty, ...] = penalties

    @property
    def encoder(self) -> Layer:
        """The layer f, which this model trains; the identity if it was built without an encoder."""
        return self.parts["encoder"]

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self.head.classes

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray, NDArray]:
        """Return (x, labels) ready for use, or say why not."""
        if len(rows) != 2:
            raise TypeError(
                f"a {type(self).__name__} trains on x of shape (n, {self.d_in}) and labels, "
                f"got {len(rows)} arrays: give fit the tuple (x, labels)"
            )
        x = self._checked(rows[0])
        return x, self.head.check(rows[1], len(x))

    def begin(self, *rows: NDArray) -> None:
        """Warn about a corruption that does not suit these rows; `fit` calls this once."""
        warn_of_faults(self, self.parts["head"], Batch(rows[0]))

    def dead_units(self, *rows: NDArray) -> NDArray[np.bool_] | None:
        """Return which entries of h are equal for all rows, of shape (k,); None if h = x."""
        if isinstance(self.encoder, Identity):
            return None
        return constant_units(lambda x: self.encoder.forward(x)[0], rows[0])

    def forward(self, x: NDArray, rng: np.random.Generator) -> Pass:
        """Run one batch from x to the logits, which are `a` of the pass; all adjoints are zero."""
        x_tilde = corrupted(x, self.corruption, rng, self.progress)
        h, cache = self.encoder.forward(x_tilde)
        a, head_cache = self.parts["head"].forward(h)
        return Pass(
            encoder=self.encoder,
            decoder=self.parts["head"],
            output=self.output,
            x=x,
            x_tilde=x_tilde,
            u=h,
            h=h,
            z=h,
            a=a,
            encoder_cache=cache,
            unit_cache=cache,
            mean_cache=None,
            code_cache=None,
            decoder_cache=head_cache,
            rng=rng,
            gh=np.zeros_like(h),
            ga=np.zeros_like(a),
        )

    def objective(self, x: NDArray, labels: NDArray, *, rng: np.random.Generator) -> float:
        """Return the mean of −log p(y | f(x̃)) over the rows, plus Ω, and add its gradient.

        With n examples:

            glogits = (p − onehot(y)) / n
            gW += hᵀ glogits,  gb += Σ glogits,  gh = glogits Wᵀ + ∂Ω/∂h,
            followed by encoder.backward(gh).
        """
        p = self.forward(x, rng)
        loss, gradient = self.head.loss_and_gradient(labels, p.a)
        p.ga += gradient
        for penalty in self.penalties:
            loss = loss + penalty.add(p)
        gh = self.parts["head"].backward(p.ga, p.decoder_cache) + p.gh
        self.encoder.backward(gh, p.encoder_cache)
        return loss

    @underflow_to_zero
    def classify(self, x: ArrayLike) -> NDArray:
        """p(y | x) for each class, of shape (n, classes); no corruption."""
        self.check_packed()
        x = self._checked(x)
        wide = sum(getattr(leaf, "d_out", 0) for leaf in leaves(self.encoder)) + self.d_in
        p = np.empty((len(x), self.classes), self.theta.dtype)
        for block in row_blocks(len(x), 2 * wide, BLOCK_BYTES, itemsize=p.itemsize):
            h, _ = self.encoder.forward(x[block])
            p[block] = Softmax().forward(self.parts["head"].forward(h)[0])[0]
        return p

    def predict(self, x: ArrayLike) -> NDArray[np.int64]:
        """Return the most probable class of each row, of shape (n,); of equal ones the first."""
        return self.classify(x).argmax(axis=1)

    def error(self, x: ArrayLike, labels: ArrayLike) -> float:
        """Return the share of the rows whose most probable class is not their label, in [0, 1]."""
        x, labels = self.check_rows(x, labels)
        return float((self.predict(x) != labels).mean())

    def graph(self) -> Graph:
        """Return x, C, x̃, the encoder, h, the affine layer, p(y | h) and the costs."""
        return classifier_graph(self)

    def _checked(self, x: ArrayLike) -> NDArray:
        return table(x, "x", width=self.d_in, dtype=self.dtype, squared=True)

    def __repr__(self) -> str:
        point = "x" if self.corruption is None else "x̃"
        f = listed(list(leaves(self.encoder)))
        h = point if isinstance(self.encoder, Identity) else f"f({point}) = {point} -> {f}"
        expectation = "" if self.corruption is None else f"E over x̃ ~ {self.corruption!r} of  "
        omega = "".join(f" + {penalty!r}" for penalty in self.penalties)
        return for_stream(
            f"{type(self).__name__} {self.d_in}-{self.d_code}-{self.classes}, {self.theta.dtype}, "
            f"{self.theta.size} parameters\n  p(y | x) = softmax(h W + b),  h = {h}\n"
            f"  minimises  {expectation}−log p(y | h){omega}"
        )
