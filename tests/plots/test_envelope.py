import numpy as np

from softmax_geometry.plots.envelope import Envelope, Height, SafeDrop, envelope_figure

SHARE = np.linspace(0, 1, 5)


def test_a_norm_of_features_is_a_point_on_the_map():
    height = Height(SHARE + 0.1, SHARE, np.outer(SHARE, SHARE))
    points = np.array([[0.3, 0.5]])
    band = Envelope("band", SHARE, 0 * SHARE, SHARE)
    axes = envelope_figure([band], [("model", SHARE, SHARE)], SafeDrop(0.7, 0.4, 0.5), height, points).axes
    np.testing.assert_allclose(axes[1].lines[0].get_xydata(), points)
    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), SHARE)
