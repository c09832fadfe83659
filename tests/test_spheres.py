"""Mass of a valid region on a sphere: closed form against sampling, and against the certified bound."""

import numpy as np
import pytest

from softmax_geometry.certificates import mass_bound_sphere
from softmax_geometry.checks import InputError
from softmax_geometry.head import Head
from softmax_geometry.spheres import sphere_mass
from softmax_geometry.thresholds import Threshold


@pytest.mark.parametrize("H", [2, 3, 17])
def test_two_class_mass_is_exact(H):
    rng = np.random.default_rng(H)
    head = Head(rng.normal(size=(2, H)))
    threshold = Threshold("U_max", 0.05, float(np.log(0.3)), "empirical")
    exact = sphere_mass(head, threshold, 1.7)
    z = rng.normal(size=(400_000, H))
    l = head.logits(1.7 * z / np.linalg.norm(z, axis=1, keepdims=True))
    share = np.mean(np.abs(l[:, 0] - l[:, 1]) < threshold.margin)
    assert exact.standard_error == 0
    assert abs(share - exact.value) < 5 * np.sqrt(share * (1 - share) / 400_000)


@pytest.mark.parametrize("K", [2, 3, 8])
def test_sampled_mass_respects_the_certified_bound(K):
    rng = np.random.default_rng(K)
    head = Head(rng.normal(size=(K, 12)), rng.normal(size=K) / 10)
    threshold = Threshold("U_max", 0.05, float(np.log(0.1)), "empirical")
    for radius in (0.5, 2.0, 6.0):
        mass = sphere_mass(head, threshold, radius)
        confident = float(mass_bound_sphere(head, threshold.confidence, radius))
        assert mass.value + 4 * mass.standard_error >= 1 - confident


def test_equal_weights_flag_all_and_a_bad_radius_is_refused():
    threshold = Threshold("U_max", 0.05, float(np.log(0.3)), "empirical")
    assert sphere_mass(Head(np.ones((2, 3)), [0.0, 0.1]), threshold, 1.0).value == 1
    assert sphere_mass(Head(np.zeros((2, 2))), threshold, 1.0).value == 1
    for radius in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(InputError, match="radius: expected a positive finite number"):
            sphere_mass(Head(np.eye(2)), threshold, radius)
