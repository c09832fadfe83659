"""Theorem 2.7: for every Schur-concave uncertainty the region lies between two margin thresholds.

**Claim** (ours; it extends corollary 2.1 and theorem 2.6 to U_entropy and to every symmetric concave score). With M the
gap between the two largest logits and x = e^{−M}, sorted σ satisfies

    (1, x, 0, …, 0)/(1+x) ≻ σ ≻ (1, x, …, x)/(1+(K−1)x).

So for every Schur-concave U, U(left) ≤ U(σ) ≤ U(right), both sides non-increasing in M, and {U > τ} lies between two
margin thresholds.

**Verdict.** Proved.

**What is true.** As claimed: with L = sup{M : U(left) > τ} and L⁺ = sup{M : U(right) > τ},

    {M < L} ⊂ {U > τ} ⊂ {M ≤ L⁺},

and the second inequality is strict if U is continuous. For U_entropy with threshold h, L_h is the only root of
h₂(σ(L_h)) = h if h < log 2, and L_h⁺ the only root of log(1+(K−1)x) + M (K−1)x/(1+(K−1)x) = h if h < log K. For h ≥
log 2 no {M < L} with L > 0 is in the region of every head with K classes. Both are best possible for given K: right is
a softmax, left the limit of (M, 0, −s, …, −s).

**Proof.** *Left.* Theorem 2.6: p_1 ≤ 1/(1+x); and p_1 + … + p_k ≤ 1 for k ≥ 2. *Right.* Let p be sorted, P = p_1 + A,
A = p_2 + … + p_k, B = p_{k+1} + … + p_K, θ = p_k (θ = p_2 if k = 1). Then A ≥ (k−1)θ, B ≤ (K−k)θ, and θ ≤ p_2 = x p_1.
So

    P (1+(K−1)x) − (1+(k−1)x)(P+B) = P(K−k)x − B(1+(k−1)x) ≥ (K−k)[(p_1 + A)x − θ(1+(k−1)x)] ≥ 0,

the last since p_1 x ≥ θ and A ≥ (k−1)θ. With P+B = 1 this is P ≥ (1+(k−1)x)/(1+(K−1)x), the right side's sum.

*Monotone.* Both vectors' sums of the k largest entries fall with x, so they grow in majorisation with M. If M < L some
M′ > M has U(left at M′) > τ, and U(σ) ≥ U(left at M) ≥ U(left at M′) > τ. If U(σ) > τ then U(right) > τ, so M ≤ L⁺.

*Entropy.* With n = K−1 the right side has entropy log(1+nx) + M nx/(1+nx), whose derivative in M is −M nx/(1+nx)² < 0
for M > 0; it falls from log K to 0. n = 1 is the left side, from log 2 to 0. ∎

**What the machine checks.** The partial sums by z3 with K and k symbolic; monotonicity by z3; that the expressions are
the entropies of the two vectors (sympy, several K) and their derivative with K symbolic. Second route: exact
majorisation of rational softmaxes, and the entropy of three logits by balls. A human must read the passage from partial
sums to Schur-concave U (Hardy, Littlewood & Pólya).

**Sources.** Marshall, Olkin & Arnold, Inequalities (2011), ch. 1, 3.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.exact import majorises
from numerics.expressions import BallFunction
from numerics.polynomials import nonnegative
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import confidence_ceiling, confidence_floor, entropy_ceiling, entropy_floor
from softmax_geometry.symbolic.softmax import U_entropy

M, K, s = sp.symbols("M K s", positive=True)
x = sp.Symbol("x")
p_1, A, B, theta, X, size, k = z3.Reals("p1 A B theta x K k")
SORTED = [
    p_1 > 0,
    X > 0,
    X <= 1,
    k >= 1,
    k <= size,
    size >= 2,
    p_1 + A + B == 1,
    (k - 1) * theta <= A,
    (size - k) * theta >= B,
    B >= 0,
    theta >= 0,
    theta <= X * p_1,
]


@pytest.mark.proves("Theorem 2.7")
def test_partial_sums_are_at_least_those_of_the_right_vector():
    """P(K−k)x ≥ B(1+(k−1)x), then the sum, with denominators multiplied out."""
    larger, rest = z3.Reals("larger rest")  # (k−1)θ and K−k as unknowns
    prove(
        (p_1 + A) * X * rest >= rest * (theta + larger * X),
        [p_1 > 0, X > 0, rest >= 0, theta >= 0, theta <= X * p_1, larger <= A],
    )
    prove((p_1 + A) * (size - k) * X >= B * (1 + (k - 1) * X), SORTED)
    total = p_1 + A
    prove(
        total * (1 + (size - 1) * X) >= 1 + (k - 1) * X,
        [total + B == 1, total * (size - k) * X >= B * (1 + (k - 1) * X), X > 0, size >= k, k >= 1],
    )


@pytest.mark.proves("Theorem 2.7")
def test_partial_sums_are_at_most_those_of_the_left_vector():
    """p_1 ≤ 1/(1+x), as p_2 = x p_1 and p_1 + p_2 ≤ 1; the sums for k ≥ 2 are 1."""
    p = sp.Symbol("p1")
    ceiling = confidence_ceiling(M).subs(sp.exp(-M), x)
    prove(nonnegative(ceiling - p), [p_1 > 0, X > 0, p_1 + X * p_1 <= 1])


@pytest.mark.proves("Theorem 2.7")
def test_both_vectors_grow_in_majorisation_with_the_margin():
    less = z3.Real("less")  # a smaller x: a larger margin
    prove(
        (1 + (k - 1) * less) * (1 + (size - 1) * X) >= (1 + (k - 1) * X) * (1 + (size - 1) * less),
        [k >= 1, size >= k, less > 0, less < X],
    )


@pytest.mark.proves("Theorem 2.7")
@pytest.mark.parametrize("n", [2, 3, 6])
def test_entropies_of_the_two_vectors(n):
    """σ(M, 0, …, 0) has the right entropy, σ(M, 0) the left one: equal slopes, and equal at M = 0."""
    for stated, size_ in ((entropy_ceiling(M, n), n), (entropy_floor(M), 2)):
        gap = stated - U_entropy([M, *[0] * (size_ - 1)])
        assert sp.simplify(sp.diff(gap, M)) == 0
        assert sp.simplify(sp.expand_log(gap.subs(M, 0))) == 0


@pytest.mark.proves("Theorem 2.7")
def test_the_entropy_falls_with_the_margin_for_any_number_of_classes():
    others = (K - 1) * sp.exp(-M)
    assert sp.simplify(sp.diff(entropy_ceiling(M, K), M) + M * others / (1 + others) ** 2) == 0
    assert sp.simplify(entropy_ceiling(0, K) - sp.log(K)) == 0
    assert sp.limit(entropy_ceiling(M, 5), M, sp.oo) == 0
    assert sp.limit(entropy_floor(M), M, sp.oo) == 0


@pytest.mark.second_route("Theorem 2.7")
def test_exact_majorisation_of_rational_softmaxes():
    """Exponentials of the logits are integers; x is the ratio of the two largest."""
    for powers in combinations_with_replacement((1, 2, 3, 5, 8), 4):
        e = sorted(powers, reverse=True)
        p = [Fraction(a, sum(e)) for a in e]
        ratio = Fraction(e[1], e[0])
        left = [1 / (1 + ratio), ratio / (1 + ratio), 0, 0]
        right = [1 / (1 + 3 * ratio), *[ratio / (1 + 3 * ratio)] * 3]
        assert majorises(left, p)
        assert majorises(p, right)
        floor = confidence_floor(M, 4).subs(sp.exp(-M), sp.Rational(ratio.numerator, ratio.denominator))
        assert floor == sp.Rational(right[0].numerator, right[0].denominator)


@pytest.mark.second_route("Theorem 2.7")
def test_entropy_of_three_logits_by_balls():
    """Logits (M, 0, −s), s > 0: strictly between the two bounds on a box."""
    entropy = sp.log(sp.exp(M) + 1 + sp.exp(-s)) - (M * sp.exp(M) - s * sp.exp(-s)) / (sp.exp(M) + 1 + sp.exp(-s))
    assert sp.simplify(sp.expand_log(U_entropy([M, 0, -s]) - entropy, force=True)).subs({M: 1, s: 2}).equals(0)
    for gap in (entropy - entropy_floor(M), entropy_ceiling(M, 3) - entropy):
        f = BallFunction(gap, M, s)
        assert prove_positive(f, [("1/2", "3/2"), ("1/2", "3/2")], derivative=f.derivative).proved


@pytest.mark.twin("Theorem 2.7")
def test_twin_equal_margins_do_not_fix_the_entropy():
    """The two bounds differ for K ≥ 3: the floor is no upper bound, at (M, 0, −1/2)."""
    entropy = U_entropy([M, 0, -sp.Rational(1, 2)])
    certificate = prove_positive(BallFunction(entropy_floor(M) - entropy, M), [("1/2", 3)])
    assert certificate.refuted


@pytest.mark.twin("Theorem 2.7")
def test_twin_one_class_too_few_in_the_right_vector():
    e = [Fraction(1, 4)] * 4
    assert not majorises(e, [Fraction(1, 4) + Fraction(1, 12)] * 3)
    with pytest.raises(RefutedError):
        prove((p_1 + A) * (1 + (size - 2) * X) >= 1 + (k - 1) * X, [*SORTED, size == 3, k == 1])


@pytest.mark.twin("Theorem 2.7")
def test_twin_without_the_margin():
    """Without p_j ≤ x p_1 the partial sums can be smaller."""
    with pytest.raises(RefutedError) as refuted:
        prove((p_1 + A) * (1 + (size - 1) * X) >= 1 + (k - 1) * X, [*SORTED[:-1], size == 3, k == 1])
    assert Fraction(refuted.value.model["theta"]) > Fraction(refuted.value.model["x"]) * Fraction(
        refuted.value.model["p1"]
    )


@pytest.mark.twin("Theorem 2.7")
def test_twin_a_linear_part_for_every_threshold():
    """At h = log 2 the left vector never has a larger entropy, so no {M < L} is inside."""
    f = BallFunction(entropy_floor(M) - sp.log(2), M)
    assert prove_positive(f, [("1/100", 3)]).refuted
    below = BallFunction(sp.log(2) - entropy_floor(M), M)
    assert prove_positive(below, [("1/100", 3)], derivative=below.derivative).proved
