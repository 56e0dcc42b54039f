"""Model files of format version 1, which held one autoencoder: read, or refused at no cost."""

import base64
import hashlib
import json
import zlib

import numpy as np
import pytest

from tests.damaged_files import cost, damage, outcome
from tinyae import (
    L1,
    Autoencoder,
    CategoricalOutput,
    Classifier,
    GaussianNoise,
    Tanh,
    load,
    save,
)
from tinyae.criterion import DiagonalGaussianOutput
from tinyae.files.archive_files import read_archive
from tinyae.persistence import first_format
from tinyae.training import Cosine

# A file of the first release, written on another day: the format must not drift.
FIRST_RELEASE = """
eNq9Vk1u00AYnRCgNCzoot27bAxSWhrHDaRCggoJFoHiBV0gVEWOPakjpUlkO0FVFClngAOAUCWuwBJxku5ZcgD4hr
yhny07aknBydOMZ77/eeMZp1G8uiFmz7q42f12+hNPSayKQLq+DDd7g+OCWBGrSzM53b7f23/hvC6IkRibvoy80Nwx
zIf7tlUxy4bZ7odx6Paa/ZBM0MxTtxtJGo8CdyDp/c7dsjExFnhKY4rhNmFEkISQEBE6hD6hh/kdgkGoEMroq3GfEB
OOCQPY4PKq3yZ0Yc+FfJVgYZ7bk/DpQd5ncXG7bwhjFkMTMafjtTLibcL2ELHMyy+GXcl0Y+hzvR7sdYEJs6PjdJGX
tjli9cirt+q/gpyaCzCm7B9k5CYvsXaVC9bO+svabeXkw/0McnzqPCL4iZlflc9hRj2foZ5D6Gm+6xq/nON3kopR1z
oEhtCZt6b/IuY9+Oowu+m9pXWU/SPoLhrXE/iNmFye7xg+w4x1VBzYJGyjxuk6D9i3wcUe4/yK5nD8Ivk8B+/T8Xfh
9ygnbovFfpDDET/j+5j+bnC9APIudC9jrXQenENtVscwI3cvQy+r5un9/xZymnPBOdfdSZyna7fe/dDn6TKdp3EgY1
cfpycQ0232cdq2z3WY1ssLH6dCTB9RGI/pT5gSPhK+Ek4JYleIld1kel+2Pnzi1wW/cyijWOc3LczkdJtzXajZ/+W2
YJRs0EVR4gGhjvcaYDOa+xhrAVVsrTrQgo0q5LdBIQ99yfS5TRvzWr/C5CtoW2i1rI7lPnxXU3IexjzQvAZqansW+k
6jcGWjmLzsqaucQkmcPbP1Orv6pfUUqU/A2+WEnkOW/lA8rabIokwrJN3duyEYdZzGtetqvEi/z9R+/+3jF51TOD8=
"""


PLAIN = """
eNq9VltIVEEYPuuuqdtiFnZDik2DTVirXc9qWjQ+dLHEWthuWrqd9pz1gq7b2aMgIuxDpE+CZWgmGJEFPUhJRVcmQ4pKsgc
pyy5C6hoK+RBlodWc9j84u6xWGM3hY2bO/Jdv/pn5Z6xZak0S4y+rmCZfg+8HFC0TyxQKHC+Ia13uShUTw/Rq/HJKfXLX3m
xrjoqpYKoMvOBxiIZ0vWHTXnNqqsGoNzjLREnkXPYykZggI9u4Eo9A/nsKObdA+msSjfpq/RyKtopwiCeoIBAIRAIPQRFBG
YELxtMJ9AQmAiO05f88gURQSeAGG7S83HYSlIA9DuRTCFgYp+0J4NMB8jzFi7Z7kKCK4mAHzsF8LSH42sF2OXCh5dkgeQns
CpSuBPq0ngvslQCqKTsKTw7mpdisoOIxU7zltg3GCwhKQa4I+MSDr7wQ8xT+YRzZv4yj5R/GMXhutE/3DP6VOXnAp0RxcEE
sg+O8HdajHPSUc8CBzu5Z/FYHcVTiLgLKQWe2tQ6eO23PTZ0NDsbpmHpCrGveDJz4EOd0Nt+FIM9Re2629bIG5MMdSbUrlH
wYRfKhVChInJIOI8P8YkodOh06N/xRMmTTjHPMh9ox48BN1jCF6q/srH7XP4UndB0mXWJExsB3Y+713i78tGG/+gL6gqOff
LQNNaoylm9WJ8bxk3jk3KWEvHsvcUuWNc6sG0efHjTvrBMnUOax97FV6lH0LKJuT/Tt+1hqbbS0nZ9Exp7ukwvffEetj3ue
51smsPfm2CF99xQaWJK87vOxEayxNaXdHZ7E8Trb9q8rwzP4mszutZfVGcxvytlUNrcy9w4aGTefys+8gRrGHrXXOYdw7e7
60n3L3iLv1t5Iq+UD6uob1XSueIX6Io4uSDBh1NgaW7aorR+PuTXeZ5pB5G04beq81YL3Jz9sy+N8uIsTl84vHkYjJ67aO7
758Nf24weSNg5i++LzX8KWv8aHn2Z/6PnRgmK3lDI1cT7UV3zlrW5iEDUlvlj9pGsIe/dc8zbXvETMH5bALdR+pj+HvlL5o
gLBIyl7yKvyyyn1DFdqCvtfblS9loNrMgWOzHoqFTuhnwb9ZMB6GDtCYIa2GY6bouOgjqEsl0pdKQ7wSfcdkLaTQZaHNgu2
TWCXhXTNA68NFBcL6CpzMVM+FA5HoG8BWLNUYUnqwAeR/NyRoaXW2L9e08+jYD05cch5QUZUgF5MODOdRoLV5M0im5YR6M4
WwVBbx5oVPk/+rybfRVIv+OXjJ5flrc8=
"""  # the autoencoder 5-4-5 with the weights of seed 0


