import numpy as np
import pytest
from scipy.stats import norm

from softmax_geometry.example import load_example
from softmax_geometry.figures.widths import ENTRIES
from softmax_geometry.regions import valid_region


def test_pairs_lie_on_the_curve_of_their_level():
    left = ENTRIES[0].draw().axes[0]
    lines = {line.get_label(): line.get_data() for line in left.lines}
    distances, widths = lines["pairs of classes, ε = 0.05"]
    (curve,) = [data for name, data in lines.items() if name.startswith("ε = 0.05")]
    np.testing.assert_allclose(np.interp(distances, *curve), widths, rtol=1e-3)
    example = load_example()
    expected = valid_region(example.head, example.train, 0.05).widths[np.triu_indices(3, 1)]
    np.testing.assert_allclose(widths, expected)


def test_the_band_of_two_gaussians_holds_its_level():
    right = ENTRIES[0].draw().axes[1]
    for line in right.lines:
        std = float(line.get_label().split()[-1])
        epsilon, width = line.get_data()
        within = norm.cdf(width / 2, 1, std) - norm.cdf(-width / 2, 1, std)
        np.testing.assert_allclose(within, epsilon, rtol=1e-9)


@pytest.mark.parametrize("level", [0.02, 0.2])
def test_own_widths_use_the_level_asked_for(level):
    example = load_example()
    left = ENTRIES[0].own(example.head, example.train, level).axes[0]
    (points,) = [line for line in left.lines if line.get_marker() == "o"]
    expected = valid_region(example.head, example.train, level).widths[np.triu_indices(3, 1)]
    np.testing.assert_allclose(points.get_ydata(), expected)
