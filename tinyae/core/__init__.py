"""The vectorized core: it computes the same as the layers, on buffers that are allocated once.

`fit(core="vectorized")` uses it. For most modules, the right column names the module that
is the reference: it computes the same with the layers and is easier to read.

core            one epoch of blocks              training/epochs.py
support         check whether the core supports a model
stages          encoder and decoder as affine maps with units
plan            settings that are fixed before the buffers are allocated
buffers, block  arrays and operations of a step  models/autoencoder.py
filling         rows and noise of a block        training/epochs.py
parts           steps shared out over threads    core/block.py
adaptation      what suits the machine
compiled        what both cores have in common
choice          how many threads are fastest
stack           like models as one with a leading axis in every array
side_by_side    one epoch of several like models
linear          affine maps                      nn/layers.py
units           units                            nn/activations.py
outputs         costs                            criterion/outputs.py
codes           stochastic codes                 criterion/gaussian_code.py
noise           corruptions                      criterion/corruption.py
penalties       penalties                        criterion/penalties.py
steps           optimizers                       training/optimizers.py
reconstruction  r(x) − x at very many points     models/autoencoder.py
machine         a Boltzmann machine's epoch      models/rbm.py, models/contrastive.py
"""
