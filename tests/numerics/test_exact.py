from fractions import Fraction
from itertools import combinations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.balls import dot
from numerics.exact import compare_confidence, exponential_sum_sign, integer_simplex, majorises
from softmax_geometry.checks import InputError

repeatable = settings(deadline=None, derandomize=True, max_examples=100)
rationals = st.fractions(-20, 20, max_denominator=12)


@repeatable
@given(st.lists(st.tuples(rationals, rationals), max_size=6))
def test_exponential_sums_agree_with_mpmath(terms):
    sign = exponential_sum_sign([c for c, _ in terms], [q for _, q in terms])
    with mpmath.workdps(50):
        total = mpmath.fsum(
            mpmath.mpf(c.numerator) / c.denominator * mpmath.exp(mpmath.mpf(q.numerator) / q.denominator)
            for c, q in terms
        )
        assert sign == (0 if abs(total) < mpmath.mpf("1e-35") else mpmath.sign(total))


def test_cancelling_exponentials_are_exactly_zero_and_near_cancellation_is_not():
    assert exponential_sum_sign(["1/3", "2/3", -1], ["1/2", "2/4", "0.5"]) == 0
    with mpmath.workdps(100):
        below_e = Fraction(int(mpmath.floor(mpmath.e * 10**80)), 10**80)
    assert exponential_sum_sign([1, -below_e], [1, 0]) == 1
    assert exponential_sum_sign([1, -below_e - Fraction(1, 10**80)], [1, 0]) == -1


def test_confidence_of_integer_logits():
    assert compare_confidence((3, 3, -6), (2, -1, -1)) == -1
    assert compare_confidence((2, -1, -1), (3, 3, -6)) == 1
    assert compare_confidence((11, -11, -9, 9), (9, -17, 3, 5)) == -1
    assert compare_confidence((5, 1, 1), (1, 5, 1)) == 0
    assert compare_confidence((400, 0), (401, 0)) == -1  # both are 1.0 in float64


def test_lengths_must_agree_and_floats_are_refused():
    with pytest.raises(InputError, match="expected 1 entries"):
        exponential_sum_sign([1], [])
    with pytest.raises(InputError, match="exact rational"):
        compare_confidence([0.1, 0], [1, 0])  # pyright: ignore[reportArgumentType]


@repeatable
@given(st.lists(st.fractions(0, 5, max_denominator=9), min_size=2, max_size=5), st.data())
def test_averaging_two_entries_is_majorised_and_spreading_them_is_not(p, data):
    i, j = data.draw(st.sampled_from(list(combinations(range(len(p)), 2))))
    t = data.draw(st.fractions(0, "1/2", max_denominator=7))
    q = list(p)
    q[i], q[j] = (1 - t) * p[i] + t * p[j], t * p[i] + (1 - t) * p[j]
    assert majorises(p, q)
    assert majorises(q, p) == (sorted(p) == sorted(q))


def test_majorisation_needs_equal_sums_and_pads_with_zeros():
    assert not majorises([2, 1], [1, 1])
    assert majorises([1], ["1/2", "1/2"])
    assert not majorises(["1/2", "1/2"], [1])
    incomparable = ([Fraction(6, 10), Fraction(2, 10), Fraction(2, 10)], ["1/2", "2/5", "1/10"])
    assert not majorises(*incomparable)
    assert not majorises(*reversed(incomparable))


@pytest.mark.parametrize(("K", "H"), [(2, None), (3, None), (7, 7), (2, 1), (4, 3), (8, 7), (16, 15), (10, None)])
def test_integer_simplices_have_equal_norms_and_cosines(K, H):
    vectors = integer_simplex(K, H)
    assert {len(v) for v in vectors} == {H or K}
    assert [sum(column) for column in zip(*vectors, strict=True)] == [0] * (H or K)
    (norm,) = {dot(v, v) for v in vectors}
    assert {Fraction(dot(v, w), norm) for v, w in combinations(vectors, 2)} == {Fraction(-1, K - 1)}
    assert np.linalg.matrix_rank(np.array(vectors)) == K - 1


@pytest.mark.parametrize(("K", "H"), [(1, None), (3, 2), (4, 5), (6, 5)])
def test_impossible_integer_simplices_are_refused(K, H):
    with pytest.raises(InputError):
        integer_simplex(K, H)