def first(text, path):
    path.write_bytes(zlib.decompress(base64.b64decode(text)))
    return path


def test_a_file_of_the_first_release_is_read(tmp_path):
    model = load(first(FIRST_RELEASE, tmp_path / "m.npz"))
    twin = Autoencoder.dense(
        (2, 1), tied=True, dtype=np.float32, activation=Tanh, penalties=[L1(0.25)],
        corruption=GaussianNoise(Cosine(0.5)), head=Classifier(2, 0.5))  # fmt: skip
    assert repr(model) == repr(twin) and model.theta.dtype == np.float32
    np.testing.assert_array_equal(model.theta, np.arange(1, 10))
    again = load(save(model, tmp_path / "again"))
    assert repr(again) == repr(twin)
    np.testing.assert_array_equal(again.theta, model.theta)
    plain = load(first(PLAIN, tmp_path / "plain.npz"))
    np.testing.assert_array_equal(plain.theta, Autoencoder.dense((5, 4)).theta)


@pytest.mark.slow
def test_damaged_files_of_the_first_release_are_refused_or_harmless(tmp_path, measured):
    path = first(FIRST_RELEASE, tmp_path / "m.npz")
    model, whole = load(path), path.read_bytes()
    found = [outcome(path, data, model) for data in damage(whole, 53)]
    measured(f"version 1: {len(found)} damaged files, {found.count('refused')} refused, "
             f"{found.count('equal')} equal")  # fmt: skip
    assert set(found) == {"refused", "equal"}
    # The checksum is of the bytes alone, so "<f4" read as ">f4" would be other numbers unnoticed.
    start = whole.index(b"theta.npy") + 9
    for byte in range(start, whole.index(b"\n", start + 60)):
        for bit in range(8) if whole[byte] in b"<f84" else [byte % 8]:
            altered = bytearray(whole)
            altered[byte] ^= 1 << bit
            assert outcome(path, bytes(altered), model) in ("refused", "equal")


def crafted(path, header, theta, *, compress=False, digest=None):
    """Write a file with a right checksum, so that nothing but its contents can give it away."""
    text = header if isinstance(header, str) else json.dumps(header)
    theta = np.asarray(theta)
    if digest is None:
        digest = hashlib.sha256(text.encode() + theta.tobytes()).hexdigest()
    write = np.savez_compressed if compress else np.savez
    write(path, header=np.array(text), theta=theta, digest=np.array(digest))
    return path


def parts(tmp_path):
    return read_archive(first(PLAIN, tmp_path / "parts.npz"), "model")


def test_a_small_file_cannot_ask_for_much(tmp_path):
    header, arrays = parts(tmp_path)
    theta = arrays["theta"]
    wide = {**header, "encoder": [{"d_in": 5, "d_out": 10**7, "tied_to": None}],
            "decoder": [{"d_in": 10**7, "d_out": 5, "tied_to": None}]}  # fmt: skip
    crowded = {**header, "head": {"setting": "Classifier", "classes": 10**8, "weight": 1.0}}
    appended = {**header, "decoder": [*header["decoder"], {"appended": 10**14}]}
    deep = json.dumps({**header, "encoder": 0}).replace('"encoder": 0', '"encoder": ' + "[" * 9999)
    files = {
        "wide layers": crafted(tmp_path / "wide.npz", wide, theta),
        "a wide head": crafted(tmp_path / "head.npz", crowded, theta),
        "appended columns": crafted(tmp_path / "columns.npz", appended, theta),
        "deep nesting": crafted(tmp_path / "deep.npz", deep, theta),
        "a bomb in theta": crafted(
            tmp_path / "bomb.npz", header, np.zeros(10**6), compress=True, digest="0" * 64),
        "a bomb in the header": crafted(
            tmp_path / "text.npz", " " * 10**6, theta, compress=True, digest="0" * 64),
    }  # fmt: skip
    for name, path in files.items():
        message, seconds, peak = cost(lambda path=path: load(path))
        assert str(path) in message, name
        assert peak < 2**20 and seconds < 1, (name, seconds, peak)


