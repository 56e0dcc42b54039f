"""A stochastic encoder and decoder that wake-sleep trains (section 14.2): bars by enumeration."""

import numpy as np
import pytest

from figures.experiments.dreamed_bars import (
    ENTROPY,
    PICTURES,
    SHARES,
    ShuffledRecognition,
    WithoutSleep,
    is_bars,
    log_p,
    shuffle_recognition,
    train,
)
from tinyae import HelmholtzMachine
from tinyae.criterion.enumeration import binary_codes

pytestmark = pytest.mark.claim


@pytest.mark.slow
def test_wake_sleep_learns_the_distribution_of_bars(claim, full):
    c = claim("S21", "14.2",
              "Wake-sleep trains a stochastic encoder and a stochastic decoder without a gradient "
              "of one criterion. A machine of three binary layers learns the distribution of "
              "pictures of bars: the exact E log p(x) approaches minus the entropy of the data. "
              "Without the sleep phase, or with shuffled recognition weights in the wake phase, it "
              "does not. One hidden layer is not enough.")  # fmt: skip
    c.on = ("4 × 4 pixels, rows or columns with probability ½, each bar on with probability ½; "
            "machines 16-16-4, 4000 pictures, 16 000 steps of Adam on batches of 200, controls "
            "4000 steps (reduced: one seed, 6000 and 1500 steps)")  # fmt: skip
    seeds, steps = (range(5), 16_000) if full else (range(1), 6000)
    start = [log_p(HelmholtzMachine((16, 16, 4), rng=seed)) for seed in seeds]
    machines = [train(seed, steps)[0] for seed in seeds]
    end = np.array([log_p(machine) for machine in machines])
    c.quote("minus the entropy of the data, nats", -ENTROPY)
    c.quote("E log p(x) before training, nats", start)
    c.quote("E log p(x) after training, nats", end)
    c.show("entropy + E log p(x) = −KL(data ‖ model), nats", ENTROPY + end, at_least=-0.1,
           at_most=0.0)  # fmt: skip
    c.show("rise of E log p(x) by training, nats", end - start, at_least=5.0)
    bound = np.array([SHARES @ machine.elbo(PICTURES, samples=400) for machine in machines])
    c.show("E log p(x) − ELBO after training, nats", end - bound, at_least=0.0, at_most=0.1)
    dreams = [is_bars(machine.sample(4000)).mean() for machine in machines]
    c.show("share of dreams that are pictures of bars", dreams, at_least=0.9)
    small, _ = train(0, 400, sizes=(16, 8, 4))
    total = np.exp(small.log_likelihood(binary_codes(16))).sum()
    c.show("machine 16-8-4: |Σ_x p(x) − 1| over all 65 536 pictures", abs(total - 1),
           at_most=1e-12)  # fmt: skip
    for machine in machines:
        shuffle_recognition(machine)
    shuffled = [SHARES @ machine.elbo(PICTURES, samples=400) for machine in machines]
    c.show("fall of the ELBO, the recognition weights shuffled after training, nats",
           bound - shuffled, at_least=1.0)  # fmt: skip
    controls = {"without the sleep phase": WithoutSleep,
                "shuffled recognition weights in the wake phase": ShuffledRecognition}  # fmt: skip
    for name, kind in controls.items():
        behind = [ENTROPY + log_p(train(seed, steps // 4, kind)[0]) for seed in seeds]
        c.show(f"{name}: entropy + E log p(x), nats", behind, at_most=-2.0)
    if full:
        shallow = [ENTROPY + log_p(train(seed, steps // 4, sizes=(16, 16))[0]) for seed in seeds]
        c.show("one hidden layer of 16 units: entropy + E log p(x), nats", shallow, at_most=-0.4)
