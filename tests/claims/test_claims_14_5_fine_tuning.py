"""A stack of denoising autoencoders, fine-tuned as a classifier (sections 14.5.1.1 and 14.7)."""

import time

import pytest

from figures.experiments import features, fine_tuning

pytestmark = [pytest.mark.real_data, pytest.mark.claim, pytest.mark.slow]

FEW = 1000  # labelled digits
PRETRAINING, EPOCHS, MORE, EPOCHS_FEW = 8, 20, 32, 30  # MORE: what the control may use


def minutes(since):
    """CPU minutes of this process since then."""
    return (time.process_time() - since) / 60


def test_a_stack_is_the_start_of_a_classifier(claim, full, data_folder):
    """Reduced: three layers of 200, 4000 digits, fewer epochs."""
    c = claim("S35, fine-tuned", "14.5.1.1", "")
    widths = (1000,) * 3 if full else (200,) * 3
    sizes = (784, *widths)
    d = features.digits(data_folder / "mnist", *((50_000, 10_000, 10_000) if full
                                                 else (4000, 2000, 4000)))  # fmt: skip
    share = 1 if full else 2
    start = time.process_time()
    stacked = fine_tuning.pretrained(d.x, sizes, seed=0, epochs=PRETRAINING)
    spent = {"greedy pretraining": minutes(start)}
    start = time.process_time()
    tuned = fine_tuning.fine_tuned(stacked, d, seed=0, epochs=EPOCHS // share)
    spent["fine-tuning"] = minutes(start)
    start = time.process_time()
    fresh = fine_tuning.fresh(sizes, seed=0)
    control = fine_tuning.fine_tuned(fresh, d, seed=0, epochs=MORE // share)
    spent["the control, from fresh random weights"] = minutes(start)
    frozen = fine_tuning.fine_tuned(stacked, d, seed=0, epochs=EPOCHS // share, rate=3e-3,
                                    frozen=True)  # fmt: skip
    few = d._replace(x=d.x[:FEW], y=d.y[:FEW])
    tuned_few, control_few = (
        fine_tuning.fine_tuned(e, few, seed=0, epochs=EPOCHS_FEW // share) for e in (stacked, fresh)
    )
