"""The formulas of the units and of their derivatives, for one number.

A unit is f(a), unit by unit (section 14.1 uses them in the encoder). Here `a` is the name of what
goes in and `h` the name of what comes out. A unit of the user's own has no formula here: then its
values are shown without one.
"""

from __future__ import annotations

from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh

# f, f′ and f″ of one number
_FORMULAS = {
    Identity: ("{a}", "1", "0"),
    ReLU: ("max({a}, 0)", "step({a})", "0"),
    Sigmoid: ("1/(1 + exp(−{a}))", "{h}·(1 − {h})", "{h}·(1 − {h})·(1 − 2·{h})"),
    Softplus: ("softplus({a})", "sigmoid({a})", "sigmoid({a})·(1 − sigmoid({a}))"),
    Tanh: ("tanh({a})", "1 − {h}²", "−2·{h}·(1 − {h}²)"),
}


def unit_rule(unit: Elementwise, order: int, a: str, h: str = "") -> str:
    """Return the rule of f (order 0), f′ (1) or f″ (2) of the arrays named a and h, or ""."""
    formulas = _FORMULAS.get(type(unit))
    return f"ik: {formulas[order].format(a=f'{a}[i,k]', h=f'{h}[i,k]')}" if formulas else ""


def unit_name(unit: Elementwise) -> str:
    """Return the name of a unit in a formula: "tanh"."""
    return type(unit).__name__.lower()
