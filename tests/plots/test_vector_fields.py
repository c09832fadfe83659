import numpy as np
import pytest
from matplotlib.quiver import Quiver

from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.vector_fields import vector_fields
from softmax_geometry.plots.view import View

HEAD = Head([[1.0, 0.0], [-1.0, 0.0]])
CLASSES = ClassGaussians([[1.0, 0.0], [-1.0, 0.0]], [0.1 * np.eye(2)] * 2)
TICKS = np.linspace(-2, 2, 6)
POINTS = np.stack(np.meshgrid(TICKS, TICKS), axis=-1).reshape(-1, 2)


def arrows(printed=None):
    field = POINTS * np.geomspace(1e-6, 1e6, len(POINTS))[:, None]
    figure = vector_fields({"away": field}, POINTS, HEAD, CLASSES, View(2.5), printed)
    return figure, [artist for artist in figure.axes[0].collections if isinstance(artist, Quiver)]


def test_arrows_have_one_length_and_the_direction_of_the_field():
    _, (quiver,) = arrows()
    drawn = np.stack([quiver.U, quiver.V], axis=1)
    lengths = np.linalg.norm(drawn, axis=1)
    np.testing.assert_allclose(lengths, lengths[0])
    assert lengths[0] < TICKS[1] - TICKS[0]
    np.testing.assert_allclose(drawn / lengths[:, None], POINTS / np.linalg.norm(POINTS, axis=1)[:, None])


@pytest.mark.parametrize(("degrees", "drawn"), [(10, 0), (20, len(POINTS)), (180, len(POINTS))])
def test_printed_arrows_are_drawn_only_where_they_are_far_off(degrees, drawn):
    turn = np.radians(degrees)
    rotated = POINTS @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    figure, quivers = arrows({"away": rotated})
    assert drawn == quivers[1].N
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert any("printed" in label for label in labels) == bool(drawn)


def test_a_zero_vector_is_no_arrow_and_no_error():
    figure = vector_fields({"none": np.zeros_like(POINTS)}, POINTS, HEAD, CLASSES, View(2.5))
    (quiver,) = [artist for artist in figure.axes[0].collections if isinstance(artist, Quiver)]
    assert not quiver.U.any()
