"""Arrows and ellipses in the plane: vector fields (14.5.1), and the windows of a density (14.6).

Like the functions in `charts.py`, each draws into the matplotlib Axes `ax` and returns them.
Without `ax` it makes a new figure in tinyae's style. Several calls with the same Axes make one
picture.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.colors import is_color_like
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.checks.tables import shaped, table
from tinyae.drawing.canvas import axes_to_draw

SIDE = 4.6  # inches of a new figure


def vector_field(
    x: ArrayLike,
    field: ArrayLike,
    *,
    stretch: float = 1.0,
    color: str = "C1",
    width: float = 0.0034,
    ax: Axes | None = None,
) -> Axes:
    """Draw an arrow at each point x of the plane, such as r(x) − x of a denoising autoencoder.

    An arrow ends at x + stretch · field, in the units of the axes.

    Parameters
    ----------
    x : the points, of shape (n, 2)
    field : the arrows, of shape (n, 2)
    stretch : by what the lengths of all arrows are multiplied; 0.5 where they would overlap
    color : one color for matplotlib, of the arrows
    width : of an arrow, as a share of the width of the axes
    ax : matplotlib Axes to draw into; None makes a new figure

    Returns
    -------
    matplotlib.axes.Axes
        Both axes have the same scale. Those of a new figure are as wide as high, whatever the
        points are.

    Raises
    ------
    ValueError
        If the shapes differ, an entry is not finite, or `color` is no color.
    """
    x = table(x, "x", width=2, dtype=np.float64)
    field = shaped(field, "field", x.shape)
    stretch = real_number(stretch, "stretch", low=0.0, open_low=True)
    width = real_number(width, "width", low=0.0, open_low=True)
    check_color(color)
    new = ax is None
    with axes_to_draw(ax, SIDE, SIDE) as ax:
        ax.quiver(*x.T, *field.T, color=color, angles="xy", scale_units="xy", scale=1.0 / stretch,
                  width=width, zorder=3)  # fmt: skip
        ax.update_datalim(np.concatenate([x, x + stretch * field]))
        ax.autoscale_view()
        ax.set(xlabel="$x_1$", ylabel="$x_2$")
        ax.set_aspect("equal", adjustable="datalim" if new else None)  # it keeps its shape
    return ax


def ellipses(
    centers: ArrayLike,
    covariances: ArrayLike,
    *,
    deviations: float = 1.0,
    color: str = "C1",
    ax: Axes | None = None,
) -> Axes:
    """Draw Gaussians in the plane as ellipses, such as the pancakes of a manifold (14.6).

    The ellipse of a Gaussian holds the points x with (x − c)ᵀ S⁻¹ (x − c) = deviations², where c is
    its center and S its covariance.

    Parameters
    ----------
    centers : of the Gaussians, of shape (n, 2)
    covariances : symmetric and without negative eigenvalues, of shape (n, 2, 2)
    deviations : half axes of the ellipses, in standard deviations
    color : one color for matplotlib, of the lines
    ax : matplotlib Axes to draw into; None makes a new figure

    Returns
    -------
    matplotlib.axes.Axes
        Both axes have the same scale. Those of a new figure are as wide as high, whatever the
        points are.

    Raises
    ------
    ValueError
        If the shapes do not belong together, a matrix is no covariance, or `color` is no color.
    """
    centers = table(centers, "centers", width=2, dtype=np.float64)
    covariances = shaped(covariances, "covariances", (len(centers), 2, 2))
    deviations = real_number(deviations, "deviations", low=0.0, open_low=True)
    check_color(color)
    half, turn = half_axes(covariances)
    lengths, heights = (2 * deviations * half).T
    new = ax is None
    with axes_to_draw(ax, SIDE, SIDE) as ax:
        shapes = EllipseCollection(
            lengths, heights, turn, units="xy", offsets=centers, edgecolors=color,
            facecolors=(0, 0.447, 0.698, 0.18), offset_transform=ax.transData,
        )  # fmt: skip
        ax.add_collection(shapes)
        reach = deviations * np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
        ax.update_datalim(np.concatenate([centers - reach, centers + reach]))
        ax.autoscale_view()
        ax.set(xlabel="$x_1$", ylabel="$x_2$")
        ax.set_aspect("equal", adjustable="datalim" if new else None)  # it keeps its shape
    return ax


def check_color(color: object) -> None:
    """Raise ValueError unless `color` is one color for matplotlib."""
    if not is_color_like(color):
        raise ValueError(
            "color must be one color for matplotlib, such as 'C1' or (0.0, 0.45, 0.7), got "
            f"{color!r:.60}"
        )


def half_axes(covariances: NDArray) -> tuple[NDArray, NDArray]:
    """Return the half axes (n, 2) of each Gaussian, the longer first, and the turn (n,) of it.

    The half axes are the roots of the eigenvalues of the covariance (n, 2, 2). The turn is that of
    the longer one from the first coordinate, in degrees.
    """
    size = np.abs(covariances).max(axis=(1, 2))
    crooked = np.abs(covariances[:, 0, 1] - covariances[:, 1, 0]) > 1e-6 * size
    values, vectors = np.linalg.eigh(covariances)
    wrong = np.flatnonzero(crooked | (values[:, 0] < -1e-6 * size))
    if len(wrong):
        raise ValueError(
            "covariances must be symmetric and without negative eigenvalues; number "
            f"{wrong[0]} is {covariances[wrong[0]].tolist()}"
        )
    longest = vectors[:, :, 1]
    turn = np.degrees(np.arctan2(longest[:, 1], longest[:, 0]))
    return np.sqrt(np.maximum(values[:, ::-1], 0.0)), turn
