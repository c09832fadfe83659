import numpy as np
import pytest

from softmax_geometry.checks import InputError
from softmax_geometry.features import Features
from softmax_geometry.figures.planes import in_plane
from softmax_geometry.head import Head

RNG = np.random.default_rng(0)
LABELS = np.arange(90) % 3


def problem(H):
    head = Head(RNG.standard_normal((3, H)), RNG.standard_normal(3))
    return head, Features(2 * head.weight[LABELS] + RNG.standard_normal((90, H)), LABELS)


def test_two_features_are_taken_as_they_are():
    head, train = problem(2)
    plane = in_plane(head, train)
    assert plane.head is head
    np.testing.assert_array_equal(plane.features.z, train.z)


def test_features_in_a_plane_keep_their_logits():
    head, _ = problem(6)
    axes = np.linalg.qr(RNG.standard_normal((6, 2)))[0].T
    z = RNG.standard_normal(6) + (RNG.standard_normal((90, 2)) * [3, 1]) @ axes
    plane = in_plane(head, Features(z, LABELS))
    np.testing.assert_allclose(plane.head.logits(plane.features.z), head.logits(z), atol=1e-9)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (None, "train: expected training features"),
        (Features(np.zeros((4, 5)), [0, 0, 1, 1]), "expected 4 features"),
        (Features(RNG.standard_normal((9, 4))), "class labels"),
    ],
)
def test_features_that_do_not_fit_are_refused(train, message):
    with pytest.raises(InputError, match=message):
        in_plane(Head(np.eye(3, 4)), train)
