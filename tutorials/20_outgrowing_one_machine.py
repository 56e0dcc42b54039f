# %% [markdown]
# # Tutorial 20: outgrowing one machine
#
# This is an appendix: it is about engineering, and not about the chapter. Its model is one
# denoising autoencoder (equations 14.9, 14.16).
#
# - *You need*: tutorials 1 and 7, and some practice with NumPy.
# - *Time*: about 60 minutes, with the five exercises.
# - *Afterwards you can*: train on a table that is larger than memory; divide the gradient of a
#   batch among several processes so that the result has the same bits as that of one process, even
#   if a process dies; and search over settings on several processes.
#
# Sections 6 and 7 start two worker processes on this machine if the package dask.distributed is
# installed: `pip install "tinyae[dask]"`. The same code runs on a cluster of many machines. Without
# the package everything runs in one process, and the tutorial says so.
#
# ## 1. The question
#
# A table outgrows a machine in two ways. It may not fit into memory, or the training may take too
# long. Both have the same cure: **divide the rows into parts**. A table is read in parts, one after
# the other. A batch is computed in parts, at the same time.
#
# But does the result remain the same? Training is a long chain of steps, each of which depends on
# the one before. If the first step changes in the last digit, the thousandth step may change in the
# first. Then nobody can tell a mistake of the program from a difference of rounding. So we ask for
# the strongest answer: the *same bits*.

# %%
import os

for library in ("OPENBLAS", "MKL", "OMP"):  # before NumPy: one thread, as the workers have
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# %%
import signal
import time
import tracemalloc
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from data_parallel import cluster, gradient, here, mean, missing, on_cluster, train, trial
from exercises import check, compare

from tinyae import Adam, Autoencoder, GaussianNoise, KLSparsity, fit
from tinyae.datasets import strokes
from tinyae.plotting import Figure, save_figure, show, style
from tinyae.text import adapt_outputs

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes θ as theta where the terminal cannot show the letter
why_serial = missing()
print(why_serial or "two worker processes will be started in section 6")

# %% [markdown]
# ## 2. The equation
#
# The loss of a batch is a mean over its n examples. Divide the examples into parts, with n_p
# examples in part p, and let L_p be the mean loss of part p. Then
#
#     L(θ) = 1/n Σ_i cost_i(θ) = Σ_p (n_p / n) L_p(θ)
#     ∂L/∂θ                    = Σ_p (n_p / n) ∂L_p/∂θ
#
# So the gradient of the batch is the mean of the gradients of its parts, *weighted by their
# numbers of rows*. This holds for every term that is a mean over the examples. A term that does
# not depend on the examples, such as weight decay, is equal in all parts, and so is its mean.
#
# **Exercise 20.1.** A batch of 100 rows is divided into parts of 70 and 30 rows. The derivatives of
# their mean losses with respect to one weight are 0.52 and −0.24. What is the derivative of the
# loss of the batch?

# %%
answer = None
check("20.1", answer)

# %% [markdown]
# **Exercise 20.2.** A table has 12 million rows of 784 float32 numbers of 4 bytes each. How many
# gigabytes (10⁹ bytes) is the table, and how many megabytes (10⁶ bytes) is a batch of 500 rows?

# %%
answer = None, None
check("20.2", answer)

# %% [markdown]
# ## 3. One unit, one example
#
# The model r = w x has one weight. The loss of an example is ½ (x − w x)², so its derivative is
# (w x − x) x. There are three examples, and two parts: the first two examples, and the third.

# %%
w, xs = 0.5, np.array([1.0, 2.0, 4.0])
each = (w * xs - xs) * xs
first, second = each[:2].mean(), each[2:].mean()
print(f"derivatives of the examples: {each}")
print(f"of the parts: {first} and {second}, of the batch: {each.mean()}")
weighted, plain = (2 * first + 1 * second) / 3, (first + second) / 2
print(f"weighted mean of the parts: {weighted}, plain mean: {plain}")
assert weighted == each.mean() != plain

