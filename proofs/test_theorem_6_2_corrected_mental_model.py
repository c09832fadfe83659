"""Theorem 6.2: the corrected mental model is MaxLogit, an upper bound on the confidence of any head.

**Claim** (ours, in place of proposition 6). Give every competitor the cosine −m/(K−1), which the zero sum of the
cosines demands on average, in place of −1/(K−1):

    U_corrected = −1/(1 + (K−1) exp(−c r m K/(K−1))).

It is a decreasing function of c r m = max_i l_i, so it ranks points as MaxLogit does. For *any* weights and biases,
with s = max_i l_i − (1/K) Σ_j l_j, the same formula with s in place of c r m satisfies U_corrected ≤ U_max, with
equality iff all competitors of the top class tie.

**Verdict.** Proved.

**What is true.** As claimed. The logit must be centred: the raw largest logit is not a function of the classifier,
since the softmax does not change under l → l + a. The model does not rank points as U_max does when K ≥ 3 (theorem
6.3).

**Proof.** Let l_1 be the largest logit and ȳ = (1/(K−1)) Σ_{j≥2} l_j. With Σ_{j≥2}(l_j − ȳ) = 0 and e^u ≥ 1 + u,
equality iff u = 0,

    Σ_{j≥2} e^{l_j} = e^{ȳ} Σ_{j≥2} e^{l_j − ȳ} ≥ (K−1) e^{ȳ}, equality iff l_j = ȳ for all j ≥ 2.

The mean of all logits is (l_1 + (K−1)ȳ)/K, so l_1 − ȳ = K/(K−1) · s, and the odds against class 1 are at least (K−1)
e^{−sK/(K−1)}. Under the optimal structure without bias the logits sum to zero, so s = l_1 = c r m. The odds strictly
decrease in s. ∎

**What the machine checks.** With K symbolic: the odds as a function of s alone, the exact value when all competitors
tie (sympy), the summed inequality (z3). Second route: the inequality of arithmetic and geometric means by sums of
squares for K = 3, 4, 5, without exponentials. A human must read the summation over j.

**Sources.** Hendrycks et al., Scaling out-of-distribution detection (MaxLogit), 2022; Jensen's inequality.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic import mental_model

r, m, c, K, s = sp.symbols("r m c K s", positive=True)
j = sp.Symbol("j", integer=True)
corrected = mental_model.U_max_mental_corrected(r, m, K, c)


def odds_against(U):
    return -1 / U - 1


@pytest.mark.proves("Theorem 6.2")
def test_model_is_a_decreasing_function_of_the_largest_logit():
    odds = odds_against(corrected).subs(r, s / (c * m))
    assert sp.simplify(odds / ((K - 1) * sp.exp(-s * K / (K - 1)))) == 1


@pytest.mark.proves("Theorem 6.2")
def test_model_is_exact_when_all_competitors_tie():
    top, other = sp.symbols("top other", real=True)
    mean = (top + sp.Sum(other, (j, 2, K)).doit()) / K
    odds = sp.Sum(sp.exp(other - top), (j, 2, K)).doit()
    model = odds_against(corrected.subs(r, (top - mean) / (c * m)))
    assert sp.simplify(odds / model) == 1


@pytest.mark.proves("Theorem 6.2")
def test_summed_tangents():
    """T = Σ_{j≥2} e^{l_j}, G = e^ȳ, and e^{l_j} ≥ G(1 + u_j), the u_j summing to U = 0."""
    size, T, G, U = z3.Reals("K T G U")
    prove((size - 1) * G <= T, [size >= 2, G > 0, U == 0, G * (size - 1 + U) <= T])


@pytest.mark.second_route("Theorem 6.2")
def test_arithmetic_and_geometric_means_by_sums_of_squares():
    """With e^{l_j} = x_j^{K−1} the claim is Σ x_j^{K−1} ≥ (K−1) Π x_j for K−1 positive numbers."""
    x, y, z, w = sp.symbols("x y z w", positive=True)
    two = x**2 + y**2 - 2 * x * y
    assert sp.expand(two - (x - y) ** 2) == 0
    three = x**3 + y**3 + z**3 - 3 * x * y * z
    assert sp.expand(three - (x + y + z) * ((x - y) ** 2 + (y - z) ** 2 + (z - x) ** 2) / 2) == 0
    four = x**4 + y**4 + z**4 + w**4 - 4 * x * y * z * w
    assert sp.expand(four - (x**2 - y**2) ** 2 - (z**2 - w**2) ** 2 - 2 * (x * y - z * w) ** 2) == 0


@pytest.mark.second_route("Theorem 6.2")
def test_bound_and_its_equality_case_on_exact_logits():
    """The model at logits l is the softmax of (l_1, ȳ, …, ȳ): compare the two exactly."""
    for l in [(3, 0, 0), (5, 5, -4), (0, -1, -7), (2, 0, -1, -7), (9, 9, 9, 0), (4, 1, 1, 1), (1, 0, 0, 0, -3)]:
        mean = sp.Rational(sum(l[1:]), len(l) - 1)
        tied = [l[0]] + [str(mean)] * (len(l) - 1)
        assert compare_confidence(tied, l) == (0 if len(set(l[1:])) == 1 else 1)


@pytest.mark.twin("Theorem 6.2")
def test_twin_without_the_factor_of_K():
    """With c r m in place of c r m K/(K−1) the value is wrong at a tie of all competitors."""
    top, other = sp.symbols("top other", real=True)
    mean = (top + (K - 1) * other) / K
    wrong = (K - 1) * sp.exp(-(top - mean))
    assert sp.simplify((K - 1) * sp.exp(other - top) / wrong) != 1


@pytest.mark.twin("Theorem 6.2")
def test_twin_uncentred_competitors():
    size, T, G, U = z3.Reals("K T G U")
    with pytest.raises(RefutedError) as refuted:
        prove((size - 1) * G <= T, [size >= 2, G > 0, T > 0, G * (size - 1 + U) <= T])
    assert Fraction(refuted.value.model["U"]) < 0


@pytest.mark.twin("Theorem 6.2")
def test_twin_the_model_ranks_as_U_max_does():
    """Centred logits: the larger maximum is the less confident."""
    assert compare_confidence((3, 3, -6), (2, -1, -1)) == -1
