"""The random inputs that a network is surest of, beside digits (figure 7 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import IN, OUT, REFERENCE, TRAIN, WIDTH, panels, styled

_UNSEEN = 0.45  # of full contrast, for pixels that do not reach the network's logits


@styled
def confident_inputs(
    confident: Sequence[NDArray], digits: NDArray, mean_confident: NDArray, mean_digits: NDArray, seen_side: int = 8
) -> Figure:
    """A row for each class: a real digit, the most confident random inputs, and the means of both kinds.

    Pixels beyond the first `seen_side` rows and columns, which the network cannot see, are faded.

    Parameters
    ----------
    confident : sequence of (n_i, h, w) arrays of 0 and 1
        For each class, best first.
    digits : (K, h, w) array of 0 and 1
    mean_confident, mean_digits : (K, h, w) array
        In [0, 1]; NaN where a class has none.
    """
    shown = max([1, *map(len, confident)])
    columns = 3 + shown
    figure = Figure(figsize=(WIDTH, 0.5 + 0.405 * len(digits) * 11 / columns))
    figure.subplots_adjust(left=0.05, right=0.995, bottom=0.01, top=0.915)
    widths = [1, 0.25, *[1] * shown, 0.25, 1, 1]
    axes = figure.subplots(len(digits), len(widths), width_ratios=widths, gridspec_kw={"wspace": 0.08, "hspace": 0.08})
    for ax in axes.ravel():
        ax.set_axis_off()
    for i, row in enumerate(axes):
        row[0].text(-0.35, 0.5, str(i), transform=row[0].transAxes, ha="right", va="center")
        _image(row[0], digits[i], IN, seen_side)
        for ax, image in zip(row[2:], confident[i], strict=False):
            _image(ax, image, OUT, seen_side)
        if not len(confident[i]):
            row[2].text(0, 0.5, "none", transform=row[2].transAxes, va="center", color=TRAIN)
        for ax, mean, colour in ((row[-2], mean_confident[i], OUT), (row[-1], mean_digits[i], IN)):
            if np.isfinite(mean).all():
                _image(ax, mean, colour, seen_side)
    titles = {
        0: "typical\ndigit",
        2: "random inputs, the most confident first",
        len(widths) - 2: "their\nmean",
        len(widths) - 1: "mean\ndigit",
    }
    for column, title in titles.items():
        axes[0, column].set_title(title, fontsize=8, loc="left" if column == 2 else "center", pad=4)
    return figure


@styled
def log_odds_and_distances(
    log_odds: Mapping[str, Array],
    edges: Array,
    distances: Mapping[str, NDArray[np.int64]],
    agreement: Mapping[str, float],
) -> Figure:
    """Above, how sure the network is of random inputs and of digits; below, how far groups are from digits.

    Parameters
    ----------
    log_odds : population → counts on `edges`
        Of the log-odds of the class that an input is taken for; higher means surer.
    distances : "confident", "same ink", "random", "digits" → (d + 1,) counts
        Of the number of pixels in which an input differs from the nearest training digit of its class.
    agreement : the same groups → share
        How often a second network names the same class.
    """
    figure, (above, below) = panels(4.9, rows=2)
    for (name, counts), colour in zip(log_odds.items(), (IN, OUT), strict=False):
        above.stairs(counts / counts.sum(), edges, color=colour, label=name, linewidth=1.3)
    above.set_yscale("log")
    occupied = np.flatnonzero(sum(np.asarray(counts) for counts in log_odds.values()))
    above.set_xlim(float(edges[occupied[0]]), float(edges[occupied[-1] + 1]))
    above.set_xlabel("log-odds of the class that the input is taken for (higher: surer)")
    above.set_ylabel("share per bar")
    above.legend(loc="lower center")
    look = {
        "digits": ("test digits", IN, "-"),
        "confident": ("most confident random inputs", OUT, "-"),
        "same ink": ("the same, pixels shuffled", OUT, ":"),
        "random": ("random inputs", REFERENCE, "--"),
    }
    for name, (label, colour, line) in look.items():
        counts = distances[name]
        below.stairs(
            counts / counts.sum(),
            np.arange(len(counts) + 1) - 0.5,
            color=colour,
            linestyle=line,
            label=f"{label} ({agreement[name]:.0%})",
            linewidth=1.3,
        )
    reached = np.flatnonzero(sum(np.asarray(counts) for counts in distances.values()))
    below.set_xlim(-0.5, reached[-1] + 0.5)
    below.set_ylim(0, 1.5 * below.get_ylim()[1])
    below.set_xlabel("pixels of 64 unlike the nearest training digit of its class")
    below.set_ylabel("share per pixel")
    below.legend(loc="upper right", title="group (a second network agrees)", title_fontsize=8.5, alignment="left")
    return figure


def _image(ax: Axes, image: NDArray, colour: str, seen_side: int) -> None:
    """Ink in `colour` on light grey."""
    ink, paper = np.array(to_rgb(colour)), np.array([0.93] * 3)
    shades = np.asarray(image, dtype=float)[..., None]
    contrast = np.full(shades.shape, _UNSEEN)
    contrast[:seen_side, :seen_side] = 1
    ax.imshow(paper + contrast * shades * (ink - paper), interpolation="nearest")
