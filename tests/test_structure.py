"""The simplex and the distance from it: invariances, closed forms, and the gauge remark."""

import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import procrustes
from scipy.stats import ortho_group

from softmax_geometry.checks import InputError
from softmax_geometry.head import Head
from softmax_geometry.structure import centred_directions, named_structure, simplex, structure

INVARIANT = (
    "norm_spread",
    "cosine_mean",
    "cosine_std",
    "cosine_max",
    "cosine_max_deviation",
    "etf_distance",
    "gram_distance",
    "cosine_max_least",
    "coherence_least",
)
sizes = st.integers(2, 12).flatmap(lambda K: st.tuples(st.just(K), st.integers(1, 14)))
seeds = st.integers(0, 2**32 - 1)


def numbers(head):
    return np.array([getattr(structure(head), name) for name in INVARIANT])


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(2, 40), st.integers(0, 5), st.floats(1e-3, 1e3), st.one_of(st.none(), seeds))
def test_simplex_has_equal_norms_and_equal_angles(K, extra, scale, rng):
    W = simplex(K, K - 1 + extra, scale, rng)
    assert W.shape == (K, K - 1 + extra)
    np.testing.assert_allclose(W @ W.T, scale**2 * (K * np.eye(K) - 1) / (K - 1), atol=1e-13 * scale**2)
    np.testing.assert_allclose(W.sum(axis=0), 0, atol=1e-13 * scale * K)


def test_simplex_orientation_is_uniform_and_reproducible():
    np.testing.assert_array_equal(simplex(4, 6, rng=3), simplex(4, 6, rng=3))
    rng = np.random.default_rng(0)
    first = np.array([simplex(3, 3, rng=rng)[0] for _ in range(4000)])
    # A coordinate of a uniform point on the sphere in R^3 is uniform on [−1, 1]: mean 0, mean square 1/3.
    assert np.abs(first.mean(axis=0)).max() < 5 * np.sqrt(1 / 3 / 4000)
    assert np.abs((first**2).mean(axis=0) - 1 / 3).max() < 5 * np.sqrt(4 / 45 / 4000)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(sizes, seeds, st.floats(0.01, 100))
def test_measures_do_not_see_rotation_scale_order_or_gauge(size, seed, scale):
    K, H = size
    rng = np.random.default_rng(seed)
    W, b = rng.standard_normal((K, H)), rng.standard_normal(K)
    rotation = ortho_group.rvs(H, random_state=rng) if H > 1 else np.array([[-1.0]])
    order = rng.permutation(K)
    moved = Head((scale * W @ rotation + rng.standard_normal(H))[order], b[order] + 3)
    np.testing.assert_allclose(numbers(moved), numbers(Head(W, b)), atol=1e-9)
    there, here = structure(moved), structure(Head(W, b))
    np.testing.assert_allclose(there.norms, scale * here.norms[order], rtol=1e-9)
    np.testing.assert_allclose(there.cosines, here.cosines[np.ix_(order, order)], atol=1e-9)
    assert there.bias_spread == pytest.approx(here.bias_spread / scale, rel=1e-9)
    assert there.least_distance == pytest.approx(scale * here.least_distance, rel=1e-7)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(sizes, seeds)
def test_etf_distance_is_the_procrustes_distance(size, seed):
    K, H = size
    W = np.random.default_rng(seed).standard_normal((K, H))
    if K == 2:
        assert structure(Head(W)).etf_distance == 0
        return
    width = max(H, K - 1)
    _, _, disparity = procrustes(np.pad(W, ((0, 0), (0, width - H))), simplex(K, width))
    assert structure(Head(W)).etf_distance == pytest.approx(np.sqrt(disparity), abs=1e-7)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(sizes, seeds)
def test_gram_distance_is_the_distance_of_normalised_gram_matrices(size, seed):
    K, H = size
    head = Head(np.random.default_rng(seed).standard_normal((K, H))).centred()
    gram, best = head.weight @ head.weight.T, np.eye(K) - 1 / K
    direct = np.linalg.norm(gram / np.linalg.norm(gram) - best / np.linalg.norm(best))
    assert structure(head).gram_distance == pytest.approx(direct, abs=1e-12)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(sizes, seeds)
