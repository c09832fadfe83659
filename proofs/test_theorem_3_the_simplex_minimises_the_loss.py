"""Theorem 3: the optimal structure minimises the regularised cross-entropy, with the minimum in closed form.

**Claim** (paper, eqs 36, 37, 39, 40). For K equally likely Gaussian classes in R^H, H ≥ K−1, with ‖μ_i‖ = c2, the
parameters μ_i, Σ_i, w_i that minimise the cross-entropy plus λ Σ ‖w_i‖² must have the optimal structure (definition
2). “Theorem 3*” (ours): the minimum, all minimisers, and the weaker hypothesis (1/K) Σ ‖μ_i‖² ≤ c2².

**Verdict.** Theorem 3 corrected: the statement survives except that Σ_i ≈ 0 "must hold" only along the weights, and
no Gaussian with invertible Σ_i attains the minimum. The printed argument is not a proof: "inherent symmetry" is what
is to be shown, the cosines with one mean cannot be minimised separately, and proposition 4 says nothing about single
norms ‖w_i‖. Slips: (36) → (37) needs no separability, E_z Σ_i p(i|z) f_i(z) = Σ_i π_i E[f_i | i] for every law;
(37), (39) and (40) drop π_i = 1/K, which only rescales λ; the bracket of (37) puts the penalty inside the minus, so
that as typeset it has no minimum. Theorem 3* proved.

**What is true.** Let K ≥ 2, λ > 0, H ≥ K−1. Minimise

    F = (1/K) Σ_i E_{z|i}[−log σ(z)_i] + λ Σ ‖w_i‖²

over weights, biases and class laws of means μ_i with (1/K) Σ ‖μ_i‖² ≤ c2². The minimum is G(c*), where G(c) = log(1
+ (K−1)e^{−x}) + λKc², x = Kc c2/(K−1), and c* > 0 is the unique root of 2λc(e^x + K−1) = c2. With P =
1/(1+(K−1)e^{−x}) it is also H(q) − (1−P)² c2² K/(4λ(K−1)²), H(q) the entropy of q = (P, (1−P)/(K−1), …). The
minimisers are exactly: the w_i an optimal structure of norm c*, μ_i = (c2/c*) w_i, all b_i equal (all zero if any
penalty prefers that), and (w_j − w_k)ᵀ(z − μ_i) = 0 almost surely. That norms are equal, of w_i and of μ_i, is a
conclusion, so the paper is right that fixing them "may not be necessary".

**Proof.** *(1) Noise.* l ↦ −log σ(l)_i is convex: along any line l + τd its second derivative is Var_σ(d) ≥ 0, zero
iff all d_j are equal. By Jensen E[−log σ(z)_i | i] ≥ −log σ(μ_i)_i, with equality iff W z moves almost surely by
multiples of (1, …, 1) only. Write l_ij = w_jᵀμ_i + b_j.
*(2) Gibbs.* For any P in (0, 1) let q^i have P at i and (1−P)/(K−1) elsewhere. As log u ≤ u − 1, KL(q^i ‖ σ(l_i)) ≥
0, which reads −log σ(l_i)_i ≥ H(q) − (1−P) x_i, x_i = l_ii − mean_{j≠i} l_ij. Equality iff σ(l_i) = q^i.
*(3) Average.* (1/K) Σ x_i = (1/(K−1)) Σ (w_i − w̄)ᵀμ_i, where the biases cancel. With S = Σ ‖w_i‖² and Cauchy–Schwarz
this is ≤ (1/(K−1)) √(Σ‖w_i − w̄‖²) √(Σ‖μ_i‖²) ≤ (c2/(K−1)) √(K S), as Σ‖w_i − w̄‖² = S − K‖w̄‖².
*(4) Square.* So F ≥ H(q) − (1−P)(c2/(K−1)) √(K S) + λ S = H(q) − (1−P)²c2²K/(4λ(K−1)²) + λ (√S −
(1−P)c2√K/(2λ(K−1)))². Take P = P(c*): as 1−P = (K−1)/(e^x + K−1), the root equation says (1−P)c2/(2λ(K−1)) = c*, and
the bound is G(c*).
*(5) Root.* G'(c) = K (2λc(e^x+K−1) − c2)/(e^x+K−1). The bracket is −c2 at 0, strictly increasing and unbounded: one
root, the minimum of G.
*(6) Equality.* The aligned simplex of norm c* has F = G(c*). Conversely equality in (3) and (4) gives w̄ = 0, S = K
c*², μ_i = κ w_i with one κ, and Σ‖μ_i‖² = K c2², so κ = c2/c*. Equality in (2) gives l_ii − l_ij = x for all j ≠ i: κ
w_iᵀ(w_i − w_j) + b_i − b_j = x. Add the same with i and j exchanged: κ‖w_i − w_j‖² = 2x, so all distances are equal,
D say. Now Σ_j ‖w_i − w_j‖² = K‖w_i‖² + S (as w̄ = 0) is (K−1)D for every i: the norms are equal, and w_iᵀw_j = ‖w_i‖²
− D/2 = −‖w_i‖²/(K−1). Then b_i = b_j. Equality in (1) is the statement on z. Zero noise attains it, and so does any
noise orthogonal to all w_j − w_k, which exists for H > K−1; noise with an invertible covariance does not, since w_j ≠
w_k. ∎

**What the machine checks.** With K symbolic: the second derivative in (1), the average in (3) from four sums,
Cauchy–Schwarz as a discriminant (z3), the square, the root equation, both forms of the minimum, the geometry of (6).
For fixed K: the Gibbs identity (K = 3) and the average in coordinates. Exact laws for (36) → (37). Second routes: an
enclosure of c* in ball arithmetic, where both forms must agree; L-BFGS over free weights, means and biases, which
knows nothing of the simplex. A person must read how the four steps chain.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 3; Papyan, Han & Donoho (2020) for neural collapse.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import sympy as sp
import z3

from numerics.balls import arb_rational
from numerics.enclosures import enclose_root, prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, find_model, prove
from softmax_geometry.checks import InputError
from softmax_geometry.head import Head
from softmax_geometry.loss import loss_bound, optimal_scale, regularised_loss
from softmax_geometry.structure import structure as measure
from softmax_geometry.symbolic import structure
from softmax_geometry.symbolic.softmax import affine_logits, bound, indexed_mean, softmax
from softmax_geometry.symbolic.vectors import difference, dot, squared_norm

K, c1, c2, lam, P, root_S = sp.symbols("K c1 c2 lam P root_S", positive=True)
x = structure.aligned_gap(c1, c2, K)
root_equation = structure.loss_root_equation(c1, c2, lam, K)
lam_at_root = sp.solve(root_equation, lam)[0]  # the λ for which c1 is the minimiser


def gibbs_entropy(p):
    return -p * sp.log(p) - (1 - p) * sp.log((1 - p) / (K - 1))


@pytest.mark.proves("Theorem 3*", "Theorem 3")
def test_step_1_log_loss_is_convex_in_the_logits_for_every_K():
    """d²/dτ² log Σ e^{l_j + τ d_j} = Var_σ(d), and Var = ½ ΣΣ σ_j σ_k (d_j − d_k)², zero iff all d_j are equal."""
    l, d, tau, size = sp.IndexedBase("l"), sp.IndexedBase("d"), sp.Symbol("tau"), sp.Symbol("K", integer=True)

    class Moved:
        def __getitem__(self, j):
            return l[j] + tau * d[j]

    moved = Moved()
    total = sp.Sum(sp.exp(moved[bound]), (bound, 1, size))
    mean, square = indexed_mean(moved, d[bound], size), indexed_mean(moved, d[bound] ** 2, size)
    assert sp.simplify(sp.diff(sp.log(total), tau, 2) - (square - mean**2)) == 0
    p, e = sp.symbols("p1:4"), sp.symbols("d1:4")
    variance = sum(a * v**2 for a, v in zip(p, e, strict=True)) - sum(a * v for a, v in zip(p, e, strict=True)) ** 2
    pairs = sum(p[j] * p[k] * (e[j] - e[k]) ** 2 for j in range(3) for k in range(j))
    assert sp.expand((variance - pairs).subs(p[2], 1 - p[0] - p[1])) == 0


@pytest.mark.proves("Theorem 3*", "Theorem 3")
def test_step_2_gibbs_inequality():
    """The gap between loss and bound is a Kullback–Leibler divergence; log u ≤ u − 1 makes each divergence ≥ 0."""
    l = sp.symbols("l1:4", real=True)
    sigma, q = softmax(l), [P, (1 - P) / 2, (1 - P) / 2]
    gap = -sp.log(sigma[0]) - (gibbs_entropy(P).subs(K, 3) - (1 - P) * (l[0] - (l[1] + l[2]) / 2))
    divergence = sum(a * (sp.log(a) - sp.log(b)) for a, b in zip(q, sigma, strict=True))
    assert sp.simplify(sp.expand_log(gap - divergence, force=True)) == 0
    u, s = sp.symbols("u s", positive=True)
    remainder = sp.integrate((s - 1) / s, (s, 1, u))  # an integral of the sign of u − 1, from 1 to u: ≥ 0
    assert sp.simplify(remainder - (u - 1 - sp.log(u))) == 0


@pytest.mark.proves("Theorem 3*", "Theorem 3")
def test_step_3_average_gap_for_every_K():
    """In the sums Σ w_iᵀμ_i, w̄ᵀ Σ μ_i and Σ b_i: Σ_i l_ii = own + bias, Σ_ij l_ij = K cross + K bias."""
    own, cross, bias = sp.symbols("own cross bias")
    diagonal, everything = own + bias, K * cross + K * bias
    average = (diagonal - (everything - diagonal) / (K - 1)) / K
    assert sp.simplify(average - (own - cross) / (K - 1)) == 0


@pytest.mark.second_route("Theorem 3*", "Theorem 3")
@pytest.mark.parametrize("size", [2, 3, 4])
def test_step_3_in_coordinates(size):
    W, M = ([sp.symbols(f"{name}{i}_1:3") for i in range(size)] for name in ("w", "m"))
    l = [affine_logits(W, mu, sp.symbols(f"b1:{size + 1}")) for mu in M]
    gaps = [l[i][i] - sp.Add(*[l[i][j] for j in range(size) if j != i]) / (size - 1) for i in range(size)]
    centre = [sp.Add(*column) / size for column in zip(*W, strict=True)]
    claimed = sp.Add(*[dot(difference(w, centre), mu) for w, mu in zip(W, M, strict=True)]) / (size - 1)
    assert sp.expand(sp.Add(*gaps) / size - claimed) == 0
    spread = sp.Add(*[squared_norm(difference(w, centre)) for w in W])
    assert sp.expand(spread - (sp.Add(*[squared_norm(w) for w in W]) - size * squared_norm(centre))) == 0


@pytest.mark.proves("Theorem 3*", "Theorem 3")
def test_step_3_cauchy_schwarz_in_any_dimension():
    """With aa = ‖a‖², bb = ‖b‖², ab = aᵀb for the stacked vectors: ‖a − τ b‖² ≥ 0 at τ = ab/bb, times bb."""
    aa, bb, ab, S, size, norm, centre = z3.Reals("aa bb ab S K c2 centre")
    prove(ab * ab <= aa * bb, [bb > 0, aa * bb - 2 * ab * ab + ab * ab >= 0])
    prove(
        ab * ab <= S * size * norm * norm,
        [
            ab * ab <= aa * bb,
            bb >= 0,
            aa >= 0,
            aa == S - size * centre,
            centre >= 0,
            size >= 2,
            bb <= size * norm * norm,
        ],
    )


@pytest.mark.proves("Theorem 3*", "Theorem 3")
def test_step_4_square_and_its_value_at_the_root():
    below = gibbs_entropy(P) - (1 - P) * c2 / (K - 1) * sp.sqrt(K) * root_S + lam * root_S**2
    centre = (1 - P) * c2 * sp.sqrt(K) / (2 * lam * (K - 1))
    least = gibbs_entropy(P) - (1 - P) ** 2 * c2**2 * K / (4 * lam * (K - 1) ** 2)
    assert sp.simplify(sp.expand(below - least - lam * (root_S - centre) ** 2)) == 0
    best = structure.largest_least_confidence(c1, c2, K)
    assert sp.simplify(least.subs(P, best) - structure.least_loss_gibbs(c1, c2, lam, K)) == 0
    assert sp.simplify((centre.subs(P, best) - sp.sqrt(K) * c1).subs(lam, lam_at_root)) == 0


@pytest.mark.proves("Theorem 3*", "Theorem 3")
def test_step_4_both_forms_of_the_minimum_agree_at_the_root():
    gap = structure.least_loss_gibbs(c1, c2, lam, K) - structure.loss_bound(c1, c2, lam, K)
    y = sp.Symbol("y", positive=True)  # e^{x}
    at_root = sp.expand_log(gap.subs(lam, lam_at_root).subs(sp.exp(-x), 1 / y).subs(sp.exp(x), y), force=True)
    at_root = at_root.subs(c1, (K - 1) * sp.log(y) / (K * c2))
    assert sp.simplify(sp.expand_log(sp.logcombine(sp.simplify(at_root), force=True), force=True)) == 0


@pytest.mark.proves("Theorem 3*", "Theorem 3")
def test_step_5_the_bound_has_one_stationary_point():
    G = structure.loss_bound(c1, c2, lam, K)
    assert sp.simplify(sp.diff(G, c1) * (sp.exp(x) + K - 1) - K * root_equation) == 0
    assert sp.simplify(root_equation.subs(c1, 0) + c2) == 0
    slope = 2 * lam * (sp.exp(x) + K - 1) + 2 * lam * c1 * K * c2 / (K - 1) * sp.exp(x)  # positive term by term
    assert sp.simplify(sp.diff(root_equation, c1) - slope) == 0


@pytest.mark.proves("Theorem 3*", "Theorem 3")
def test_step_6_the_aligned_simplex_attains_the_bound():
    i = sp.Symbol("i", integer=True)
    own, other = (c2 / c1 * structure.gram_entry(i, i + shift, K, c1) for shift in (0, 1))
    assert sp.simplify(own - other - x) == 0
    loss = -sp.log(1 / (1 + (K - 1) * sp.exp(-(own - other))))
    assert sp.simplify(sp.expand_log(loss - structure.tied_loss(x, K), force=True)) == 0
    assert sp.simplify(structure.tied_loss(x, K) + lam * K * c1**2 - structure.loss_bound(c1, c2, lam, K)) == 0
    assert sp.simplify(structure.largest_least_confidence(c1, c2, K) * sp.exp(structure.tied_loss(x, K))) == 1
    assert sp.simplify(structure.tied_confidence(x, K) - structure.largest_least_confidence(c1, c2, K)) == 0


@pytest.mark.proves("Theorem 3*", "Theorem 3")
def test_step_6_equal_distances_from_centre_zero_force_the_simplex():
    """S = Σ ‖w_j‖², n = ‖w_i‖², D = ‖w_i − w_j‖²; the first line is Σ_j ‖w_i − w_j‖² with Σ w_j = 0."""
    size, D, S, n, m, inner = z3.Reals("K D S n m inner")
    equal_distances = [size >= 2, D > 0, (size - 1) * D == size * n + S, (size - 1) * D == size * m + S]
    prove(n == m, equal_distances)
    prove((size - 1) * inner == -n, [*equal_distances, size * n == S, n + m - 2 * inner == D])
    assert sp.simplify(structure.simplex_cosine(K) * (K - 1)) == -1
    kappa, gap, b1, b2 = z3.Reals("kappa x b1 b2")
    tied = [kappa * (n - inner) + b1 - b2 == gap, kappa * (m - inner) + b2 - b1 == gap]
    prove(kappa * (n + m - 2 * inner) == 2 * gap, tied)
    prove(b1 == b2, [*tied, n == m])


@pytest.mark.second_route("Theorem 3*", "Theorem 3")
@pytest.mark.parametrize(
    ("size", "scale", "confidence"),
    [(2, "1.190", "0.9992"), (3, "1.530", "0.9980"), (10, "1.985", "0.9881"), (100, "2.116", "0.8603")],
)
def test_enclosed_minimum_for_c2_3_and_lambda_one_thousandth(size, scale, confidence):
    setting = {c2: 3, K: size, lam: sp.Rational(1, 1000)}
    f = BallFunction(root_equation.subs(setting), c1)
    best = enclose_root(f, ("1/10", 3))
    assert abs(best - arb_rational(scale)) < arb_rational("0.0006")
    assert prove_positive(f.gradient[0], [(0, 3)]).proved  # so it is the only root
    G, gibbs, p = (
        BallFunction(form.subs(setting), c1)
        for form in (
            structure.loss_bound(c1, c2, lam, K),
            structure.least_loss_gibbs(c1, c2, lam, K),
            structure.largest_least_confidence(c1, c2, K),
        )
    )
    assert G(best).overlaps(gibbs(best))
    assert abs(p(best) - arb_rational(confidence)) < arb_rational("0.00006")
    assert abs(G(best) - arb_rational(Fraction(float(loss_bound(optimal_scale(3, 1e-3, size), 3, 1e-3, size))))) < 1e-13
    for away in ("9/10", "11/10"):
        assert G(best * arb_rational(away)) > G(best)
        assert gibbs(best * arb_rational(away)) < gibbs(best)


@pytest.mark.second_route("Theorem 3*", "Theorem 3")
@pytest.mark.parametrize(("size", "width"), [(3, 2), (4, 4)])
def test_free_minimisation_finds_the_simplex(size, width):
    """Weights, means and biases are free; the means have mean square norm 9 only, and λ = 1/1000."""

    def unpack(parameters):
        W, mu = parameters[: 2 * size * width].reshape(2, size, width)
        return W, 3 * np.sqrt(size) * mu / np.linalg.norm(mu), parameters[2 * size * width :]

    def objective(parameters):
        W, mu, b = unpack(parameters)
        logits = mu @ W.T + b
        return np.mean(scipy.special.logsumexp(logits, axis=1) - np.diagonal(logits)) + 1e-3 * np.sum(W**2)

    start = np.random.default_rng(size).standard_normal(2 * size * width + size)
    found = scipy.optimize.minimize(objective, start, options={"gtol": 1e-8, "maxiter": 2000}).x
    W, mu, b = unpack(found)
    least = loss_bound(optimal_scale(3, 1e-3, size), 3, 1e-3, size)
    assert regularised_loss(W, mu, 1e-3, b) == pytest.approx(float(least), abs=1e-8)
    assert measure(Head(W)).etf_distance < 1e-2
    assert np.ptp(b) < 1e-2
    np.testing.assert_allclose(mu * np.linalg.norm(W) / np.linalg.norm(mu), W, atol=1e-2)


@pytest.mark.proves("Theorem 3")
def test_equation_37_needs_no_separability():
    """One overlapping joint law p(i, z), any f: both sides are Σ_{i,z} p(i, z) f_i(z)."""
    joint = {(0, "a"): Fraction(1, 2), (0, "b"): Fraction(1, 8), (1, "a"): Fraction(1, 8), (1, "b"): Fraction(1, 4)}
    f = {key: Fraction(n) for n, key in enumerate(joint, start=3)}
    p_z = {z: sum(p for (_, v), p in joint.items() if v == z) for z in "ab"}
    pi = {i: sum(p for (k, _), p in joint.items() if k == i) for i in (0, 1)}
    left = sum(p_z[z] * sum(joint[i, z] / p_z[z] * f[i, z] for i in (0, 1)) for z in "ab")
    right = sum(pi[i] * sum(joint[i, z] / pi[i] * f[i, z] for z in "ab") for i in (0, 1))
    assert left == right


@pytest.mark.twin("Theorem 3")
def test_twin_equation_37_as_typeset_is_unbounded_below():
    """With −λ Σ‖w_i‖² the objective of the aligned simplex falls without bound as the weights grow."""
    typeset = structure.tied_loss(x, K) - lam * K * c1**2
    assert sp.limit(typeset.subs({K: 3, c2: 1, lam: 1}), c1, sp.oo) == -sp.oo
    assert sp.limit(structure.loss_bound(c1, 1, 1, 3), c1, sp.oo) == sp.oo


@pytest.mark.twin("Theorem 3")
def test_twin_the_variance_must_vanish():
    """K = 2, H = 2, w = ±(1, 0): noise of any size along (0, 1) leaves every σ(z)_i as it is."""
    noise, mean = sp.symbols("noise mean", real=True)
    W = [[1, 0], [-1, 0]]
    quiet, noisy = softmax(affine_logits(W, [mean, 0])), softmax(affine_logits(W, [mean, noise]))
    assert quiet == noisy
    assert softmax(affine_logits(W, [mean + noise, 0])) != quiet  # noise along the weights is seen


@pytest.mark.twin("Theorem 3")
def test_twin_each_cosine_can_be_minimised_separately():
    """For K = 3, cos θ_12 = cos θ_13 = −1 forces cos θ_23 = 1: no three vectors reach −1 in all pairs."""
    x12, x13, x23 = z3.Reals("x12 x13 x23")
    determinant = 1 + 2 * x12 * x13 * x23 - x12 * x12 - x13 * x13 - x23 * x23
    minors = [x12 * x12 <= 1, x13 * x13 <= 1, x23 * x23 <= 1, determinant >= 0]
    prove(x23 == 1, [*minors, x12 == -1, x13 == -1])
    with pytest.raises(InputError, match="contradiction"):
        find_model([*minors, x12 == -1, x13 == -1, x23 == -1])


@pytest.mark.twin("Theorem 3*")
def test_twin_root_equation_with_K_in_place_of_K_minus_1():
    wrong = sp.solve(2 * lam * c1 * (sp.exp(x) + K) - c2, lam)[0]
    slope = sp.diff(structure.loss_bound(c1, c2, lam, K), c1)
    assert sp.simplify(slope.subs(lam, lam_at_root)) == 0
    assert sp.simplify(slope.subs(lam, wrong)) != 0


@pytest.mark.twin("Theorem 3*")
def test_twin_least_gap_c1_c2_is_undercut_by_the_simplex():
    """G with x = c1 c2 is no lower bound: at K = 3, c1 = c2 = 1, λ = 1/10 the simplex has less."""
    setting = {c1: 1, c2: 1, K: 3, lam: sp.Rational(1, 10)}
    undercut = structure.tied_loss(c1 * c2, K) + lam * K * c1**2 - structure.loss_bound(c1, c2, lam, K)
    assert prove_positive(BallFunction(undercut.subs(setting | {c1: c1}), c1), [("1/10", 3)]).proved


@pytest.mark.twin("Theorem 3*")
def test_twin_without_the_bound_on_the_means_there_is_no_minimum():
    assert sp.limit(structure.loss_bound(1 / c2, c2**2, lam, 3), c2, sp.oo) == 0
    ab, S, size, bb = z3.Reals("ab S K bb")
    with pytest.raises(RefutedError):
        prove(ab * ab <= S * size, [ab * ab <= S * bb, bb >= 0, S >= 0, size >= 2])


@pytest.mark.twin("Theorem 3*")
def test_twin_without_centring_equal_distances_do_not_force_equal_norms():
    """Σ_j ‖w_i − w_j‖² = K n − 2 K w_iᵀw̄ + S when w̄ ≠ 0."""
    size, D, S, n, m, p, q = z3.Reals("K D S n m p q")
    with pytest.raises(RefutedError):
        prove(
            n == m,
            [size >= 2, D > 0, (size - 1) * D == size * (n - 2 * p) + S, (size - 1) * D == size * (m - 2 * q) + S],
        )
