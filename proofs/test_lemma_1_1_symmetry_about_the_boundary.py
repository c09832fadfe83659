"""Lemma 1.1: the softmax of two classes is symmetric about its decision boundary.

**Claim**
Two classes, w_1 = −w_2, z_0 with σ(z_0)_1 = σ(z_0)_2: σ(z_0 + αw_1)_1 = σ(z_0 − αw_1)_2 for every α ∈ R.

**Verdict**
Proved.

**What is true**
For any two weights and biases and any direction u, σ(z_0 + u)_1 = σ(z_0 − u)_2.

**Proof**
σ_1 = s(g) and σ_2 = s(−g) with s(x) = 1/(1+e^{−x}) and g = (w_1−w_2)ᵀz + b_1 − b_2 affine. From g(z_0) = 0, g(z_0 +
u) = (w_1−w_2)ᵀu = −g(z_0 − u).

**What the machine checks**
The general statement with symbolic weights, bias, direction and boundary point in the plane; more features only add
terms to the same inner product.

**Sources**
Pearce, Brintrup & Zhu (2021), lemma 1.1.
"""

import pytest
import sympy as sp

from softmax_geometry.symbolic.softmax import affine_logits, softmax

w, v, u, z0 = ([sp.Symbol(f"{name}{h}", real=True) for h in (1, 2)] for name in "wvuz")
alpha = sp.Symbol("alpha", real=True)


def probabilities(weight, z, bias):
    return softmax(affine_logits(weight, z, bias))


def moved(z, direction, step):
    return [x + step * y for x, y in zip(z, direction, strict=True)]


def boundary_bias(weight):
    """The bias of class 2 that puts z_0 on the decision boundary."""
    first, second = affine_logits(weight, z0)
    return [0, first - second]


@pytest.mark.proves("Lemma 1.1")
def test_the_printed_lemma():
    weight = [w, [-x for x in w]]
    bias = boundary_bias(weight)
    forwards, backwards = (probabilities(weight, moved(z0, w, s * alpha), bias) for s in (1, -1))
    assert sp.simplify(forwards[0] - backwards[1]) == 0


@pytest.mark.second_route("Lemma 1.1")
def test_any_two_weights_any_bias_and_any_direction():
    bias = boundary_bias([w, v])
    forwards, backwards = (probabilities([w, v], moved(z0, u, s), bias) for s in (1, -1))
    assert sp.simplify(forwards[0] - backwards[1]) == 0


@pytest.mark.twin("Lemma 1.1")
def test_off_the_boundary_or_for_one_class_it_fails():
    weight, bias = [[1, 0], [-1, 0]], [0, 0]
    on, off, step = [0, 0], [sp.log(2), 0], sp.log(2)
    right, left = (probabilities(weight, moved(on, [1, 0], s * step), bias) for s in (1, -1))
    assert right[0] == left[1] == sp.Rational(4, 5)
    assert right[0] != left[0]
    right, left = (probabilities(weight, moved(off, [1, 0], s * step), bias) for s in (1, -1))
    assert (right[0], left[1]) == (sp.Rational(16, 17), sp.Rational(1, 2))


@pytest.mark.twin("Lemma 1.1")
def test_three_classes_are_not_symmetric_about_a_boundary():
    weight = [[1, 0], [-1, 0], [1, 1]]
    right, left = (probabilities(weight, [s * sp.log(2), 0], [0, 0, 0]) for s in (1, -1))
    assert (right[0], left[1]) == (sp.Rational(4, 9), sp.Rational(2, 3))
