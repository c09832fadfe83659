"""AUROC of U_density by the setting of the density (appendix C.5 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from softmax_geometry.plots.style import IN, OUT, REFERENCE, panels, styled

Point = tuple[float, float | None]
RANGE = 6.0  # nats a feature that are shown of the likelihoods
LINE_STYLES = ("-", "--", ":")


@styled
def setting_dots(
    groups: Mapping[str, Mapping[str, Point]], ringed: Mapping[str, str], marks: Mapping[str, float], title: str
) -> Figure:
    """AUROC in percent by setting, grouped by the option that is varied; a ring marks the paper's best setting.

    `groups[option][value]` is a mean fraction and its standard error or None, `ringed[option]` the paper's value,
    and `marks` are fractions drawn as vertical lines; one far from all settings is in the legend only.
    """
    figure, (ax,) = panels(1.3 + 0.17 * sum(len(values) + 1.4 for values in groups.values()))
    at, ticks, rings = 0.0, {}, []
    for option, values in groups.items():
        ticks[at] = option
        for value, (mean, error) in values.items():
            at -= 1
            ticks[at] = value
            ax.errorbar([100 * mean], [at], xerr=[100 * (error or 0.0)], fmt="o", color=IN, markersize=4, linewidth=1)
            if ringed.get(option) == value:
                rings.append((100 * mean, at))
        at -= 1.4
    for (name, value), style in zip(marks.items(), LINE_STYLES, strict=False):
        colour, label = OUT if style == "-" else REFERENCE, f"{name} ({100 * value:.1f})"
        ax.axvline(100 * value, color=colour, linestyle=style, linewidth=1, label=label)
    ring = {"markersize": 9, "markerfacecolor": "none", "markeredgecolor": "black"}
    ax.plot([x for x, _ in rings], [y for _, y in rings], "o", **ring, label="the paper's setting")
    ax.set_yticks(list(ticks), list(ticks.values()))
    for (y, name), tick in zip(ticks.items(), ax.get_yticklabels(), strict=True):
        if name in groups and y == max(other for other, text in ticks.items() if text == name):
            tick.set_fontweight("bold")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(at + 0.7, 0.7)
    points = [point for values in groups.values() for point in values.values()]
    shown = [100 * (mean + sign * (error or 0.0)) for mean, error in points for sign in (-1, 1)]
    margin = 0.08 * (max(shown) - min(shown)) + 0.5
    ax.set_xlim(min(shown) - margin, min(max(shown) + margin, 100.2))
    ax.set_title(title)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ax.set_xlabel("AUROC (%), mean over OOD sets")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


@styled
def setting_grid(values: Mapping[str, Mapping[str, float]], boxed: tuple[str, str], title: str) -> Figure:
    """AUROC in percent: `values[features and covariance][regularisation]`, fractions; NaN where nothing was fitted.

    The box is around the row and column of the paper's setting.
    """
    rows, columns = list(values), list(next(iter(values.values())))
    matrix = np.array([[100 * values[row][column] for column in columns] for row in rows])
    figure, (ax,) = panels(1.1 + 0.32 * len(rows))
    low, high = float(np.nanmin(matrix)), float(np.nanmax(matrix))
    image = ax.imshow(matrix, cmap="viridis", vmin=low, vmax=high, aspect="auto")
    for i, j in np.ndindex(matrix.shape):
        fitted = np.isfinite(matrix[i, j])
        dark = fitted and matrix[i, j] < low + 0.6 * (high - low)
        ax.text(
            j, i, f"{matrix[i, j]:.1f}" if fitted else "–", ha="center", va="center", color="white" if dark else "black"
        )
    corner = (columns.index(boxed[1]) - 0.48, rows.index(boxed[0]) - 0.46)
    ax.add_patch(Rectangle(corner, 0.96, 0.92, fill=False, edgecolor=OUT, linewidth=2, label="the paper's setting"))
    ax.set_title(title)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xlabel("added to the variances (reg_covar)")
    ax.spines[:].set_visible(False)
    figure.colorbar(image, label="AUROC (%)")
    figure.legend(loc="outside lower center")
    return figure


@styled
def likelihood_scatter(points: Mapping[str, tuple[float, float]], best: str, title: str) -> Figure:
    """AUROC against the held-out log-likelihood in nats a feature: `points[setting]` holds the latter, then AUROC.

    `best` names the paper's setting. Labelled are it, the likeliest setting, and the one with the highest AUROC.
    """
    highest = max(likelihood for likelihood, _ in points.values())
    shown = {name: max(likelihood, highest - RANGE) for name, (likelihood, _) in points.items()}
    auroc = {name: 100 * value for name, (_, value) in points.items()}
    figure, (ax,) = panels(3.4)
    for name, (likelihood, _) in points.items():
        marker = "o" if likelihood == shown[name] else "<"
        ax.plot([shown[name]], [auroc[name]], marker, color=IN, markersize=4.5, alpha=0.7)
    named = {
        "the paper's setting": (best, "s"),
        "likeliest": (max(points, key=lambda name: points[name][0]), "D"),
        "highest AUROC": (max(auroc, key=lambda name: auroc[name]), "^"),
    }
    for meaning, (name, marker) in ((meaning, pair) for meaning, pair in named.items() if pair[0] in points):
        label = meaning if name == best else f"{meaning}: {name}"
        ring = {"markersize": 10, "markerfacecolor": "none", "markeredgecolor": OUT, "linestyle": "none"}
        ax.plot([shown[name]], [auroc[name]], marker, label=label, **ring)
    if any(likelihood < highest - RANGE for likelihood, _ in points.values()):
        ax.plot([], [], "<", color=IN, markersize=4.5, alpha=0.7, linestyle="none", label="further left than shown")
    ax.set_title(title)
    ax.set_xlabel("log-likelihood of held-out images (nats a feature)")
    ax.set_ylabel("AUROC (%), mean over OOD sets")
    ax.grid(color="#DDDDDD", linewidth=0.6)
    figure.legend(loc="outside lower center", ncols=2)
    return figure
