import numpy as np

from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels

X = np.array([1.0, 10.0, 100.0])


def panel(**kwargs):
    return CurvePanel([Curve(X, X**2, "square"), Curve(X, X, None, "#123456", "o")], "x (m)", "y (m²)", **kwargs)


def test_curves_are_drawn_as_given_and_only_named_ones_are_in_the_legend():
    (ax,) = curve_panels([panel(scale="log", title="powers")]).axes
    square, line = ax.lines
    np.testing.assert_array_equal(square.get_xydata(), np.stack([X, X**2], axis=1))
    assert (line.get_marker(), line.get_color()) == ("o", "#123456")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["square"]
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_title("left")) == ("log", "log", "powers")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (m)", "y (m²)")


def test_a_legend_can_be_left_out_and_an_area_filled():
    filled = CurvePanel([Curve(X, X, "x", filled=True)], "x", "y", legend="", limits=(0, 200))
    (ax,) = curve_panels([filled]).axes
    assert ax.get_legend() is None
    assert ax.get_ylim() == (0, 200)
    (area,) = ax.collections
    corners = area.get_paths()[0].vertices
    assert corners[:, 1].min() == 0
    assert corners[:, 1].max() == 100


def test_notes_stand_at_their_points():
    (ax,) = curve_panels([panel(notes=[(10.0, 100.0, "ten"), (1.0, 1.0, "one")])]).axes
    assert {text.get_text(): text.xy for text in ax.texts} == {"ten": (10.0, 100.0), "one": (1.0, 1.0)}
