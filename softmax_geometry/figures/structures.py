"""Entries on the structure of the weights: which is best, and for what (figure 3 of the paper)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from scipy.special import chdtr, ndtri
from scipy.stats import qmc

from softmax_geometry.checks import Array, InputError
from softmax_geometry.estimators import margin
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.figures.collapsed import collapsed_threshold, isotropic
from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.planes import in_plane
from softmax_geometry.figures.regions import EPSILON, aligned_classes
from softmax_geometry.gaussian_regions import gaussian_mass, gaussian_threshold
from softmax_geometry.head import Head
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.regions_in_plane import RegionPanel, region_panels
from softmax_geometry.plots.style import REFERENCE, ordered_colours
from softmax_geometry.plots.view import View
from softmax_geometry.regions import ValidRegion
from softmax_geometry.structure import named_structure, simplex

SQUARE = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])


def nearest_simplex(head: Head) -> Head:
    """The optimal structure closest to the centred weights (in the Frobenius norm), with its cells meeting at 0.

    Raises
    ------
    InputError
        If the head has fewer than K−1 features: then no optimal structure fits.

    Examples
    --------
    >>> W = simplex(3, scale=2.0, rng=0)
    >>> bool(np.allclose(nearest_simplex(Head(W + 1.0)).weight, W))
    True
    """
    if head.H < head.K - 1:
        raise InputError(f"head: expected at least {head.K - 1} features for an optimal structure, got {head.H}")
    left, values, right = np.linalg.svd(head.centred().weight, full_matrices=False)
    rank = head.K - 1
    return Head(values[:rank].mean() * left[:, :rank] @ right[:rank])


def _figure_3() -> Figure:
    ood, shown = isotropic(2, 2.5 / np.sqrt(2)), []
    for title, weight in (
        ("optimal structure", named_structure("optimal")),
        ("general structure", named_structure("sandwich")),
    ):
        head = Head(weight)
        gaussians = aligned_classes(head.weight, variance=0.2)
        region = ValidRegion(head, gaussian_threshold(head, gaussians, EPSILON, n=8192))
        share = gaussian_mass(head, ood, region.threshold, n=8192).value
        title = f"{title}\n{100 * share:.0f} % of OOD data in the region"
        shown.append(RegionPanel(title, head, region, View(4.5), gaussians, inner=region.linear, weights=True))
    return region_panels([shown], panel=3.3)


def _own_figure_3(head: Head, train: Features | None, epsilon: float) -> Figure:
    plane = in_plane(head, train)
    best = nearest_simplex(plane.head)
    centre = plane.gaussians.means.mean(axis=0)
    spread = float(np.sqrt(np.mean(np.sum((plane.gaussians.means - centre) ** 2, axis=1))))
    best = Head(best.weight, -best.weight @ centre)
    directions = best.weight / np.linalg.norm(best.weight, axis=1, keepdims=True)
    ideal = ClassGaussians(centre + spread * directions, plane.gaussians.covariances, plane.gaussians.priors)
    ood, shown = isotropic(2, spread / np.sqrt(2), centre), []
    for title, of, classes in (("optimal structure", best, ideal), ("this head", plane.head, plane.gaussians)):
        region = ValidRegion(of, gaussian_threshold(of, classes, epsilon, n=8192))
        share = gaussian_mass(of, ood, region.threshold, n=8192).value
        title = f"{title}\n{100 * share:.0f} % of round Gaussian OOD data"
        shown.append(RegionPanel(title, of, region, plane.view, classes, inner=region.linear))
    return region_panels([shown], panel=3.3)


def linear_mass(unit: Array, c: float, std: float, directions: Array) -> float:
    """Mass of N(0, std² I) in the linear region of the head c·unit, whose classes are points at the rows of `unit`.

    Along a direction u the margin is ‖z‖ M(u), so that the mass is the mean over uniform `directions` (N, H) of
    P(‖z‖ < L/M(u)), a χ² probability.
    """
    head = Head(c * unit)
    L = collapsed_threshold(head, unit).margin
    reach = L / margin(head.logits(directions))
    return float(chdtr(head.H, (reach / std) ** 2).mean())


def _simplex_or_square() -> Figure:
    products = np.linspace(1.2, 6, 40)
    points = ndtri(qmc.Sobol(3, rng=0).random(1 << 14))
    directions = points / np.linalg.norm(points, axis=1, keepdims=True)
    curves = []
    for std, colour in zip((0.3, 0.5, 1.0), ordered_colours(3), strict=True):
        square, best = (
            np.array([linear_mass(unit, c, std, directions) for c in products.tolist()])
            for unit in (SQUARE, simplex(4))
        )
        curves.append(Curve(products, 100 * (square - best), f"OOD N(0, {std:g}² I)", colour))
    curves.append(Curve(products, np.zeros_like(products), None, REFERENCE, ":"))
    panel = CurvePanel(
        curves,
        "size of the logits at the class means, c₁c₂",
        "OOD mass, square − simplex (points)",
        "linear region; K = 4 classes, each a point, ‖μᵢ‖ = 1",
        limits=(-2.5, 1.5),
        legend="upper right",
    )
    return curve_panels([panel])


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "figure-3",
        "The optimal structure beside a general one",
        "Three classes with weights (arrows) of equal norm and equal clusters along them; yellow: the valid OOD "
        "region of U_max at ε = 5 %, dashed: its linear approximation. With evenly spread weights, the optimal "
        "structure, clusters stay further from the boundaries, so the threshold is higher and the band wider: it "
        "holds 65 % of round Gaussian OOD data, against 51 %. Here the paper is right; that the optimal structure "
        "is always best is false (see simplex-or-square and collapsed-regions).",
        _figure_3,
        (
            "Corollary 5.1",
            "Definition 2",
            "Corollary 5.1 (ii)",
            "Corollary 5.1 (iv)",
        ),
        _own_figure_3,
    ),
    Entry(
        "simplex-or-square",
        "Four classes: a square can beat the simplex",
        "Corollary 5.1 says that the optimal structure has the largest linear region. For four classes, each "
        "collapsed to a point, the curves compare it with four weights in a square, ±e₁ and ±e₂: the difference of "
        "the OOD mass in their linear regions, for Gaussian OOD data of three widths. Above the dotted line the "
        "square holds more, so the corollary is false; for large logits the simplex wins.",
        _simplex_or_square,
        ("Corollary 5.1",),
    ),
)
