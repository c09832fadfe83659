"""Checks on input: what passes is unchanged, what does not is named."""

from fractions import Fraction

import numpy as np
import pytest

from softmax_geometry.checks import InputError, as_epsilon, as_floats, as_labels


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_not_copied_or_converted(dtype):
    array = np.ones((2, 3), dtype=dtype)
    assert as_floats("z", array, ndim=2) is array


@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.float16])
def test_integers_and_half_precision_become_float64(dtype):
    assert as_floats("z", np.ones(3, dtype=dtype), ndim=1).dtype == np.float64


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[1.0, np.nan]], r"z: expected finite numbers, got nan at index \(0, 1\)"),
        ([[np.inf, 1.0]], r"z: expected finite numbers, got inf at index \(0, 0\)"),
        ([1.0], r"z: expected an array of rank 2, got shape \(1,\)"),
        (np.zeros((0, 3)), r"z: expected at least one entry, got shape \(0, 3\)"),
        ([[1], [1, 2]], "z: expected a rectangular array of numbers, got list"),
        (np.array([[None]]), "z: expected real numbers, got dtype object"),
        ([["1"]], "z: expected real numbers, got dtype <U1"),
        ([[True]], "z: expected real numbers, got dtype bool"),
        ([[1j]], "z: expected real numbers, got dtype complex128"),
    ],
)
def test_bad_arrays_are_named(value, message):
    with pytest.raises(InputError, match=message):
        as_floats("z", value, ndim=2)


def test_a_tensor_that_numpy_cannot_see_is_refused():
    torch = pytest.importorskip("torch")
    for value in (torch.ones(2, 2, requires_grad=True), torch.ones(2, 2, device="meta")):
        with pytest.raises(InputError, match=r"^z: expected a rectangular array of numbers, got Tensor \("):
            as_floats("z", value, ndim=2)
        with pytest.raises(InputError, match=r"^labels: expected 2 labels, got Tensor \("):
            as_labels("labels", value, n=2, K=3)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], r"expected 3 labels, got shape \(2,\)"),
        ([0, 1, 3], r"expected labels in 0..2, got 0..3"),
        ([0, -1, 2], r"expected labels in 0..2, got -1..2"),
        ([0, 0.5, 1], "expected whole numbers, got dtype float64"),
        (["a", "b", "c"], "expected whole numbers"),
        ([[0], [1, 2], 1], "got a ragged list"),
        ([0, np.nan, 1], "expected whole numbers, got dtype float64"),
        ([0, np.inf, 1], r"expected labels in 0..2, got 0.0..inf"),
    ],
)
def test_bad_labels_are_named(labels, message):
    with pytest.raises(InputError, match=message):
        as_labels("labels", labels, n=3, K=3)


def test_whole_floats_are_labels():
    assert as_labels("labels", np.array([0.0, 2.0]), n=2, K=3).dtype == np.int64


def test_epsilon_is_the_decimal_the_caller_wrote():
    assert as_epsilon(0.1) == Fraction(1, 10)
    assert as_epsilon(np.float64(0.05)) == Fraction(1, 20)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_finite_numbers_whose_sum_is_not_are_finite(dtype):
    largest = np.finfo(dtype).max
    np.testing.assert_array_equal(as_floats("z", np.full(9, largest, dtype), 1), np.full(9, largest, dtype))
    with pytest.raises(InputError, match="got -inf at index"):
        as_floats("z", np.array([largest, largest, -np.inf], dtype), 1)


@pytest.mark.skipif(np.finfo(np.longdouble).max <= np.finfo(np.float64).max, reason="long doubles are doubles here")
def test_long_doubles_beyond_a_double_are_refused_without_a_warning():
    with pytest.raises(InputError, match=r"^z: expected finite numbers, got inf at index \(1,\)$"):
        as_floats("z", np.array([1.0, np.finfo(np.longdouble).max]), ndim=1)
