"""Figures on the norm of the features: what it certifies, and what happens far out."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.certificates import mass_bound_gaussian, mass_bound_sphere
from softmax_geometry.checks import InputError
from softmax_geometry.density import DensityModel, U_density
from softmax_geometry.density_regions import density_region
from softmax_geometry.estimators import U_max, U_max_log
from softmax_geometry.features import Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.head import Head
from softmax_geometry.plots.certificate import Mass, certified_disc, confident_mass
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.plane import fit_plane
from softmax_geometry.plots.style import OUT, ordered_colours
from softmax_geometry.regions import valid_region
from softmax_geometry.structure import named_structure, simplex


def _far_field() -> Figure:
    head, mean = Head(simplex(3)), 4.0
    means = mean * head.weight
    density = DensityModel(np.full(3, 1 / 3), means, np.stack(3 * [np.eye(2)]))
    rng = np.random.default_rng(0)
    labels = np.arange(30_000) % 3
    train = Features(means[labels] + rng.standard_normal((30_000, 2)), labels)
    r = np.linspace(0, 16, 321)
    between = -head.weight[2]
    turned = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]]) @ between
    rays = [
        ("along w₁", head.weight[0]),
        ("29° from the boundary of 1 and 2", turned),
        ("along the boundary of 1 and 2", between),
    ]
    levels = (
        1 - valid_region(head, train, 0.05).threshold.confidence,
        -density_region(density, train, 0.05).log_density_threshold,
    )
    shown = []
    for score, level in (
        ((lambda z: np.exp(U_max_log(head.logits(z)))), levels[0]),
        ((lambda z: U_density(z, density)), levels[1]),
    ):
        curves = [
            Curve(r, score(r[:, None] * d), label, colour)
            for (label, d), colour in zip(rays, ordered_colours(3), strict=True)
        ]
        shown.append([*curves, Curve(r[[0, -1]], [level, level], "threshold at ε = 0.05", OUT, "--")])
    distance = "distance from the origin (units of z)"
    softmax = [Curve(c.x, c.y, None, c.colour, c.format) for c in shown[0]]
    return curve_panels(
        [
            CurvePanel(softmax, distance, "1 − max σ", "softmax: certain far out", "log y", limits=(1e-8, 2)),
            CurvePanel(
                shown[1],
                distance,
                "U_density (nats)",
                "density: uncertain far out",
                legend="upper left",
                limits=(0, 150),
            ),
        ]
    )


def _norm_certificate() -> Figure:
    L = float(np.log(0.9 / 0.1))
    return certified_disc(
        [
            ("optimal structure: tight", Head(named_structure("optimal"))),
            ("bunched weights: safe, not tight", Head(named_structure("bunched"))),
        ],
        L,
    )


def _own_norm_certificate(head: Head, train: Features | None, epsilon: float) -> Figure:
    """The disc on the plane of the first two principal components, about its own origin."""
    if train is None:
        raise InputError("train: expected training features, which set the threshold, got none")
    region = valid_region(head, train, epsilon)
    if head.H == 2:
        return certified_disc([("your head", head)], region.threshold.margin, train.z)
    plane = fit_plane(train.z)
    return certified_disc(
        [("your head, on its principal plane", plane.restrict(head))], region.threshold.margin, plane.project(train.z)
    )


def _confident_mass() -> Figure:
    K, t, r, draws = 10, 0.9, 8.0, 4000
    features = np.unique(np.geomspace(K, 200, 9).astype(int))
    sigma = r / np.sqrt(K)
    rng = np.random.default_rng(0)
    on_sphere, gaussian = [], []
    for H in features.tolist():
        head, z = Head(simplex(K, H)), rng.standard_normal((draws, H))
        confident = [
            np.mean(-U_max(head.logits(points)) >= t)
            for points in (r * z / np.linalg.norm(z, axis=1)[:, None], sigma * z)
        ]
        on_sphere.append((mass_bound_sphere(head, t, r), confident[0]))
        gaussian.append((mass_bound_gaussian(head, t, sigma), confident[1]))
    return confident_mass(
        features,
        [
            Mass("fixed norm ‖z‖ = 8", *np.array(on_sphere).T),
            Mass("fixed variance for each coordinate", *np.array(gaussian).T),
        ],
    )


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "far-field",
        "Far from all data",
        "Three rays out of the origin, for three optimal weights and a Gaussian around each class mean. Left: on "
        "every ray along which one class wins, 1 − max σ falls exponentially, and is soon below the threshold: "
        "nothing is flagged. Only on the boundary itself two classes stay tied. Right: the density flags every "
        "ray in the end. This is the extrapolation that the paper shows in its figure 1a.",
        _far_field,
        ("Theorem 7.6",),
    ),
    Entry(
        "norm-certificate",
        "A norm below which everything is flagged",
        "Yellow: where the confidence is below t = 0.9. The circle has the radius of theorem 7.4, computed from t "
        "and the centred weights (arrows) alone: every z inside it is flagged, whatever its direction. For the optimal "
        "structure no larger circle would do. For other weights it is safe, but may be smaller than what is true.",
        _norm_certificate,
        ("Theorem 7.4",),
        _own_norm_certificate,
    ),
    Entry(
        "rare-confidence",
        "How often are random features confident?",
        "Random features in front of ten optimal weights. Lines bound the probability of a confidence of 0.9 or "
        "more (theorem 7.5); dots are shares of 4,000 samples. At fixed norm ‖z‖ = 8 confidence becomes "
        "geometrically rare as features are added. At fixed variance of each coordinate the number of features "
        "plays no part.",
        _confident_mass,
        ("Theorem 7.5",),
    ),
)
