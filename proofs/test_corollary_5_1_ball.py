"""Corollary 5.1 (iii): the exact valid region of the optimal structure is the whole ball through the means, but them.

**Claim** (ours). Optimal structure, K ≥ 2, H ≥ K−1, zero biases, collapsed classes at μ_i = (c2/c1) w_i, any ε in (0,
1). For U_max and for U_entropy the valid region contains every z with ‖z‖ ≤ c2 except the K means.

**Verdict.** Proved.

**What is true.** As claimed. Correctly classified means of any structure with ‖μ_i‖ ≤ c2 lie in that ball, and some
of them is outside its region. So under every law on the ball that has no atom at a mean the optimal structure has the
largest region, of mass 1; and AUROC ≥ P_out(‖z‖ ≤ c2, z not a mean) for collapsed classes.

**Proof.** *Threshold.* By symmetry all means have one score u, and for a law with one atom τ = u for every ε (theorem
1.0); valid means U(z) > u.
*U_max.* Let l_1 = c1 ‖z‖ cos θ be the largest logit, A = K/(K−1). The logits sum to 0 and exp is convex, so the odds
against class 1 are Σ_{j≥2} e^{l_j − l_1} ≥ (K−1)e^{−A l_1}, hence max σ ≤ 1/(1 + (K−1)e^{−A l_1}), which is ≤ its
value t at l_1 = c1c2. Equality needs l_1 = c1 c2, that is ‖z‖ = c2 and cos θ = 1: z = μ_1.
*U_entropy.* Raise ‖z‖ to c2 first: along a ray z = r u, dU/dr = −r Var_σ(s) ≤ 0 with s_j = w_jᵀu (proposition 4),
strictly unless all logits are equal; and at z = 0, or orthogonal to all weights, U = log K > u. Then rotate on the
sphere ‖z‖ = c2 along the meridian to the closest w_1: by theorem 5.2 U strictly decreases all the way to μ_1.
*Theorem 5.2 for Shannon:* let φ be the angle to w_1, x_j = cos θ_j, n = K−1, c = c1c2. With x_1 = cos φ and, for j ≥
2, x_j = −cos φ/n + t_j sin φ, Σ t_j = 0, one has x_1' = −sin φ, x_j' = cot φ x_j + 1/(n sin φ), zero at x* = −1/(n
cos φ), and Σ x_j' = 0, Σ x_j x_j' ≤ 0 over all K, where Σ x_j² = ‖Pz‖² A/‖z‖² ≤ A. dU/dφ = −c² Σ σ_j (x_j − E x) x_j'
= −c² κ Σ g(x_j) x_j' with g(x) = e^{cx}(x − E x), κ > 0. Left of its zero E x, g ≤ 0; where g increases it is convex.
Let ℓ be its chord through x* and x_1, of slope β ≥ 0. Then Σ g(x_j) x_j' = Σ (g−ℓ)(x_j) x_j' + β Σ x_j x_j' ≤ 0 term
by term: g ≤ ℓ on [x*, x_1], where x_j' ≥ 0 for j ≥ 2, and g ≥ ℓ left of x*, where x_j' ≤ 0; the term j = 1 is 0. ∎

**What the machine checks.** The tangent step and its equality (z3, K symbolic) against `aligned_gap`; the ray with K
symbolic; the meridian's two sums with K symbolic, the signs of the terms (z3), g'' = c g' + c e^{cx} (sympy). The
threshold on exact laws. Second routes: ball arithmetic for both scores at K = 3, H = 2 on the disc away from the
means; the array functions. A person must read the chord argument, which theorem 5.2's own file also treats.

**Sources.** Theorems 1.0, 5.2, 7.4, proposition 4.
"""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.laws import as_law, threshold
from numerics.sampling import in_ball
from numerics.solver import RefutedError, prove
from softmax_geometry.estimators import U_entropy_log, U_max_log
from softmax_geometry.structure import simplex
from softmax_geometry.symbolic import structure
from softmax_geometry.symbolic.softmax import U_entropy, bound, indexed_mean, indexed_U_entropy, softmax

