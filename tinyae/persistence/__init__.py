"""Models in files: plain arrays and a description, no code."""

from tinyae.persistence.model_files import load, save

__all__ = ["load", "save"]
