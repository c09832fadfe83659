import numpy as np

from softmax_geometry.plots.rotation import Turn, derivative_signs, turns
from softmax_geometry.plots.style import IN, OUT

SHARE = np.linspace(0, 1, 5)


def test_derivatives_are_drawn_over_degrees():
    theta = np.radians([10, 30, 60])
    left, right = derivative_signs(theta, [1, 2], -np.ones((2, 3)), 2 * np.ones((2, 3))).axes
    np.testing.assert_allclose(left.lines[0].get_xdata(), [10, 30, 60])
    assert set(left.lines[1].get_ydata()) == {-1}
    assert set(right.lines[1].get_ydata()) == {2}


def test_one_colour_for_one_meridian_and_another_for_a_turn_that_fails():
    turn = Turn("safe", 1 - SHARE, 1 - SHARE)
    figure = turns(SHARE, [("a", SHARE), ("b", SHARE)], [("a", SHARE, SHARE), ("b", SHARE, SHARE)], [turn, turn])
    left, middle, right = figure.axes
    assert [line.get_color() for line in left.lines] == [line.get_color() for line in middle.lines]
    assert [line.get_color() for line in right.lines[:2]] == [IN, OUT]
