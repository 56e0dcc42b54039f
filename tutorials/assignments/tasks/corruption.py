"""Three ways to corrupt the input (task 13). The checks are statistical, so any right draw passes."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong

CORRUPTION = "tinyae/criterion/corruption.py"
ROWS, COLUMNS = 250, 320
LOW, HIGH = -1.0, 2.0


def strength(variant):
    """Return the strength of all three corruptions."""
    return float(variant.rng("strength").uniform(0.2, 0.35))


def clean(variant):
    """Return clean data without an entry that is 0, LOW or HIGH."""
    return variant.rng("clean data").uniform(0.1, 0.9, (ROWS, COLUMNS))


def corrupted(variant, name, seed=1, x=None):
    """Return corrupted data of the submission."""
    import tinyae

    s = strength(variant)
    made = {
        "gaussian": lambda: tinyae.GaussianNoise(s),
        "masking": lambda: tinyae.MaskingNoise(s),
        "salt": lambda: tinyae.SaltAndPepperNoise(s, low=LOW, high=HIGH),
    }
    rng = variant.rng(f"noise {seed}")
    return made[name]().corrupt(clean(variant) if x is None else x, rng)


def got_gaussian(variant):
    e = corrupted(variant, "gaussian") - clean(variant)
    third = ((e / e.std()) ** 4).mean()
    return np.array(e.mean()), np.array(e.std() / strength(variant)), np.array(third)


def want_gaussian(variant):
    return np.array(0.0), np.array(1.0), np.array(3.0)


def got_masking(variant):
    x = clean(variant)
    y = corrupted(variant, "masking")
    kept = y != 0
    return np.array(1.0 - kept.mean()), np.array(np.abs(y - x)[kept].max())


def want_masking(variant):
    return np.array(strength(variant)), np.array(0.0)


def got_salt(variant):
    x = clean(variant)
    y = corrupted(variant, "salt")
    kept = (y != LOW) & (y != HIGH)
    return np.array([(y == LOW).mean(), (y == HIGH).mean()]), np.array(np.abs(y - x)[kept].max())


def want_salt(variant):
    return np.array([strength(variant) / 2.0] * 2), np.array(0.0)


def spread(marks):
    """Return how widely the means of rows and of columns spread; 1 if entries are independent."""
    one = marks.std()
    by_row = marks.mean(axis=1).std() * np.sqrt(marks.shape[1]) / one
    return np.array([by_row, marks.mean(axis=0).std() * np.sqrt(len(marks)) / one])


def got_independent(variant):
    x = clean(variant)
    names = ("gaussian", "masking", "salt")
    return tuple(spread(np.asarray(corrupted(variant, name) - x, float)) for name in names[:1]) + (
        spread((corrupted(variant, "masking") == 0).astype(float)),
        spread((corrupted(variant, "salt") == HIGH).astype(float)),
    )


def want_independent(variant):
    return (np.ones(2),) * 3


def got_fresh(variant):
    found = []
    for name in ("gaussian", "masking", "salt"):
        first, again, other = (corrupted(variant, name, seed) for seed in (1, 1, 2))
        found += [(first == again).all(), (first == other).all()]
    return (np.array(found),)


def want_fresh(variant):
    return (np.array([True, False] * 3),)


def got_read_only(variant):
    found = []
    for name in ("gaussian", "masking", "salt"):
        x = clean(variant)
        y = corrupted(variant, name, x=x)
        found.append((x == clean(variant)).all() and not np.shares_memory(x, y))
        small = clean(variant)[:3].astype(np.float32)
        found.append(corrupted(variant, name, x=small).dtype == np.float32)
    return (np.array(found),)


def want_read_only(variant):
    return (np.array([True] * 6),)


def _rising(progress):
    return 0.8 * progress


def got_schedule(variant):
    import tinyae

    x, rng = clean(variant), variant.rng("schedule")
    e = tinyae.GaussianNoise(_rising).corrupt(x, rng, progress=0.5) - x
    y = tinyae.MaskingNoise(_rising).corrupt(x, rng, progress=0.5)
    s = tinyae.SaltAndPepperNoise(_rising).corrupt(x, rng, progress=0.5)
    none = tinyae.MaskingNoise(_rising).corrupt(x, rng, progress=0.0)
    shares = np.array([e.std(), (y == 0).mean(), (s != x).mean()])
    return shares, np.array((none == x).all())


def want_schedule(variant):
    return np.array([0.4, 0.4, 0.4]), np.array(True)


GIVEN = (
    "x (n, d) is only read, and the result is a new array of the same shape and dtype. Draw from "
    "`rng` and from nothing else. The strength at this moment of the training is `at(self.{}, "
    "progress)`."
)

TASK_13 = Task(
    id="13", title="Three ways to corrupt the input", minutes=25, tutorial="07", needs=(),
    symbols=(
        Symbol(CORRUPTION, "GaussianNoise.corrupt",
               "Return x with independent Gaussian noise of mean 0 in every entry.\n\n"
               + GIVEN.format("sigma") + " It is a standard deviation."),
        Symbol(CORRUPTION, "MaskingNoise.corrupt",
               "Return x in which each entry is 0 with a probability, independently of the others."
               "\n\n" + GIVEN.format("fraction")),
        Symbol(CORRUPTION, "SaltAndPepperNoise.corrupt",
               "Return x in which each entry is replaced with a probability, independently of the "
               "others: by `self.low` or by `self.high`, which are equally likely.\n\n"
               + GIVEN.format("fraction")),
    ),
    docstrings=(
        Symbol(CORRUPTION, "GaussianNoise",
               "Gaussian noise of standard deviation `sigma`: equation 14.17."),
    ),
    statement="13.md",
    checks=(
        Check("Gaussian noise", 0.75, got_gaussian, want_gaussian, tolerance=0.03,
              property="the noise is normal, with mean 0 and the standard deviation sigma",
              case="a large array of equal numbers"),
        Check("masking", 0.75, got_masking, want_masking, tolerance=0.01,
              property="the share of zeros is the fraction, and what is kept is unchanged",
              case="a large array of ones"),
        Check("salt and pepper", 0.75, got_salt, want_salt, tolerance=0.01,
              property="half of the fraction is low, half is high, the rest is unchanged",
              case="a large array of 0.5"),
        Check("independent entries", 0.75, got_independent, want_independent, hidden=True,
              tolerance=0.4, property="every entry of every example has noise of its own",
              case="two rows and two columns"),
        Check("fresh noise", 0.5, got_fresh, want_fresh, hidden=True, tolerance=0,
              property="equal generators give equal noise, other generators other noise",
              case="two calls"),
        Check("x is only read", 0.25, got_read_only, want_read_only, hidden=True, tolerance=0,
              property="x does not change, and the dtype is kept", case="one entry"),
        Check("a strength that changes", 0.25, got_schedule, want_schedule, hidden=True,
              tolerance=0.02, property="the strength may be a function of progress",
              case="progress 1/2"),
    ),
    wrong=(
        Wrong("variance for the deviation",
              "The noise is too small: sigma is the standard deviation, and not the variance.",
              {"GaussianNoise.corrupt": "return x + at(self.sigma, progress) ** 2 * "
               "rng.standard_normal(x.shape, dtype=x.dtype)"}),
        Wrong("written into x",
              "x itself is changed, but x is the target of the reconstruction: return a new array.",
              {"GaussianNoise.corrupt": "x += at(self.sigma, progress) * "
               "rng.standard_normal(x.shape, dtype=x.dtype)\nreturn x"}),
        Wrong("masked in place",
              "x itself is masked, but x is the target of the reconstruction: return a new array.",
              {"MaskingNoise.corrupt": "x[rng.random(x.shape) < at(self.fraction, progress)] = 0.0\n"
               "return x"}),
        Wrong("one number for each row",
              "All entries of an example get the same noise: draw an array of the shape of x.",
              {"GaussianNoise.corrupt": "return x + at(self.sigma, progress) * "
               "rng.standard_normal((len(x), 1), dtype=x.dtype)"}),
        Wrong("a seed of its own",
              "The noise is the same at every call: draw from the generator that is passed.",
              {"GaussianNoise.corrupt": "return x + (at(self.sigma, progress) * "
               "np.random.default_rng(0).standard_normal(x.shape)).astype(x.dtype)"}),
        Wrong("uniform noise", "The noise is uniform, and not normal.",
              {"GaussianNoise.corrupt": "return x + (at(self.sigma, progress) * 12**0.5 * "
               "(rng.random(x.shape, dtype=x.dtype) - 0.5)).astype(x.dtype)"}),
        Wrong("scaled up as in dropout",
              "What is kept is scaled up: dropout does this, masking does not.",
              {"MaskingNoise.corrupt": ("return x * kept",
                                        "return x * kept / x.dtype.type(1.0 - at(self.fraction, "
                                        "progress))")}),
        Wrong("the fraction is kept",
              "The fraction is the share that is kept: it should be the share that is set to 0.",
              {"MaskingNoise.corrupt": (">=", "<")}),
        Wrong("whole columns",
              "Whole columns are masked: each entry of each example is drawn for itself.",
              {"MaskingNoise.corrupt": ("rng.random(x.shape, dtype=x.dtype)",
                                        "rng.random((1, x.shape[1]), dtype=x.dtype)")}),
        Wrong("the fraction for each of the two",
              "Twice as many entries are replaced as asked for: the fraction counts low and high "
              "together.",
              {"SaltAndPepperNoise.corrupt": "f = at(self.fraction, progress)\n"
               "u = rng.random(x.shape, dtype=x.dtype)\n"
               "spoilt = np.where(u < f, x.dtype.type(self.low), x.dtype.type(self.high))\n"
               "return np.where(u < 2 * f, spoilt, x)"}),
        Wrong("pepper only", "All replaced entries are low: half of them should be high.",
              {"SaltAndPepperNoise.corrupt": ("np.where(u < 0.5 * fraction,",
                                              "np.where(u < fraction,")}),
    ),
)  # fmt: skip


TASKS = (TASK_13,)
