"""The simplex, theorem 3 and eq 38 as expressions against linear algebra, L-BFGS and Monte Carlo."""

import mpmath
import numpy as np
import pytest
import scipy.optimize
import scipy.special
import sympy as sp

from softmax_geometry.symbolic import structure

c1, c2, lam, K = sp.symbols("c1 c2 lam K", positive=True)


def test_simplex_chain_is_one_expression_that_vanishes_at_the_simplex_cosine():
    cosine = sp.Symbol("cosine")
    chain = structure.simplex_chain(K, cosine)
    for step in chain:
        assert sp.expand(sp.combsimp(step.doit().rewrite(sp.factorial))).equals(sp.expand(chain[-1]))
    [root] = sp.solve(chain[-1], cosine)
    assert sp.simplify(root - structure.simplex_cosine(K)) == 0
    assert sp.simplify(chain[-1].subs(cosine, -1 / K)) != 0


@pytest.mark.parametrize("size", [2, 3, 4, 6])
@pytest.mark.parametrize("vertices", [structure.simplex_vertices, structure.simplex_coordinates])
def test_simplex_has_the_gram_matrix_and_sums_to_zero(size, vertices):
    W = sp.Matrix(vertices(size))
    gram = sp.Matrix(size, size, lambda i, j: structure.gram_entry(i, j, size))
    assert sp.simplify(W * W.T - gram).is_zero_matrix
    assert sp.simplify(sp.ones(1, size) * W).is_zero_matrix
    assert gram[0, 1] == structure.simplex_cosine(size)
    assert not sp.simplify(W * W.T - sp.eye(size)).is_zero_matrix


def test_simplex_coordinates_span_the_smallest_space():
    assert sp.Matrix(structure.simplex_coordinates(5)).shape == (5, 4)
    assert sp.Matrix(structure.simplex_vertices(5)).rank() == 4


def test_named_structures_are_what_their_names_say():
    named = {name: sp.Matrix(rows) for name, rows in structure.named_structures().items()}
    assert all(W.shape == (3, 2) for W in named.values())
    assert named["sandwich"] == sp.Matrix([[0, 1], [-1, 0], [1, 0]])
    gram = named["optimal"] * named["optimal"].T
    assert gram == sp.Matrix(3, 3, lambda i, j: structure.gram_entry(i, j, 3))
    assert named["stack"].rank() == 1
    assert [named[name].rank() for name in ("optimal", "sandwich", "bunched", "unequal")] == [2] * 4
    bunched = named["bunched"] * named["bunched"].T
    assert [bunched[i, i] for i in range(3)] == [1, 1, 1]
    assert min(bunched) > 0
    assert [named["unequal"].row(i).norm() for i in range(3)] == [sp.Rational(1, 2), 1, sp.Rational(3, 2)]


def test_root_equation_is_the_derivative_of_the_loss_bound():
    loss = structure.loss_bound(c1, c2, lam, K)
    root = structure.loss_root_equation(c1, c2, lam, K)
    ratio = sp.simplify(sp.diff(loss, c1) * (sp.exp(structure.aligned_gap(c1, c2, K)) + K - 1) / K)
    assert sp.simplify(ratio - root) == 0
    assert sp.simplify(ratio + root) != 0
    assert sp.simplify(sp.diff(loss, c1).subs(c1, 0) + c2) == 0


@pytest.mark.parametrize(
    ("size", "expected", "confidence"),
    [(2, 1.190, 0.9992), (3, 1.530, 0.9980), (10, 1.985, 0.9881), (100, 2.116, 0.8603)],
)
def test_minimum_of_the_loss_bound(size, expected, confidence):
    setting = {c2: 3, K: size, lam: sp.Rational(1, 1000)}
    with mpmath.workdps(40):
        root = mpmath.findroot(
            sp.lambdify(c1, structure.loss_root_equation(c1, c2, lam, K).subs(setting), "mpmath"), expected
        )
        loss = sp.lambdify(c1, structure.loss_bound(c1, c2, lam, K).subs(setting), "mpmath")
        gibbs = sp.lambdify(c1, structure.least_loss_gibbs(c1, c2, lam, K).subs(setting), "mpmath")
        assert abs(loss(root) - gibbs(root)) < mpmath.mpf(10) ** -35
        assert gibbs(root * 1.01) < gibbs(root) < loss(root * 1.01), "the Gibbs form is the minimum only at c1*"
        best = sp.lambdify(c1, structure.largest_least_confidence(c1, c2, K).subs(setting), "mpmath")(root)
    assert float(root) == pytest.approx(expected, abs=5.1e-4)
    assert float(best) == pytest.approx(confidence, abs=5.1e-5)


def test_minimisation_over_free_weights_and_means_reaches_the_bound():
    """L-BFGS from random starts, K = H = 3, c2 = 3, λ = 1/1000: an oracle that knows nothing of the simplex."""
    size, norm, penalty = 3, 3.0, 1e-3

    def loss(parameters):
        W, mu = parameters.reshape(2, size, size)
        mu = norm * mu / np.linalg.norm(mu, axis=1, keepdims=True)
        logits = mu @ W.T
        cross_entropy = scipy.special.logsumexp(logits, axis=1) - np.diagonal(logits)
        return cross_entropy.mean() + penalty * (W**2).sum()

    rng = np.random.default_rng(0)
    best = min(scipy.optimize.minimize(loss, rng.normal(size=18), options={"gtol": 1e-9}).fun for _ in range(3))
    expression = structure.loss_bound(c1, norm, penalty, size)
    bound = scipy.optimize.minimize_scalar(sp.lambdify(c1, expression), bounds=(0.1, 5), method="bounded").fun
    assert best == pytest.approx(bound, abs=1e-7)


