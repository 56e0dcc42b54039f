"""The vectorized core: the mathematics of the layers on buffers that are made once.

`fit(core="vectorized")` uses it. Each module has its counterpart, the reference that one reads.

core            one epoch of blocks              training/epochs.py
support         what the core does not run, named
stages          encoder and decoder as affine maps with units
plan            what is settled before any buffer exists
buffers, block  arrays and operations of a step  models/autoencoder.py
linear          affine maps                      nn/layers.py
units           units                            nn/activations.py
outputs         costs                            criterion/outputs.py
noise           corruptions                      criterion/corruption.py
penalties       penalties                        criterion/penalties.py
steps           optimizers                       training/optimizers.py
reconstruction  r(x) at very many points         models/autoencoder.py
"""
