import numpy as np
import pytest

from softmax_geometry.plots.growth import GrowthLine, growth_figure
from softmax_geometry.plots.style import svg

SIZES = [4, 8, 16, 32]
SQUARE = GrowthLine("H", SIZES, [5, 18, 80, 320], [n**2 for n in SIZES], 2.01, 0.03, 2.0)
FLAT = GrowthLine("K", SIZES, [3.0, 3.0, 3.3, 3.0], [1, 1, 1, 1], -0.06, 0.04, 0.0)


@pytest.fixture
def ax():
    (ax,) = growth_figure("Time of f", [SQUARE, FLAT]).axes
    return ax


def points(ax, label):
    (line,) = [line for line in ax.lines if str(line.get_label()).startswith(label)]
    return line.get_data()


def test_times_are_told_relative_to_the_shortest_at_their_sizes(ax):
    sizes, times = points(ax, "H")
    np.testing.assert_array_equal(sizes, SIZES)
    np.testing.assert_allclose(times, [1, 3.6, 16, 64])
    np.testing.assert_allclose(points(ax, "K")[1], [1, 1, 1.1, 1])


def test_the_law_has_its_slope_and_goes_through_the_last_point(ax):
    dashed = [line for line in ax.lines if line.get_linestyle() == "--" and len(line.get_xdata())]
    for line, law, last in zip(dashed, (SQUARE.law, FLAT.law), (64, 1), strict=True):
        np.testing.assert_allclose(line.get_ydata(), last * np.array(law) / law[-1])


def test_measured_points_and_law_of_a_size_share_a_colour_which_others_do_not_have(ax):
    colours = [line.get_color() for line in ax.lines[:4]]
    assert colours[0] == colours[1] != colours[2] == colours[3]


def test_both_axes_are_logarithmic(ax):
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_the_legend_states_both_exponents_and_the_error():
    (legend,) = growth_figure("Time of f", [SQUARE, FLAT]).legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "H: exponent 2.01 ± 0.03, theory 2.00",
        "K: exponent −0.06 ± 0.04, theory 0.00",
        "growth in theory",
    ]


def test_a_size_of_another_name_can_be_drawn():
    heads = GrowthLine("heads", SIZES, SIZES, SIZES, 1.0, 0.0, 1.0)
    assert "heads: exponent 1.00" in svg(growth_figure("Time of g", [heads]))


def test_lines_of_several_functions_are_told_apart_by_name_and_colour():
    lines = [GrowthLine("N", SIZES, [1, 2, 4, 8], SIZES, 1.0, 0.0, 1.0, of=name) for name in ("region", "diagnose")]
    (ax,) = growth_figure("Time", lines).axes
    named = [line for line in ax.lines if str(line.get_label()).startswith(("region, N: ", "diagnose, N: "))]
    assert len({line.get_color() for line in named}) == 2
    assert ax.get_xlabel() == "size: N"
