import numpy as np

from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.region_differences import FIRST, SECOND, Overlay, region_differences
from softmax_geometry.plots.style import REGION
from softmax_geometry.plots.view import View
from softmax_geometry.regions import valid_region

HEAD = Head([[0.0, 1.0], [-0.9, -0.5], [0.9, -0.4]])
CLASSES = ClassGaussians(2.5 * HEAD.weight, [0.5 * np.eye(2)] * 3)
SAMPLE = CLASSES.sample(3000, rng=0)
POINTS = np.random.default_rng(1).uniform(-4, 4, (3000, 2))


def agree(first, second):
    assert 0.01 < np.mean(second) < 0.99
    return np.mean(first != second) < 0.012


def test_differences_are_what_one_region_has_alone(shaded):
    pair = (valid_region(HEAD, SAMPLE, 0.1, "U_max"), valid_region(HEAD, SAMPLE, 0.3, "U_entropy"))
    wide = (pair[1], valid_region(HEAD, SAMPLE, 0.05, "margin"))
    figure = region_differences(
        [Overlay(("a", "b"), pair, (0.01, 0.2)), Overlay(("b", "c"), wide, (0.3, 0.0))], CLASSES, View(4.0)
    )
    for ax, (first, second) in zip(figure.axes, (pair, wide), strict=True):
        in_first, in_second = first.contains(POINTS), second.contains(POINTS)
        assert agree(shaded(ax, REGION, POINTS), in_first & in_second)
        assert np.mean(shaded(ax, FIRST, POINTS) != (in_first & ~in_second)) < 0.012
        assert np.mean(shaded(ax, SECOND, POINTS) != (in_second & ~in_first)) < 0.012
    assert [t.get_text() for t in figure.axes[0].get_legend().get_texts()][1] == "only a: training mass 1.0 %"
