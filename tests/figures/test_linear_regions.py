import numpy as np
import pytest

from softmax_geometry.estimators import U_max, margin
from softmax_geometry.figures.linear_regions import ENTRIES, confidence_region, gap_along_boundary
from softmax_geometry.head import Head
from softmax_geometry.plots.linear_geometry import boundary_ray
from softmax_geometry.structure import named_structure, simplex

BETA = np.linspace(0, 5, 11)


def points(head, alpha, i=0, j=1):
    z_0, d = boundary_ray(head, i, j)
    return z_0 + BETA[:, None] * d + alpha[:, None] * (head.weight[i] - head.weight[j])


@pytest.mark.parametrize("weight", [simplex(3), named_structure("unequal"), named_structure("stack")])
def test_the_border_found_has_the_confidence_of_the_threshold(weight):
    region = confidence_region(Head(weight), 0.8)
    alpha, gap = gap_along_boundary(region, 0, 1, BETA)
    z = points(region.head, alpha)
    np.testing.assert_allclose(-U_max(region.head.logits(z)), 0.8, rtol=1e-9)
    np.testing.assert_allclose(gap, margin(region.head.logits(z)) - np.log(4), atol=1e-9)
    assert gap.min() >= -1e-9
    assert gap.max() <= np.log(2) + 1e-9


def test_the_gap_of_collinear_weights_is_that_of_the_ledgers_counterexample():
    region = confidence_region(Head(named_structure("stack")), 4 / 7)
    _, gap = gap_along_boundary(region, 0, 1, BETA)
    np.testing.assert_allclose(gap, np.log(2) - np.log(4 / 3), rtol=1e-9)


def test_the_drawn_gap_stays_under_its_bound_and_closes():
    panel = next(entry for entry in ENTRIES if entry.name == "linear-gap").draw().axes[-1]
    lines = {line.get_label(): line for line in panel.lines}
    beta, gap = lines["optimal"].get_data()
    where, bound = lines["its bound"].get_data()
    drawn = np.interp(where, beta, gap)
    assert len(where) > 50
    assert (drawn <= bound).all()
    assert (bound <= 2 * drawn).all()
    assert gap[-1] < 1e-3 < np.ptp(gap)
    collinear = lines["collinear"].get_ydata()
    assert np.ptp(collinear) < 1e-9 < collinear[0]
