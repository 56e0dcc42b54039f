"""Layers with hand-written derivatives, models as one flat vector, and the gradient check.

Layer            a function with parameters, run forwards, backwards and along a direction
Linear           y = x W + b
Chain            layers one after the other
tied             a Linear layer that shares the transposed W of another
Elementwise      the base class of all units: f, f′ and f″
Identity         f(a) = a
Sigmoid          f(a) = 1/(1 + exp(−a))
Tanh             f(a) = tanh(a)
ReLU             f(a) = max(a, 0)
Softplus         f(a) = log(1 + exp(a))
Softmax          y_i = exp(a_i) / Σ_j exp(a_j)
Residual         y = c (net(x) − x)
FirstColumns     y = the first columns of x
AppendedColumns  y = (x, s) with parameters s, equal for all rows
Glorot           uniform weights whose width suits both the forward and the backward pass
Normal           normal weights
Uniform          uniform weights and biases
pack             move all parameters of some layers into one vector
Trainable        the base class of what can be trained: theta, grad and an objective
Model            a Trainable whose parameters lie in layers
gradcheck        compare a model's gradient with numerical derivatives
GradientReport   the result of gradcheck

Modules:

layers.py            Layer, Linear, Chain
activations.py       units, each with its two derivatives
softmax.py           the softmax, and log Σ exp
appended_columns.py  columns of parameters, equal for all rows
residual.py          a network minus its input, as a layer
columns.py           the first columns of the input, as a layer
structure.py         leaves, layers in series, widths, a dense pair
dense.py             the widths of a dense network
initializers.py      initial weights
parameters.py        one vector theta, one vector grad, and the views of the layers
trainable.py         what fit trains: theta, grad and an objective
model.py             a trainable whose parameters lie in layers
graph.py             the layers of a model as nodes of a graph
jacobian.py          images of the unit vectors, and the Jacobian
gradcheck.py         the analytic gradient against numerical derivatives
comparison.py        that comparison, over the rows that touch no kink
kinks.py             rows that lie on a kink of a unit or penalty
numerical.py         complex step and central differences
gradient_report.py   what the check found
"""

from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.appended_columns import AppendedColumns
from tinyae.nn.columns import FirstColumns
from tinyae.nn.gradcheck import gradcheck
from tinyae.nn.gradient_report import GradientReport
from tinyae.nn.initializers import Glorot, Normal, Uniform
from tinyae.nn.layers import Chain, Layer, Linear, tied
from tinyae.nn.model import Model
from tinyae.nn.parameters import pack
from tinyae.nn.residual import Residual
from tinyae.nn.softmax import Softmax
from tinyae.nn.trainable import Trainable

__all__ = [
    "AppendedColumns",
    "Chain",
    "Elementwise",
    "FirstColumns",
    "Glorot",
    "GradientReport",
    "Identity",
    "Layer",
    "Linear",
    "Model",
    "Normal",
    "ReLU",
    "Residual",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "Trainable",
    "Uniform",
    "gradcheck",
    "pack",
    "tied",
]
