import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.path import Path

from softmax_geometry.density import DensityModel
from softmax_geometry.density_regions import DensityRegion
from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.view import View, class_ellipses, excess, outline, shade, view_of
from softmax_geometry.regions import LinearRegion, valid_region

HEAD = Head([[1.0, 0.3], [-0.8, 0.5], [0.1, -1.2]], [0.2, -0.1, 0.0])
CLASSES = ClassGaussians([[2.0, 0.0], [-2.0, 1.0], [0.0, -3.0]], [np.eye(2), [[1.0, 0.5], [0.5, 0.7]], 0.2 * np.eye(2)])


def regions():
    model = DensityModel(CLASSES.priors, CLASSES.means, CLASSES.covariances)
    sample = CLASSES.sample(500, rng=0)
    yield from (valid_region(HEAD, sample, 0.2, name) for name in ("U_max", "U_entropy", "margin"))
    yield LinearRegion(HEAD, 0.7)
    yield DensityRegion(model, -4.0)


@pytest.mark.parametrize("region", list(regions()), ids=lambda region: type(region).__name__)
def test_excess_is_positive_exactly_inside(region):
    z = np.random.default_rng(1).uniform(-5, 5, (2000, 2))
    inside = region.contains(z)
    assert 0.05 < inside.mean() < 0.95
    np.testing.assert_array_equal(excess(region, z) > 0, inside)


def test_each_ellipse_holds_95_percent_of_its_class():
    sample = CLASSES.sample(40_000, rng=2)
    for i, curve in enumerate(class_ellipses(CLASSES)):
        mine = sample.z[sample.labels == i]
        assert np.mean(Path(curve).contains_points(mine)) == pytest.approx(0.95, abs=0.01)


def test_a_view_of_classes_shows_every_ellipse():
    view = view_of(CLASSES)
    x, y = view.edges
    for curve in class_ellipses(CLASSES):
        assert x[0] < curve[:, 0].min() < curve[:, 0].max() < x[-1]
        assert y[0] < curve[:, 1].min() < curve[:, 1].max() < y[-1]


def test_what_is_shaded_is_where_values_are_positive():
    view = View(2.0, (1.0, -1.0))
    ax = Figure().subplots()
    shade(ax, view, 1.5 - np.linalg.norm(view.z - [1.0, -1.0], axis=1), "#123456")
    (polygon,) = ax.collections[0].get_paths()[0].to_polygons()
    np.testing.assert_allclose(np.linalg.norm(polygon - [1.0, -1.0], axis=1), 1.5, atol=0.01)


def test_nothing_is_drawn_where_there_is_nothing():
    view = View(1.0)
    ax = Figure().subplots()
    shade(ax, view, np.full(len(view.z), -1.0), "red")
    outline(ax, view, np.full(len(view.z), 1.0))
    assert not ax.collections
