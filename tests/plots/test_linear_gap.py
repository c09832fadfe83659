import numpy as np

from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.curves import Curve, CurvePanel
from softmax_geometry.plots.linear_gap import GAP, linear_gap
from softmax_geometry.plots.style import REGION
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


def test_the_linear_region_lies_on_the_exact_one(shaded):
    region = valid_region(HEAD, SAMPLE, 0.1)
    figure = linear_gap({"map": (region, View(4.0))}, CURVES)
    ax, curves = figure.axes
    assert agree(shaded(ax, GAP, POINTS), region.contains(POINTS))
    assert agree(shaded(ax, REGION, POINTS), region.linear.contains(POINTS))
    assert len(curves.lines) == 1
