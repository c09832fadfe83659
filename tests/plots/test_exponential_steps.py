import numpy as np
import pytest

from softmax_geometry.plots.exponential_steps import Steps, TrueRange, equation_82
from softmax_geometry.plots.style import OUT

SHARE = np.linspace(0, 1, 5)


def test_a_step_that_is_too_small_is_said_to_fail():
    range_ = TrueRange(SHARE - 0.5, SHARE, 0.2, np.outer(SHARE - 0.5, SHARE), np.outer(SHARE - 0.5, SHARE))
    first, second, _ = equation_82([Steps(0.2, 0.2, 0.1, 1.0, 2.0), Steps(-0.5, 0.2, 0.1, 2.0, 1.0)], range_).axes
    assert first.get_title(loc="left").endswith("holds")
    assert second.get_title(loc="left").endswith("fails")
    (dot,) = [line for line in second.lines if line.get_marker() == "o" and line.get_color() == OUT]
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == pytest.approx((-0.5, np.exp(-0.5)))
