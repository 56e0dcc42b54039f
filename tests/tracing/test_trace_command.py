"""`python -m tinyae trace`: in a pipe it prints all, in a terminal it steps, asks and checks."""

import subprocess
import sys
from argparse import Namespace

import numpy as np
import pytest

from tinyae import PSD, RBM, Autoencoder, HelmholtzMachine, Recirculation, Tanh
from tinyae.__main__ import main
from tinyae.commands import trace_command
from tinyae.commands.trace_command import made, step_through, widths
from tinyae.tracing import trace


def options(**given):
    plain = {"sizes": "2-3-2", "model": "autoencoder", "unit": None, "noise": 0.0, "l1": 0.0,
             "contraction": 0.0, "rows": 2, "rate": 0.1, "seed": 0}  # fmt: skip
    return Namespace(**{**plain, **given})


@pytest.mark.slow
def test_in_a_pipe_it_prints_every_step():
    command = [sys.executable, "-B", "-m", "tinyae", "trace", "2-3-2"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", input="", check=True,
                          env=None)  # fmt: skip
    lines = done.stdout.split("\n")
    assert lines[0].startswith("Autoencoder 2-3-2") and lines[2].startswith("no.  phase")
    assert lines[1] in ("n = 2, η = 0.1", "n = 2, eta = 0.1")
    assert any("gW1 = xᵀ ga1" in line or "gW1 = x^T ga1" in line for line in lines)
    assert any("b2_new" in line for line in lines) and done.stderr == ""


def test_the_slots_are_in_the_table(capsys):
    arguments = ["trace", "2-3-2", "--noise", "0.3", "--l1", "0.1", "--contraction", "0.1",
                 "--unit", "tanh", "--rows", "3"]  # fmt: skip
    assert main(arguments) == 0
    out = capsys.readouterr().out
    for part in ("x̃ = x + σ ε", "Ω1 = λ Σ_i |h_i|", "gW1_open", "gW1_hidden", "h1 = tanh(a1)"):
        assert part in out
    model, x = made(options(unit="tanh", noise=0.3, l1=0.1, contraction=0.1, rows=3))
    assert x.shape == (3, 2) and isinstance(model.encoder.layers[1], Tanh)
    assert f"{trace(model, x).loss:.6g}" in out


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("model", "sizes", "kind", "part"), [
    ("vae", "2-2", Autoencoder, "KL"), ("recirculation", "3-2", Recirculation, "time 3"),
    ("psd", "2-3", PSD, "gap3"), ("rbm", "3-2", RBM, "Gibbs round 1"),
    ("helmholtz", "3-2", HelmholtzMachine, "sleep"),
])  # fmt: skip
def test_every_model(model, sizes, kind, part, capsys):
    assert isinstance(made(options(model=model, sizes=sizes))[0], kind)
    assert main(["trace", sizes, "--model", model]) == 0
    assert part in capsys.readouterr().out


@pytest.mark.parametrize(("form", "start"), [
    ("md", "| no. | phase |"), ("html", "<table>"), ("latex", r"\begin{longtable}"),
    ("text", "no.  phase"),
])  # fmt: skip
def test_the_forms_of_the_table(form, start, capsys):
    assert main(["trace", "2-3-2", "--table", form]) == 0
    assert capsys.readouterr().out.startswith(start)


def test_a_picture_is_written(tmp_path, capsys):
    assert main(["trace", "2-3-2", "--picture", str(tmp_path / "net.svg")]) == 0
    assert b"<svg" in (tmp_path / "net.svg").read_bytes()
    assert capsys.readouterr().out == f"wrote {tmp_path / 'net.svg'}\n"


