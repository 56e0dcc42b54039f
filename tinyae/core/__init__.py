"""The vectorized core: the mathematics of the layers on buffers that are made once. `fit(core=…)`
uses it.
"""
