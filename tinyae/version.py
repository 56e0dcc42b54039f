"""The version of tinyae, which is written into every file; setup.cfg reads it from here."""

__version__ = "0.1.0"
