import numpy as np
import pytest
from matplotlib.colors import to_hex

from softmax_geometry.plots.activations import activation_image
from softmax_geometry.plots.style import OUT


@pytest.fixture
def figure():
    rng = np.random.default_rng(0)
    groups = {"test, a": rng.random((30, 6)), "OOD, taken for\na (9 %)": np.full((10, 6), 5.0), "OOD": np.zeros((8, 6))}
    groups["test, a"][0, 0] = 1e6
    return activation_image(groups)


def test_rows_are_the_groups_below_each_other(figure):
    ax = figure.axes[0]
    shown = ax.images[0].get_array()
    assert shown.shape == (48, 6)
    assert (shown[30:40] == 5).all()
    assert (shown[40:] == 0).all()
    assert [line.get_ydata()[0] for line in ax.lines] == [29.5, 39.5]
    np.testing.assert_allclose(ax.get_yticks(), [14.5, 34.5, 43.5])


def test_ood_groups_have_the_colour_of_ood(figure):
    colours = {label.get_text(): to_hex(label.get_color()) for label in figure.axes[0].get_yticklabels()}
    assert [colours[name] == OUT.lower() for name in ("test, a", "OOD, taken for\na (9 %)", "OOD")] == [0, 1, 1]


def test_shades_are_not_spoilt_by_one_large_activation(figure):
    assert figure.axes[0].images[0].get_clim() == (0, 5)


def test_features_that_are_all_zero_are_drawn():
    assert activation_image({"OOD": np.zeros((5, 3))}).axes[0].images[0].get_clim() == (0, 1)
