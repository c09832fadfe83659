"""Final-layer activations as an image (figures 6 and 16 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import IN, OUT, panels, styled


@styled
def activation_image(groups: Mapping[str, Array]) -> Figure:
    """Features z, a row for each image and a column for each neuron; groups (N_g, H) stand below each other.

    Groups whose name starts with "OOD" are set apart by colour. The shades end at the 99 % quantile of all shown
    activations.
    """
    sizes = [len(z) for z in groups.values()]
    edges = np.concatenate([[0], np.cumsum(sizes)])
    z = np.concatenate([np.asarray(of, dtype=float) for of in groups.values()])
    figure, (ax,) = panels(1.0 + 0.032 * len(z), width=6.2)
    limit = float(np.quantile(np.abs(z), 0.99)) or 1.0
    image = ax.imshow(z, aspect="auto", cmap="Greys", vmin=0, vmax=limit, interpolation="nearest")
    for edge in edges[1:-1]:
        ax.axhline(edge - 0.5, color=IN, linewidth=1.2)
    ax.set_yticks((edges[:-1] + edges[1:]) / 2 - 0.5, list(groups))
    for label in ax.get_yticklabels():
        if label.get_text().startswith("OOD"):
            label.set_color(OUT)
    ax.set_xlabel("neuron, grouped by the class that activates it most; silent ones last")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    figure.colorbar(image, label="activation (units of z)", extend="max")
    return figure
