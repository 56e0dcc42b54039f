"""Numerical methods: independence of rounding, units and the order of rows; blocks and threads.

Modules:

order.py            an order of the rows that depends on their values only
axes.py             signs of axes, and axes of equal eigenvalues
eigenpairs.py       the few eigenvectors that are wanted
spectrum.py         all eigenvalues, and the eigenvectors of the largest ones
sparse.py           matrices with few entries in a row
installed_scipy.py  what SciPy offers, where it is installed
units.py            data in units of their own spread, and squared distances
scaled_points.py    points scaled to the size for which initial weights were chosen
blocks.py           blocks of rows under a memory limit
threads.py          a team of threads that compute at the same time
caches.py           the sizes of the caches
blas.py             the number of threads that BLAS uses
underflow.py        numbers that are too small become zero without an error
constants.py        numbers that several formulas need
"""