def test_what_does_not_describe_a_model_is_refused(tmp_path):
    header, arrays = parts(tmp_path)
    theta, path = arrays["theta"], tmp_path / "m.npz"
    huge = [{"d_in": 10**9, "d_out": 10**9, "tied_to": None}]
    wrong = [
        ({"version": 99}, "format version 99"),
        ({"encoder": 3}, "does not describe a model"),
        ({"output": {"setting": "os"}}, "does not describe a model"),
        ({"dtype": "float32"}, "expected 49 float32"),
        ({"dtype": "int32"}, "its dtype is 'int32'"),
        ({"encoder": huge}, "does not describe a model"),
    ]
    for change, message in wrong:
        crafted(path, {**header, **change}, theta)
        with pytest.raises(ValueError, match=message):
            load(path)
    for other in (theta * np.nan, theta.astype(np.float32), theta[:-1], theta.reshape(7, 7)):
        crafted(path, header, other)
        with pytest.raises(ValueError, match="finite|expected 49 float64"):
            load(path)
    crafted(path, header, theta)
    np.testing.assert_array_equal(load(path).theta, theta)  # the way these were made is right
    np.savez(path, header=json.dumps(header), digest="0" * 64)
    with pytest.raises(ValueError, match="was altered"):
        load(path)


def test_tampering_is_noticed(tmp_path):
    header, arrays = parts(tmp_path)
    path = crafted(tmp_path / "m.npz", header, arrays["theta"], digest="0" * 64)
    with pytest.raises(ValueError, match="altered"):
        load(path)


def test_a_description_without_groups_is_read():
    """Files were written before the setting existed."""
    assert first_format._setting_in({"setting": "CategoricalOutput"}) == CategoricalOutput()


def test_appended_columns_are_read(tmp_path):
    header, _ = parts(tmp_path)
    header["decoder"] += [{"appended": 5}]
    header["output"] = {"setting": "DiagonalGaussianOutput", "per_feature": True}
    model = load(crafted(tmp_path / "m.npz", header, np.arange(54.0)))
    twin = Autoencoder.dense((5, 4), output=DiagonalGaussianOutput(per_feature=True))
    assert repr(model) == repr(twin)
    np.testing.assert_array_equal(model.theta, np.arange(54.0))


def test_layers_of_every_kind_are_read(tmp_path):
    """A residual layer, a layer that occurs twice, groups, the first columns, and a tied layer."""
    header, _ = parts(tmp_path)
    square, wide = ({"d_in": 4, "d_out": d, "tied_to": None} for d in (4, 8))
    header["encoder"] += [{"residual": [square], "scale": 0.5}, {"again": 1}, {"softmax": [1, 3]}]
    header["decoder"] = [wide, {"first_of": 2}, {"d_in": 4, "d_out": 5, "tied_to": 0}]
    theta = np.linspace(-1.0, 1.0, 24 + 20 + 40 + 5)
    model = load(crafted(tmp_path / "m.npz", header, theta))
    np.testing.assert_array_equal(model.theta, theta)
    W, b, V, c, U, e, bias = np.split(theta, np.cumsum([20, 4, 16, 4, 32, 8]))
    W, V, U = W.reshape(5, 4), V.reshape(4, 4), U.reshape(4, 8)
    x = np.linspace(0.0, 2.0, 10).reshape(2, 5)
    s = 1.0 / (1.0 + np.exp(-x @ W - b))
    powers = np.exp(0.5 * (s @ V + c - s) @ V + c)
    powers[:, 0] = 1.0  # a group of one
    powers[:, 1:] /= powers[:, 1:].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.encode(x), powers, rtol=1e-13)
    r = (powers @ U + e)[:, :4] @ W.T + bias
    np.testing.assert_allclose(model.decode(powers), r, rtol=1e-13)


def test_widths_of_groups_in_a_setting_are_a_tuple():
    found = first_format._setting_in({"setting": "CategoricalOutput", "groups": [2, 3]})
    assert found == CategoricalOutput(groups=(2, 3))


def test_too_little_memory_is_no_fault_of_the_file(tmp_path, monkeypatch):
    def too_large(*_):
        raise MemoryError

    monkeypatch.setattr(first_format, "_hollow_model", too_large)
    with pytest.raises(MemoryError):
        load(first(PLAIN, tmp_path / "m.npz"))


def test_a_decoder_without_a_layer_is_named(tmp_path):
    header, arrays = parts(tmp_path)
    header["decoder"] = [{"activation": "Tanh"}]
    header["head"] = {"setting": "Classifier", "classes": 2, "weight": 1.0}
    with pytest.raises(ValueError, match="the decoder needs at least one Linear layer"):
        load(crafted(tmp_path / "m.npz", header, arrays["theta"]))
