"""Predictive sparse decomposition: what its atoms are, and what joint training changes (14.8)."""

import numpy as np
import pytest

from figures.experiments import natural_patches
from figures.experiments.gabor import direction, gabor_fit
from figures.experiments.natural_patches import whiten
from tests.claims.networks import Network, dictionary_start, linear_accuracy
from tests.claims.patch_models import GAMMA, SIDE, shared_seeds, squares, trained
from tests.claims.pictures import digits
from tinyae import PCA, PSD, Adam, GaussianOutput, fit
from tinyae.training import Cosine

pytestmark = [pytest.mark.claim, pytest.mark.slow]


def gabor(atoms):
    """Measures of how well Gabor functions fit each of the atoms (k, 144), means over them."""
    pictures = np.asarray(atoms).reshape(-1, SIDE, SIDE)
    found = gabor_fit(pictures)
    good = found.share > 0.6
    return {
        "good": good.mean(),
        "median": np.median(found.share),
        "narrow": (good & (found.widths < 4).all(axis=1)).mean(),
        "oriented": (good & (direction(pictures) > 1 / 3)).mean(),
    }


@pytest.mark.real_data
def test_atoms_of_pictures(claim, full, data_folder):
    """3 seeds on photographs; reduced: 1 seed, 24 000 patches, 10 epochs."""
    c = claim("S43, atoms", "14.8",
              "Most of the atoms that are learned from whitened patches of pictures are Gabor "
        "functions: waves times a Gaussian that is a few pixels wide. They are localised. On "
        "photographs, nearly all of them have a single orientation. White noise is not fitted by "
        "Gabor functions, and few principal components are localised.",
              "48 000 white patches 12 × 12 of photographs, 196 atoms, γ = 1, 20 epochs")  # fmt: skip
    n, epochs = (48_000, 20) if full else (24_000, 10)
    seeds = shared_seeds(c, 3 if full else 1)
    rng = np.random.default_rng(seeds[0])
    leaves = whiten(*natural_patches.squares(20_000, rng, None))[0]
    kinds = {
        "photographs, λ = 3": (
            [trained(data_folder, n, 3.0, seed, epochs).atoms for seed in seeds],
            squares(data_folder, n, seeds[0])[0],
        ),
        "dead leaves, 144 atoms, λ = 3": ([natural_patches.learn(leaves, seeds[0], 5).atoms], leaves),
    }  # fmt: skip
    noise = gabor(rng.standard_normal((100, SIDE, SIDE)))
    for name, (atoms, x) in kinds.items():
        found = [gabor(one) for one in atoms]
        components, some = gabor(PCA(100).fit(x).components_), gabor(x[:100])
        what = f"{name}: share of atoms with a Gabor fit of R² > .6"
        c.show(what, [one["good"] for one in found], at_least=0.7)
        c.control("white noise", what, noise["good"])
        c.control("principal components", what, components["good"])
        c.control("white patches themselves", what, some["good"])
        what = f"{name}: share with R² > .6 and a hill narrower than 4 pixels both ways"
        c.show(what, [one["narrow"] for one in found], at_least=0.7)
        c.control("principal components", what, components["narrow"])
        c.control("white patches themselves", what, some["narrow"])
        c.quote(f"{name}: median R²", [one["median"] for one in found])
        what = f"{name}: share with R² > .6 and one direction"
        oriented = [one["oriented"] for one in found]
        if name.startswith("dead leaves"):
            c.quote(what, oriented)
        else:
            c.show(what, oriented, at_least=0.8)
            c.control("white noise", what, noise["oriented"])


class FrozenAtoms(PSD):
    """Only the encoder learns: after each step the atoms are what they were."""

    def hold(self):
        """Keep the atoms as they are."""
        self.held = self.atoms.copy()
        return self

    def project(self):
        """Put them back."""
        self.atoms[...] = self.held


