"""Equations 1–4: the softmax, the two estimators on it, the density, and their saturation-free twins.

**Claim**
Eq 1 defines σ_i = e^{l_i}/Σ_j e^{l_j}; eq 2 defines U_max = −max_i σ_i and U_entropy = −Σ σ_i log σ_i; eqs 3–4
define U_density = −log q̂ with q̂ = Σ π_i N(μ_i, Σ_i). In each, higher means more uncertain, that is, more OOD.

**Verdict**
Definitions; what can be checked about them holds.

**What is true**
σ is a probability vector. U_max lies in [−1, −1/K] and U_entropy in [0, log K]. With p = max σ, the log-space scores
log((1−p)/p) and log(1−p) are strictly increasing functions of U_max, and log U_entropy of U_entropy, so they order
points as the estimators do and do not saturate. q̂ is a density, and r_i = π_i N_i/q̂ are probabilities.

**Proof**
The entries of σ are positive and have sum 1, since each has the same denominator Σ_j e^{l_j}. Their largest is at
least their mean 1/K, and at most 1. Taking logs, log σ_i = l_i − log Σ_j e^{l_j}, so U_entropy = log Σ_j e^{l_j} − Σ
σ_i l_i. It is ≥ 0 since every −σ_i log σ_i is, and log K − U_entropy = Σ σ_i log(K σ_i) ≥ Σ σ_i (1 − 1/(K σ_i)) = 0
by log x ≥ 1 − 1/x. Dividing by σ_top, (1−p)/p = Σ_{j≠top} e^{l_j − l_top}; p ↦ log((1−p)/p) and p ↦ log(1−p) fall
strictly on (0, 1), so they increase with U_max = −p. Each N_i integrates to 1 (diagonalise Σ_i: the Jacobian is
det(Σ_i)^{1/2}), and so does their mixture.

**What the machine checks**
The sum, the entropy in logits (K symbolic) and the odds (K = 3) as identities; the range of U_max by z3; the mass
and the covariance of N for a general variance and an explicit 2×2 covariance by integration. A person reads: the two
elementary inequalities, and that N integrates to one in every dimension.

**Sources**
Pearce, Brintrup & Zhu (2021), section 2, eqs 1–4.
"""

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.balls import entropy
from numerics.expressions import BallFunction
from numerics.polynomials import nonnegative, positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic import softmax as eqs
from softmax_geometry.symbolic.softmax import bound
from softmax_geometry.symbolic.vectors import determinant, quadratic_form, solve

L = sp.symbols("l1:4", real=True)
x, y = sp.symbols("x y", real=True)
CORRELATED = [[2, 1], [1, 3]]


@pytest.mark.proves("Equations 1-4")
def test_softmax_entropy_in_logits_for_every_K():
    l, i, K = sp.IndexedBase("l", real=True), *sp.symbols("i K", integer=True, positive=True)
    total = sp.Sum(sp.exp(l[bound]), (bound, 1, K))
    assert sp.simplify(eqs.indexed_softmax(l, i, K) * total - sp.exp(l[i])) == 0  # summed over i: Σ σ_i = 1
    log_sigma = sp.expand_log(sp.log(eqs.indexed_softmax(l, i, K)), force=True)
    assert sp.expand(log_sigma - (l[i] - sp.log(total))) == 0
    assert sp.expand(eqs.indexed_U_entropy(l, K) - (sp.log(total) - eqs.indexed_mean(l, l[bound], K))) == 0
    assert eqs.indexed_U_max(l, i, K) == -eqs.indexed_softmax(l, i, K)
    in_logits = eqs.indexed_U_entropy(l, K).subs(K, 3).doit().subs({l[n + 1]: L[n] for n in range(3)})
    assert sp.simplify(sp.expand_log(eqs.U_entropy(L) - in_logits, force=True)) == 0


@pytest.mark.proves("Equations 1-4")
def test_log_scores_are_increasing_functions_of_the_estimators():
    p = -eqs.U_max(L, 1)
    assert sp.simplify(sp.exp(eqs.log_odds_against(L, 1)) - (1 - p) / p) == 0
    assert sp.simplify(sp.exp(eqs.U_max_log(L, 1)) - (1 - p)) == 0
    assert sp.simplify(sp.exp(eqs.U_entropy_log(L)) - eqs.U_entropy(L)) == 0
    q = sp.Symbol("q")
    inside = [z3.Real("q") > 0, z3.Real("q") < 1]
    for score in (sp.log((1 - q) / q), sp.log(1 - q)):
        prove(positive(-sp.diff(score, q)), inside)  # falls in p, so rises with U_max = −p


