"""Equation 38: the closed form for a Gaussian through a softmax has a sign slip and is not gauge invariant.

**Claim** (eq 38, after Lu et al. 2021). For z ~ N(μ_i, Σ_i), ∫ σ(z)_i N(z) dz ≈ 1/(1 + Σ_{j≠i} exp(−(w_jᵀz −
w_iᵀz)/√(1 + (π/8)(w_iᵀΣ_i w_i + w_jᵀΣ_i w_j)))).

**Verdict.** Corrected: the sign in the exponent is wrong, z stands for μ_i, and the variance lacks the cross term.
It is an approximation without an error bound, and for K ≥ 3 it is wrong in the limit of large variance.

**What is true.** (a) As printed the right side falls as w_iᵀμ rises; at Σ = 0 and K = 2 it is 1 − σ_i, not σ_i. (b)
With the sign right and z = μ it is exact at Σ = 0. (c) The variance of l_i − l_j is (w_i−w_j)ᵀΣ(w_i−w_j). The
printed w_iᵀΣw_i + w_jᵀΣw_j drops −2 w_iᵀΣw_j, so the formula changes under w → w + a, while the left side does not;
for w_1 = −w_2 the dropped term is half of the variance. (d) For K = 2, w = ±1/2, μ = 1, Σ = 4 the truth is .6477…;
with the cross term the formula gives .6511…, without it .6788… (e) Even with the cross term it fails for K ≥ 3 as Σ
grows: for the stack w = 1, 0, −1 with z ~ N(0, s²) the middle class has E σ < 1/50 at s = 100 and tends to 0, the
formula tends to 1/3.

**Proof.** (a)–(c) By substitution. (d) Both sides enclosed. (e) E 1/(1 + 2 cosh(sξ)) → 0 by dominated convergence,
as the integrand vanishes pointwise for ξ ≠ 0; while every exponent (l_i − l_j)/√(1 + v) is 0 at μ = 0, so that the
formula is 1/3 for every s. ∎

**What the machine checks.** (a), (b), (c) by sympy with free symbols; (d), (e) by enclosed integrals over |ξ| ≤ 12,
the tail being at most its mass 2Φ(−12). Second route: both invariances at exact points, and (d) by Gauss–Hermite
quadrature. The accuracy of an approximation is measured, not proved: see the tests.

**Sources.** Lu, Ie & Sha (2021), Mean-field approximation to Gaussian-softmax integral; MacKay (1992) for K = 2.
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
import sympy as sp

from numerics.balls import arb, arb_rational, normal_cdf, normal_density, sigmoid
from numerics.enclosures import enclose_integral
from numerics.expressions import BallFunction
from softmax_geometry.symbolic.softmax import affine_logits, softmax
from softmax_geometry.symbolic.structure import mean_softmax, mean_softmax_full, mean_softmax_printed

HALF = sp.Rational(1, 2)
W = [sp.symbols(f"w{i}_1:3", real=True) for i in range(3)]
mu = sp.symbols("mu1:3", real=True)
covariance = [[4, 1], [1, 3]]
NO_NOISE = [[0, 0], [0, 0]]
FORMS = (mean_softmax, mean_softmax_full, mean_softmax_printed)


def gaussian_mean(f):
    """A ball around E f(ξ), ξ ~ N(0, 1), for 0 ≤ f ≤ 1."""
    body = enclose_integral(lambda t, _: f(t) * normal_density(t), -12, 12)
    return body + arb(0).union(2 * normal_cdf(arb(-12)))


def shifted(weight, a):
    return [[u + v for u, v in zip(w, a, strict=True)] for w in weight]


@pytest.mark.proves("Equation 38")
def test_without_noise_the_corrected_forms_are_the_softmax_and_the_printed_one_is_not():
    exact = softmax(affine_logits(W, mu))[1]
    assert sp.simplify(mean_softmax(W, mu, NO_NOISE, 1) - exact) == 0
    assert sp.simplify(mean_softmax_full(W, mu, NO_NOISE, 1) - exact) == 0
    two = softmax(affine_logits(W[:2], mu))[1]
    assert sp.simplify(mean_softmax_printed(W[:2], mu, NO_NOISE, 1) - (1 - two)) == 0


@pytest.mark.proves("Equation 38")
def test_printed_form_falls_as_its_own_logit_rises():
    m = sp.Symbol("m", real=True)
    forms = [f([[1], [-1]], [m], [[1]], 0) for f in (mean_softmax_printed, mean_softmax, mean_softmax_full)]
    slopes = [sp.simplify(sp.diff(form, m)) for form in forms]
    at = [slope.subs(m, 0) for slope in slopes]
    assert at[0] == -at[1] < 0 < at[2]
    assert [sp.simplify(2 / slope**2) for slope in at] == [2 * sp.pi + 8, 2 * sp.pi + 8, 4 * sp.pi + 8]


@pytest.mark.proves("Equation 38")
def test_only_the_full_form_is_a_function_of_the_classifier():
    """A common shift of all weights changes no σ(z)_i."""
    a, point = (1, 2), [[1, 0], [0, 1], [-1, 1]]
    moved = shifted(W, a)
    assert sp.simplify(mean_softmax_full(moved, mu, covariance, 0) - mean_softmax_full(W, mu, covariance, 0)) == 0
    before, after = mean_softmax(point, mu, covariance, 0), mean_softmax(shifted(point, a), mu, covariance, 0)
    gap = BallFunction((before - after).subs({mu[0]: 1, mu[1]: 0}))()
    assert gap > arb_rational("1/100")


@pytest.mark.proves("Equation 38")
def test_two_classes_enclosed():
    truth = gaussian_mean(lambda t: sigmoid(1 + 2 * t))
    full, dropped = (BallFunction(f([[HALF], [-HALF]], [1], [[4]], 0))() for f in (mean_softmax_full, mean_softmax))
    assert abs(truth - full) < arb_rational("1/250")
    assert dropped - truth > arb_rational("3/100")


@pytest.mark.proves("Equation 38")
def test_middle_of_the_stack_in_the_limit():
    stack, s = [[1], [0], [-1]], sp.Symbol("s", positive=True)
    for form in FORMS:
        assert form(stack, [0], [[s**2]], 1) == sp.Rational(1, 3)
    assert gaussian_mean(lambda t: 1 / (1 + (100 * t).exp() + (-100 * t).exp())) < arb_rational("1/50")
    xi = sp.Symbol("xi", positive=True)
    assert sp.limit(1 / (1 + 2 * sp.cosh(s * xi)), s, sp.oo) == 0


@pytest.mark.second_route("Equation 38")
def test_dropped_term_at_symbolic_weights():
    """Read the variance off the K = 2 form: the exponent at l_1 − l_2 = 1 is −1/√(1 + (π/8) v)."""
    weights = {W[0][0]: 1, W[0][1]: 0, W[1][0]: -1, W[1][1]: 0, mu[0]: HALF, mu[1]: 0}
    odds = {form: sp.simplify(sp.log(1 / form(W[:2], mu, covariance, 0) - 1).subs(weights)) for form in FORMS}
    implied = {form: sp.simplify((1 / exponent**2 - 1) * 8 / sp.pi) for form, exponent in odds.items()}
    assert implied == {mean_softmax: 8, mean_softmax_full: 16, mean_softmax_printed: 8}
    assert [sp.sign(exponent) for exponent in odds.values()] == [-1, -1, 1]


@pytest.mark.second_route("Equation 38")
def test_two_classes_by_quadrature():
    nodes, masses = np.polynomial.hermite_e.hermegauss(120)
    truth = masses @ scipy.special.expit(1 + 2 * nodes) / np.sqrt(2 * np.pi)
    assert abs(truth - float(mean_softmax_full([[0.5], [-0.5]], [1.0], [[4.0]], 0))) < 4e-3
    assert abs(truth - float(mean_softmax([[0.5], [-0.5]], [1.0], [[4.0]], 0))) > 0.03


@pytest.mark.twin("Equation 38")
def test_twin_cross_term_with_the_other_sign():
    """The variance (w_i+w_j)ᵀΣ(w_i+w_j) is 0 for w_1 = −w_2: no smoothing at all, 1/250 is missed by far."""
    truth = gaussian_mean(lambda t: sigmoid(1 + 2 * t))
    wrong = BallFunction(mean_softmax([[HALF], [-HALF]], [1], [[0]], 0))()
    assert not abs(truth - wrong) < arb_rational("1/250")
    assert wrong - truth > arb_rational("2/25")


@pytest.mark.twin("Equation 38")
def test_twin_the_formula_is_right_in_the_limit_for_the_middle_of_the_stack():
    third = arb_rational("1/3")
    assert abs(gaussian_mean(lambda t: 1 / (1 + (100 * t).exp() + (-100 * t).exp())) - third) > arb_rational("3/10")