K, c1, r, cosine = sp.symbols("K c1 r cosine", positive=True)
phi, c, n = sp.symbols("phi c n", positive=True)


@pytest.mark.proves("Corollary 5.1 (iii)")
def test_confidence_is_at_most_that_of_a_tied_point():
    """E = e^{l_1}, T = Σ_{j≥2} e^{l_j}, B = e^{−l_1/(K−1)}: tangents whose slopes U cancel because Σ l_j = 0."""
    size, E, B, T, U = z3.Reals("K E B T U")
    tangents = [size >= 2, E > 0, B > 0, U == 0, B * (size - 1 + U) <= T]
    prove(E * (E + (size - 1) * B) <= E * (E + T), tangents)
    odds = (K - 1) * sp.exp(-c1 * r * cosine / (K - 1)) / sp.exp(c1 * r * cosine)
    tied = structure.tied_confidence(structure.aligned_gap(c1, r * cosine, K), K)
    assert sp.simplify(tied * (1 + odds)) == 1
    slope = sp.diff(structure.tied_loss(structure.aligned_gap(c1, r, K), K), r)
    assert sp.simplify(slope * (sp.exp(structure.aligned_gap(c1, r, K)) + K - 1) + K * c1) == 0  # so it is < 0


@pytest.mark.proves("Corollary 5.1 (iii)")
def test_equality_only_at_the_mean():
    radius, x, norm = z3.Reals("r x c2")
    inside = [norm > 0, radius >= 0, radius <= norm, x <= 1]
    prove(radius * x <= norm, inside)
    prove(z3.And(radius == norm, x == 1), [*inside, radius * x == norm])


@pytest.mark.proves("Corollary 5.1 (iii)")
def test_entropy_along_a_ray_for_every_K():
    s, size, radius = sp.IndexedBase("s"), sp.Symbol("K", integer=True, positive=True), sp.Symbol("r", positive=True)

    class Scaled:
        def __getitem__(self, j):
            return radius * s[j]

    l = Scaled()
    mean, square = indexed_mean(l, s[bound], size), indexed_mean(l, s[bound] ** 2, size)
    slope = sp.diff(indexed_U_entropy(l, size), radius).doit()
    assert sp.simplify(sp.expand(slope + radius * (square - mean**2))) == 0


@pytest.mark.proves("Corollary 5.1 (iii)")
def test_sums_along_the_meridian_for_every_K():
    """Q = Σ t_j² over j ≥ 2, Σ t_j = 0; Σ x_j² = cos² φ (1 + 1/n) + q sin² φ ≤ 1 + 1/n."""
    x_1, t, q = sp.cos(phi), sp.Symbol("t"), sp.Symbol("q")
    x_j = -sp.cos(phi) / n + t * sp.sin(phi)
    claimed = sp.cot(phi) * x_j + 1 / (n * sp.sin(phi))
    assert sp.simplify(sp.diff(x_j, phi) - claimed) == 0
    summed = sp.Poly(sp.expand(sp.diff(x_j, phi)), t)
    assert sp.simplify(sp.diff(x_1, phi) + n * summed.coeff_monomial(1)) == 0  # Σ x_j' = 0
    product = sp.Poly(sp.expand(x_j * sp.diff(x_j, phi)), t)
    total = x_1 * sp.diff(x_1, phi) + n * product.coeff_monomial(1) + q * product.coeff_monomial(t**2)
    assert sp.simplify(total + sp.sin(phi) * sp.cos(phi) * (1 + 1 / n - q)) == 0  # ≤ 0 as q ≤ A
    x = sp.Symbol("x")
    zero = sp.solve(sp.cot(phi) * x + 1 / (n * sp.sin(phi)), x)[0]
    assert sp.simplify(zero + 1 / (n * sp.cos(phi))) == 0


