"""Theorem 3.3: with non-negative features the best means are orthogonal and the weights still a simplex.

**Claim** (ours; the networks of the paper end in a ReLU, so μ_i ≥ 0 entrywise and definition 2 cannot hold). In the
setting of theorem 3* add μ_i ≥ 0 entrywise, or only μ_iᵀμ_j ≥ 0 for all i, j. For H ≥ K the minimum over W, b and
class laws with (1/K) Σ‖μ_i‖² ≤ c2² is that of log(1 + (K−1)e^{−x}) + λKc1² over c1, x = c1 c2 √(K/(K−1)). Minimisers,
for K ≥ 3 or without free biases: orthogonal means of norm c2 (so, entrywise ≥ 0, with disjoint supports) and w_i =
κ(μ_i − μ̄), an optimal structure of norm c1; then cos(w_i, μ_i) = √((K−1)/K) and cos(w_j, μ_i) is −1/(K−1) of it.

**Verdict.** Proved.

**What is true.** As claimed. The gap x is that of theorem 3 with c2 √((K−1)/K) in place of c2. For K = 2 with free
biases the minimum is the same but the means may have unequal norms: μ_1 = (a, 0), μ_2 = (0, b) with a² + b² = 2c2²,
b_1 − b_2 = κ(b² − a²)/2. With ‖μ_i‖ ≤ c2, or penalised biases, K = 2 is no exception.

**Proof.** Steps 1, 2, 4 and 5 of theorem 3 stand. In step 3 Σ (w_i − w̄)ᵀμ_i = Σ (w_i − w̄)ᵀ(μ_i − μ̄), because Σ
(w_i − w̄) = 0, and this is ≤ √S √(Σ‖μ_i − μ̄‖²). As μ_iᵀμ_j ≥ 0, K²‖μ̄‖² = ΣΣ μ_iᵀμ_j ≥ Σ‖μ_i‖² = M, so Σ‖μ_i − μ̄‖²
= M − K‖μ̄‖² ≤ M(1 − 1/K) ≤ (K−1) c2². Hence mean x_i ≤ c2 √(S/(K−1)), which for S = K c1² is the stated x.
*Equality:* orthogonal means, M = K c2², w̄ = 0, w_i = κ(μ_i − μ̄), and equal gaps: κ‖μ_i‖² + b_i − b_j = x for all i
≠ j. Adding i, j exchanged, ‖μ_i‖² + ‖μ_j‖² = 2x/κ for all pairs; for K ≥ 3 this makes all norms equal, hence all b_i.
If the b_i are equal the norms are, also for K = 2. Orthogonal vectors with entries ≥ 0 have disjoint supports, which
takes H ≥ K. With means of norm c2, (μ_i − μ̄)ᵀ(μ_j − μ̄) = c2²(δ_ij − 1/K) and w_iᵀμ_j/κ is the same, which gives the
cosines. ∎

**What the machine checks.** The bound on Σ‖μ_i − μ̄‖² (z3, K symbolic), the gap, cosines and loss from c2²(δ_ij −
1/K) with K symbolic, the equality case by z3, the family for K = 2. Second route: `relu_optimum` against L-BFGS over
non-negative means, and theorem 3's formulas with the smaller c2. A person must read the chain from theorem 3.

**Sources.** Compare Andriopoulos et al. and Súkeník et al. (2023–2024) on collapse with ReLU features.
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import sympy as sp
import z3

from numerics.solver import RefutedError, prove
from softmax_geometry.loss import regularised_loss, relu_optimum
from softmax_geometry.symbolic import structure

n, c1, c2, lam, kappa = sp.symbols("n c1 c2 lam kappa", positive=True)
K = 1 + n
x = structure.relu_gap(c1, c2, K)
own, other = c2**2 * (1 - 1 / K), -(c2**2) / K  # (μ_i − μ̄)ᵀμ_j for j = i and j ≠ i
kappa_at = c1 / sp.sqrt(own)  # ‖κ(μ_i − μ̄)‖ = c1


@pytest.mark.proves("Theorem 3.3")
def test_spread_of_means_with_non_negative_products_for_every_K():
    """M = Σ‖μ_i‖², centre = ‖μ̄‖², products = Σ_{i≠j} μ_iᵀμ_j."""
    size, M, centre, products, norm = z3.Reals("K M centre products c2")
    setting = [size >= 2, M >= 0, products >= 0, size * size * centre == M + products, size * norm * norm >= M]
    prove(M - size * centre <= (size - 1) * norm * norm, setting)
    at_equality = [*setting, norm > 0, M - size * centre == (size - 1) * norm * norm]
    prove(z3.And(products == 0, size * norm * norm == M), at_equality)


@pytest.mark.proves("Theorem 3.3")
def test_gap_of_step_3_is_the_stated_one():
    S = K * c1**2
    assert sp.simplify(sp.sqrt(S) * sp.sqrt((K - 1) * c2**2) / (K - 1) - x) == 0


@pytest.mark.proves("Theorem 3.3")
def test_orthogonal_means_attain_it_for_every_K():
    assert sp.simplify(kappa_at * (own - other) - x) == 0
    assert sp.simplify(kappa_at * own / (c1 * c2) - structure.relu_cosine(K)) == 0
    assert sp.simplify(other / own - structure.simplex_cosine(K)) == 0
    i = sp.Symbol("i", integer=True)
    centred = (c2**2 * (sp.KroneckerDelta(i, i + shift) - 1 / K) for shift in (0, 1))
    for shift, product in enumerate(centred):
        assert sp.simplify(kappa_at**2 * product - structure.gram_entry(i, i + shift, K, c1)) == 0
    loss = structure.tied_loss(kappa_at * (own - other), K) + lam * K * c1**2
    assert sp.simplify(loss - structure.relu_loss_bound(c1, c2, lam, K)) == 0


@pytest.mark.proves("Theorem 3.3")
def test_equal_gaps_force_equal_norms_for_three_classes():
    norms, b, k, gap = z3.Reals("n1 n2 n3"), z3.Reals("b1 b2 b3"), z3.Real("kappa"), z3.Real("x")
    tied = [k * norms[i] + b[i] - b[j] == gap for i in range(3) for j in range(3) if i != j]
    prove(z3.And(norms[0] == norms[1], norms[1] == norms[2], b[0] == b[1], b[1] == b[2]), [k > 0, *tied])


@pytest.mark.proves("Theorem 3.3")
def test_for_two_classes_with_free_biases_norms_may_differ():
    a, b = sp.symbols("a b", positive=True)
    means = sp.diag(a, b)
    W = kappa * (means - sp.ones(2, 1) * sp.Matrix([[a, b]]) / 2)
    logits = means * W.T  # row i: the logits at μ_i
    bias = kappa * (b**2 - a**2) / 2  # b_1 − b_2
    gaps = [logits[0, 0] - logits[0, 1] + bias, logits[1, 1] - logits[1, 0] - bias]
    assert [sp.simplify(g - kappa * (a**2 + b**2) / 2) for g in gaps] == [0, 0]
    assert sp.simplify(sum(entry**2 for entry in W) - kappa**2 * (a**2 + b**2) / 2) == 0


@pytest.mark.second_route("Theorem 3.3")
def test_theorem_3_with_a_smaller_norm():
    smaller = c2 * sp.sqrt((K - 1) / K)
    assert sp.simplify(structure.aligned_gap(c1, smaller, K) - x) == 0
    gap = structure.loss_bound(c1, smaller, lam, K) - structure.relu_loss_bound(c1, c2, lam, K)
    assert sp.simplify(gap) == 0
    assert [round(float(structure.relu_cosine(k)), 3) for k in (2, 3, 10)] == [0.707, 0.816, 0.949]


@pytest.mark.second_route("Theorem 3.3")
def test_free_minimisation_over_non_negative_means():
    """K = 3, H = 4, c2 = 3, λ = 1/100; the means are squares, scaled to the mean square norm c2²."""

    def unpack(parameters):
        W, root = parameters[:24].reshape(2, 3, 4)
        mu = root**2
        return W, 3 * np.sqrt(3) * mu / np.linalg.norm(mu), parameters[24:]

    def objective(parameters):
        W, mu, b = unpack(parameters)
        logits = mu @ W.T + b
        return np.mean(scipy.special.logsumexp(logits, axis=1) - np.diagonal(logits)) + 0.01 * np.sum(W**2)

    start = np.random.default_rng(0).standard_normal(27)
    W, mu, b = unpack(scipy.optimize.minimize(objective, start, options={"gtol": 1e-6}).x)
    best = regularised_loss(*relu_optimum(3.0, 0.01, 3), 0.01)
    assert regularised_loss(W, mu, 0.01, b) == pytest.approx(best, abs=1e-6)
    np.testing.assert_allclose(mu @ mu.T, 9 * np.eye(3), atol=2e-2)


@pytest.mark.twin("Theorem 3.3")
def test_twin_signed_means_do_better():
    size, M, centre, products, norm = z3.Reals("K M centre products c2")
    setting = [size >= 2, centre >= 0, size * size * centre == M + products, size * norm * norm >= M]
    with pytest.raises(RefutedError) as refuted:
        prove(M - size * centre <= (size - 1) * norm * norm, setting)
    assert refuted.value.model["products"] < 0
    ratio = structure.aligned_gap(c1, c2, K) / x
    assert sp.simplify(ratio - sp.sqrt(K / (K - 1))) == 0  # > 1


@pytest.mark.twin("Theorem 3.3")
def test_twin_two_classes_are_no_exception():
    norms, b, k, gap = z3.Reals("n1 n2"), z3.Reals("b1 b2"), z3.Real("kappa"), z3.Real("x")
    tied = [k * norms[i] + b[i] - b[1 - i] == gap for i in range(2)]
    with pytest.raises(RefutedError):
        prove(norms[0] == norms[1], [k > 0, norms[0] > 0, norms[1] > 0, *tied])


@pytest.mark.twin("Theorem 3.3")
def test_twin_weights_along_the_means_without_centring():
    """w_i = κ μ_i of the same norm c1 reaches the gap c1 c2 only."""
    assert sp.simplify(c1 / c2 * c2**2 / x - structure.relu_cosine(K)) == 0
    assert sp.simplify(structure.relu_cosine(3) < 1) == sp.true
