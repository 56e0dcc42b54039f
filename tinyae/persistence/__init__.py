"""Models in files: arrays and a description in JSON, no code.

load  read a model, an estimator or a hash table from a file
save  write one to a file

Modules:

model_files.py   save and load
classes.py       the classes whose objects can be in a file
first_format.py  files of format version 1
"""

from tinyae.persistence.model_files import load, save

__all__ = ["load", "save"]
