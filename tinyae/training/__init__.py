"""The one training loop, optimizers, schedules, and full-batch minimisers.

fit              train a model on mini-batches
minimize         train a model on all data at once with SciPy's minimisers
SGD              stochastic gradient descent with momentum
Adam             steps scaled by the size of each parameter's gradient
Cosine           a setting that falls from its start value to zero along a cosine
WarmUp           a setting that rises from zero to its end value
History          the losses of a training
DivergenceError  raised when a training diverges
Tuning           how the vectorized core computes on this machine
Weights          how much each example or each entry counts in the loss

Modules:

fit.py            everything that `fit` takes, checked
loop.py           the loop over the epochs of one model
like_models.py    checks of a list of models that are trained together
several.py        the loops of such models, side by side or one after another
epochs.py         one epoch of the layers: loss and gradient, optimizer step, projection
options.py        the options of `fit`, checked
rows.py           the rows, checked once, and the share held out
tuning.py         choices by which the core is adapted to a machine
weights.py        weights of examples and of entries
optimizers.py     SGD and Adam
schedules.py      settings that depend on progress
state.py          what a second `fit` goes on with: streams, optimizer, memory
memory.py         what an optimizer remembers, in the layers and in the core
place.py          how far a training is: epoch, batches, history
checkpoint.py     a training in a file, from which a later call of `fit` goes on
snapshot.py       the content of that file, read and written
facts.py          what a training is: its model, rows and settings
differences.py    whether a file is that of the training that is about to start
stored_values.py  values by name, as arrays and JSON
minimize.py       full-batch minimisers of SciPy
history.py        losses of a training, and the error of one that diverged
divergence.py     what happens when a training diverges
progress_line.py  the line that shows progress
terminal_line.py  a line on a terminal that is written again and again
dead_units.py     units that give one number for all rows
"""

from tinyae.training.fit import fit
from tinyae.training.history import DivergenceError, History
from tinyae.training.minimize import minimize
from tinyae.training.optimizers import SGD, Adam
from tinyae.training.schedules import Cosine, WarmUp
from tinyae.training.tuning import Tuning
from tinyae.training.weights import Weights

__all__ = [
    "Adam",
    "Cosine",
    "DivergenceError",
    "History",
    "SGD",
    "Tuning",
    "WarmUp",
    "Weights",
    "fit",
    "minimize",
]
