"""Section 6, cause 3: 1 − AUROC(U_density) is only an upper bound on feature overlap, and can be far above it.

**Claim** (section 6). "Any inaccuracy remaining using U_density is attributed to cause 3 (feature overlap) – this
assumes the density estimator is a good approximation of the true density". So with q̂ = p_in the overlap would be 1 −
D, D = AUROC(−log p_in).

**Verdict.** Refuted: 1 − D exceeds what overlap costs, even for the true density, by up to all of it.

**What is true.** Overlap costs 1 − A*, A* the AUROC of the likelihood ratio p_out/p_in (theorem 7.1), and 1 − A* ≤ 1
− D.

(i) *No constant bounds the excess.* p_in with mass 1/n + δ on one atom and less on the n − 1 others, p_out the point
mass on that atom: D = (1/n + δ)/2, A* = 1 − D. As n grows, overlap tends to 0 and 1 − D to 1. With n = 10, δ =
1/1000: D = 101/2000, so almost 95 % is blamed on overlap, which costs 5.05 %.

(ii) *1 − D is not a property of the features.* A change of coordinates of z leaves every A* alone but changes D,
since densities pick up the Jacobian. Train uniform on [0, 1], OOD uniform on [0, ½]: stretching the left half to [0,
2/3] gives D = 3/4, shrinking it to [0, 1/3] gives D = 1/4, none gives D = 1/2; A* = 3/4 throughout.

(iii) *When the claim is exact.* If −log p_in orders (almost all) pairs as p_out/p_in does; in particular if p_out is
uniform on a set that carries p_in, in the same coordinates. That is what "−log q̂ as the best score" assumes of the
OOD data.

**Proof.** 1 − A* ≤ 1 − D since A* is the largest AUROC of any score. (i) −log p_in is lowest on the OOD atom: an OOD
point beats no training point and ties with mass 1/n + δ. The ratio p_out/p_in is positive on that atom only: it beats
the rest and ties with the same mass. (ii) In a stretched half the density is the mass ½ over the new length ℓ:
½/(2/3) = 3/4 on the left, 3/2 on the right. So −log p_in is higher on the left: OOD points beat the right half, ½,
and tie with the left, ½·½. Shrunk, they beat nothing. The ratio is 2 on the left and 0 on the right in any
coordinates. (iii) is the Neyman-Pearson lemma: p_out/p_in = const/p_in is an increasing function of −log p_in. ∎

**What the machine checks.** (i) for n = 10 by exact laws, and for symbolic n, δ (sympy); (ii) by exact laws; (iii) on
exact laws. Second route for (i) and (ii): the area under the ROC curve by its vertices instead of by pairs.

**Sources.** Pearce, Brintrup & Zhu (2021), section 6; Neyman & Pearson (1933); Bishop, Novelty detection (1994).
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import sympy as sp

from numerics import laws

ONE = Fraction(1)
TRAIN = laws.as_law({0: "101/1000", 1: "99/1000", **dict.fromkeys(range(2, 10), "1/10")})
OOD = laws.uniform(0)
HALVES_IN, HALVES_OUT = laws.uniform("left", "right"), laws.uniform("left")


def density_score(law_in, widths=None):
    """Minus the density of the training law on cells of the given widths: the order of −log p_in."""
    return lambda x: -law_in[x] / (widths[x] if widths else 1)


def auroc(law_in, law_out, score):
    return laws.auroc(laws.image(law_in, score), laws.image(law_out, score))


def area_under_roc(law_in, law_out, score):
    """The same by the trapezoids of the ROC curve (false positive rate, true positive rate)."""
    points = [(Fraction(0), Fraction(0))]
    for s in sorted({score(x) for x in {**law_in, **law_out}}, reverse=True):
        flagged = [laws.probability(law, lambda x, s=s: score(x) >= s) for law in (law_in, law_out)]
        points.append((flagged[0], flagged[1]))
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))


@pytest.mark.proves("Section 6, cause 3")
def test_95_percent_is_blamed_on_an_overlap_of_5_percent():
    D = auroc(TRAIN, OOD, density_score(TRAIN))
    assert Fraction(101, 2000) == D
    assert laws.best_auroc(TRAIN, OOD) == 1 - Fraction(101, 2000)


@pytest.mark.proves("Section 6, cause 3")
def test_no_constant_bounds_the_excess():
    """N and δ symbolic; the OOD atom has training mass p, more than every other."""
    n, delta = sp.symbols("n delta", positive=True)
    p = 1 / n + delta
    D = 0 * (1 - p) + p / 2  # beats nothing, ties with p
    best = 1 * (1 - p) + p / 2  # beats the rest, ties with p
    assert sp.simplify(D + best - 1) == 0
    at = {delta: 1 / n**2}
    assert sp.limit((1 - D).subs(at), n, sp.oo) == 1
    assert sp.limit((1 - best).subs(at), n, sp.oo) == 0
    assert D.subs({n: 10, delta: sp.Rational(1, 1000)}) == sp.Rational(101, 2000)


@pytest.mark.proves("Section 6, cause 3")
@pytest.mark.parametrize(("left", "expected"), [("2/3", "3/4"), ("1/2", "1/2"), ("1/3", "1/4")])
def test_it_changes_with_the_coordinates(left, expected):
    widths = {"left": Fraction(left), "right": 1 - Fraction(left)}
    assert auroc(HALVES_IN, HALVES_OUT, density_score(HALVES_IN, widths)) == Fraction(expected)
    assert laws.best_auroc(HALVES_IN, HALVES_OUT) == Fraction(3, 4)


@pytest.mark.proves("Section 6, cause 3")
def test_it_is_exact_for_uniform_ood_data():
    train = laws.as_law({0: "1/2", 1: "1/4", 2: "1/8", 3: "1/8"})
    uniform = laws.uniform(0, 1, 2, 3)
    assert auroc(train, uniform, density_score(train)) == laws.best_auroc(train, uniform)


@pytest.mark.second_route("Section 6, cause 3")
def test_areas_under_the_roc_curves():
    best = {0: 1}.get
    assert area_under_roc(TRAIN, OOD, density_score(TRAIN)) == Fraction(101, 2000)
    assert area_under_roc(TRAIN, OOD, lambda x: best(x, 0)) == 1 - Fraction(101, 2000)
    stretched = {"left": Fraction(2, 3), "right": Fraction(1, 3)}
    assert area_under_roc(HALVES_IN, HALVES_OUT, density_score(HALVES_IN, stretched)) == Fraction(3, 4)


@pytest.mark.second_route("Section 6, cause 3")
def test_the_remaining_inaccuracy_bounds_the_overlap_on_exact_laws():
    for a in range(1, 5):
        for b in range(5):
            train = laws.as_law({0: Fraction(a, 10), 1: Fraction(b, 10), 2: Fraction(10 - a - b, 10)})
            for out in ((1, 0, 0), (0, 1, 0), (1, 1, 2), (5, 1, 1)):
                total = sum(out)
                ood = laws.as_law({x: Fraction(k, total) for x, k in enumerate(out)})
                D = auroc(train, ood, lambda x, train=train: -train.get(x, 0))
                assert 1 - laws.best_auroc(train, ood) <= 1 - D


@pytest.mark.twin("Section 6, cause 3")
def test_twin_the_remaining_inaccuracy_is_the_overlap():
    D = auroc(TRAIN, OOD, density_score(TRAIN))
    assert ONE - laws.best_auroc(TRAIN, OOD) != ONE - D


@pytest.mark.twin("Section 6, cause 3")
def test_twin_it_is_a_lower_bound():
    D = auroc(TRAIN, OOD, density_score(TRAIN))
    assert not ONE - laws.best_auroc(TRAIN, OOD) >= ONE - D


@pytest.mark.twin("Section 6, cause 3")
def test_twin_exact_for_uniform_ood_data_in_other_coordinates():
    """Uniform in one coordinate system is not uniform in another: on cells of unequal width the claim fails again."""
    train = laws.as_law({0: "1/2", 1: "1/4", 2: "1/4"})
    widths = {0: Fraction(8, 10), 1: Fraction(1, 10), 2: Fraction(1, 10)}
    uniform_before = laws.uniform(0, 1, 2)
    assert auroc(train, uniform_before, density_score(train, widths)) < laws.best_auroc(train, uniform_before)