@pytest.mark.proves("Equations 1-4")
def test_confidence_is_between_one_over_K_and_one():
    e = sp.symbols("e1:4", positive=True)
    confidence = -eqs.U_max([sp.log(v) for v in e], 0)
    largest = [z3.Real("e1") >= z3.Real(f"e{n}") for n in (2, 3)] + [z3.Real("e3") > 0, z3.Real("e2") > 0]
    prove(nonnegative(confidence - sp.Rational(1, 3)), largest)
    prove(positive(1 - confidence), largest)
    assert eqs.softmax([sp.log(v) for v in e]) == [v / sum(e) for v in e]


@pytest.mark.proves("Equations 1-4")
def test_gaussian_is_a_density_with_its_mean_and_covariance():
    m, s = sp.symbols("m s", positive=True)
    line = eqs.normal_density([x], [m], [[s**2]])
    moments = [sp.simplify(sp.integrate(line * (x - m) ** k, (x, -sp.oo, sp.oo))) for k in range(3)]
    assert moments == [1, 0, s**2]
    plane = eqs.normal_density([x, y], [0, 0], CORRELATED)
    for weight, moment in ((1, 1), (x * y, 1)):
        inner = sp.integrate(sp.expand(plane * weight), (x, -sp.oo, sp.oo))
        assert sp.simplify(sp.integrate(sp.expand(inner), (y, -sp.oo, sp.oo)) - moment) == 0


@pytest.mark.proves("Equations 1-4")
def test_mixture_density_and_responsibilities():
    third = sp.Rational(1, 3)
    mixture = ([[0], [0]], [[[1]], [[4]]], [third, 1 - third])
    q, weighted = eqs.mixture_density([x], *mixture), eqs.weighted_densities([x], *mixture)
    assert sp.simplify(sp.integrate(q, (x, -sp.oo, sp.oo))) == 1
    assert q == sum(weighted)
    r = eqs.responsibilities([x], *mixture)
    assert sp.simplify(sum(r)) == 1
    assert sp.simplify(r[0] / r[1] - weighted[0] / weighted[1]) == 0
    assert sp.simplify(sp.exp(-eqs.U_density([x], *mixture)) - q) == 0
    assert sp.diff(eqs.U_density([x], *mixture), x).subs(x, 9) > 2  # rises away from the components


@pytest.mark.second_route("Equations 1-4")
def test_linear_algebra_of_the_densities_against_the_characteristic_polynomial():
    """Cayley–Hamilton: A⁻¹ = (tr A − A)/det A in two dimensions, and det A is the product of the eigenvalues."""
    a, b, c = sp.symbols("a b c", positive=True)
    A = [[a, b], [b, c]]
    eigenvalues = list(sp.Matrix(A).eigenvals())
    assert sp.simplify(determinant(A) - eigenvalues[0] * eigenvalues[1]) == 0
    inverse_times_v = [((a + c) * v - (A[n][0] * x + A[n][1] * y)) / (a * c - b * b) for n, v in enumerate((x, y))]
    assert all(sp.simplify(u - v) == 0 for u, v in zip(solve(A, [x, y]), inverse_times_v, strict=True))
    assert sp.expand(quadratic_form(A, [x, y]) - (a * x * x + 2 * b * x * y + c * y * y)) == 0


@pytest.mark.second_route("Equations 1-4")
def test_entropy_expression_against_ball_arithmetic():
    logits = [0, 1, sp.Rational(-7, 3)]
    value = BallFunction(eqs.U_entropy(logits))()
    other = entropy([0, 1, "-7/3"])
    assert value.overlaps(other)
    assert value > 0
    assert value < BallFunction(sp.log(3))()


@pytest.mark.twin("Equations 1-4")
def test_without_its_sign_U_max_would_fall_towards_the_boundary():
    tie, clear = [0, 0], [sp.log(3), 0]
    assert eqs.U_max(tie, 0) > eqs.U_max(clear, 0)
    assert not -eqs.U_max(tie, 0) > -eqs.U_max(clear, 0)
    e = sp.symbols("e1:4", positive=True)
    above_third = nonnegative(-eqs.U_max([sp.log(v) for v in e], 0) - sp.Rational(1, 3))
    with pytest.raises(RefutedError) as refuted:  # without "e1 is the largest" the range is another
        prove(above_third, [z3.Real(f"e{n}") > 0 for n in (1, 2, 3)])
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    assert 3 * model["e1"] < model["e1"] + model["e2"] + model["e3"]


@pytest.mark.twin("Equations 1-4")
def test_without_the_determinant_the_gaussian_is_not_a_density():
    plane = eqs.normal_density([x, y], [0, 0], CORRELATED) * sp.sqrt(determinant(CORRELATED))
    inner = sp.integrate(sp.expand(plane), (x, -sp.oo, sp.oo))
    assert sp.simplify(sp.integrate(sp.expand(inner), (y, -sp.oo, sp.oo))) == sp.sqrt(5)
