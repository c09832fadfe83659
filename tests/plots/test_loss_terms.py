import pytest

from softmax_geometry.plots.loss_terms import Losses, loss_terms_figure


def test_terms_are_stacked():
    (ax,) = loss_terms_figure([Losses("a", (0.1, 0.2, 0.3), 0.4)]).axes
    assert [bar.get_x() for bar in ax.patches] == pytest.approx([0, 10, 30])
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([10, 20, 30])
    assert ax.lines[0].get_xdata()[0] == pytest.approx(40)
