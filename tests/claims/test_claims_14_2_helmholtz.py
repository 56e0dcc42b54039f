"""A stochastic encoder and decoder that wake-sleep trains (section 14.2): bars by enumeration."""

import numpy as np
import pytest

from figures.experiments.dreamed_bars import (
    ENTROPY,
    PICTURES,
    SHARES,
    SIZES,
    ShuffledRecognition,
    WithoutSleep,
    is_bars,
    log_p,
    shuffle_recognition,
    train,
)
from tinyae import HelmholtzMachine
from tinyae.criterion.enumeration import binary_codes

pytestmark = [pytest.mark.claim, pytest.mark.slow]
BARS = ("4 × 4 pixels, rows or columns with probability ½, each bar on with probability ½; 4000 "
        "pictures, Adam on batches of 200, ")  # fmt: skip
# The settings were chosen on seeds from 100 on. The goals were set before seeds 10 to 14 were
# trained. One of the five seeds misses two of the goals. Their rows are quoted, since a bound that
# is set after the result would test nothing.
FRESH = "; seeds 10 to 14; the settings were chosen on seeds from 100 on"


def test_wake_sleep_learns_the_distribution_of_bars(claim, full):
    c = claim("S21", "14.2",
              "Wake-sleep trains a stochastic encoder and a stochastic decoder, though it does not "
              "follow the gradient of one criterion. A machine of three binary layers learns the "
              "distribution of pictures of bars: the exact E log p(x) approaches minus the entropy "
              "of the data, in most seeds to within 0.1 nats.")  # fmt: skip
    c.on = BARS + "machines 16-16-4, 16 000 steps" + FRESH + " (reduced: seed 10, 6000 steps)"
    seeds, steps = (range(10, 15), 16_000) if full else (range(10, 11), 6000)
    start = np.array([log_p(HelmholtzMachine(SIZES, rng=seed)) for seed in seeds])
    machines = [train(seed, steps)[0] for seed in seeds]
    end = np.array([log_p(machine) for machine in machines])
    c.quote("minus the entropy of the data, nats", -ENTROPY)
    c.quote("E log p(x) before training, nats", start)
    c.quote("E log p(x) after training, nats", end)
    c.quote("entropy + E log p(x) = −KL(data ‖ model), nats; goal ≥ -0.15 in every seed",
            ENTROPY + end)  # fmt: skip
    c.show("share of the seeds in which it is ≥ -0.1", (ENTROPY + end >= -0.1).mean(),
           at_least=0.6, full_only=True)  # fmt: skip
    c.show("rise of E log p(x) by training, nats", end - start, at_least=5.0)
    bound = np.array([SHARES @ machine.elbo(PICTURES, samples=400) for machine in machines])
    # The ELBO is estimated by draws, so that the difference can be slightly negative.
    c.show("E log p(x) − ELBO after training, nats", end - bound, at_least=-0.01, at_most=0.1)
    dreams = [is_bars(machine.sample(4000)).mean() for machine in machines]
    c.quote("share of dreams that are pictures of bars; goal ≥ 0.9 in every seed", dreams)
    for machine in machines:
        shuffle_recognition(machine)
    shuffled = [SHARES @ machine.elbo(PICTURES, samples=400) for machine in machines]
    c.show("fall of the ELBO if the recognition weights are shuffled after training, nats",
           bound - shuffled, at_least=1.0)  # fmt: skip
    small, _ = train(0, 400, sizes=(16, 8, 4))
    total = np.exp(small.log_likelihood(binary_codes(16))).sum()
    c.show("machine 16-8-4: |Σ_x p(x) − 1| over all 65 536 pictures", abs(total - 1),
           at_most=1e-12)  # fmt: skip


def test_what_wake_sleep_needs(claim, full):
    c = claim("S21", "14.2",
              "Without the sleep phase, or with shuffled recognition weights in the wake phase, "
              "the Helmholtz machine does not learn the bars. One hidden layer learns them in "
              "part.")  # fmt: skip
    c.on = BARS + "4000 steps" + FRESH + " (reduced: seed 10, 1500 steps)"
    seeds, steps = (range(10, 15), 4000) if full else (range(10, 11), 1500)

    def short(**options):
        return ENTROPY + np.array([log_p(train(seed, steps, **options)[0]) for seed in seeds])

    both = short()
    c.quote("machine 16-16-4: entropy + E log p(x), nats", both)
    for name, control in (("without the sleep phase", WithoutSleep),
                          ("shuffled recognition weights in the wake phase", ShuffledRecognition)):  # fmt: skip
        behind = short(control=control)
        c.quote(f"{name}: entropy + E log p(x), nats", behind)
        c.show(f"{name}: how much lower E log p(x) is, nats", both - behind, at_least=4.0)
    shallow = short(sizes=(16, 16))
    c.show("one hidden layer of 16 units: entropy + E log p(x), nats", shallow, at_most=-0.4)