def test_no_head_is_below_the_stated_bounds(size, seed):
    K, H = size
    measured = structure(Head(np.random.default_rng(seed).standard_normal((K, H))))
    off = measured.cosines[~np.eye(K, dtype=bool)]
    assert measured.etf_distance >= measured.etf_distance_least - 1e-12
    assert measured.gram_distance >= measured.gram_distance_least - 1e-12
    assert measured.cosine_max >= measured.cosine_max_least - 1e-12
    assert np.abs(off).max() >= measured.coherence_least - 1e-12
    assert measured.etf_distance < 1
    assert measured.gram_distance < np.sqrt(2)


@pytest.mark.parametrize("H", [2, 4])
def test_bounds_are_attained_by_the_orthoplex(H):
    orthoplex = structure(Head(np.vstack([np.eye(H), -np.eye(H)])))  # K = 2H: Rankin's case of equality
    assert orthoplex.cosine_max == orthoplex.cosine_max_least == 0
    assert orthoplex.etf_distance == pytest.approx(orthoplex.etf_distance_least)
    assert orthoplex.gram_distance == pytest.approx(orthoplex.gram_distance_least)


def test_welch_bound_is_attained_by_six_lines_of_the_icosahedron():
    golden = (1 + np.sqrt(5)) / 2
    lines = np.array([[0, s, golden] for s in (1, -1)])
    lines = np.vstack([np.roll(lines, k, axis=1) for k in range(3)])
    measured = structure(Head(np.vstack([lines, -lines])))  # centred; the 12 vertices hold each line twice
    off = np.abs(measured.cosines[:6, :6][~np.eye(6, dtype=bool)])
    np.testing.assert_allclose(off, np.sqrt((6 - 3) / (3 * 5)))
    assert measured.coherence_least == pytest.approx(np.sqrt(9 / 33))


@pytest.mark.parametrize("K", [2, 3, 10, 100])
def test_orthonormal_weights_are_a_simplex_after_centring(K):
    measured = structure(Head(np.eye(K) + 7))
    assert measured.etf_distance < 1e-12
    assert measured.gram_distance < 1e-12
    assert measured.cosine_max_deviation < 1e-12
    assert measured.raw_cosines[0, 1] > 0.9


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.integers(2, 12), st.integers(2, 6), seeds)
def test_equal_norms_force_the_average_cosine_for_any_structure(pairs, H, seed):
    half = np.random.default_rng(seed).standard_normal((pairs, H))
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    measured = structure(Head(np.vstack([half, -half])))  # equal norms, zero sum, otherwise arbitrary
    assert measured.cosine_mean == pytest.approx(-1 / (2 * pairs - 1), abs=1e-12)
    assert measured.cosine_std > 0.1


def test_a_perturbed_simplex_keeps_its_digits_near_zero():
    W = simplex(5)
    direction = np.random.default_rng(0).standard_normal(W.shape)
    near, nearer = (structure(Head(W + h * direction)).etf_distance for h in (1e-8, 1e-11))
    assert near / nearer == pytest.approx(1e3, rel=1e-3)


def test_named_structures():
    for name in ("optimal", "sandwich", "stack", "unequal", "bunched"):
        W = named_structure(name, H=16)
        assert W.shape == (3, 16)
        assert not W[:, 2:].any()
    distances = [structure(Head(named_structure(n))).etf_distance for n in ("optimal", "sandwich", "bunched")]
    assert distances[0] < 1e-15 < distances[1] < distances[2]
    np.testing.assert_allclose(np.linalg.norm(named_structure("unequal"), axis=1), [0.5, 1, 1.5])
    assert np.linalg.matrix_rank(named_structure("stack")) == 1


