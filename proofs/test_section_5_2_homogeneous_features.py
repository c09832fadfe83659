"""Section 5.2: ψ(αx) = αψ(x) needs hidden layers without biases; with them it holds for another network, far out.

**Claim** (section 5.2). "Due to ReLU being a homogenous function, magnified inputs produce magnified final-layer
features, αz ≈ ψ(αx), leading to increased softmax confidence."

**Verdict.** Corrected.

**What is true.** Let ψ be built of linear layers, ReLU (or max-pooling, average pooling), and let ψ_b be it with
hidden biases b.

(i) ψ_0(αx) = αψ_0(x) for α ≥ 0. (ii) ψ_b(αx) = αψ_{b/α}(x) for α > 0, and ‖ψ_b(αx) − αψ_0(x)‖ ≤ C with C free of α
and x. So ψ_b(αx)/α → ψ_0(x): magnified features are those of the network *without* its biases, which need not
resemble ψ_b(x). (iii) With biases neither claim holds: ψ(x) = relu(x − 1) has ψ(1) = 0, ψ(2) = 1, so no α fits. And
confidence can fall: features (relu(x), relu(2x − 3)) as logits give (1, 0) at x = 1 and (3, 3) at x = 3, confidence
σ(1) = .73 and 1/2.

**Proof.** relu(αa) = α relu(a) for α ≥ 0, max likewise, and linear maps are linear: induction over layers gives (i).
For (ii) a layer relu(W h + b) at αh is α relu(W h + b/α): induction again. relu and max are 1-Lipschitz, so a layer
with the bias moves its output by at most ‖b‖, and later layers stretch that by at most their Lipschitz constants: C =
Σ_l (Π_{k>l} ‖W_k‖) ‖b_l‖. ∎

**What the machine checks.** The identities of one layer and of two layers with symbolic weights, inputs, biases and α
(z3); the bias bound for two layers (z3); the counterexamples in exact arithmetic. Second route: sympy on each sign
pattern of a two-layer network. A human must read the induction.

**Sources.** Hein, Andriushchenko & Bitterwolf (2019); Pearce, Brintrup & Zhu (2021), section 5.2.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence
from numerics.solver import RefutedError, prove


def relu(x):
    return z3.If(x >= 0, x, 0)


def absolute(x):
    return z3.If(x >= 0, x, -x)


@pytest.mark.proves("Section 5.2, magnified inputs")
def test_layers_are_homogeneous():
    a, b, c, alpha = z3.Reals("a b c alpha")
    prove(relu(alpha * a) == alpha * relu(a), [alpha >= 0])
    prove(z3.If(alpha * a >= alpha * b, alpha * a, alpha * b) == alpha * z3.If(a >= b, a, b), [alpha >= 0])
    prove(alpha * relu(a + c) == relu(alpha * a + b), [alpha > 0, c * alpha == b])  # c = b/α


@pytest.mark.proves("Section 5.2, magnified inputs")
def test_a_bias_moves_the_output_by_a_bounded_amount():
    """One hidden unit each: relu(w relu(u + b) + d) against relu(w relu(u)), ‖w‖ ≤ ω."""
    u, b, d, w, omega = z3.Reals("u b d w omega")
    prove(absolute(relu(u + b) - relu(u)) <= absolute(b))
    hidden, plain = z3.Reals("h h0")
    prove(
        absolute(relu(w * hidden + d) - relu(w * plain)) <= omega * absolute(b) + absolute(d),
        [absolute(w) <= omega, absolute(hidden - plain) <= absolute(b)],
    )


@pytest.mark.proves("Section 5.2, magnified inputs")
def test_with_a_hidden_bias_features_are_not_magnified_and_confidence_can_fall():
    def psi(x):
        return max(Fraction(x) - 1, Fraction(0))

    assert (psi(1), psi(2)) == (0, 1)  # α ψ(1) = 0 for every α

    def logits(x):
        return [max(Fraction(x), Fraction(0)), max(2 * Fraction(x) - 3, Fraction(0))]

    assert logits(1) == [1, 0]
    assert logits(3) == [3, 3]
    assert compare_confidence(logits(3), logits(1)) == -1


@pytest.mark.second_route("Section 5.2, magnified inputs")
@pytest.mark.parametrize("pattern", list(product([0, 1], repeat=3)))
def test_two_layers_on_each_sign_pattern(pattern):
    """On a pattern of active units the network is affine: A x + e(b), with e linear in the biases."""
    alpha, x = sp.symbols("alpha x", positive=True)
    w, v, b = sp.symbols("w_1:3"), sp.symbols("v_1:3"), sp.symbols("b_1:4")

    def network(x, b):
        hidden = [p * (w_i * x + b_i) for p, w_i, b_i in zip(pattern[:2], w, b[:2], strict=True)]
        return pattern[2] * (sum(v_i * h for v_i, h in zip(v, hidden, strict=True)) + b[2])

    zero = [sp.Integer(0)] * 3
    assert sp.expand(network(alpha * x, zero) - alpha * network(x, zero)) == 0
    assert sp.expand(network(alpha * x, b) - alpha * network(x, [b_i / alpha for b_i in b])) == 0
    assert alpha not in sp.expand(network(alpha * x, b) - alpha * network(x, zero)).free_symbols


@pytest.mark.twin("Section 5.2, magnified inputs")
def test_twin_with_a_bias():
    a, b, alpha = z3.Reals("a b alpha")
    with pytest.raises(RefutedError) as refuted:
        prove(relu(alpha * a + b) == alpha * relu(a + b), [alpha >= 1])
    assert refuted.value.model["b"] != 0
    assert Fraction(refuted.value.model["alpha"]) > 1


@pytest.mark.twin("Section 5.2, magnified inputs")
def test_twin_for_a_negative_factor():
    a, alpha = z3.Reals("a alpha")
    with pytest.raises(RefutedError) as refuted:
        prove(relu(alpha * a) == alpha * relu(a))
    assert Fraction(refuted.value.model["alpha"]) < 0


@pytest.mark.twin("Section 5.2, magnified inputs")
def test_twin_the_error_of_a_bias_is_bounded_by_less():
    u, b = z3.Reals("u b")
    with pytest.raises(RefutedError):
        prove(absolute(relu(u + b) - relu(u)) <= absolute(b) / 2)
