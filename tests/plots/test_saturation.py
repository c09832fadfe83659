import numpy as np

from softmax_geometry.plots.saturation import Curve, Loss, saturation_figure

SHARE = np.linspace(0, 1, 5)


def test_a_score_of_zero_falls_to_the_floor_and_ties_are_red():
    curves = [Curve("exact", -10 * SHARE), Curve("rounded", np.array([0, -1, -2, -np.inf, -np.inf]))]
    figure = saturation_figure(SHARE, [("score", curves)], [Loss("exact", 0.9, 0.0), Loss("tied", 0.5, 1.0)], floor=-20)
    left, right = figure.axes
    np.testing.assert_allclose(left.lines[1].get_ydata(), [0, -1, -2, -20, -20])
    (dot,) = [line for line in left.lines if line.get_marker() == "o"]
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (0.75, -20)
    exact, tied = (bar.get_facecolor() for bar in right.patches)
    assert exact != tied
    np.testing.assert_allclose([bar.get_width() for bar in right.patches], [40, 0])