# %% [markdown]
# The plain mean is wrong, because the parts have different numbers of examples. In training, only
# the last batch of an epoch has parts of different sizes. So this mistake is easily overlooked.
#
# ## 4. By loops, then by layers
#
# The function `gradient` of `data_parallel.py` computes what a worker computes: the number of rows,
# the loss and the gradient of a part. The function `mean` adds the parts. Here the same gradient is
# computed as a whole, by a loop over single rows, and from two parts.

# %%
pictures, _ = strokes(2000, rng=0)
model = Autoencoder.dense((784, 32), rng=0)  # without noise, so that all ways can be compared
batch = np.arange(100)
whole_loss = model.loss_and_grad(pictures[batch])
whole = model.grad.copy()
by_rows = sum(gradient(model, model.theta, pictures, batch[i : i + 1], (0, 0, i))[2]
              for i in range(100)) / 100  # fmt: skip
parts = [gradient(model, model.theta, pictures, rows, (0, 0, p))
         for p, rows in enumerate((batch[:70], batch[70:]))]  # fmt: skip
loss, by_parts = mean(parts)
size = np.abs(whole).max()
row_error, part_error = np.abs(by_rows - whole).max() / size, np.abs(by_parts - whole).max() / size
print(f"largest relative difference from the whole: {row_error:.1e} by rows,"
      f" {part_error:.1e} by parts")  # fmt: skip
assert row_error < 1e-12 and part_error < 1e-12 and abs(loss / whole_loss - 1) < 1e-12
assert not np.array_equal(by_parts, whole)

# %% [markdown]
# The differences are rounding errors, but they are not zero: the sum of floating-point numbers
# depends on the order in which they are added. So the parts must always be added in the same
# order, and not in the order in which the workers happen to finish.
#
# **Exercise 20.3.** A float64 number has about 16 digits. What are (1 + 1e17) − 1e17 and
# 1 + (1e17 − 1e17)?

# %%
answer = None, None
check("20.3", answer)

# %% [markdown]
# ## 5. The gradient
#
# Each step of data-parallel training sends θ to every worker and receives a gradient from each.
# Both have as many numbers as the model has parameters. Parallel work pays only if the workers
# compute for a longer time than the messages take.
#
# **Exercise 20.4.** A tied autoencoder 784-256-784 in float32 has one weight matrix and two vectors
# of biases. How many megabytes (10⁶ bytes) are sent in one step with two workers, in both
# directions together?

# %%
answer = None
check("20.4", answer)

# %% [markdown]
# The noise of a denoising autoencoder needs a seed. The seed of part p in step t is the triple
# (seed, t, p). Then the noise does not depend on the worker that computes the part.
#
# **Exercise 20.5.** Instead, each worker has one generator of its own, which it uses for all of its
# parts. A worker dies, and another one computes its part again. Does the training have the same
# bits as without the accident, yes or no?

# %%
answer = None
check("20.5", answer)

# %% [markdown]
# ## 6. The experiment
#
# **A table that is larger than memory.** `numpy.load` with `mmap_mode="r"` maps a file: its rows
# are read when they are used, and the operating system forgets them when it needs the memory. `fit`
# reads a map in blocks to check it, and then batch by batch. There is one condition: the map must
# have the dtype of the model. Another dtype is converted, and the result is a whole table in
# memory. We measure what is allocated.

# %%
OUT.mkdir(exist_ok=True)
path = OUT / "20_pictures.npy"
table = np.lib.format.open_memmap(path, "w+", np.float32, (10 * len(pictures), 784))
for i in range(10):  # block by block: the program never holds the whole table
    table[i * len(pictures) : (i + 1) * len(pictures)] = pictures
table.flush()
megabytes = table.nbytes / 1e6
del table


