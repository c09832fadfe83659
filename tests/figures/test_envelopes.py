import numpy as np
import pytest
from scipy.special import softmax

from softmax_geometry.angles import envelope_points
from softmax_geometry.checks import InputError
from softmax_geometry.features import Features
from softmax_geometry.figures.envelopes import ENTRIES
from softmax_geometry.head import Head
from softmax_geometry.structure import simplex

MINE = {entry.name: entry for entry in ENTRIES}


def cosines_and_confidences(K, H, c, n=4000):
    rng = np.random.default_rng(0)
    weight = simplex(K, H)
    z = rng.standard_normal((n, H)) + 4 * rng.random((n, 1)) * weight[rng.integers(K, size=n)] * np.sqrt(H)
    cosines = z @ weight.T / np.linalg.norm(z, axis=1, keepdims=True)
    return cosines.max(axis=1), softmax(c * cosines, axis=1).max(axis=1)


def edges(band):
    """Lower and upper edge of a filled band as functions of the cosine."""
    vertices = band.get_paths()[0].vertices
    x = np.unique(vertices[:, 0])
    low, high = (np.array([f(vertices[vertices[:, 0] == v, 1]) for v in x]) for f in (np.min, np.max))
    return lambda m: (np.interp(m, x, low), np.interp(m, x, high))


@pytest.fixture(scope="module")
def axes():
    return MINE["envelope"].draw().axes


def test_random_features_lie_in_the_bands(axes):
    for band, H in zip(axes[0].collections, (10, 9), strict=True):
        cosine, confidence = cosines_and_confidences(10, H, 5.0)
        low, high = edges(band)(cosine)
        assert (confidence >= low - 1e-3).all()
        assert (confidence <= high + 1e-3).all()
        assert np.min(high - confidence) < 0.02


def test_the_mental_model_is_above_and_the_corrected_one_on_the_edge(axes):
    mental, corrected = axes[0].lines[:2]
    _, high = edges(axes[0].collections[0])(mental.get_xdata())
    assert (mental.get_ydata()[:-1] > high[:-1]).all()
    assert mental.get_ydata()[-1] == pytest.approx(high[-1])
    np.testing.assert_allclose(corrected.get_ydata(), high, atol=1e-9)
    np.testing.assert_allclose(mental.get_ydata(), 1 / (1 + 9 * np.exp(-5 * (1 / 9 + mental.get_xdata()))))


def test_the_safe_drop_goes_from_the_lower_edge_to_the_upper_one(axes):
    at, safe = axes[0].lines[2].get_xdata()
    level = axes[0].lines[2].get_ydata()[0]
    band = edges(axes[0].collections[0])
    assert band(at)[0] == pytest.approx(level, abs=1e-3)
    assert band(safe)[1] == pytest.approx(level, abs=1e-3)
    assert f"below {safe:.2f}" in axes[0].texts[0].get_text()


def test_features_of_a_head_are_drawn_at_their_norm_and_cosine():
    weight = simplex(4, 5, scale=2.0)
    z = np.array([3 * weight[1], weight[0] + weight[1], np.zeros(5)])
    right = MINE["envelope"].own(Head(weight + 0.3), Features(z), 0.05).axes[1]
    (points,) = right.lines
    mean = np.linalg.norm(weight[0] + weight[1])
    expected = [[2 * 6, 1.0], [2 * mean, (weight[0] + weight[1]) @ weight[0] / mean / 2]]
    np.testing.assert_allclose(points.get_xydata(), expected)


@pytest.mark.parametrize(("head", "train"), [(Head(simplex(3)), None), (Head(np.eye(5)[:, :3]), Features(np.eye(3)))])
def test_envelope_refuses_what_it_cannot_draw(head, train):
    with pytest.raises(InputError, match="expected"):
        MINE["envelope"].own(head, train, 0.05)


def test_a_function_is_a_line_of_random_features_and_a_band_is_not():
    for ax, (K, H) in zip(MINE["when-a-function"].draw().axes, ((2, 2), (3, 2), (3, 3), (4, 3)), strict=True):
        cosine, confidence = cosines_and_confidences(K, H, 4.0, n=1500)
        low, high = edges(ax.collections[0])(cosine)
        assert (confidence >= low - 2e-3).all()
        assert (confidence <= high + 2e-3).all()
        titled = ax.get_title(loc="left").splitlines()
        assert titled == [f"K = {K}, H = {H}", "a function" if (K, H) in ((2, 2), (3, 2)) else "a band"]
        assert (np.max(high - low) < 1e-6) == (titled[1] == "a function")


def test_a_drop_beyond_the_solid_line_never_raises_the_confidence():
    (ax,) = MINE["large-k"].draw().axes
    for solid, dashed, c in zip(ax.lines[0:8:2], ax.lines[1:8:2], (1.0, 2.0, 5.0, 10.0), strict=True):
        assert (dashed.get_ydata() <= solid.get_ydata()).all()
        K = int(solid.get_xdata()[4])
        cosine, confidence = cosines_and_confidences(K, K, c, n=800)
        drop = cosine[:, None] - cosine[None, :]
        falls = confidence[:, None] > confidence[None, :]
        assert falls[drop >= solid.get_ydata()[4]].all()


def test_a_drop_below_the_dashed_line_can_raise_the_confidence_and_one_above_it_cannot():
    """Between the least confident z at m and the most confident z' at m minus the drop, m on a grid of its own."""
    (ax,) = MINE["large-k"].draw().axes
    m = np.linspace(0.05, 1, 400)
    for dashed, c in zip(ax.lines[1:8:2], (1.0, 2.0, 5.0, 10.0), strict=True):
        K, best = (int(dashed.get_xdata()[8]), dashed.get_ydata()[8])
        for share, some in ((0.97, True), (1.03, False)):
            start = m[m > share * best]
            least = softmax(c * envelope_points(start, K, K)[0], axis=1).max(axis=1)
            most = softmax(c * envelope_points(start - share * best, K, K)[1], axis=1).max(axis=1)
            assert (most > least).any() == some
