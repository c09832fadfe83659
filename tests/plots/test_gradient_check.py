import numpy as np
import pytest

from softmax_geometry.checks import InputError
from softmax_geometry.plots.gradient_check import Check, fitted_slope, gradient_check_figure, taylor_errors

STEPS = np.logspace(-4, -1, 7)


def cubic(z):
    return z[:, 0] ** 3 - z[:, 0] * z[:, 1]


@pytest.mark.parametrize(("gradient", "slope"), [([11.0, -2.0], 2), ([11.0, 2.0], 1), ([0.0, 0.0], 1)])
def test_slope_of_a_polynomial(gradient, slope):
    errors = taylor_errors(cubic, gradient, [2.0, 1.0], [0.6, 0.8], STEPS)
    assert fitted_slope(STEPS, errors) == pytest.approx(slope, abs=0.05)


def test_errors_are_those_of_the_second_order_term():
    """U = z²: the error is h² exactly, times v²."""
    np.testing.assert_allclose(taylor_errors(lambda z: z[:, 0] ** 2, [6.0], [3.0], [2.0], STEPS), 4 * STEPS**2)


def test_a_check_passes_by_its_slope():
    assert Check("", STEPS**2, 2.0).passed
    assert not Check("", STEPS, 1.02).passed


def test_the_figure_shows_the_errors():
    figure = gradient_check_figure(STEPS, [("a", [Check("x", STEPS**2, 2.0)]), ("b", [Check("y", 3 * STEPS, 1.0)])])
    shown = [[l for l in ax.lines if l.get_label()[0] != "_"] for ax in figure.axes]
    np.testing.assert_allclose(shown[0][0].get_ydata(), STEPS**2)
    np.testing.assert_allclose(shown[1][0].get_ydata(), 3 * STEPS)
    assert figure.axes[0].get_xscale() == figure.axes[0].get_yscale() == "log"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], [1.0, 2.0], [1.0, 2.0], STEPS), "gradient: expected 2 entries"),
        (([1.0], [1.0], [1.0], [0.1, 0.0]), "steps: expected positive"),
        (([1.0], [1.0], [1.0], []), "steps: expected at least one"),
    ],
)
def test_taylor_errors_refuse(arguments, message):
    with pytest.raises(InputError, match=message):
        taylor_errors(lambda z: z[:, 0], *arguments)


@pytest.mark.parametrize(
    ("steps", "errors", "message"),
    [([0.1], [0.1], "at least 2"), ([0.1, 0.2], [0.1], "as many as steps"), ([0.1, 0.2], [0.1, 0.0], "positive")],
)
def test_fitted_slope_refuses(steps, errors, message):
    with pytest.raises(InputError, match=message):
        fitted_slope(steps, errors)