def allocated(dtype):
    """Return the megabytes that one epoch on the map allocates at most."""
    x = np.load(path, mmap_mode="r")
    net = Autoencoder.dense((784, 16), dtype=dtype)
    tracemalloc.start()
    fit(net, x, epochs=1, batch_size=500, core="vectorized")
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


peaks = {"model in float32": allocated(np.float32), "model in float64": allocated(np.float64)}
print(f"table of {megabytes:.0f} MB in float32: " + ", ".join(
    f"{name} {peak:.0f} MB" for name, peak in peaks.items()))  # fmt: skip
path.unlink()

# %% [markdown]
# A second `fit` continues the first. So training also goes from file to file, with one epoch for
# each. The estimators of `tinyae.estimators` have a method `partial_fit` for this, and their model
# takes the dtype of the first table. (Rows of a map are read in random order, which is slow on a
# disk that turns. Then write the rows in random order once, and use `shuffle=False`.)
#
# **Parts on several workers.** First both parts of each batch are computed by this process, one
# after the other. Then two workers compute them. In a second training, a worker is killed in the
# middle of an epoch.

# %%
N, STEPS = 2000, 12
rows_file = OUT / "20_rows.npy"
np.save(rows_file, pictures.astype(np.float32))


def denoiser(**slots):
    return Autoencoder.dense((784, 64), tied=True, corruption=GaussianNoise(0.3),
                             dtype=np.float32, **slots)  # fmt: skip


def training(submit=None, **settings):
    """Train a denoiser by parts; return it and the loss of each epoch."""
    net = denoiser()
    losses = train(net, N, submit or here(denoiser(), rows_file), Adam(3e-3), epochs=3,
                   batch_size=500, **settings)  # fmt: skip
    return net, losses


start = time.perf_counter()
serial, serial_losses = training()
print(f"one process, two parts: losses {np.round(serial_losses, 2)},"
      f" {time.perf_counter() - start:.1f} s")  # fmt: skip
killed = []


def kill_a_worker(step):
    """Kill a worker after step 6 of 12, in the middle of the second epoch."""
    if step == STEPS // 2 and not killed:
        killed.append(next(iter(client.run(os.getpid).values())))
        os.kill(killed[0], signal.SIGKILL)


GRID = [(k, sigma) for k in (16, 64) for sigma in (0.1, 0.3)]
with ExitStack() as stack:
    client = None if why_serial else stack.enter_context(cluster(2))
    submit = None if client is None else on_cluster(client, denoiser(), rows_file)
    runs = {}
    for name, each_step in (("two workers", None), ("a worker dies", kill_a_worker)):
        start = time.perf_counter()
        runs[name] = training(submit, each_step=each_step if client is not None else None)
        where = f" ({why_serial}: one process instead)" if why_serial else ""
        print(f"{name}: losses {np.round(runs[name][1], 2)},"
              f" {time.perf_counter() - start:.1f} s{where}")  # fmt: skip
    if client is not None and find_spec("joblib") is not None:
        from joblib import Parallel, delayed, parallel_config

        with parallel_config(backend="dask"):
            errors = Parallel()(delayed(trial)(rows_file, k, sigma) for k, sigma in GRID)
    else:
        errors = [trial(rows_file, k, sigma) for k, sigma in GRID]
print("the search: " + ", ".join(f"k = {k}, σ = {sigma}: error {error:.1f}"
      for (k, sigma), error in zip(GRID, errors, strict=True)))  # fmt: skip

# %% [markdown]
# The losses are equal in all digits. A killed worker costs only the time to compute one part again.
#
# **A search over settings** needs no messages during training, so it is the simplest use of several
# machines. joblib distributes it: inside `with parallel_config(backend="dask")`, calls run on the
# workers. scikit-learn uses joblib too, so a search with it needs no other change:
#
#     estimator = AutoencoderTransformer(corruption="gaussian")
#     with parallel_config(backend="dask"):
#         GridSearchCV(estimator, {"n_components": [16, 64], "noise": [0.1, 0.3]}).fit(X)

