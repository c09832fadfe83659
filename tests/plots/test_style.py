"""The bytes of a figure depend on its data alone."""

import pytest

from softmax_geometry.figures import catalogue
from softmax_geometry.plots.style import encoded


@pytest.mark.parametrize("name", ["linear-gap", "counterexample-3d"])
def test_a_format_does_not_depend_on_those_written_before(name):
    alone, after = catalogue()[name].draw(), catalogue()[name].draw()
    pages = [encoded(after, format) for format in ("png", "pdf", "svg")]
    assert encoded(alone, "svg") == pages[2]
    assert encoded(catalogue()[name].draw(), "pdf") == pages[1]


def test_text_stays_text():
    figure = catalogue()["figure-11"].draw()
    assert "confidence" in encoded(figure, "svg").decode()
