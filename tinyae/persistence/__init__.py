"""Models in files: arrays and a description in JSON, no code.

load  read an autoencoder from a file
save  write an autoencoder to a file

Modules:

model_files.py  save and load
header.py       how a model is built, as JSON
"""

from tinyae.persistence.model_files import load, save

__all__ = ["load", "save"]
