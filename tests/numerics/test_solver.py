from fractions import Fraction
from typing import Any

import pytest
import z3

from numerics.solver import RefutedError, UndecidedError, find_model, prove
from softmax_geometry.checks import InputError

x: Any
y: Any
K: Any
x, y, K = z3.Reals("x y K")


def test_a_true_claim_with_symbolic_K_is_proved():
    norm_of_clique = K * (K - 1) * x * x  # (x, …, x, −(K−1)x) has squared norm K(K−1)x²
    prove(norm_of_clique == (K - 1) * x * x + ((K - 1) * x) * ((K - 1) * x))
    prove(x * y >= 1, [x >= 1, y >= 1])


def test_its_falsified_twin_is_refuted_with_a_countermodel():
    with pytest.raises(RefutedError) as caught:
        prove(x * y >= 2, [x >= 1, y >= 1])
    model = caught.value.model
    assert isinstance(model["x"], Fraction)
    assert isinstance(model["y"], Fraction)
    assert model["x"] >= 1
    assert model["y"] >= 1
    assert model["x"] * model["y"] < 2
    assert "x = " in str(caught.value)


def test_a_missing_assumption_is_noticed():
    prove(x * x > x, [x > 1])
    with pytest.raises(RefutedError):
        prove(x * x > x)


def test_contradictory_assumptions_prove_nothing():
    with pytest.raises(InputError, match="contradiction"):
        prove(x == x + 1, [x > 1, x < 0])


def test_models_are_exact():
    n, flag = z3.Int("n"), z3.Bool("flag")
    assert find_model([3 * x == 1, n * 2 == 6, flag]) == {"x": Fraction(1, 3), "n": 3, "flag": True}
    assert find_model([z3.Not(flag)]) == {"flag": False}
    root = find_model([x * x == 2, x > 0])["x"]
    assert isinstance(root, str)
    assert root.startswith("1.414")
    with pytest.raises(InputError, match="contradiction"):
        find_model([x > 0, x < 0])


def test_an_undecided_claim_is_never_a_proof():
    integers: list[Any] = [z3.Int(name) for name in "abc"]
    a, b, c = integers
    with pytest.raises(UndecidedError):
        prove(a * a * a + b * b * b != c * c * c, [a > 0, b > 0, c > 0], timeout=0.2)
