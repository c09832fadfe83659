"""Equation 38 and what variance does to the confidence: the loss never falls, the expected confidence may rise.

**Claim** (paper, proof of theorem 3, criterion 5). E σ(z)_i for z ~ N(μ_i, Σ_i) is about
1/(1 + Σ_{j≠i} exp(−(w_jᵀz − w_iᵀz)/√(1 + (π/8)(w_iᵀΣw_i + w_jᵀΣw_j)))) (38); "softmax confidence always decreases with
increasing variance, and hence is maximised when Σ_i ≈ 0", so Σ_i ≈ 0 must hold.

**Verdict.** (38) corrected: the sign in the exponent is wrong, z must be μ_i, and the cross term is dropped; it is an
approximation in any case. "Always decreases" refuted for K ≥ 3. "Σ_i ≈ 0 must hold" refuted when H > K−1. Theorem 3.5
(ours) proved.

**What is true.** (a) For every law and K, E[−log σ(z)_i] ≥ −log σ(Ez)_i, and for Gaussians with common mean it never
falls when Σ grows. That is what theorem 3 needs. (b) K = 2, g = l_1 − l_2 ~ N(m, v): E σ(g) falls strictly in v
if m > 0 and rises if m < 0. (c) K = 3, aligned simplex of norm 1, z ~ N(w_1/5, w_1w_1ᵀ): class 1 is the most likely
at the mean, and E σ(z)_1 > σ(Ez)_1. (d) With the variance (w_i − w_j)ᵀΣ(w_i − w_j) of the logit difference in place
of the sum, (38) is for K = 2 the usual probit approximation; for w_2 = −w_1 and isotropic noise the sum is half of it.

**Proof.** *(a)* −log σ_i is convex in the logits, which are affine in z: Jensen. If Σ' ≥ Σ then N(μ, Σ') is the law of
z + e with z ~ N(μ, Σ) and e ~ N(0, Σ'−Σ) independent; apply Jensen given z. (Convexity is step 1 of theorem 3.) For
H > K−1 a variance orthogonal to all w_j − w_k changes no logit difference, hence no loss at all.
*(b)* The normal density N(g; m, v) satisfies ∂_v N = ½ ∂_g² N, so d/dv E σ(g) = ½ E σ''(g) after two integrations by
parts (σ and σ' are bounded). σ'' = σ(1−σ)(1−2σ) is odd and negative for g > 0, so that E σ''(g) =
∫_0^∞ σ''(g) (N(g; m, v) − N(−g; m, v)) dg, where the bracket has the sign of m: their log ratio is 2gm/v.
*(c)* Along w_1, z = y w_1, the logits are y, −y/2, −y/2 and p_1(y) = σ(3y/2 − log 2), convex where p_1 < 1/2. The
Gaussian mean over |y − 1/5| ≤ 8 alone, in ball arithmetic, exceeds p_1(1/5).
*(d)* σ(g) ≈ Φ(λg) with equal slopes at 0, λ/√(2π) = 1/4, that is λ² = π/8; and E Φ(λg) = Φ(λm/√(1 + λ²v)), because
−λg + N(0,1) noise is normal. So E σ(g) ≈ σ(m/√(1 + πv/8)). ∎

**What the machine checks.** The heat equation, σ'' and the log ratio (sympy); the Gaussian mean of (c) in ball
arithmetic; (d) as identities in the expressions for (38). Second routes: a two-point law, which needs no integral; the
sign of the derivative of E σ by ball arithmetic at one setting; full covariance nearer to the true mean than (38). A
person must read the exchange of derivative and mean, and Jensen.

**Sources.** Pearce, Brintrup & Zhu (2021), eq 38; MacKay (1992) for the probit approximation; Lu et al. (2021).
"""

from __future__ import annotations

import pytest
import sympy as sp
from flint import arb

from numerics.balls import arb_rational, normal_density, sigmoid
from numerics.enclosures import enclose_integral, prove_positive
from numerics.expressions import BallFunction
from softmax_geometry.symbolic import structure
from softmax_geometry.symbolic.softmax import affine_logits, softmax
from softmax_geometry.symbolic.vectors import dot

m, g = sp.symbols("m g", real=True)
v, y = sp.symbols("v y", positive=True)
a, b, q, r, s = sp.symbols("a b q r s", positive=True)
sigma = 1 / (1 + sp.exp(-g))
SIMPLEX = structure.simplex_coordinates(3)


