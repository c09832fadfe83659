import numpy as np
import pytest

from softmax_geometry.density import DensityModel, U_density
from softmax_geometry.estimators import U_entropy, U_max
from softmax_geometry.features import ClassGaussians
from softmax_geometry.figures.gradients import density_gradients, softmax_gradients
from softmax_geometry.head import Head

Z = np.random.default_rng(0).standard_normal((30, 3))
HEAD = Head(np.random.default_rng(1).standard_normal((5, 3)), np.random.default_rng(2).standard_normal(5))


def differences(score, z, step=1e-6):
    """Central differences of a score of features."""
    shifts = step * np.eye(z.shape[1])
    return np.stack([(score(z + shift) - score(z - shift)) / (2 * step) for shift in shifts], axis=1)


@pytest.mark.parametrize("score", [U_max, U_entropy])
def test_softmax_gradients_are_derivatives(score):
    expected = differences(lambda z: score(HEAD.logits(z)), Z)
    np.testing.assert_allclose(softmax_gradients(HEAD, Z)[score.__name__], expected, atol=1e-8)


def test_only_the_corrected_gradient_of_the_density_is_a_derivative():
    rng = np.random.default_rng(3)
    roots = rng.standard_normal((4, 3, 3)) * np.array([0.5, 1.0, 1.5, 2.0])[:, None, None]
    classes = ClassGaussians(
        rng.standard_normal((4, 3)), roots @ roots.transpose(0, 2, 1) + 0.2 * np.eye(3), [0.1, 0.2, 0.3, 0.4]
    )
    model = DensityModel(classes.priors, classes.means, classes.covariances)
    expected = differences(lambda z: U_density(z, model), Z)
    true, printed = density_gradients(classes, Z)
    np.testing.assert_allclose(true, expected, rtol=1e-5, atol=1e-7)
    cosines = np.sum(printed * expected, axis=1) / np.linalg.norm(printed, axis=1) / np.linalg.norm(expected, axis=1)
    assert cosines.min() < 0.9


def test_with_equal_determinants_the_printed_direction_is_right():
    classes = ClassGaussians([[1.0, 0.0], [-1.0, 0.5]], [np.diag([2.0, 0.5]), np.diag([1.0, 1.0])])
    true, printed = density_gradients(classes, Z[:, :2])
    ratio = printed / true
    np.testing.assert_allclose(ratio[:, 0], ratio[:, 1], rtol=1e-9)
