"""Bracketed roots: oracle scipy.optimize.brentq; the error still gives the number."""

import numpy as np
import pytest
from scipy.optimize import brentq

from softmax_geometry.roots import RootError, bracketed_root


def test_agrees_with_brentq_elementwise():
    a = np.geomspace(1e-6, 1e6, 25)
    ours = bracketed_root(lambda x, a: x + np.exp(x) - a - 1, -2.0, 20.0, args=(a,))
    theirs = [brentq(lambda x, a=a: x + np.exp(x) - a - 1, -2.0, 20.0, xtol=1e-15, rtol=1e-15) for a in a]
    np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-14)


def test_arguments_broadcast():
    assert bracketed_root(lambda x, a: x - a, [[0.0], [0.25]], 1.0, args=([0.5, 0.75],)).shape == (2, 2)


def test_the_error_carries_the_estimates_of_all_equations():
    with pytest.raises(RootError, match=r"in 1 equation\(s\)") as caught:
        bracketed_root(lambda x, a: x * x - a, 0.0, 2.0, args=([1.0, 9.0],))
    assert caught.value.estimate[0] == pytest.approx(1.0)
    assert caught.value.estimate.shape == (2,)
