"""Gradients against differences: the Taylor error falls as h² iff the gradient is right (proposition 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import Array, InputError, as_floats
from softmax_geometry.plots.style import IN, OUT, panels, styled


@dataclass(frozen=True, eq=False)
class Check:
    """Taylor errors of one gradient over the step sizes, their slope in logarithms, and what to call it."""

    label: str
    errors: Array
    slope: float

    @property
    def passed(self) -> bool:
        """Whether the slope is nearer to 2 than to 1."""
        return self.slope > 1.5


def taylor_errors(score: Callable[[Array], Any], gradient: Any, z: Any, direction: Any, steps: Any) -> Array:
    """|U(z + h v) − U(z) − h ∇U·v| for each step size h, shape (n,).

    Parameters
    ----------
    score : U, from features (N, H) to scores (N,)
    gradient, z, direction : (H,) arrays
    steps : (n,) array of positive h

    Raises
    ------
    InputError
        If an array has another rank, the lengths differ, or a step is not positive.

    Examples
    --------
    >>> taylor_errors(lambda z: z[:, 0] ** 2, [6.0], [3.0], [1.0], [0.1, 0.01]).round(6)
    array([0.01  , 0.0001])
    """
    gradient, z, direction, steps = (
        as_floats(name, value, ndim=1)
        for name, value in (("gradient", gradient), ("z", z), ("direction", direction), ("steps", steps))
    )
    if not len(gradient) == len(z) == len(direction):
        raise InputError(
            f"gradient: expected {len(z)} entries, as z, got {len(gradient)} (direction: {len(direction)})"
        )
    if (steps <= 0).any():
        raise InputError(f"steps: expected positive numbers, got {steps.min()}")
    moved = np.asarray(score(z + steps[:, None] * direction))
    return np.abs(moved - np.asarray(score(z[None]))[0] - steps * (gradient @ direction))


def fitted_slope(steps: Any, errors: Any) -> float:
    """The slope of log error over log step, by least squares: 2 for a right gradient, 1 for a wrong one.

    Raises
    ------
    InputError
        If there are fewer than two steps, the lengths differ, or a number is not positive.

    Examples
    --------
    >>> round(fitted_slope([0.1, 0.01, 0.001], [1e-2, 1e-4, 1e-6]), 6)
    2.0
    """
    steps, errors = as_floats("steps", steps, ndim=1), as_floats("errors", errors, ndim=1)
    if len(steps) < 2 or len(errors) != len(steps):
        raise InputError(f"errors: expected as many as steps and at least 2, got {len(errors)} and {len(steps)}")
    if min(steps.min(), errors.min()) <= 0:
        raise InputError(f"errors: expected positive numbers, as steps, got {min(steps.min(), errors.min())}")
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


@styled
def gradient_check_figure(steps: Array, checks: Sequence[tuple[str, Sequence[Check]]]) -> Figure:
    """Taylor error against step size on logarithmic axes, a panel for each score; dotted lines have slopes 1 and 2.

    Parameters
    ----------
    steps : (n,) array of h, in units of z
    checks : a title with its checks
    """
    figure, axes = panels(3.2, columns=len(checks), width=7.2, sharey=True)
    for ax, (title, panel) in zip(axes, checks, strict=True):
        for slope in (1, 2):
            guide = 4 * panel[-1].errors.max() * (steps / steps.max()) ** slope
            ax.plot(steps, guide, color="#aaaaaa", linewidth=1, linestyle=":", label=f"_slope {slope}")
        for check in panel:
            colour, marker = (IN, "o") if check.passed else (OUT, "x")
            label = f"{check.label}: slope {check.slope:.2f}"
            ax.plot(steps, check.errors, color=colour, marker=marker, markersize=4, label=label)
        ax.set(xscale="log", yscale="log")
        ax.set_title(title)
        ax.set_xlabel("step h (units of z)")
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.24), borderaxespad=0)
    axes[0].set_ylabel("error of U(z) + h ∇U·v")
    return figure
