"""An explorer in which an autoencoder learns while one looks (14.5, 14.7).

Explorer  the figure with its controls; its method `show` opens a window

Modules:

settings.py       the kind of autoencoder, and the numbers of the sliders
data.py           what is learned: points of a line or the plane, pictures
learner.py        the model, its training and its measures, without any drawing
plane_view.py     the field r(x) − x in the plane
line_view.py      the curve r(x) of one number
pictures_view.py  pictures and their reconstructions
scene.py          all that is drawn, in one figure
charts.py         the loss and the measure over the epochs
panel.py          sliders, radio buttons and buttons
blitting.py       drawing again only what changes
explorer.py       what the controls and the mouse do
film.py           a GIF or a picture of it
window.py         windows, and pages in a browser
"""

from tinyae.exploring.explorer import Explorer

__all__ = ["Explorer"]
