"""The version of tinyae, which is written into every file (setup.cfg states the same)."""

__version__ = "0.1.0"