@pytest.mark.proves("Corollary 5.1 (iii)")
def test_convexity_of_g_and_the_chord():
    """G'' = c g' + c e^{cx}, so g'' > 0 where g' ≥ 0; and (g − ℓ) x' ≤ 0 on either side of x*."""
    x, mean = sp.symbols("x mean", real=True)
    g = sp.exp(c * x) * (x - mean)
    assert sp.simplify(sp.diff(g, x, 2) - c * sp.diff(g, x) - c * sp.exp(c * x)) == 0
    above, rate, slope, products = z3.Reals("above rate slope products")
    prove(above * rate <= 0, [z3.Or(z3.And(above <= 0, rate >= 0), z3.And(above >= 0, rate <= 0))])
    terms = z3.Real("terms")
    prove(terms + slope * products <= 0, [terms <= 0, slope >= 0, products <= 0])


@pytest.mark.proves("Corollary 5.1 (iii)")
def test_collapsed_classes_have_one_threshold_at_every_level():
    law = as_law({-3: 1})
    assert {threshold(law, e) for e in ("1/1000", "1/20", "1/2", "999/1000")} == {-3}


def disc_scores():
    """K = 3, H = 2, c1 = 2, c2 = 1: U_max and U_entropy at (r, θ) minus their value at the mean (1, 0)."""
    theta = sp.Symbol("theta")
    angles = [theta, sp.pi * 2 / 3 - theta, sp.pi * 2 / 3 + theta]
    there, mean = [2 * r * sp.cos(a) for a in angles], [2, -1, -1]
    confidence = softmax(mean)[0] - softmax(there)[0]
    return theta, confidence, U_entropy(there) - U_entropy(mean)


@pytest.mark.second_route("Corollary 5.1 (iii)")
@pytest.mark.parametrize("box", [[("1/50", "9/10"), (0, "1048/1000")], [("9/10", 1), ("1/4", "1048/1000")]])
def test_three_classes_on_the_disc_by_balls(box):
    theta, confidence, entropy = disc_scores()
    for score in (confidence, entropy):
        f = BallFunction(score, r, theta)
        certificate = prove_positive(f, box, derivative=f.derivative)
        assert certificate.proved, certificate


@pytest.mark.second_route("Corollary 5.1 (iii)")
@pytest.mark.parametrize("size", [2, 4, 10])
def test_array_scores_on_the_ball(size):
    W = 3 * simplex(size, size + 2)
    z = in_ball(20_000, size + 2, 1.0, rng=size)
    for score in (U_max_log, U_entropy_log):
        assert score(z @ W.T).min() > score(W @ W.T / 3).max()


@pytest.mark.twin("Corollary 5.1 (iii)")
def test_twin_a_larger_ball():
    theta, confidence, entropy = disc_scores()
    for score in (confidence, entropy):
        assert prove_positive(BallFunction(score, r, theta), [("9/10", "11/10"), (0, "1/10")]).refuted
    radius, x, norm = z3.Reals("r x c2")
    with pytest.raises(RefutedError):
        prove(radius * x <= norm, [norm > 0, radius >= 0, radius <= 2 * norm, x <= 1])


@pytest.mark.twin("Corollary 5.1 (iii)")
def test_twin_weights_of_unequal_norm_contain_the_ball_as_well():
    """Weights ±(2, 0), ±(0, 1): the short ones set the threshold, and points near the long ones exceed it."""
    W = np.array([[2.0, 0], [-2.0, 0], [0, 1.0], [0, -1.0]])
    means = W / np.linalg.norm(W, axis=1, keepdims=True)
    z = in_ball(20_000, 2, 1.0, rng=0)
    assert U_max_log(z @ W.T).min() < U_max_log(means @ W.T).max()


@pytest.mark.twin("Corollary 5.1 (iii)")
def test_twin_without_centred_logits():
    size, E, B, T, U = z3.Reals("K E B T U")
    with pytest.raises(RefutedError):
        prove(E * (E + (size - 1) * B) <= E * (E + T), [size >= 2, E > 0, B > 0, T > 0, B * (size - 1 + U) <= T])
