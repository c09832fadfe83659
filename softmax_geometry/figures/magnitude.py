"""Figures on magnitude: of features, of logits, of inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_max, U_max_log
from softmax_geometry.figures.entry import Entry
from softmax_geometry.head import Head
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.style import IN, OUT, REFERENCE, ordered_colours
from softmax_geometry.structure import named_structure


def _magnitude() -> Figure:
    """Confidence against ‖z‖ in fixed directions, with and without biases, and two logit vectors against a scale."""
    r, plain = np.linspace(0, 6, 241)[:, None], Head(named_structure("optimal"))
    angles = np.radians([90, 65, 45])
    by_norm = [
        Curve(
            r[:, 0],
            -U_max(plain.logits(r * np.array([np.cos(a), np.sin(a)]))),
            f"{90 - np.degrees(a):.0f}° off w₁",
            colour,
        )
        for a, colour in zip(angles, ordered_colours(3), strict=True)
    ]
    biased = Head([[1.0], [0.0]], [-1.0, 0.0])
    by_norm.append(Curve(r[:, 0], -U_max(biased.logits(r)), "with a bias", OUT, "--"))
    c = np.linspace(0.05, 2, 200)
    odds = [U_max_log(c[:, None] * np.array([logits])) for logits in ([2.0, 0.0, 0.0], [3.0, 2.0, -5.0])]
    turn = CurvePanel(
        [Curve(c, odds[1] - odds[0], None, IN), Curve(c[[0, -1]], [0, 0], None, REFERENCE, ":")],
        "scale c of the logits",
        "log of the ratio of 1 − max σ",
        "above 0: (2, 0, 0) is the more confident\nbelow 0: (3, 2, −5)",
    )
    norms = CurvePanel(by_norm, "‖z‖ (units of z)", "confidence max σ", "max σ along rays", limits=(0.3, 1.02))
    return curve_panels([norms, turn])


def relu_features(x: Array, layers: Sequence[tuple[Array, Array]]) -> Array:
    """ψ(x) of a network of ReLU layers (weight, bias) for inputs (n, d).

    Examples
    --------
    >>> relu_features(np.array([[1.0], [2.0]]), [(np.array([[1.0]]), np.array([-1.0]))])
    array([[0.],
           [1.]])
    """
    for weight, bias in layers:
        x = np.maximum(x @ weight.T + bias, 0)
    return x


def _magnified_inputs() -> Figure:
    """The counterexample logits (relu(α), relu(2α − 3)), and a random network with and without its biases."""
    alpha = np.linspace(0.5, 6, 221)
    slopes = np.array([[1.0], [2.0]])
    with_bias, without = (relu_features(alpha[:, None], [(slopes, np.array([0.0, b]))]) for b in (-3.0, 0.0))
    rng = np.random.default_rng(0)
    layers = [(rng.standard_normal((32, d)) / np.sqrt(d), rng.standard_normal(32)) for d in (8, 32, 32)]
    factors, x = np.geomspace(1, 1e4, 33), rng.standard_normal((1, 8))
    homogeneous = relu_features(x, [(weight, 0 * bias) for weight, bias in layers])
    scaled = relu_features(factors[:, None] * x, layers) / factors[:, None]
    distance = np.linalg.norm(scaled - homogeneous, axis=1) / np.linalg.norm(homogeneous)
    left = CurvePanel(
        [
            Curve(alpha, -U_max(without), "without biases", IN),
            Curve(alpha, -U_max(with_bias), "hidden bias −3", OUT, "--"),
        ],
        "magnification α of the input",
        "confidence max σ",
        "logits relu(α), relu(2α + bias)",
        limits=(0.45, 1.02),
    )
    right = CurvePanel(
        [Curve(factors, distance, "random network", IN, "o-"), Curve(factors, 1 / factors, "1/α", REFERENCE, ":")],
        "magnification α of the input",
        "distance to ψ without biases",
        "ψ(αx)/α, three ReLU layers",
        "log",
    )
    return curve_panels([left, right])


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "magnitude",
        "Magnitude and confidence",
        "Left: without biases the confidence of three optimal weights rises with ‖z‖ in every direction "
        "(proposition 4); one bias is enough to make it fall first (dashed: logits z − 1 and 0). Right: which of "
        "two logit vectors is the more confident depends on their common scale; the order turns at c = 0.685. So "
        "the scale of the logits can be ignored in the mental model (eq 93), but not in U_max itself.",
        _magnitude,
        (
            "Proposition 4",
            "Theorem 4.0",
            "Equation 6",
            "Theorem 6.3",
            "Proposition 6, eq 93: c can be ignored",
        ),
    ),
    Entry(
        "magnified-inputs",
        "Magnified inputs and ReLU",
        "The paper argues that ReLU networks turn magnified inputs into magnified features, and so into "
        "confidence. Left: that is so without hidden biases; with one, the confidence can fall first, and in "
        "places the answer changes. Right: for a random network with biases, ψ(αx)/α tends to the features of the "
        "same network without its biases, at a distance of order 1/α. So far out the argument holds, but for "
        "another network than the one that was trained.",
        _magnified_inputs,
        ("Section 5.2, magnified inputs",),
    ),
)
