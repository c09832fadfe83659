"""Entries on where the valid OOD regions lie (figure 2 of the paper)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.density import DensityModel
from softmax_geometry.density_regions import density_region
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.planes import in_plane, needed
from softmax_geometry.gaussian_regions import gaussian_threshold
from softmax_geometry.head import Head
from softmax_geometry.plots.region_differences import Overlay, region_differences
from softmax_geometry.plots.regions_in_plane import RegionPanel, region_panels
from softmax_geometry.plots.view import Region, View
from softmax_geometry.regions import ValidRegion, valid_region
from softmax_geometry.structure import simplex
from softmax_geometry.thresholds import Estimator

EPSILON = 0.05
SOFTMAX: tuple[Estimator, Estimator] = ("U_max", "U_entropy")


def aligned_classes(weight: Array, distance: float = 2.5, variance: float = 0.45) -> ClassGaussians:
    """Round class Gaussians of one size, centred along the weights at one distance from the origin."""
    K, H = weight.shape
    directions = weight / np.linalg.norm(weight, axis=1, keepdims=True)
    return ClassGaussians(distance * directions, [variance * np.eye(H)] * K)


def density_of(gaussians: ClassGaussians) -> DensityModel:
    """The mixture of the class Gaussians."""
    return DensityModel(gaussians.priors, gaussians.means, gaussians.covariances)


def _analytic(head: Head, gaussians: ClassGaussians) -> dict[str, Region]:
    """The region of each estimator under class Gaussians; that of the density from a sample of 40,000."""
    regions: dict[str, Region] = {
        name: ValidRegion(head, gaussian_threshold(head, gaussians, EPSILON, name, n=8192)) for name in SOFTMAX
    }
    regions["U_density"] = density_region(density_of(gaussians), gaussians.sample(40_000, rng=0), EPSILON)
    return regions


def _figure_2() -> Figure:
    rows = []
    for K in (2, 3):
        head = Head(simplex(K, 2))
        gaussians = aligned_classes(head.weight)
        near, behind = np.array([0.3, -4.0]) if K == 2 else -3.6 * head.weight[2], 5 * head.weight[0]
        rows.append(
            [
                RegionPanel(f"{name}, K = {K}", head, region, View(5.5), gaussians, probes=np.array([near, behind]))
                for name, region in _analytic(head, gaussians).items()
            ]
        )
    return region_panels(rows)


def own_regions(head: Head, train: Features | None, epsilon: float) -> dict[str, Region]:
    """The regions of the three estimators on the plane, at empirical thresholds of the features.

    Those of the softmax have the thresholds of the full features; the density is one Gaussian for each class of the
    features as they are on the plane.
    """
    plane = in_plane(head, train)
    regions: dict[str, Region] = {
        name: ValidRegion(plane.head, valid_region(head, needed(train), epsilon, name).threshold) for name in SOFTMAX
    }
    regions["U_density"] = density_region(density_of(plane.gaussians), plane.features, epsilon)
    return regions


def _own_figure_2(head: Head, train: Features | None, epsilon: float) -> Figure:
    plane = in_plane(head, train)
    regions = own_regions(head, train, epsilon)
    return region_panels([[RegionPanel(n, plane.head, r, plane.view, plane.gaussians) for n, r in regions.items()]])


def _overlays(regions: dict[str, Region], z: Array) -> list[Overlay]:
    """U_max beside each of the other two, with the share of z that only one of them holds."""
    shown = []
    for name in ("U_entropy", "U_density"):
        pair = (regions["U_max"], regions[name])
        first, second = (region.contains(z) for region in pair)
        shown.append(Overlay(("U_max", name), pair, (float((first & ~second).mean()), float((second & ~first).mean()))))
    return shown


def _nesting() -> Figure:
    head = Head(simplex(3))
    gaussians = aligned_classes(head.weight)
    sample = gaussians.sample(200_000, rng=1)
    regions: dict[str, Region] = {name: valid_region(head, sample, EPSILON, name) for name in SOFTMAX}
    regions["U_density"] = density_region(density_of(gaussians), sample, EPSILON)
    return region_differences(_overlays(regions, sample.z), gaussians, View(5.5))


def _own_nesting(head: Head, train: Features | None, epsilon: float) -> Figure:
    plane = in_plane(head, train)
    if head.H != 2:
        train = Features(plane.features.z, plane.features.labels)
        head = plane.head
    return region_differences(
        _overlays(own_regions(head, train, epsilon), needed(train).z), plane.gaussians, plane.view
    )


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "figure-2",
        "Where OOD data must lie to be caught",
        "The valid OOD region (yellow) of each estimator at ε = 5 %: points more uncertain than 95 % of the "
        "training data. Circles hold 95 % of each Gaussian class. The softmax catches what lies nearer to a "
        "decision boundary than the data do, so it misses a point far behind a cluster (hollow star); the density "
        "catches whatever lies outside the clusters. For two classes U_max and U_entropy have the same region, a "
        "slab, as theorem 1 says once its α is a quantile. The paper adds that what the softmax flags the density "
        "will flag too: not quite, see nesting.",
        _figure_2,
        (
            "Theorem 1",
            "Theorem 1*",
            "Definition 1",
            "Equations 1-4",
            "Proposition 2",
            "Proposition 2, eq 24",
            "Proposition 3",
        ),
        _own_figure_2,
    ),
    Entry(
        "nesting",
        "At equal level no region contains another",
        "The regions of two estimators laid over each other, both at ε = 5 %. Each holds 5 % of the training data, "
        "so what one has alone (blue, grey) has exactly the training mass of what the other has alone. In area "
        "U_density flags far more, but not everything that U_max flags: the tips of the clusters that face a "
        "boundary (blue) are dense, yet uncertain. The paper's containment is false.",
        _nesting,
        (
            "Section 3.1, containment",
            "Theorem 1.3",
        ),
        _own_nesting,
    ),
)
