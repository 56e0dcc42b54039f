"""Checks of arguments, the base class of estimators, and the streams of random numbers.

Modules:

arrays.py      what counts as an array of real numbers, and what to say of everything else
items.py       objects and long floats as float64
tables.py      tables of examples and features, finite and of the right shape
numbers.py     single numbers, truth values and dtypes
generators.py  a seed or a generator, for one purpose
streams.py     the stream of random numbers that a seed opens for each purpose
estimator.py   the bases of what follows scikit-learn's convention
estimator_calls.py  what is done before and after their methods
callers.py     warnings that name the line of the caller
columns.py     number and names of the columns that an estimator learned from
frames.py      data frames as results
"""
