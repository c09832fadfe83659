import numpy as np
import pytest

from softmax_geometry.checks import InputError
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


def test_arrows_are_the_centred_weights():
    """A common shift of all weights changes nothing that is drawn."""
    weight = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    plain, shifted = (certified_disc([("", Head(w))], 3.0).axes[0] for w in (weight, weight + np.array([3.0, -2.0])))
    assert plain.patches[0].radius == pytest.approx(shifted.patches[0].radius)
    for a, b in zip(plain.texts, shifted.texts, strict=True):
        np.testing.assert_allclose(getattr(a, "xy", a.get_position()), getattr(b, "xy", b.get_position()), atol=1e-9)


def test_equal_weights_are_refused():
    with pytest.raises(InputError, match="head: expected weights that differ in the plane"):
        certified_disc([("", Head(np.ones((3, 2))))], 3.0)
