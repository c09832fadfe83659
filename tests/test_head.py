"""The head and its gauge."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

from softmax_geometry.checks import InputError
from softmax_geometry.estimators import U_entropy_log, U_max_log
from softmax_geometry.head import Head

seeds = st.integers(0, 2**32 - 1)


def random_head(seed, scale=1.0):
    rng = np.random.default_rng(seed)
    K, H = rng.integers(2, 12), rng.integers(1, 12)
    return Head(rng.normal(size=(K, H)) * scale, rng.normal(size=K)), rng


@settings(deadline=None, derandomize=True, max_examples=80)
@given(seeds)
def test_a_common_shift_of_weights_and_biases_changes_no_score(seed):
    head, rng = random_head(seed)
    z = rng.normal(size=(20, head.H))
    shifted = Head(head.weight + rng.normal(size=head.H), head.bias + rng.normal())
    for other in (shifted, head.centred()):
        for score in (U_max_log, U_entropy_log):
            np.testing.assert_allclose(score(other.logits(z)), score(head.logits(z)), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(other.squared_distances(), head.squared_distances(), rtol=1e-10)
    np.testing.assert_allclose(shifted.centred().weight, head.centred().weight, atol=1e-12)
    np.testing.assert_allclose(head.centred().weight.sum(axis=0), 0, atol=1e-12)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(seeds)
def test_centring_gives_the_smallest_sum_of_squared_norms(seed):
    head, rng = random_head(seed)
    shifted = head.weight + rng.normal(size=head.H)
    assert np.sum(head.centred().weight ** 2) <= np.sum(shifted**2)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(seeds, st.sampled_from([1e-150, 1e-3, 1.0, 1e150]))
def test_squared_distances_agree_with_scipy(seed, scale):
    head, _ = random_head(seed, scale)
    np.testing.assert_allclose(head.squared_distances(), squareform(pdist(head.weight)) ** 2, rtol=1e-10)


def test_squared_distances_of_nearly_equal_rows_keep_their_digits():
    w = np.array([[1.0, 2.0], [1.0 + 2**-40, 2.0], [5.0, -3.0]])
    squared = Head(w).squared_distances()
    assert squared[0, 1] == squared[1, 0] == pytest.approx(2.0**-80, rel=1e-3)
    assert Head(w[[0, 0, 2]]).squared_distances()[0, 1] == 0


@pytest.mark.parametrize(
    ("weight", "bias", "message"),
    [
        (np.ones((1, 3)), None, "at least 2 classes"),
        (np.ones(3), None, "rank 2"),
        (np.ones((2, 3)), np.ones(3), "bias: expected 2 entries"),
        (np.ones((2, 3)), np.ones((2, 1)), "bias: expected an array of rank 1"),
        ([[1.0, np.nan], [0, 0]], None, "weight: expected finite"),
        (np.ones((2, 1)), [0, np.inf], "bias: expected finite"),
    ],
)
def test_bad_heads_are_refused(weight, bias, message):
    with pytest.raises(InputError, match=message):
        Head(weight, bias)


def test_features_of_another_width_are_refused():
    with pytest.raises(InputError, match="expected 3 features, as the head has, got 2"):
        Head(np.eye(3)).logits(np.ones((4, 2)))


def test_half_precision_weights_are_widened_exactly():
    weight = np.array([[0.1, 0.2], [0.3, 0.4]], dtype=np.float16)
    np.testing.assert_array_equal(Head(weight).weight, weight.astype(np.float64))


def test_save_and_load_are_inverse(tmp_path):
    head, _ = random_head(7)
    head.save(tmp_path / "head.npz")
    again = Head.load(tmp_path / "head.npz")
    np.testing.assert_array_equal(again.weight, head.weight)
    np.testing.assert_array_equal(again.bias, head.bias)
    assert [p.name for p in tmp_path.iterdir()] == ["head.npz"]


def test_an_unwritable_path_leaves_nothing_behind(tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError, match="cannot be written"):
        Head(np.eye(2)).save(tmp_path / "file" / "head.npz")
    with pytest.raises(InputError, match="cannot be written"):
        Head(np.eye(2)).save(tmp_path)
    assert (tmp_path / "file").read_text() == "kept"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_logits_beyond_a_float_are_infinite_and_refused_by_scores():
    head = Head([[1e200], [-1e200]])
    assert np.isinf(head.logits([[1e200]])).all()
    with pytest.raises(InputError, match=r"^logits: expected finite numbers, got NaN or infinity$"):
        head.scores([[1e200]], U_max_log)
