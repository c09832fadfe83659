import numpy as np
import pytest
from matplotlib.colors import to_hex

from softmax_geometry.plots.style import OUT
from softmax_geometry.plots.toy import LOWEST, entropy_over_plane


@pytest.fixture
def figure():
    """An entropy that falls from 1 on the left to e^−60 on the right."""
    axis = np.linspace(-2, 2, 41)
    log_entropy = np.tile(-15 * (axis + 2), (41, 1))
    points = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.5]])
    return entropy_over_plane(log_entropy, np.array(-15.0), axis, points, np.array([0, 2, 2]))


def test_the_border_is_where_the_entropy_is_the_threshold(figure):
    borders = [c for c in figure.axes[0].collections if [to_hex(e) for e in c.get_edgecolor()] == [OUT.lower()]]
    (border,) = borders
    vertices = np.concatenate([path.vertices for path in border.get_paths()])
    np.testing.assert_allclose(vertices[:, 0], -1, atol=1e-9)
    assert np.ptp(vertices[:, 1]) == pytest.approx(4)


def test_points_are_drawn_by_class_with_a_legend(figure):
    first, second = figure.axes[0].lines
    np.testing.assert_array_equal(first.get_xydata(), [[0, 1]])
    np.testing.assert_array_equal(second.get_xydata(), [[1, 0], [1, 0.5]])
    assert first.get_marker() != second.get_marker()
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["border of the valid OOD region", "training points, class 0", "training points, class 2"]


def test_below_the_last_decade_all_looks_alike(figure):
    bar = figure.axes[1]
    assert bar.get_yticklabels()[0].get_text() == f"≤ $10^{{{LOWEST}}}$"
    assert "nats" in bar.get_ylabel()


def test_levels_are_edged_in_their_own_colour_so_that_no_seam_shows(figure):
    filled = max(figure.axes[0].collections, key=lambda c: len(c.get_facecolor()))
    np.testing.assert_array_equal(filled.get_edgecolor(), filled.get_facecolor())
    assert len(filled.get_facecolor()) > 20
