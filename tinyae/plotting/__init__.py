"""Pictures of filters, reconstructions, learning curves, fields and tangents, without pyplot.

filters          the weights into each hidden unit as pictures
reconstructions  originals above their reconstructions
learning_curves  the losses of one or several trainings
vector_field     arrows at points of the plane
ellipses         Gaussians in the plane
reconstruction_curve  r(x) of one number x beside the diagonal
tangent_images   pictures, each beside its tangents as pictures
Figure           a matplotlib figure that notebooks show
show             show a figure or axes in the middle of a notebook's cell
save_figure      write a figure or axes to a file
style            a context in which tinyae's style sheet applies
as_images        rows of pixels as pictures
tile             pictures in a grid, as one picture

Modules:

charts.py    filters, reconstructions, learning curves
fields.py    vector fields and ellipses in the plane
curves.py    r(x) of one number
tangent_rows.py  pictures and their tangents
pictures.py  pictures in a grid
pixels.py    rows of numbers as pictures
drawable.py  what can be drawn of a model or a history
"""

from tinyae.drawing.canvas import Figure, save_figure, show, style
from tinyae.plotting.charts import filters, learning_curves, reconstructions
from tinyae.plotting.curves import reconstruction_curve
from tinyae.plotting.fields import ellipses, vector_field
from tinyae.plotting.pictures import as_images, tile
from tinyae.plotting.tangent_rows import tangent_images

__all__ = [
    "Figure",
    "as_images",
    "ellipses",
    "filters",
    "learning_curves",
    "reconstruction_curve",
    "reconstructions",
    "save_figure",
    "show",
    "style",
    "tangent_images",
    "tile",
    "vector_field",
]
