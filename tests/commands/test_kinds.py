"""The settings of each kind that `tinyae fit` knows, as one table."""

import pytest

from tinyae.__main__ import main
from tinyae.commands.kinds import KINDS, Training, transformer

# kind: class, hidden, unit, unit of the code, corruption, penalty, strength, learning rate
SETTINGS = {
    "plain": ("AutoencoderTransformer", (128,), "relu", "identity", None, None, 0.1, 3e-3),
    "denoising": ("AutoencoderTransformer", (128,), "relu", "identity", "gaussian", None, 0.1,
                  3e-3),
    "contractive": ("AutoencoderTransformer", (), "sigmoid", "sigmoid", None, "contractive", 0.1,
                    3e-3),
    "sparse": ("AutoencoderTransformer", (), "sigmoid", "sigmoid", None, "kl", 0.3, 3e-3),
    "vae": ("VAETransformer", (128,), "relu", None, None, None, None, 3e-3),
    "psd": ("PSDTransformer", None, "tanh", None, None, None, None, 1e-2),
    "rbm": ("RBMTransformer", None, None, None, None, None, None, 1e-2),
}  # fmt: skip
NAMES = ("hidden", "activation", "code_activation", "corruption", "penalty", "strength",
         "learning_rate")  # fmt: skip


def test_the_table_has_every_kind():
    assert {*SETTINGS, "pca"} == set(KINDS)
    assert repr(transformer("pca", "real", Training(3))) == "PCA(n_components=3)"


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_settings_of_a_kind(kind):
    name, *stated = SETTINGS[kind]
    made = transformer(kind, "real", Training(5, seed=7, batch_size=50), rows=1000)
    assert type(made).__name__ == name
    settings = made.get_params()
    assert [settings.get(key) for key in NAMES] == stated
    common = ("n_components", "batch_size", "random_state", "dtype", "verbose", "max_epochs")
    assert [settings[key] for key in common] == [5, 50, 7, "float32", False, 250]
    assert settings.get("early_stopping") is (None if kind == "rbm" else True)
    if kind != "psd":  # whose decoder is linear
        assert settings["output"] == "gaussian"
        assert transformer(kind, "unit", Training(5)).get_params()["output"] == "bernoulli"


def test_noise_suits_the_numbers():
    masked = [(numbers, "masking", 0.2) for numbers in ("unit", "bytes", "counts")]
    for numbers, corruption, noise in [("real", "gaussian", 0.3), *masked]:
        settings = transformer("denoising", numbers, Training(5)).get_params()
        assert (settings["corruption"], settings["noise"]) == (corruption, noise)
    assert transformer("denoising", "real", Training(5, noise=0.7)).get_params()["noise"] == 0.7
    assert transformer("sparse", "real", Training(5, strength=2.0)).get_params()["strength"] == 2.0


def test_help_says_what_the_command_does(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["fit", "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Train an autoencoder on the rows of a file and write it" in text