def mean_sigmoid(centre, deviation, shift=0, scale=1):
    """A ball for E σ(scale y − shift), y ~ N(centre, deviation²); beyond 8 deviations lies a mass below 10⁻¹⁴."""
    inside = enclose_integral(lambda t, _: sigmoid(scale * (centre + deviation * t) - shift) * normal_density(t), -8, 8)
    return inside + arb_rational("1/100000000000000").union(arb(0))


def confidence_along_first(t):
    return structure.tied_confidence(sp.Rational(3, 2) * t, 3)


@pytest.mark.proves("Equation 38")
def test_two_classes_give_the_probit_approximation_with_the_full_covariance():
    W, mu, C = [[a], [b]], [m], [[v]]
    spread = sp.sqrt(1 + sp.pi / 8 * (a - b) ** 2 * v)
    expected = sigma.subs(g, (a - b) * m / spread)
    assert sp.simplify(structure.mean_softmax_full(W, mu, C, 0) - expected) == 0
    slope = sp.diff(sp.erf(sp.Symbol("lam") * g / sp.sqrt(2)) / 2, g).subs(g, 0)
    (lam,) = sp.solve(slope - sp.diff(sigma, g).subs(g, 0), sp.Symbol("lam"))
    assert sp.simplify(lam**2 - sp.pi / 8) == 0


@pytest.mark.proves("Equation 38")
def test_the_dropped_cross_term_is_a_factor_two_for_opposite_weights():
    W, C = [[a, 0], [-a, 0]], [[v, 0], [0, v]]
    half, full = (form(W, [m, 0], C, 0) for form in (structure.mean_softmax, structure.mean_softmax_full))
    assert sp.simplify(half - full.subs(v, v / 2)) == 0
    assert sp.simplify(half - sigma.subs(g, 2 * a * m / sp.sqrt(1 + sp.pi * a**2 * v / 4))) == 0


@pytest.mark.proves("Equation 38")
def test_three_classes_without_variance_give_the_softmax_and_the_print_its_inverse_odds():
    W, mu, none = [[a, 0], [0, b], [-a, -b]], [q, r], [[0, 0], [0, 0]]
    l = affine_logits(W, mu)
    for form in (structure.mean_softmax, structure.mean_softmax_full):
        assert sp.simplify(form(W, mu, none, 0) - softmax(l)[0]) == 0
    printed = structure.mean_softmax_printed(W, mu, none, 0)
    assert sp.simplify(printed - 1 / (1 + sp.exp(l[0] - l[1]) + sp.exp(l[0] - l[2]))) == 0


@pytest.mark.second_route("Equation 38")
def test_the_full_covariance_is_nearer_to_the_true_mean():
    """Weights ±1, z ~ N(1, 4): the logit difference is N(2, 16)."""
    true = mean_sigmoid(2, 4)
    W, mu, C = [[1], [-1]], [1], [[4]]
    full, half, printed = (
        BallFunction(form(W, mu, C, 0))()
        for form in (structure.mean_softmax_full, structure.mean_softmax, structure.mean_softmax_printed)
    )
    assert abs(full - true) < arb_rational("1/100") < abs(half - true)
    assert abs(half - true) < arb_rational("1/10") < abs(printed - true)


@pytest.mark.twin("Equation 38")
def test_twin_the_printed_sign_falls_as_the_logit_of_the_class_grows():
    W, C = [[1], [-1]], [[1]]
    right, wrong = (sp.diff(form(W, [y], C, 0), y) for form in (structure.mean_softmax, structure.mean_softmax_printed))
    assert prove_positive(BallFunction(right, y), [(0, 3)]).proved
    assert prove_positive(BallFunction(wrong, y), [(0, 3)]).refuted
    assert prove_positive(BallFunction(-wrong, y), [(0, 3)]).proved


@pytest.mark.proves("Theorem 3.5", "Section A.3, variance lowers the confidence")
def test_two_classes_the_derivative_in_the_variance():
    density = sp.exp(-((g - m) ** 2) / (2 * v)) / sp.sqrt(2 * sp.pi * v)
    assert sp.simplify(sp.diff(density, v) - sp.diff(density, g, 2) / 2) == 0
    second = sp.diff(sigma, g, 2)
    assert sp.simplify(second - sigma * (1 - sigma) * (1 - 2 * sigma)) == 0
    assert sp.simplify(second + second.subs(g, -g)) == 0
    assert sp.simplify((1 - 2 * sigma) * (1 + sp.exp(-g)) + 1 - sp.exp(-g)) == 0  # 1 − 2σ has the sign of e^{−g} − 1
    ratio = sp.expand_log(sp.log(density / density.subs(g, -g)), force=True)
    assert sp.simplify(ratio - 2 * g * m / v) == 0


