import numpy as np
import pytest

from softmax_geometry.head import Head
from softmax_geometry.plots.certificate import Mass, certified_disc, confident_mass


def test_a_share_of_zero_is_left_out_of_a_logarithmic_axis():
    H = np.array([10, 20])
    (ax,) = confident_mass(H, [Mass("m", np.array([0.5, 0.1]), np.array([0.3, 0.0]))]).axes
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), [10])


def test_two_opposite_weights_certify_half_the_strip():
    """K = 2, w = ±e_1, logit t = L: the region is {|z_1| < L/2}."""
    (ax,) = certified_disc([("two", Head([[1.0, 0.0], [-1.0, 0.0]]))], 3.0).axes
    assert ax.patches[0].radius == pytest.approx(1.5)
