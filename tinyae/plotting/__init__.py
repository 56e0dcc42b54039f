"""The pictures that come up again and again: filters, reconstructions, learning curves."""

from tinyae.plotting.canvas import Figure, save_figure, show, style
from tinyae.plotting.charts import filters, learning_curves, reconstructions
from tinyae.plotting.pictures import as_images, tile

__all__ = [
    "Figure",
    "as_images",
    "filters",
    "learning_curves",
    "reconstructions",
    "save_figure",
    "show",
    "style",
    "tile",
]
