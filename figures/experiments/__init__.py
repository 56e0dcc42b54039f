"""The set-ups that are trained and measured. Figures, claims and benchmarks share them.

Each module holds one set-up: how the data are made, what is trained on them, and what is measured.
A figure's `compute` calls these functions, and its `draw` draws the result. A claim calls the same
functions and asserts bounds on the result. No module here draws anything.
"""