def test_numbers_of_the_sandwich_by_hand():
    measured = structure(Head(named_structure("sandwich"), [0.0, 0.0, 3.0]))
    norms, cosines = np.array([2, np.sqrt(10), np.sqrt(10)]) / 3, np.array([-1, -1, -0.8 * np.sqrt(10)]) / np.sqrt(10)
    np.testing.assert_allclose(measured.norms, norms)
    assert measured.norm_spread == pytest.approx(np.sqrt(np.mean((norms - norms.mean()) ** 2)) / norms.mean())
    assert measured.cosine_mean == pytest.approx(cosines.mean())
    assert measured.cosine_std == pytest.approx(np.sqrt(np.mean((cosines - cosines.mean()) ** 2)))
    assert measured.cosine_max == pytest.approx(-1 / np.sqrt(10))
    assert measured.cosine_max_deviation == pytest.approx(0.3)
    assert measured.bias_spread == pytest.approx(np.sqrt(2) / np.sqrt(8 / 9))
    np.testing.assert_allclose(measured.raw_norms, 1)
    np.testing.assert_allclose(measured.raw_cosines, [[1, 0, 0], [0, 1, -1], [0, -1, 1]])


def test_equal_rows_are_measured_at_distance_zero():
    assert structure(Head([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])).least_distance == 0


def test_raw_zero_row_has_no_raw_angle_but_a_centred_one():
    measured = structure(Head([[0.0, 0.0], [1.0, 0.0]]))
    assert np.isnan(measured.raw_cosines[0]).all()
    assert measured.cosines[0, 1] == -1


def test_to_dict_is_json_without_the_matrices():
    written = json.loads(json.dumps(structure(Head(simplex(3), [0.0, 1.0, 2.0])).to_dict(), allow_nan=False))
    assert written["K"] == 3
    assert written["bias_spread"] == pytest.approx(np.sqrt(2 / 3))
    assert "cosines" not in written


@pytest.mark.parametrize("shift", [0.0, 0.1, 1e6])
def test_a_row_equal_to_the_mean_is_named_in_every_gauge(shift):
    with pytest.raises(InputError, match="got row 1 equal to it"):
        centred_directions(Head(named_structure("stack") + shift))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simplex(4, 2), "H: expected at least K−1 = 3"),
        (lambda: simplex(1), "K: expected a whole number ≥ 2"),
        (lambda: simplex(2.5), "K: expected a whole number ≥ 2"),
        (lambda: simplex(3, scale=0), "scale: expected positive numbers, got 0"),
        (lambda: named_structure("heap"), "name: expected one of optimal, sandwich, stack, unequal, bunched"),
        (lambda: named_structure("stack", H=1), "H: expected a whole number ≥ 2"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("rows", [1, 2, 3, 11, 12])
def test_pairs_are_the_same_whatever_rows_are_in_memory(monkeypatch, rows):
    """Against all cosines and distances at once; one pair is far closer than the rest, in each place in turn."""
    rng = np.random.default_rng(4)
    for i, j in [(0, 1), (0, 11), (5, 6), (10, 11)]:
        W = rng.normal(size=(12, 5))
        W[j] = W[i] + 1e-3 * rng.normal(size=5)
        monkeypatch.setattr(sys.modules["softmax_geometry.structure"], "_ROWS", rows)
        measured = structure(Head(W))
        off = measured.cosines[np.triu_indices(12, 1)]
        assert measured.cosine_mean == pytest.approx(off.mean(), abs=1e-15)
        assert measured.cosine_std == pytest.approx(off.std(), rel=1e-13)
        assert measured.cosine_max == pytest.approx(off.max(), abs=1e-15)
        assert measured.cosine_max_deviation == pytest.approx(np.abs(off + 1 / 11).max(), abs=1e-15)
        assert measured.least_distance == pytest.approx(np.linalg.norm(W[i] - W[j]), rel=1e-9)


def test_a_large_head_is_measured_without_a_matrix_of_all_pairs(monkeypatch):
    import tracemalloc

    monkeypatch.setattr(sys.modules["softmax_geometry.structure"], "_ROWS", 16)
    head = Head(np.random.default_rng(5).normal(size=(2400, 4)))
    tracemalloc.start()
    structure(head)._repr_html_()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2400**2 * 8 / 8


@pytest.mark.parametrize("factor", [3, -3])
def test_no_cosine_is_beyond_one_by_rounding(factor):
    for seed in range(20):
        W = np.random.default_rng(seed).normal(size=(6, 7))
        measured = structure(Head(np.vstack([W, factor * W])))
        assert np.abs(measured.raw_cosines).max() == 1
        assert np.abs(measured.cosines).max() <= 1
