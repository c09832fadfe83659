"""The exact envelope of the confidence at given norm and largest cosine (theorem E), with the mental models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import IN, OUT, REFERENCE, panels, styled


@dataclass(frozen=True, eq=False)
class Envelope:
    """Least and greatest confidence over the largest cosine, all (n,), in a space of H features."""

    label: str
    cosine: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class SafeDrop:
    """Below `safe` every z is less confident than any z at `cosine`; `confidence` is the least one there."""

    cosine: float
    safe: float
    confidence: float


@dataclass(frozen=True, eq=False)
class Height:
    """Height hi − lo of the envelope over c = ‖w‖‖z‖ (m,) and the largest cosine (n,), an (n, m) array."""

    c: Array
    cosine: Array
    height: Array


@styled
def bands_figure(bands: Sequence[Envelope]) -> Figure:
    """A panel for each band of possible confidences, with its two edges; where they coincide it is a line.

    Examples
    --------
    >>> m = np.array([0.0, 1.0])
    >>> len(bands_figure([Envelope("K = 2", m, m, m), Envelope("K = 3", m, m / 2, m)]).axes)
    2
    """
    figure, axes = panels(2.7, columns=len(bands), width=7.2, sharey=True)
    for ax, band in zip(axes, bands, strict=True):
        line = bool(np.max(band.high - band.low) < 1e-9)
        ax.fill_between(band.cosine, band.low, band.high, color="#9cc3e0", linewidth=0)
        ax.plot(band.cosine, band.high, color=IN)
        ax.plot(band.cosine, band.low, color=IN)
        ax.set_title(f"{band.label}\n{'a function' if line else 'a band'}", color=IN if line else OUT)
        ax.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="max cos(z, wᵢ)")
    axes[0].set_ylabel("confidence max σ")
    return figure


@styled
def envelope_figure(
    envelopes: Sequence[Envelope],
    models: Sequence[tuple[str, Array, Array]],
    drop: SafeDrop,
    height: Height,
    points: Array | None = None,
) -> Figure:
    """Left: bands of possible confidence, models of it as lines, one safe drop. Right: height of the band.

    Parameters
    ----------
    envelopes : the wider one first
    models : label, cosines and confidences of each
    points : (N, 2) array of c and max cos of features, drawn on the right
    """
    figure, (left, right) = panels(3.7, columns=2, width=7.2)
    for band, colour in zip(envelopes, ("#dbe8f3", "#9cc3e0"), strict=False):
        left.fill_between(band.cosine, band.low, band.high, color=colour, linewidth=0, label=band.label)
    for (label, cosine, confidence), colour, style in zip(models, (OUT, IN), ("-", "--"), strict=False):
        left.plot(cosine, confidence, color=colour, linestyle=style, label=label)
    _draw_drop(left, drop)
    left.set_xlim(0, 1)
    left.set_ylim(0, 1)
    left.set_xlabel("max cos(z, wᵢ)")
    left.set_ylabel("confidence max σ")
    left.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), borderaxespad=0.2)
    filled = right.contourf(height.c, height.cosine, height.height, levels=np.arange(0, 1.01, 0.1), cmap="cividis")
    filled.set_edgecolor("face")  # else a viewer of the SVG shows seams between the levels
    figure.colorbar(filled, ax=right, label="greatest − least confidence", ticks=np.arange(0, 1.01, 0.2))
    if points is not None:
        right.plot(*points.T, ".", color=OUT, markersize=3, alpha=0.6)
        right.set(xlim=(height.c[0], height.c[-1]), ylim=(height.cosine[0], height.cosine[-1]))
    right.set_xlabel("c = ‖w‖‖z‖ (logits)")
    right.set_ylabel("max cos(z, wᵢ)")
    return figure


def _draw_drop(ax: Axes, drop: SafeDrop) -> None:
    ax.plot([drop.cosine, drop.safe], [drop.confidence] * 2, color=REFERENCE, linewidth=1)
    ax.plot([drop.safe] * 2, [0, drop.confidence], color=REFERENCE, linewidth=1, linestyle=":")
    ax.plot([drop.cosine] * 2, [0, drop.confidence], color=REFERENCE, linewidth=1, linestyle=":")
    ax.plot(drop.cosine, drop.confidence, "o", color=REFERENCE, markersize=5)
    ax.text(drop.cosine + 0.02, 0.03, f"at {drop.cosine:.2f}, only\nbelow {drop.safe:.2f}\nis safe", fontsize=8.5)
