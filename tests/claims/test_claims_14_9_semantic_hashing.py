"""Section 14.9: noise before the sigmoids makes a code binary, without losing what it says."""

import numpy as np
import pytest

from figures.experiments.semantic_hashing import (
    bits_of,
    from_bits,
    from_code,
    learn,
    saturation,
)
from tests.claims import hashing
from tinyae.applications import code_statistics

pytestmark = [pytest.mark.claim, pytest.mark.slow]

ON = {
    "pictures": "MNIST, 784-256-32, 10 epochs of the 60 000 training digits, noise 10; 10 000 test "
    "digits; three seeds",
    "documents": "whether each of 100 words occurs in 14 000 postings to newsgroups, 100-64-20, 40 "
    "epochs, noise 15; 2242 further postings; three seeds",
}


def median_bits(model, x, fresh):
    """Squared error and cross-entropy from bits at the units' medians over the training rows."""
    return from_bits(model, fresh, np.median(model.encode(x), axis=0))


@pytest.mark.parametrize("kind", ["pictures", "documents"])
def test_growing_noise_before_the_sigmoids_makes_codes_binary(claim, full, request, kind):
    """Reduced: generated digits or documents, 16 bits, one seed."""
    folder = request.getfixturevalue("data_folder") if full else None
    c = claim("S47", "14.9",
              f"Noise before the sigmoids makes the code units of fresh {kind} nearly 0 or 1, and "
              "the bits reconstruct better than those of a code without noise. Noise of full strength "
              "from the start makes the units even nearer to 0 or 1 than noise that grows during "
              "training, but its bits reconstruct worse. No bit is the same for all inputs.")  # fmt: skip
    c.on = ON[kind]
    x, _, fresh, _ = hashing.data(kind, folder)
    bits = {"pictures": 32, "documents": 20}[kind] if full else 16
    seeds = c.seeds(3 if full else 1)

    def models(code, seeds=seeds, **options):
        return [hashing.autoencoder(kind, folder, bits, code, seed, **options) for seed in seeds]

    noisy, plain, constant = models("growing"), models("none"), models("constant")
    other = models("none", c.seeds(len(seeds) + 1)[-1:])
    untrained = [learn(x[:200], bits, None, epochs=1, rate=0.0, seed=seed) for seed in seeds]
    what = "mean |h − ½|, noise that grows"
    c.show(what, [saturation(m, fresh) for m in noisy], at_least=0.45)
    c.control("no noise", what, [saturation(m, fresh) for m in plain])
    c.control("untrained network", what, [saturation(m, fresh) for m in untrained])
    errors = {name: np.array([from_bits(m, fresh) for m in group])
              for name, group in (("noise", noisy), ("none", plain), ("constant", constant),
                                  ("untrained", untrained))}  # fmt: skip
    medians, again = (np.array([median_bits(m, x, fresh) for m in group])
                      for group in (plain, other))  # fmt: skip
    for j, name in enumerate(("squared error", "cross-entropy (nats)")):
        best = np.minimum(errors["none"][:, j], medians[:, j])
        what = (
            f"{name} from the bits, noise that grows / no noise with the better of two thresholds"
        )
        c.show(what, errors["noise"][:, j] / best, at_most=0.9)
        c.control("no noise, another start, bits at the units' medians", what, again[:, j] / best)
        c.quote(f"{name} from the code itself, no noise", [from_code(m, fresh)[j] for m in plain])
        c.quote(f"{name} from the code itself, noise", [from_code(m, fresh)[j] for m in noisy])
        c.quote(f"{name} from the bits at ½, no noise", errors["none"][:, j])
        c.quote(f"{name} from the bits at the units' medians, no noise", medians[:, j])
        c.quote(f"{name} from the bits, noise", errors["noise"][:, j])
    mean = ((fresh - x.mean(axis=0)) ** 2).sum(axis=1).mean()
    what = "squared error from the bits, noise that grows / of the training mean"
    c.show(what, errors["noise"][:, 0] / mean, at_most=0.9)
    c.control("untrained network", what, errors["untrained"][:, 0] / mean)
    c.quote(
        "squared error from the bits, no noise / of the training mean", errors["none"][:, 0] / mean
    )
    what = "squared error from the bits, noise that grows / full strength from the start"
    c.show(what, errors["noise"][:, 0] / errors["constant"][:, 0], at_most=0.97)
    c.control("untrained network", what, errors["untrained"][:, 0] / errors["constant"][:, 0])
    c.quote("mean |h − ½|, full strength from the start", [saturation(m, fresh) for m in constant])
    after = models("after", seeds[:1])
    c.quote("mean |h − ½|, noise after the sigmoid, σ = 0.5", [saturation(m, fresh) for m in after])
    c.quote("squared error from the bits, noise after the sigmoid, σ = 0.5",
            [from_bits(m, fresh)[0] for m in after])  # fmt: skip
    what = "squared error from the bits of another input / from its own"
    c.show(what, [shuffled_bits(m, fresh) for m in noisy] / errors["noise"][:, 0], at_least=1.3)
    c.control("untrained network", what,
              [shuffled_bits(m, fresh) for m in untrained] / errors["untrained"][:, 0])  # fmt: skip
    what = "entropy of a bit, the smallest (bits)"
    c.show(what, [smallest_entropy(m, fresh) for m in noisy], at_least=0.8)
    c.control("untrained network", what, [smallest_entropy(m, fresh) for m in untrained])
    found = [code_statistics(bits_of(m, fresh)) for m in noisy]
    c.quote("entropy of a bit, mean (bits)", [f.entropy.mean() for f in found])
    what = "mean |correlation| of two bits"
    c.show(what, [f.mean_absolute_correlation for f in found], at_most=0.25)
    c.control("two of the bits, repeated", what,
              [repeated(m, fresh).mean_absolute_correlation for m in noisy])  # fmt: skip
    from_zero = models("growing", seeds[:1], base_rates=False)
    c.quote("entropy of a bit, the smallest, biases of the output started at 0 (bits)",
            [smallest_entropy(m, fresh) for m in from_zero])  # fmt: skip


def repeated(model, fresh):
    """Statistics of a code that says two of the bits again and again."""
    bits = bits_of(model, fresh)
    return code_statistics(np.tile(bits[:, :2], bits.shape[1] // 2))


def smallest_entropy(model, fresh):
    """The entropy of the bit that says least."""
    return code_statistics(bits_of(model, fresh)).entropy.min()


def shuffled_bits(model, fresh):
    """Squared error of what the bits of the next input decode to."""
    z = np.roll(bits_of(model, fresh), 1, axis=0).astype(np.float32)
    return float(((fresh - model.decode(z)) ** 2).sum(axis=1).mean())
