"""The list of all figures in the chapter's order."""

from __future__ import annotations

from . import (
    fig_14_01_structure,
    fig_14_02_stochastic,
    fig_14_03_graph,
    fig_14_04_corruption,
    fig_14_05_vector_field,
    fig_14_06_tangent,
    fig_14_07_three_points,
    fig_14_08_neighbors,
    fig_14_08_turntable,
    fig_14_09_pancakes,
    fig_14_10_colour,
    fig_14_10_tangents,
    fig_centre,
    fig_consistency,
    fig_copies,
    fig_deep_codes,
    fig_denoising,
    fig_depth,
    fig_descent,
    fig_digit_tangents,
    fig_energy,
    fig_factor,
    fig_filters,
    fig_hashing,
    fig_helmholtz,
    fig_hypercube,
    fig_median,
    fig_norms,
    fig_outputs,
    fig_point_estimate,
    fig_psd,
    fig_recirculation,
    fig_samples,
    fig_sigmas,
    fig_slopes,
    fig_small_noise,
    fig_spacing,
    fig_spectrum,
    fig_variational,
    fig_zeros,
)
from .reading import described

MODULES = (  # in the chapter's order
    fig_14_01_structure,
    fig_recirculation,
    fig_centre,
    fig_zeros,
    fig_point_estimate,
    fig_filters,
    fig_helmholtz,
    fig_deep_codes,
    fig_depth,
    fig_outputs,
    fig_14_02_stochastic,
    fig_variational,
    fig_14_03_graph,
    fig_denoising,
    fig_median,
    fig_14_04_corruption,
    fig_factor,
    fig_14_05_vector_field,
    fig_sigmas,
    fig_consistency,
    fig_slopes,
    fig_energy,
    fig_copies,
    fig_samples,
    fig_14_06_tangent,
    fig_14_08_neighbors,
    fig_14_09_pancakes,
    fig_14_07_three_points,
    fig_spacing,
    fig_small_noise,
    fig_norms,
    fig_hypercube,
    fig_spectrum,
    fig_14_10_tangents,
    fig_digit_tangents,
    fig_psd,
    fig_descent,
    fig_hashing,
)
FIGURES = {module.NUMBER: module for module in MODULES}
# These figures have slides of a user's rows too.
OWN_SLIDES = [module.NUMBER for module in MODULES if getattr(module, "OWN_SLIDES", False)]
# With --data these modules draw a figure: they call compute(pictures=from_folder(FOLDER)).
FROM_FOLDER = {
    module.NUMBER: module
    for module in (
        fig_deep_codes,
        fig_14_08_turntable,
        fig_14_10_colour,
        fig_psd,
        fig_digit_tangents,
    )  # fmt: skip
}


def listed(number: str) -> str:
    """Return what --list shows of a figure: name, section, title and parameters."""
    module = FIGURES[number]
    section = getattr(module, "SECTION", "")
    lines = [f"{number}: {module.TITLE}" + f" ({section})" * bool(section)]
    lines += [f"    {line}" for line in described(module.compute)]
    if number in FROM_FOLDER:
        lines.append("    --data FOLDER: real pictures")
    return "\n".join(lines)
