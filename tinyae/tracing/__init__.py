"""One training step, operation by operation: every value, formula, equation and source line.

trace  one training step of a model as a sequence of steps
Trace  the sequence: tables, explanations of entries, pictures, a quiz
Step   one operation

`t = trace(model, x)`; then `print(t)`, `t["gW1"]`, `t.explain("gW1", (0, 1))`, `t.draw()`,
`t.quiz()`. On the command line: `python -m tinyae trace 2-3-2`.

Modules:

tracer.py         the function trace
sequence.py       the class Trace
step.py           the class Step
recorder.py       steps as they are collected, and the parts of a gradient
scalars.py        rules: formulas of one entry, shown and evaluated
functions.py      the functions in rules
explanation.py    how one entry comes about
tables.py         text, Markdown, HTML and LaTeX
quiz.py           questions and answers
columns.py        what is written on the nodes of a picture
picture.py        the picture of a tiny network
writing.py        what is written in it
placing.py        places for the labels of edges
parameters.py     names of the parameters
units.py          formulas of the units
layers.py         layers in series, forwards and backwards
autoencoder.py    the autoencoder with its slots
corruptions.py    noise on the input
outputs.py        reconstruction, cost and its adjoint
codes.py          stochastic codes
code_adjoints.py  their adjoints
penalties.py      values and adjoints of penalties
contraction.py    contraction in its four terms
head.py           a classifier on the code
recirculation.py  four times instead of a backward pass
psd.py            prediction of sparse codes, and the gradient at fixed codes
inference.py      proximal steps to the codes
rbm.py            positive and negative phase of a Boltzmann machine
gibbs.py          a round of its sampling
partition.py      its log Z
helmholtz.py      wake and sleep
updates.py        an optimizer's first step
"""

from tinyae.tracing.sequence import Trace
from tinyae.tracing.step import Step
from tinyae.tracing.tracer import trace

__all__ = ["Step", "Trace", "trace"]