@pytest.mark.proves("Section A.3, variance lowers the confidence")
def test_three_classes_gaussian_variance_raises_the_confidence_of_the_most_likely_class():
    l = affine_logits(SIMPLEX, [y * x for x in SIMPLEX[0]])
    assert sp.simplify(softmax(l)[0] - confidence_along_first(y)) == 0
    fifth = arb_rational("1/5")
    at_mean = BallFunction(confidence_along_first(sp.Rational(1, 5)))()
    assert at_mean > arb_rational("1/3")  # above the two others, which are equal
    noisy = mean_sigmoid(fifth, 1, shift=arb(2).log(), scale=arb_rational("3/2"))
    assert noisy > at_mean + arb_rational("1/100")


@pytest.mark.second_route("Section A.3, variance lowers the confidence")
def test_three_classes_two_point_law():
    values = [BallFunction(confidence_along_first(sp.Rational(t, 5)))() for t in (-4, 1, 6)]
    assert (values[0] + values[2]) / 2 > values[1]
    bend = sp.diff(confidence_along_first(y), y, 2)
    assert prove_positive(BallFunction(bend, y), [(0, "2/5")]).proved  # convex while p_1 < 1/2


@pytest.mark.twin("Section A.3, variance lowers the confidence", "Theorem 3.5")
def test_twin_two_classes_with_a_positive_margin():
    """The same comparison for K = 2 at margin 3/10: noise lowers the confidence, and raises it at margin −3/10."""
    margin = arb_rational("3/10")
    assert mean_sigmoid(margin, 1) < sigmoid(margin)
    assert mean_sigmoid(-margin, 1) > sigmoid(-margin)


@pytest.mark.second_route("Theorem 3.5")
def test_two_classes_derivative_of_the_mean_in_ball_arithmetic():
    """½ E σ''(g) at m = 1, v = 4 by integration over [−24, 24]; |σ''| ≤ 1/4 and the tail has mass below 10⁻¹⁴."""

    def integrand(t, _):
        p = sigmoid(1 + 2 * t)
        return p * (1 - p) * (1 - 2 * p) * normal_density(t)

    assert enclose_integral(integrand, -8, 8) < arb_rational("-1/1000")
    assert mean_sigmoid(1, 3) < mean_sigmoid(1, 2) < mean_sigmoid(1, 1) < sigmoid(arb(1))


@pytest.mark.proves("Theorem 3.5")
def test_jensen_the_loss_is_convex_along_every_line_of_logits():
    """K = 3: the second derivative is Σ_{j<k} σ_j σ_k (d_j − d_k)², a sum of non-negative terms."""
    l, d, t = sp.symbols("l1:4", real=True), sp.symbols("d1:4", real=True), sp.Symbol("t", real=True)
    p = softmax(l)
    loss = -sp.log(softmax([x + t * e for x, e in zip(l, d, strict=True)])[0])
    pairs = sum(p[j] * p[k] * (d[j] - d[k]) ** 2 for j in range(3) for k in range(j))
    assert sp.simplify(sp.diff(loss, t, 2).subs(t, 0) - pairs) == 0


@pytest.mark.proves("Theorem 3, criterion 5")
def test_variance_across_the_weights_changes_nothing():
    """Any z = μ + e n with n orthogonal to all w_j − w_k: the softmax does not see e."""
    W = [[*row, 0] for row in structure.simplex_coordinates(4)]
    mu, e = sp.symbols("mu1:4"), sp.Symbol("e")
    assert softmax(affine_logits(W, [*mu, e])) == softmax(affine_logits(W, [*mu, 0]))


@pytest.mark.second_route("Theorem 3, criterion 5")
def test_variance_across_orthonormal_weights_changes_nothing():
    """Uncentred: e_1, e_2, e_3 and noise along (1, 1, 1), which moves every logit but no difference."""
    W, e = [[int(i == h) for h in range(3)] for i in range(3)], sp.Symbol("e")
    moved = affine_logits(W, [q + e, r + e, s + e])
    assert sp.simplify(softmax(moved)[0] - softmax([q, r, s])[0]) == 0
    assert all(dot(w, [1, 1, 1]) == 1 for w in W)


@pytest.mark.twin("Theorem 3, criterion 5")
def test_twin_variance_along_the_weights_is_free_too():
    """Noise ±1 along w_1 at w_1: the mean loss is larger, certified."""
    loss = [BallFunction(structure.tied_loss(sp.Rational(3, 2) * t, 3))() for t in (0, 1, 2)]
    assert (loss[0] + loss[2]) / 2 > loss[1]
