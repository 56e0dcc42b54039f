"""What `fit(core="vectorized")` runs for a Boltzmann machine (14.5.1): the settings the core takes.

The training itself is in `core/machine.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tinyae.criterion.outputs import BernoulliOutput
from tinyae.models.contrastive import ContrastiveDivergence, PersistentContrastiveDivergence
from tinyae.nn.trainable import UnsupportedError, inherits
from tinyae.training.optimizers import SGD, Adam, Optimizer
from tinyae.training.tuning import Tuning

if TYPE_CHECKING:
    from tinyae.core.machine import MachineCore

# What the core takes the place of.
OURS = ("loss_and_grad", "objective", "check_rows", "project")


def compiled_machine(
    rbm: Any,
    base: type,
    optimizer: Optimizer,
    batch_size: int,
    n: int,
    memory: dict | None,
    threads: int | str | None,
    tuning: Tuning | None,
) -> MachineCore:
    """Return the core for a machine, as `RBM.vectorized` says; `base` is the class RBM.

    Raises
    ------
    UnsupportedError
        If the core does not support the machine. The message names the reason.
    """
    # Imported here, so that `import tinyae` does not load the core.
    from tinyae.core.machine import MachineCore

    for method in OURS:
        if not inherits(rbm, base, method):
            raise UnsupportedError(f"models of class {type(rbm).__name__} with their own {method}")
    number = threads if isinstance(threads, int) else None  # "auto" is the calling thread alone
    rule = rbm.rule
    if type(rbm.visible) is not BernoulliOutput:
        raise UnsupportedError(f"a machine with visible units {rbm.visible!r}")
    if type(rule) is PersistentContrastiveDivergence:
        chains = rule.chains
    elif type(rule) is ContrastiveDivergence:
        chains = None
    else:
        raise UnsupportedError(f"the rule {rule!r}")
    # `MachineCore` refuses other optimizers by name.
    return MachineCore(rbm, cast(SGD | Adam, optimizer), batch_size, n, steps=rule.steps,
                       chains=chains, memory=memory, threads=number, tuning=tuning)  # fmt: skip