@pytest.mark.slow
def test_psd_is_not_sparse_coding_and_then_regression(claim, full, request):
    """3 seeds of MNIST; reduced: 2000 strokes, one seed. All with 30 steps of inference."""
    folder = request.getfixturevalue("data_folder") if full else None
    c = claim("S43, hybrid", "14.8",
              "Training the encoder and the atoms together gives other atoms than sparse coding "
        "followed by training an encoder. The codes of the jointly trained atoms are easier to "
        "predict. This holds both for an encoder that is fitted to the codes and for one that "
        "is trained by PSD's rule with the atoms held fixed. The disadvantage is a higher "
        "minimum of the sparse coding criterion. Atoms of sparse coding from another start do not "
        "differ in this way.",
              "MNIST, 6000 digits, 200 atoms, λ = 3, γ = 1; linear classifiers on 6000 and on 1000 labels; "
              "5000 fresh digits")  # fmt: skip
    x, y, fresh, labels = digits(folder, *((6_000, 5_000) if full else (2_000, 1_000)))
    mean = x.mean(axis=0)
    scale = (x - mean).std()
    x, fresh = (x - mean) / scale, (fresh - mean) / scale
    found = {}

    def note(name, value):
        found.setdefault(name, []).append(value)

    def accuracies(name, code, of_fresh):
        note(f"accuracy on {name}", linear_accuracy(code, y, of_fresh, labels))
        note(f"accuracy on {name}, 1000 labels",
             linear_accuracy(code[:1000], y[:1000], of_fresh, labels))  # fmt: skip

    def rest(h, f):
        return ((h - f) ** 2).sum() / (h * h).sum()

    kind = {"lam": 3.0, "steps": 30}
    seeds = c.seeds(3 if full else 1)

    def start_from(seed):
        """A model with random weights, and examples as its atoms."""
        model = PSD.dense((784, 200), gamma=GAMMA, rng=seed, dtype=np.float32, **kind)
        dictionary_start(model, x, seed)
        return model

    def trained_on_digits(model, seed):
        fit(
            model,
            x,
            epochs=10,
            batch_size=100,
            optimizer=Adam(Cosine(0.005)),
            rng=seed,
            core="auto",
        )
        return model

    def apart(seed):
        """Sparse coding, and then an encoder by PSD's rule with the atoms held."""
        start = start_from(seed)
        alone = trained_on_digits(
            PSD(None, start.copy().parts["dictionary"], gamma=0.0, **kind), seed
        )
        held = FrozenAtoms(
            start.copy().encoder, alone.copy().parts["dictionary"], gamma=GAMMA, **kind
        )
        trained_on_digits(held.hold(), seed)
        assert (held.atoms == alone.atoms).all()
        return held

    for seed in seeds:
        start = start_from(seed)
        for name, model in (
            ("PSD", trained_on_digits(start.copy(), seed)),
            ("sparse coding", apart(seed)),
            ("sparse coding again", apart(seed + 1_000_000)),
        ):
            bare = PSD(None, model.copy().parts["dictionary"], gamma=0.0, **kind)
            code, of_fresh = bare.infer(x, steps=100), bare.infer(fresh, steps=100)
            regression = Network(start.copy().encoder, GaussianOutput())
            fit(regression, (x, code), epochs=20, batch_size=100, optimizer=Adam(Cosine(0.005)),
                rng=seed, core="auto")  # fmt: skip
            fitted = regression.predict(fresh)
            note(f"optimum, {name}", bare.criterion(fresh, of_fresh).mean())
            note(f"regression rest, {name}", rest(of_fresh, fitted))
            note(f"regression own, {name}", bare.criterion(fresh, fitted).mean())
            f = model.encode(fresh)
            note(f"rule rest, {name}", rest(model.infer(fresh, steps=100), f))
            note(f"rule own, {name}", bare.criterion(fresh, f).mean())
            if name != "sparse coding again":
                accuracies(f"f trained by PSD's rule, atoms of {name}", model.encode(x), f)
                accuracies(f"f fitted to codes, atoms of {name}", regression.predict(x), fitted)
                accuracies(f"the codes themselves, atoms of {name}", code, of_fresh)
    accuracies("the pixels", x, fresh)

    which = "PSD's atoms over those of sparse coding"
    for what, key, of, bound in (
        (f"‖h − f‖² / ‖h‖², f fitted to codes at γ = 0: {which}", "regression rest", "regression rest",
         {"at_most": 0.97}),
        (f"the same, f trained by PSD's rule: {which}", "rule rest", "rule rest", {"at_most": 0.95}),
        (f"sparse coding criterion at f's own code, PSD's rule: {which}", "rule own", "rule own",
         {"at_most": 0.985}),
        (f"sparse coding criterion at its optimum: {which}", "optimum", "optimum", {"at_least": 1.01}),
        ("sparse coding criterion at f's own code: PSD over sparse coding and then regression",
         "rule own", "regression own", {"at_most": 0.97}),
    ):  # fmt: skip
        reference = found[f"{of}, sparse coding"]
        c.show(what, np.divide(found[f"{key}, PSD"], reference), **bound)
        again = found[f"{of}, sparse coding again"]
        c.control("sparse coding from another start", what, np.divide(again, reference))
    for what, means in (
        ("regression rest", "‖h − f‖² / ‖h‖², f fitted"),
        ("rule rest", "‖h − f‖² / ‖h‖², PSD's rule"),
        ("rule own", "criterion at f's own code, PSD's rule"),
        ("regression own", "criterion at f's own code, f fitted"),
        ("optimum", "criterion at its optimum"),
    ):
        for name in ("PSD", "sparse coding", "sparse coding again"):
            values = found.pop(f"{what}, {name}")
            if name != "sparse coding again":
                c.quote(f"{means}, atoms of {name}", values)
    for name, values in found.items():
        c.quote(name, values)
