import numpy as np
import pytest

from softmax_geometry.estimators import margin
from softmax_geometry.head import Head
from softmax_geometry.plots.linear_geometry import boundary_ray, boundary_vectors, slab_geometry
from softmax_geometry.plots.style import OUT
from softmax_geometry.plots.view import View
from softmax_geometry.regions import LinearRegion

RNG = np.random.default_rng(0)
HEADS = [Head(RNG.standard_normal((K, 2)), bias * RNG.standard_normal(K)) for K in (2, 3, 5) for bias in (0, 1)]
ACUTE = Head([[1.5, 0.4], [-0.7, 1.0], [0.2, -1.1]], [0.1, 0.0, -0.2])


def arrows(ax, colour=None):
    """Start and end of each arrow, of one colour if given."""
    found = [a for a in ax.texts if getattr(a, "arrow_patch", None) is not None]
    if colour is not None:
        found = [a for a in found if a.arrowprops.get("color") == colour]
    return [(np.array(a.xyann, dtype=float), np.array(a.xy, dtype=float)) for a in found]


@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_the_ray_runs_along_the_boundary(head):
    for i in range(head.K):
        for j in range(i):
            z_0, d = boundary_ray(head, i, j)
            logits = head.logits(z_0 + np.linspace(0, 5, 9)[:, None] * d)
            np.testing.assert_allclose(logits[:, i], logits[:, j], atol=1e-9)
            assert np.linalg.norm(d) == pytest.approx(1)
            assert abs(z_0 @ d) < 1e-9  # the point closest to the origin
            others = np.delete(head.weight, [i, j], axis=0)
            if len(others):
                leads = (head.weight[i] - others) @ d
                assert leads.min() >= (-leads).min() - 1e-12


def test_offset_arrows_lead_from_the_boundary_to_the_edge_of_the_linear_region():
    L = 1.2
    ax = slab_geometry(LinearRegion(ACUTE, L), View(3.4)).axes[0]
    pairs = arrows(ax, OUT)
    assert len(pairs) == 3
    for start, end in pairs:
        assert margin(ACUTE.logits(start[None]))[0] == pytest.approx(0, abs=1e-9)
        assert margin(ACUTE.logits(end[None]))[0] == pytest.approx(L)


def test_width_arrows_are_as_long_as_their_labels_say():
    region = LinearRegion(ACUTE, 1.2)
    ax = slab_geometry(region, View(3.4)).axes[0]
    lengths = sorted(
        np.linalg.norm(end - start)
        for start, end in arrows(ax)
        if margin(ACUTE.logits(start[None]))[0] == pytest.approx(1.2)
    )
    np.testing.assert_allclose(lengths, np.sort(region.widths[np.triu_indices(3, 1)]))
    shown = sorted(float(t.get_text().split()[1]) for t in ax.texts if t.get_text().startswith("width"))
    np.testing.assert_allclose(shown, lengths, atol=0.005)


def test_an_empty_region_has_no_slabs():
    ax = slab_geometry(LinearRegion(ACUTE, -1.0), View(3.4)).axes[0]
    assert not any(text.get_text().startswith("width") for text in ax.texts)


def test_the_vectors_add_up():
    alpha, beta = 0.5, 2.1
    ax = boundary_vectors(ACUTE, View(3.0), alpha, beta).axes[0]
    z_0, d = boundary_ray(ACUTE, 0, 1)
    (start, z), *_ = arrows(ax, OUT)
    np.testing.assert_allclose(start, z_0)
    np.testing.assert_allclose(z, z_0 + beta * d + alpha * (ACUTE.weight[0] - ACUTE.weight[1]))
    logits = ACUTE.logits(z[None])[0]
    assert logits[0] - logits[1] == pytest.approx(alpha * np.sum((ACUTE.weight[0] - ACUTE.weight[1]) ** 2))
