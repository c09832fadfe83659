"""Lemma 1.2: theorem 1 also holds for U_entropy.

**Claim**
For two classes with w_1 = −w_2 the region of theorem 1 is also that of U_entropy, because "uncertainty always
decreases in the direction of −w_1" where class 1 is the larger.

**Verdict**
Proved; "decreases" should read "increases" (towards the boundary).

**What is true**
For any two weights, ∂U_entropy/∂z = −p_1 p_2 g (w_1−w_2): the entropy is a function of |g| and falls strictly with
it. The same holds for every strictly Schur-concave function of σ.

**Proof**
With K = 2, Cov_p(l, w) = p_1 p_2 (l_1−l_2)(w_1−w_2), and ∂U_entropy/∂z = −Cov_p(l, w) (eq 9). As a function of g it
has derivative −p_1 p_2 g, negative for g > 0, and it is even. So theorem 1*, which needs only that U falls strictly
with |g|, applies.

**What the machine checks**
The gradient identity with symbolic logits and weights; evenness; the sign along −w_1.

**Sources**
Pearce, Brintrup & Zhu (2021), lemma 1.2.
"""

import pytest
import sympy as sp

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from softmax_geometry.symbolic.gradients import U_entropy_gradient
from softmax_geometry.symbolic.softmax import U_entropy, softmax
from softmax_geometry.symbolic.vectors import difference, dot, squared_norm

l1, l2, g = sp.symbols("l1 l2 g", real=True)
w, v = ([sp.Symbol(f"{name}{h}", real=True) for h in (1, 2)] for name in "wv")


@pytest.mark.proves("Lemma 1.2")
def test_gradient_of_the_entropy_of_two_classes():
    p = softmax([l1, l2])
    for stated, across in zip(U_entropy_gradient([l1, l2], [w, v]), difference(w, v), strict=True):
        assert sp.simplify(stated + p[0] * p[1] * (l1 - l2) * across) == 0


@pytest.mark.proves("Lemma 1.2")
def test_towards_the_boundary_the_entropy_rises():
    opposite = [-x for x in w]
    p = softmax([g, -g])  # margin 2g
    slope = -dot(U_entropy_gradient([g, -g], [w, opposite]), w)  # along −w_1
    assert sp.simplify(slope - 4 * p[0] * p[1] * g * squared_norm(w)) == 0  # positive where g > 0


@pytest.mark.second_route("Lemma 1.2")
def test_the_entropy_is_an_even_function_that_falls_with_the_size_of_the_margin():
    entropy = U_entropy([g, 0])
    assert sp.simplify(sp.expand_log(entropy - entropy.subs(g, -g), force=True)) == 0
    x = sp.Symbol("x", real=True)
    fall = BallFunction(-sp.diff(U_entropy([x, 0]), x), x)
    assert prove_positive(fall, [("1/10", 3)]).proved


@pytest.mark.twin("Lemma 1.2")
def test_the_printed_direction_is_rejected():
    opposite = [-x for x in w]
    slope = -dot(U_entropy_gradient([g, -g], [w, opposite]), w)
    at_point = slope.subs({w[0]: 1, w[1]: 0, g: sp.log(2)})
    assert at_point == sp.Rational(16, 25) * sp.log(2) > 0  # the print says it decreases
    x = sp.Symbol("x", real=True)
    certificate = prove_positive(BallFunction(sp.diff(U_entropy([x, 0]), x), x), [("1/10", 3)])
    assert certificate.refuted