def test_largest_margin_is_attained_by_the_simplex():
    W = sp.Matrix(structure.simplex_coordinates(4)) * c1
    logits = W * (W * c2 / c1).T
    gaps = {sp.simplify(logits[i, i] - logits[i, j]) for i in range(4) for j in range(4) if i != j}
    assert gaps == {sp.simplify(structure.aligned_gap(c1, c2, 4))}


def test_feature_penalty_gap_minimises_its_loss():
    """Balanced norms: the penalty at gap x is 2√(λ1 λ2) (K−1) x for an aligned simplex of K vectors."""
    for size, l1, l2 in [(3, 1e-3, 4e-3), (5, 1e-2, 1e-3), (4, 0.5, 0.5)]:

        def loss(x, size=size, l1=l1, l2=l2):
            return np.log1p((size - 1) * np.exp(-x)) + 2 * np.sqrt(l1 * l2) * (size - 1) * x

        found = scipy.optimize.minimize_scalar(loss, bounds=(0, 30), method="bounded", options={"xatol": 1e-9}).x
        assert float(structure.feature_penalty_gap(l1, l2, size)) == pytest.approx(found, abs=1e-5)
    assert structure.feature_penalty_gap(sp.Rational(1, 2), sp.Rational(1, 2), 4) == 0


def test_relu_optimum_has_the_stated_gap_loss_and_cosine():
    size = 4
    means = sp.eye(size) * c2
    centred = means - sp.ones(size, size) * c2 / size
    W = centred * c1 / centred.row(0).norm()
    logits = sp.simplify(means * W.T)
    assert sp.simplify(logits[0, 0] - logits[0, 1] - structure.relu_gap(c1, c2, size)) == 0
    assert sp.simplify(logits[0, 0] / (c1 * c2) - structure.relu_cosine(size)) == 0
    cross_entropy = sp.log(sum(sp.exp(logits[0, j] - logits[0, 0]) for j in range(size)))
    assert sp.simplify(cross_entropy + lam * size * c1**2 - structure.relu_loss_bound(c1, c2, lam, size)) == 0
    assert sp.simplify(structure.relu_gap(c1, c2, size) - structure.aligned_gap(c1, c2, size)) != 0


def test_welch_bound_is_met_by_the_simplex_and_never_beaten():
    assert structure.welch_bound(5, 4) == -structure.simplex_cosine(5)
    W = np.random.default_rng(1).normal(size=(200, 7, 3))
    W /= np.linalg.norm(W, axis=2, keepdims=True)
    cosines = np.abs(W @ W.transpose(0, 2, 1)) - np.eye(7)
    assert cosines.max(axis=(1, 2)).min() >= float(structure.welch_bound(7, 3))


def test_equation_38_against_monte_carlo():
    """K = 2 with full covariance is MacKay's approximation, right to about .02; the printed sign is not near."""
    rng = np.random.default_rng(2)
    weight, mean, covariance = [[1, 0], [-1, 1]], [0.4, 0.2], [[1, 0.3], [0.3, 2]]
    z = rng.multivariate_normal(mean, covariance, 200_000)
    samples = scipy.special.softmax(z @ np.array(weight).T, axis=1)[:, 0]
    standard_error = samples.std() / np.sqrt(len(samples))
    assert standard_error < 1e-3
    full = float(structure.mean_softmax_full(weight, mean, covariance, 0))
    printed = float(structure.mean_softmax_printed(weight, mean, covariance, 0))
    assert abs(full - samples.mean()) < 0.02
    assert abs(printed - samples.mean()) > 0.1
    assert float(structure.mean_softmax(weight, mean, covariance, 0)) == pytest.approx(1 - printed, rel=1e-12)


def test_equation_38_without_variance_is_the_softmax():
    weight, z, zero = [[1, 0], [-1, 1], [2, 1]], sp.symbols("x y"), [[0, 0], [0, 0]]
    l = [sum(a * b for a, b in zip(w, z, strict=True)) for w in weight]
    exact = sp.exp(l[2]) / sum(sp.exp(x) for x in l)
    assert sp.simplify(structure.mean_softmax(weight, z, zero, 2) - exact) == 0
    assert sp.simplify(structure.mean_softmax_full(weight, z, zero, 2) - exact) == 0
    assert sp.simplify(structure.mean_softmax_printed(weight, z, zero, 2) - exact) != 0


def test_mean_softmax_of_two_classes_by_hand():
    """w = ±1, μ = 1, Σ = 1: l_1 − l_2 = 2, with variance 1 + 1 in eq 38, and (1 − (−1))² = 4 in full."""
    arguments = ([[1], [-1]], [1], [[1]], 0)
    assert structure.mean_softmax(*arguments) == 1 / (1 + sp.exp(-2 / sp.sqrt(1 + sp.pi / 4)))
    assert structure.mean_softmax_printed(*arguments) == 1 / (1 + sp.exp(2 / sp.sqrt(1 + sp.pi / 4)))
    assert structure.mean_softmax_full(*arguments) == 1 / (1 + sp.exp(-2 / sp.sqrt(1 + sp.pi / 2)))
