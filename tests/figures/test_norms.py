import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle
from scipy.special import softmax
from scipy.stats import multivariate_normal

from softmax_geometry.checks import InputError
from softmax_geometry.example import load_example
from softmax_geometry.features import Features
from softmax_geometry.figures.norms import ENTRIES
from softmax_geometry.head import Head
from softmax_geometry.plots.style import OUT, REGION
from softmax_geometry.structure import named_structure, simplex

MINE = {entry.name: entry for entry in ENTRIES}


def test_far_out_the_softmax_is_certain_and_the_density_is_not():
    left, right = MINE["far-field"].draw().axes
    *softmax_rays, softmax_level = left.lines
    *density_rays, density_level = right.lines
    flagged = [line.get_ydata()[-1] > softmax_level.get_ydata()[0] for line in softmax_rays]
    assert flagged == [False, False, True]  # only along the boundary
    assert all(line.get_ydata()[-1] > density_level.get_ydata()[0] for line in density_rays)
    along_w_1 = density_rays[0]
    means = 4 * simplex(3)
    for r, shown in zip(*(values[::80] for values in along_w_1.get_data()), strict=True):
        q = np.mean([multivariate_normal(mean).pdf(r * simplex(3)[0]) for mean in means])
        assert shown == pytest.approx(-np.log(q))


def disc_and_region(ax):
    (disc,) = [patch for patch in ax.patches if isinstance(patch, Circle)]
    (fill,) = [c for c in ax.collections if len(c.get_facecolor()) and to_hex(c.get_facecolor()[0]) == REGION.lower()]
    assert to_hex(disc.get_edgecolor()) == OUT.lower()
    return disc.radius, fill.get_paths()


@pytest.mark.parametrize("k", [0, 1])
def test_the_disc_lies_in_the_region_and_touches_its_border_for_the_optimal_structure(k):
    radius, paths = disc_and_region(MINE["norm-certificate"].draw().axes[k])
    angle = np.linspace(0, 2 * np.pi, 721)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert any(path.contains_points(0.99 * radius * circle).all() for path in paths)
    touches = not any(path.contains_points(1.02 * radius * circle).all() for path in paths)
    assert touches == (k == 0)


@pytest.mark.parametrize("k", [0, 1])
def test_the_shaded_region_is_where_the_softmax_is_below_t(k):
    _, paths = disc_and_region(MINE["norm-certificate"].draw().axes[k])
    weight = named_structure(("optimal", "bunched")[k])
    for z in np.random.default_rng(0).uniform(-4, 4, (200, 2)):
        confidence = softmax(weight @ z).max()
        if abs(confidence - 0.9) > 5e-3:
            assert any(path.contains_point(z) for path in paths) == (confidence < 0.9)


def test_a_head_of_ones_own_is_drawn_in_its_plane_or_refused():
    draw = MINE["norm-certificate"].own
    example = load_example()
    radius, _ = disc_and_region(draw(example.head, example.train, 0.05).axes[0])
    assert radius > 0
    head = Head(3 * simplex(3))
    train = Features(np.repeat(head.weight, 20, axis=0), np.repeat([0, 1, 2], 20))
    (ax,) = draw(head, train, 0.05).axes
    np.testing.assert_allclose(
        np.unique(ax.lines[0].get_xydata().round(9), axis=0), np.unique(head.weight.round(9), axis=0)
    )
    with pytest.raises(InputError, match="train: expected training features"):
        draw(head, None, 0.05)


def test_sampled_shares_are_below_the_bounds():
    (ax,) = MINE["rare-confidence"].draw().axes
    sphere, on_sphere, gaussian, of_gaussian = ax.lines[:4]
    for bound, sampled in ((sphere, on_sphere), (gaussian, of_gaussian)):
        H, share = sampled.get_data()
        limit = np.interp(H, *bound.get_data())
        assert (share <= limit + 4 * np.sqrt(limit * (1 - limit) / 4000)).all()
    assert (np.diff(np.log(sphere.get_ydata())) < 0).all()
    assert np.ptp(gaussian.get_ydata()) == 0
