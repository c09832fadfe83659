import numpy as np

from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.curves import Curve, CurvePanel
from softmax_geometry.plots.nested_levels import SHADES, nested_levels
from softmax_geometry.plots.view import View
from softmax_geometry.regions import valid_region

HEAD = Head([[0.0, 1.0], [-0.9, -0.5], [0.9, -0.4]])
CLASSES = ClassGaussians(2.5 * HEAD.weight, [0.5 * np.eye(2)] * 3)
SAMPLE = CLASSES.sample(3000, rng=0)
POINTS = np.random.default_rng(1).uniform(-4, 4, (3000, 2))
CURVES = CurvePanel([Curve([0, 1], [0, 1], "line")], "x", "y")


def agree(first, second):
    assert 0.01 < np.mean(second) < 0.99
    return np.mean(first != second) < 0.012


def test_nested_regions_are_drawn_from_the_widest_to_the_narrowest(shaded):
    regions = [valid_region(HEAD, SAMPLE, level) for level in (0.5, 0.2, 0.05)]
    ax = nested_levels(regions, CLASSES, POINTS[:20], View(4.0), CURVES).axes[0]
    for region, colour in zip(regions, SHADES, strict=True):
        assert agree(shaded(ax, colour, POINTS), region.contains(POINTS))
