import numpy as np

from softmax_geometry.density import DensityModel
from softmax_geometry.density_regions import DensityRegion
from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.density_sandwich import density_sandwich
from softmax_geometry.plots.style import REGION
from softmax_geometry.plots.view import View

HEAD = Head([[0.0, 1.0], [-0.9, -0.5], [0.9, -0.4]])
CLASSES = ClassGaussians(2.5 * HEAD.weight, [0.5 * np.eye(2)] * 3)
POINTS = np.random.default_rng(1).uniform(-4, 4, (3000, 2))


def agree(first, second):
    assert 0.01 < np.mean(second) < 0.99
    return np.mean(first != second) < 0.012


def test_the_outlines_of_a_density_region_enclose_it(shaded):
    model = DensityModel(CLASSES.priors, CLASSES.means, CLASSES.covariances)
    region = DensityRegion(model, -4.5)
    ax = density_sandwich({"mixture": (region, View(4.0))}).axes[0]
    assert agree(shaded(ax, REGION, POINTS), region.contains(POINTS))
    lines = [c for c in ax.collections if not len(c.get_facecolor())]
    exact, outer, inner = (np.concatenate([p.vertices for c in [line] for p in c.get_paths()]) for line in lines)
    np.testing.assert_allclose(model.log_density(exact), -4.5, atol=0.01)
    np.testing.assert_allclose((model.squared_distances(outer) - region.radii).min(axis=1), 0, atol=0.02)
    np.testing.assert_allclose(
        (model.squared_distances(inner) - region.radii).min(axis=1), 2 * np.log(model.K), atol=0.02
    )


def test_the_printed_ellipse_has_the_axes_exchanged():
    model = DensityModel([1.0], [[0.0, 0.0]], [np.diag([4.0, 1.0])])
    region = DensityRegion(model, float(model.log_density([[2.0, 0.0]])[0]))  # q = 1
    ax = density_sandwich({}, printed=(region, View(4.0))).axes[0]
    lines = [c for c in ax.collections if not len(c.get_facecolor())]
    exact, printed = (line.get_paths()[0].vertices for line in lines)
    np.testing.assert_allclose(np.abs(exact).max(axis=0), [2.0, 1.0], atol=0.01)
    np.testing.assert_allclose(np.abs(printed).max(axis=0), [0.5, 1.0], atol=0.01)
