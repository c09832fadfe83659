r"""Theorem 1.3: valid regions of equal level do not nest.

**Claim**
Section 3.1: a sample labelled OOD by U_max and U_entropy "will usually also be labelled OOD by U_density, but not
vice versa"; that is, R_max ⊂ R_density up to rare exceptions, and strictly.

**Verdict**
Refuted as a containment at equal ε; theorem 1.3 (ours) replaces it.

**What is true**
Theorem 1.3. Let two scores have continuous laws in-distribution. At every ε the training masses of R \\ R′ and R′ \\
R are equal. So R ⊂ R′ up to a training-null set only if R = R′ up to one. What an estimator gains on one part of
space it loses on another.

**Proof**
By theorem 1.0 both regions have training mass ε (a continuous law attains 1−ε). Hence P(R \\ R′) = ε − P(R ∩ R′) =
P(R′ \\ R). Example: p_in = (N(−2,1) + N(2,1))/2, ε = 1/20, a head whose margin is an increasing odd function of z,
q̂ = p_in. z = 0 is on the decision boundary, so it is in R_max. It is not in R_density: with b = 363/100, q̂(b) <
q̂(0), and q̂ falls on [b, ∞) since its logarithmic derivative −x + 2 tanh 2x is ≤ 2 − x < 0; so q̂ < q̂(0) wherever
|z| ≥ b, a set of mass > 1/20, and at most a share < 19/20 of the training law is less uncertain than z = 0.
Conversely z = 10 is in R_density and not in R_max.

**What the machine checks**
The set identity by z3 with all masses symbolic; the example in ball arithmetic on the expressions of q̂ and of the
mass.

**Sources**
Pearce, Brintrup & Zhu (2021), section 3.1 and fig 2.
"""

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.laws import image, probability, threshold, uniform
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.softmax import mixture_density
from softmax_geometry.symbolic.two_class import mass_outside

both, only_first, only_second, epsilon = z3.Reals("both only_first only_second epsilon")
PARTS = [both >= 0, only_first >= 0, only_second >= 0]
EQUAL_LEVELS = [both + only_first == epsilon, both + only_second == epsilon]

x = sp.Symbol("x", positive=True)
HALF = sp.Rational(1, 2)
CLUSTERS = ([[-2], [2]], [[[1]], [[1]]], [HALF, HALF])
EPSILON = sp.Rational(1, 20)


def ball_value(expression):
    return BallFunction(expression)()


@pytest.mark.proves("Theorem 1.3")
def test_regions_of_equal_level_differ_by_equal_masses():
    prove(only_first == only_second, PARTS + EQUAL_LEVELS)
    prove(z3.Implies(only_first == 0, only_second == 0), PARTS + EQUAL_LEVELS)


@pytest.mark.proves("Section 3.1, containment")
def test_zero_is_flagged_by_the_confidence_and_not_by_the_density():
    b = sp.Rational(363, 100)
    q = mixture_density([x], *CLUSTERS)
    slope = sp.diff(sp.log(q), x)
    assert sp.simplify((slope - (2 * sp.tanh(2 * x) - x)).rewrite(sp.exp)) == 0
    assert ball_value(q.subs(x, 0) - q.subs(x, b)) > 0
    assert ball_value(mass_outside(b, [-2, 2], [1, 1], [HALF, HALF]) - EPSILON) > 0
    assert mass_outside(0, [-2, 2], [1, 1], [HALF, HALF]).simplify() == 1 > 1 - EPSILON  # 0 is in R_max


@pytest.mark.second_route("Section 3.1, containment")
def test_the_far_tail_is_flagged_by_the_density_and_not_by_the_confidence():
    beyond_five = mass_outside(sp.Integer(5), [-2, 2], [1, 1], [HALF, HALF])
    assert ball_value(EPSILON - beyond_five) > 0
    q = BallFunction(mixture_density([x], *CLUSTERS), x)
    ten = ball_value(mixture_density([sp.Integer(10)], *CLUSTERS))
    assert prove_positive(lambda y: q(y) - ten, [(0, 5)]).proved  # so more than 95 % of the data are denser than z = 10
    assert (
        ball_value(mass_outside(sp.Integer(10), [-2, 2], [1, 1], [HALF, HALF]) - 1 + EPSILON) < 0
    )  # outside {|z| < a}


@pytest.mark.second_route("Theorem 1.3")
def test_a_discrete_law_without_ties_in_exact_fractions():
    points = uniform(*range(6))
    first, second = (lambda n: n), (lambda n: (5 * n + 2) % 6)
    for level in (Fraction(j, 6) for j in range(1, 6)):
        regions = [
            {n for n in points if score(n) > threshold(image(points, score), level)} for score in (first, second)
        ]
        masses = [probability(points, lambda n, a=a, b=b: n in a - b) for a, b in (regions, regions[::-1])]
        assert masses[0] == masses[1]


@pytest.mark.twin("Theorem 1.3", "Section 3.1, containment")
def test_at_unequal_levels_or_with_ties_regions_do_nest():
    with pytest.raises(RefutedError):
        prove(only_first == only_second, [*PARTS, both + only_first <= epsilon, both + only_second == epsilon])
    points = uniform(*range(4))
    constant = image(points, lambda _: 0)
    assert probability(constant, lambda v: v > threshold(constant, "1/2")) == 0  # empty, so contained in any region
    assert probability(points, lambda v: v > threshold(points, "1/2")) == Fraction(1, 4)


@pytest.mark.twin("Section 3.1, containment")
def test_closer_clusters_would_not_show_it():
    """With means ±1 instead of ±2 and the same steps, z = 0 is no longer shown to be outside R_density."""
    q = mixture_density([x], [[-1], [1]], [[[1]], [[1]]], [HALF, HALF])
    b = sp.Rational(363, 100)
    assert ball_value(q.subs(x, 0) - q.subs(x, b)) > 0
    assert ball_value(mass_outside(b, [-1, 1], [1, 1], [HALF, HALF]) - EPSILON) < 0
