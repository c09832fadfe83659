import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path
from sklearn.decomposition import PCA

from softmax_geometry.checks import InputError
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.plots import fit_plane, pca_plane, svg
from softmax_geometry.plots.style import REGION
from softmax_geometry.regions import valid_region


def problem(K, H, seed=0, n=200):
    rng = np.random.default_rng(seed)
    head = Head(rng.standard_normal((K, H)), rng.standard_normal(K))
    labels = np.arange(n) % K
    return (
        head,
        Features(rng.standard_normal((n, H)) + 3 * head.weight[labels], labels),
        Features(rng.standard_normal((n, H))),
    )


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.integers(2, 6), st.integers(2, 8), st.integers(0, 1000))
def test_logits_on_the_plane_are_those_of_the_full_head(K, H, seed):
    head, train, ood = problem(K, H, seed, n=30)
    plane = fit_plane(train.z, ood.z)
    u = np.random.default_rng(seed).standard_normal((20, 2))
    z = plane.origin + u @ plane.axes
    np.testing.assert_allclose(plane.restrict(head).logits(u), head.logits(z), atol=1e-9)
    np.testing.assert_allclose(plane.project(z), u, atol=1e-9)


def test_plane_of_equal_populations_is_that_of_scikit_learn():
    _, train, ood = problem(3, 6)
    pca = PCA(2).fit(np.concatenate([train.z, ood.z]))
    plane = fit_plane(train.z, ood.z)
    np.testing.assert_allclose(plane.explained, pca.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(np.abs(np.sum(plane.axes * pca.components_, axis=1)), 1, rtol=1e-9)


def test_populations_weigh_the_same_whatever_their_sizes():
    _, train, ood = problem(3, 6)
    many = np.tile(train.z, (7, 1))
    np.testing.assert_allclose(fit_plane(many, ood.z).explained, fit_plane(train.z, ood.z).explained, rtol=1e-9)


@pytest.mark.parametrize("estimator", ["U_max", "U_entropy", "margin"])
def test_shaded_region_is_the_valid_region(estimator):
    head, train, ood = problem(3, 2)  # H = 2: the plane is the whole feature space
    region = valid_region(head, train, 0.2, estimator)
    plane = fit_plane(train.z, ood.z)
    ax = pca_plane(region, plane, train, ood).axes[0]
    fills = [
        c for c in ax.collections if len(c.get_facecolor()) and np.allclose(c.get_facecolor()[0, :3], _rgb(REGION))
    ]
    assert len(fills) == 1
    (x_low, x_high), (y_low, y_high) = ax.get_xlim(), ax.get_ylim()
    u = np.random.default_rng(1).uniform([x_low, y_low], [x_high, y_high], size=(4000, 2))
    shaded = np.zeros(len(u), dtype=bool)
    for path in fills[0].get_paths():
        for polygon in path.to_polygons():
            shaded ^= Path(polygon).contains_points(u)
    inside = region.contains(plane.origin + u @ plane.axes)
    assert 0.05 < inside.mean() < 0.95
    assert np.mean(shaded != inside) < 0.01  # the outline is piecewise linear on the grid


def test_at_most_the_asked_number_of_points_is_shown():
    head, train, ood = problem(3, 4)
    ax = pca_plane(valid_region(head, train), fit_plane(train.z, ood.z), train, ood, points=10).axes[0]
    assert [len(np.asarray(line.get_xdata())) for line in ax.lines] == [10, 10, 10, 10]


def test_unlabelled_points_carry_the_predicted_class():
    head, train, _ = problem(3, 4)
    figure = pca_plane(valid_region(head, train), fit_plane(train.z), Features(train.z), names=["a", "b", "c"])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "test, predicted class a" in labels
    assert not any("OOD" in label for label in labels)


def test_many_classes_and_an_empty_region_are_drawn():
    head, train, ood = problem(12, 12)
    flat = Head(1e-6 * head.weight)
    assert svg(pca_plane(valid_region(flat, train), fit_plane(train.z, ood.z), train, ood)).startswith("<?xml")


def test_one_feature_has_no_plane():
    with pytest.raises(InputError, match="at least 2 features"):
        fit_plane([[1.0], [2.0]])


def _rgb(colour):
    return [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
