"""Checks on ranges: what passes is unchanged, what does not is named."""

import numpy as np
import pytest

from softmax_geometry.checks import InputError
from softmax_geometry.ranges import as_any_rank, as_count, as_positive, as_sizes, as_within


@pytest.mark.parametrize("K", [2.0, 1, True, "3", None])
def test_bad_counts_are_named(K):
    with pytest.raises(InputError, match="K: expected a whole number ≥ 2, got"):
        as_count("K", K, least=2)


def test_a_simplex_of_five_classes_needs_four_features():
    assert as_sizes(5, np.int64(4)) == (5, 4)
    with pytest.raises(InputError, match="H: expected at least K−1 = 4 features for a simplex of 5 classes, got 3"):
        as_sizes(5, 3)


@pytest.mark.parametrize("value", [[[1.0], [1.0, 2.0]], "a", [np.nan], [], None])
def test_what_is_not_an_array_of_finite_numbers_is_refused(value):
    with pytest.raises(InputError, match="phi: expected"):
        as_any_rank("phi", value)


@pytest.mark.parametrize("value", [0.0, -1.0, [1.0, 0.0], np.inf])
def test_not_positive(value):
    with pytest.raises(InputError, match="c: expected"):
        as_positive("c", value)


def test_rounding_is_clipped_and_no_more():
    assert as_within("m", [1 + 5e-10, -5e-10, 0.5], 0, 1).tolist() == [1.0, 0.0, 0.5]
    with pytest.raises(InputError, match=r"m: expected numbers in \[0, 1\], got 1.00000001"):
        as_within("m", 1 + 1e-8, 0, 1)
