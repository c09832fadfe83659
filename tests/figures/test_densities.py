import numpy as np
import pytest

from softmax_geometry.figures.densities import ENTRIES


def test_the_area_under_the_curve_is_the_auroc():
    right = next(entry for entry in ENTRIES if entry.name == "auroc-average").draw().axes[1]
    for line in right.lines[:2]:
        level, share = line.get_data()
        stated = float(line.get_label().split("area ")[1].split(" =")[0])
        ends = np.interp([0, 1], level, share)
        ends[0], ends[1] = 0, 1
        area = np.trapezoid(np.r_[ends[0], share, ends[1]], np.r_[0, level, 1])
        assert area == pytest.approx(stated, abs=0.005)


def test_the_dots_lie_on_the_curve_of_the_regions_beside_them():
    left, right = next(entry for entry in ENTRIES if entry.name == "auroc-average").draw().axes
    curve, _, dots = right.lines
    np.testing.assert_allclose(np.interp(dots.get_xdata(), *curve.get_data()), dots.get_ydata(), atol=0.01)
    assert len([c for c in left.collections if len(c.get_facecolor())]) == 3