@pytest.mark.slow
def test_the_report_on_a_picture_is_no_part_of_a_table(tmp_path, capsys):
    path = tmp_path / "net.svg"
    assert main(["trace", "2-3-2", "--picture", str(path), "--table", "md"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("| no. |") and printed.err == f"wrote {path}\n"


def answers(*given):
    """A student who types these answers."""
    left, asked = list(given), []

    def ask(question):
        asked.append(question)
        if not left:
            raise EOFError
        return left.pop(0)

    ask.asked = asked
    return ask


def found():
    model, x = made(options())
    return trace(model, x)


def test_enter_steps_on_to_the_end(capsys):
    t = found()
    ask = answers(*[""] * 60)
    step_through(t, 0, ask)
    out = capsys.readouterr().out
    assert f"loss {t.loss:.6g}" in out and len(ask.asked) == sum(
        bool(s.rule) and s.phase != "given" for s in t
    )
    for step in t:
        assert f"{step.phase}: {step.name}" in out
    assert "next: a1 = x W1 + b1;  a1[" in ask.asked[0]


def test_what_a_student_needs_for_an_answer_is_shown(capsys):
    """γ and λ are chosen by the command, so it must tell them."""
    t = trace(*made(options(model="psd", sizes="2-3")))
    ask = answers(*[""] * 60)
    step_through(t, 0, ask)
    assert "γ = 1, λ = 0.1, n = 2" in capsys.readouterr().out
    (question,) = (one for one in ask.asked if one.startswith("next: gf = "))
    assert question.startswith("next: gf = 2 γ (f − h)/n   (γ = 1, n = 2);  gf[")


def test_a_number_is_checked_before_the_step_is_shown(capsys):
    t = found()
    probe = answers()
    step_through(t, 0, probe)
    name, _, index = probe.asked[0].split(";  ")[1].removesuffix("] = ").partition("[")
    value = t[name].value[tuple(map(int, index.split(",")))]
    capsys.readouterr()
    step_through(t, 0, answers(f"{value:.4f}", f"{value + 100:.4f}", "q"))
    out = capsys.readouterr().out
    assert out.index("right:") < out.index("forward: a1") < out.index("not ")
    assert out.index("not ") < out.index("forward: h1") and "Σ_j" in out
    assert "backward" not in out and "loss" not in out.split("\n")[-2]


@pytest.mark.parametrize("leave", ["q", "Q", "quit"])
def test_q_ends_and_words_are_asked_again(leave, capsys):
    ask = answers("what", leave)
    step_through(found(), 0, ask)
    assert len(ask.asked) == 2 and "Enter: next step" in ask.asked[1]
    assert "a1 = x W1" not in capsys.readouterr().out


def test_in_a_terminal_it_asks(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    seen = []
    monkeypatch.setattr(trace_command, "step_through", lambda t, seed, ask: seen.append((t, ask)))
    assert main(["trace", "2-3-2"]) == 0
    assert seen[0][1] is input and seen[0][0].title.startswith("Autoencoder 2-3-2")


@pytest.mark.parametrize(("arguments", "says"), [
    (["2"], "SIZES are widths"), (["2-x-2"], "SIZES are widths"), (["0-2"], "SIZES are widths"),
    (["2-3-4"], "the same from both ends"), (["200-3"], "from 1 to 64"),
    (["4-3-2", "--model", "rbm"], "one hidden layer"),
    (["3-2", "--model", "rbm", "--l1", "1"], "for --model autoencoder only"),
    (["3-2", "--model", "psd", "--unit", "tanh"], "leave --unit out"),
    (["2-3-2", "--rows", "0"], "--rows"), (["2-3-2", "--l1", "-1"], "lam"),
])  # fmt: skip
def test_what_is_refused(arguments, says, capsys):
    assert main(["trace", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_sizes_from_both_ends_or_from_one():
    assert widths("2-3-2", "autoencoder") == widths("2-3", "autoencoder") == (2, 3)
    assert widths("4-3-2-3-4", "autoencoder") == (4, 3, 2)
    assert widths("4-3-2", "helmholtz") == (4, 3, 2)


def test_seeds_change_weights_and_data():
    (one, x), (two, y) = made(options()), made(options(seed=1))
    assert not np.array_equal(one.theta, two.theta) and not np.array_equal(x, y)