# %%
with style():
    figure = Figure(figsize=(10.5, 3.8))
    left, right = figure.subplots(1, 2)
    epochs = range(1, len(serial_losses) + 1)
    left.plot(epochs, serial_losses, "C0-", lw=5, alpha=0.3, label="one process, two parts")
    title = "The losses of one process (dask is not installed)"
    if not why_serial:  # else both runs were this one process again
        title = "The losses do not depend on the workers"
        for (name, (_, losses)), look in zip(runs.items(), ("C1o", "C2x"), strict=True):
            left.plot(epochs, losses, look, ms=9, mfc="none", label=name)
    left.set(xlabel="epoch", ylabel="loss", xticks=epochs, title=title)
    left.legend()
    right.barh([*peaks, "size of the file"], [*peaks.values(), megabytes], color="C1", height=0.5)
    right.set(xlabel="MB, allocated at most", title="A memory map costs little in its own dtype")
print("see", save_figure(figure, OUT / "20_outgrowing_one_machine.png"))
show(figure)  # in a notebook

# %% [markdown]
# ## 7. What to change
#
# Each line below is one run in this process. The first two ask for the largest difference of any
# parameter after three epochs, compared with two parts. The parameters are between −1 and 1. The
# last two ask for the relative error of the gradient of one batch, computed from two parts. Guess,
# then run both cells: only what you have guessed is run. After the result comes a comment.

# %%
guess = {
    "one part instead of two": None,
    "other noise (another seed), the same order of rows": None,
    "gradient, parts of 90 and 10 rows, plain mean": None,
    "gradient, two halves, with KLSparsity": None,
}


# %%
def other(**settings):
    """Return the largest difference from the serial training with two parts."""
    return float(np.abs(training(**settings)[0].theta - serial.theta).max())


def other_noise():
    """Train with the same order of rows, but with the noise of another seed."""
    inner = here(denoiser(), rows_file)
    return other(submit=lambda theta, jobs: inner(
        theta, [(rows, (seed[0] + 1, *seed[1:])) for rows, seed in jobs]))  # fmt: skip


def error_of_parts(cut, weigh=True, **slots):
    """Return the relative error of a gradient from two parts of the first 100 rows."""
    net = Autoencoder.dense((784, 32), rng=0, **slots)
    net.loss_and_grad(pictures[:100])
    found = [gradient(net, net.theta, pictures, rows, (0, 0, p))
             for p, rows in enumerate((batch[:cut], batch[cut:]))]  # fmt: skip
    found = found if weigh else [(1, loss, g) for _, loss, g in found]
    return float(np.linalg.norm(mean(found)[1] - net.grad) / np.linalg.norm(net.grad))


compare(20, guess, {
    "one part instead of two": lambda: other(parts=1),
    "other noise (another seed), the same order of rows": other_noise,
    "gradient, parts of 90 and 10 rows, plain mean": lambda: error_of_parts(90, weigh=False),
    "gradient, two halves, with KLSparsity": lambda: error_of_parts(
        50, penalties=KLSparsity(0.1, 1.0)),
})  # fmt: skip

# %% [markdown]
# ## 8. What was shown

# %%
assert peaks["model in float32"] < 0.6 * megabytes, "a map of the right dtype is read in batches"
assert peaks["model in float64"] > 2 * megabytes, "another dtype is converted as a whole"
for net, losses in runs.values():
    assert losses == serial_losses and np.array_equal(net.theta, serial.theta), "the same bits"
assert why_serial or killed, "a worker was killed"
assert errors == [trial(rows_file, k, sigma) for k, sigma in GRID], "and so has the search"
assert serial_losses[-1] < 0.8 * serial_losses[0], "the network has learned"
print("A table is read in parts, and a batch is computed in parts. With the noise of a part seeded")
print("by its number, and with sums in a fixed order, the result has the same bits everywhere.")
