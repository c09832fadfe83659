import numpy as np

from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.regions_in_plane import RegionPanel, region_panels
from softmax_geometry.plots.style import OUT, REGION
from softmax_geometry.plots.view import View
from softmax_geometry.regions import valid_region

HEAD = Head([[1.0, 0.3], [-0.8, 0.5], [0.1, -1.2]])
CLASSES = ClassGaussians(3 * HEAD.weight, [0.5 * np.eye(2)] * 3)
REGIONS = {name: valid_region(HEAD, CLASSES.sample(2000, rng=0), 0.1, name) for name in ("U_max", "U_entropy")}
PROBES = np.random.default_rng(0).uniform(-4, 4, (12, 2))


def figure(**kwargs):
    return region_panels([[RegionPanel(name, HEAD, region, View(4.0), **kwargs) for name, region in REGIONS.items()]])


def test_each_panel_shades_its_own_region(shaded):
    points = np.random.default_rng(1).uniform(-4, 4, (3000, 2))
    for ax, region in zip(figure().axes, REGIONS.values(), strict=True):
        assert np.mean(shaded(ax, REGION, points) != region.contains(points)) < 0.01


def test_probes_are_filled_where_they_are_caught():
    for ax, region in zip(figure(probes=PROBES).axes, REGIONS.values(), strict=True):
        stars = [line for line in ax.lines if line.get_marker() == "*"]
        assert [star.get_markerfacecolor() == OUT for star in stars] == region.contains(PROBES).tolist()


def test_the_legend_names_only_what_is_drawn():
    def labels(drawn):
        return {text.get_text() for text in drawn.legends[0].get_texts()}

    bare = labels(figure())
    assert bare == {"valid OOD region", "decision boundary"}
    full = figure(gaussians=CLASSES, probes=PROBES, radius=1.0, inner=REGIONS["U_max"].linear)
    assert len(labels(full)) == 7


def test_weights_are_arrows_from_the_origin():
    for ax in figure(weights=True).axes:
        tips = [annotation.xy for annotation in ax.texts]
        np.testing.assert_allclose(tips, HEAD.weight)


def test_classes_that_are_points_are_not_called_ellipses():
    drawn = figure(means=CLASSES.means)
    names = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert "class, a point" in names
    assert not any("ellipse" in name for name in names)
    for ax in drawn.axes:
        marks = [line.get_xydata()[0] for line in ax.lines if len(line.get_xydata()) == 1]
        np.testing.assert_allclose(marks, CLASSES.means)
