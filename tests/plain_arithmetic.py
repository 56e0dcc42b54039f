"""Arithmetic on nested lists with plain Python numbers, for the tests of traces: no NumPy."""

import math


def numbers(array):
    """An array as nested lists of floats."""
    return array.astype(float).tolist()


def affine(x, W, b):
    """a_ik = Σ_j x_ij W_jk + b_k."""
    return [
        [sum(row[j] * W[j][k] for j in range(len(W))) + b[k] for k in range(len(b))] for row in x
    ]


def each(f, *tables):
    """f of the entries of tables of one shape."""
    return [
        [f(*entries) for entries in zip(*rows, strict=True)] for rows in zip(*tables, strict=True)
    ]


def outer(x, g):
    """Σ_i x_ij g_ik."""
    return [
        [sum(x[i][j] * g[i][k] for i in range(len(x))) for k in range(len(g[0]))]
        for j in range(len(x[0]))
    ]


def columns(g):
    """Σ_i g_ik."""
    return [sum(row[k] for row in g) for k in range(len(g[0]))]


def transposed(W):
    """W_kj."""
    return [[row[k] for row in W] for k in range(len(W[0]))]


def back(g, W):
    """Σ_k g_ik W_jk."""
    return [[sum(row[k] * W[j][k] for k in range(len(row))) for j in range(len(W))] for row in g]


def less(W, g, rate):
    """W − rate g, for a table or a list."""
    if isinstance(W[0], list):
        return each(lambda w, d: w - rate * d, W, g)
    return [w - rate * d for w, d in zip(W, g, strict=True)]


def sigmoid(a):
    """1/(1 + exp(−a))."""
    return 1.0 / (1.0 + math.exp(-a))


def softplus(a):
    """log(1 + exp(a))."""
    return math.log(1.0 + math.exp(a))


def sign(h):
    """−1, 0 or 1."""
    return (h > 0) - (h < 0)
