"""Theorem 3.2: with a penalty on the features there is a minimum without any constraint, and it can be total collapse.

**Claim** (ours; replaces "mean vectors have fixed magnitude" and "as large as possible subject to regularisation").
Minimise (1/K) Σ E[−log σ(z)_i | i] + λ1 Σ ‖w_i‖² + λ2 Σ ‖μ_i‖² over W, biases and class laws, H ≥ K−1. With ρ = √(λ1
λ2) the minimum is f(x*) = log(1 + (K−1)e^{−x*}) + 2ρ(K−1)x*, x* = max(0, log(1/(2ρ) − K + 1)). It is reached by the
aligned simplex with ‖w_i‖² = ((K−1)/K) x* √(λ2/λ1) and ‖μ_i‖² = ((K−1)/K) x* √(λ1/λ2) only, and it is W = μ = 0 iff
2Kρ ≥ 1.

**Verdict.** Proved.

**What is true.** As claimed. Only the product λ1 λ2 decides the confidence; the ratio sets the scales.

**Proof.** Let S = Σ‖w_i‖², M = Σ‖μ_i‖², and x_i the mean logit gap at μ_i. Jensen (theorem 3, step 1) and convexity
of t(x) = log(1 + (K−1)e^{−x}), which bounds the loss at μ_i by the tangents of exp, give cross-entropy ≥ t(mean x_i),
t decreasing, and mean x_i ≤ √(S M)/(K−1) =: x (step 3). The penalty is λ1 S + λ2 M ≥ 2ρ√(S M) = 2ρ(K−1)x. So the
objective is ≥ f(x), and f is strictly convex with f'(x) = (K−1)(2ρ − 1/(e^x + K−1)), whose zero is e^x = 1/(2ρ) − K +
1. It is ≥ 0 at x = 0 iff 2ρK ≥ 1; then f increases strictly for x > 0. *Equality:* as in theorem 3, with λ1 S = λ2 M
and x* = K c1 c2/(K−1). If x* = 0 then S M = 0, and the penalty is 0 only for S = M = 0. ∎

**What the machine checks.** f' and f'', the zero and the threshold with K symbolic, the arithmetic–geometric step
(z3), the norms against `aligned_gap`. Second route: ball arithmetic on f around x* at given penalties, and exact
rationals at λ1 = λ2 = 1/8, K = 2, where x* = log 3. A person must read the chain from theorem 3.

**Sources.** Zhu et al. (2021), A geometric analysis of neural collapse with unconstrained features, for the setting.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.balls import arb_rational
from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.loss import feature_penalty_optimum
from softmax_geometry.symbolic import structure

K, rho, x, lam1, lam2 = sp.symbols("K rho x lam1 lam2", positive=True)
f = structure.tied_loss(x, K) + 2 * rho * (K - 1) * x


@pytest.mark.proves("Theorem 3.2")
def test_slope_and_convexity_for_every_K():
    slope = (K - 1) * (2 * rho - 1 / (sp.exp(x) + K - 1))
    assert sp.simplify(sp.diff(f, x) - slope) == 0
    assert sp.simplify(sp.diff(f, x, 2) - (K - 1) * sp.exp(x) / (sp.exp(x) + K - 1) ** 2) == 0
    (zero,) = sp.solve(slope.subs(sp.exp(x), rho + sp.Symbol("excess")), sp.Symbol("excess"))
    assert sp.simplify(zero + rho - (1 / (2 * rho) - K + 1)) == 0


@pytest.mark.proves("Theorem 3.2")
def test_stated_gap_is_that_zero_or_nothing():
    gap = structure.feature_penalty_gap(lam1, lam2, K)
    inner = sp.exp(gap)
    assert inner.func is sp.Max
    assert {sp.simplify(a.subs(lam2, rho**2 / lam1)) for a in inner.args} == {1, sp.simplify(1 / (2 * rho) - K + 1)}
    size, r = z3.Reals("K rho")  # collapse: 1/(2ρ) − K + 1 ≤ 1 iff 2Kρ ≥ 1
    prove((1 - 2 * r * (size - 1) <= 2 * r) == (2 * size * r >= 1), [size >= 2, r > 0])


@pytest.mark.proves("Theorem 3.2")
def test_penalty_by_arithmetic_and_geometric_mean():
    """a² = λ1 S, b² = λ2 M: λ1 S + λ2 M ≥ 2ab, with equality iff a = b."""
    a, b = z3.Reals("a b")
    prove(a * a + b * b >= 2 * a * b, [a >= 0, b >= 0])
    prove(a == b, [a >= 0, b >= 0, a * a + b * b == 2 * a * b])


@pytest.mark.proves("Theorem 3.2")
def test_aligned_simplex_of_the_stated_norms_attains_it():
    w = sp.sqrt((K - 1) / K * x * sp.sqrt(lam2 / lam1))
    mu = sp.sqrt((K - 1) / K * x * sp.sqrt(lam1 / lam2))
    assert sp.simplify(structure.aligned_gap(w, mu, K) - x) == 0
    loss = structure.tied_loss(structure.aligned_gap(w, mu, K), K) + lam1 * K * w**2 + lam2 * K * mu**2
    assert sp.simplify(loss - f.subs(rho, sp.sqrt(lam1 * lam2))) == 0


@pytest.mark.second_route("Theorem 3.2")
def test_exact_point():
    eighth = sp.Rational(1, 8)
    assert structure.feature_penalty_gap(eighth, eighth, 2) == sp.log(3)
    least = f.subs({K: 2, rho: eighth})
    assert sp.diff(least, x).subs(x, sp.log(3)) == 0
    assert structure.feature_penalty_gap(sp.Rational(1, 4), sp.Rational(1, 4), 2) == 0  # 2Kρ = 1 exactly
    assert structure.feature_penalty_gap(eighth, sp.Rational(1, 2), 2) == 0


@pytest.mark.second_route("Theorem 3.2")
@pytest.mark.parametrize(
    ("size", "first", "second"), [(3, "1/1000", "1/250"), (10, "1/100", "1/900"), (4, "1/2", "1/2")]
)
def test_enclosed_minimum(size, first, second):
    rates = {K: size, rho: sp.sqrt(sp.Rational(first) * sp.Rational(second))}
    slope = BallFunction(sp.diff(f, x).subs(rates), x)
    best = BallFunction(structure.feature_penalty_gap(sp.Rational(first), sp.Rational(second), size))()
    assert slope(best + arb_rational("1/1000")) > 0
    if best > 0:
        assert slope(best - arb_rational("1/1000")) < 0
    else:
        assert prove_positive(slope, [(0, 20)]).proved
    array = feature_penalty_optimum(float(sp.Rational(first)), float(sp.Rational(second)), size)
    assert array.gap == pytest.approx(float(best.mid()), abs=1e-12)


@pytest.mark.twin("Theorem 3.2")
def test_twin_collapse_at_half_the_penalty():
    size, r = z3.Reals("K rho")
    with pytest.raises(RefutedError):
        prove((1 - 2 * r * (size - 1) <= 2 * r) == (size * r >= 1), [size >= 2, r > 0])


@pytest.mark.twin("Theorem 3.2")
def test_twin_gap_with_K_in_place_of_K_minus_1():
    wrong = 1 / (2 * rho) - K  # e^{x}
    assert sp.simplify(2 * rho - 1 / (wrong + K - 1)) != 0
    assert sp.simplify(2 * rho - 1 / (wrong + 1 + K - 1)) == 0


@pytest.mark.twin("Theorem 3.2")
def test_twin_unbalanced_norms_cost_more():
    a, b = z3.Reals("a b")
    with pytest.raises(RefutedError):
        prove(a * a + b * b == 2 * a * b, [a >= 0, b >= 0])
