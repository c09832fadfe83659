import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from scipy.special import softmax

from softmax_geometry.checks import InputError
from softmax_geometry.example import load_example
from softmax_geometry.features import Features
from softmax_geometry.figures.pairs import ENTRIES, _in_few_dimensions, most_inverted_pair
from softmax_geometry.head import Head
from softmax_geometry.structure import named_structure, simplex

MINE = {entry.name: entry for entry in ENTRIES}
WEIGHTS = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])


def path(space, colour):
    """The longest line of that colour in the left panel, as points (n, 3)."""
    lines = [np.stack(line.get_data_3d(), axis=1) for line in space.lines if line.get_color() == colour]
    return max(lines, key=len)


@pytest.fixture(scope="module")
def counterexample():
    return MINE["counterexample-3d"].draw().axes


def test_the_ends_are_the_integer_counterexample(counterexample):
    _, chart = counterexample
    rising = chart.lines[0]
    for z, end in (((1, 1, -2), 0), ((2, 1, 1), -1)):
        logits = WEIGHTS @ z
        shown = rising.get_xdata()[end], rising.get_ydata()[end]
        assert shown == pytest.approx((logits.max() / 6, softmax(logits).max()), abs=1e-12)
    texts = [text.get_text() for text in chart.texts if text.get_text()]
    assert texts == ["z\nmax cos 0.50\nmax σ 0.50", "z′\nmax cos 0.33\nmax σ 0.91"]
    assert rising.get_ydata()[0] < 0.5


def test_the_cosine_falls_on_both_paths_and_the_confidence_on_the_lifted_one_only(counterexample):
    rising, lifted = (line for line in counterexample[1].lines if line.get_label()[0] != "_")
    assert (np.diff(rising.get_xdata()) < 0).all()
    assert (np.diff(lifted.get_xdata()) < 0).all()
    assert (np.diff(lifted.get_ydata()) < 0).all()
    assert rising.get_ydata()[-1] > rising.get_ydata()[0]
    assert lifted.get_ydata()[-1] == pytest.approx(1 / 3)


def test_what_is_drawn_in_space_has_these_cosines_and_confidences(counterexample):
    """Arrows at 120° in the horizontal plane, unit vectors z on the path: max w·z and the softmax at scale 6."""
    space, chart = counterexample
    weight = simplex(3, 3)
    for line in (line for line in chart.lines if line.get_label()[0] != "_"):
        z = path(space, line.get_color())
        np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1)
        np.testing.assert_allclose((z @ weight.T).max(axis=1), line.get_xdata(), atol=1e-12)
        np.testing.assert_allclose(softmax(6 * z @ weight.T, axis=1).max(axis=1), line.get_ydata(), atol=1e-12)
    labels = {text.get_text(): text.get_position_3d() for text in space.texts}
    np.testing.assert_allclose([labels[f"$w_{{{i}}}$"] for i in (1, 2, 3)], 1.16 * weight, atol=1e-12)


def test_both_paths_stay_in_the_band(counterexample):
    chart = counterexample[1]
    (band,) = [c for c in chart.collections if isinstance(c, PolyCollection)]
    vertices = band.get_paths()[0].vertices
    x = np.unique(vertices[:, 0])
    low, high = (np.array([f(vertices[vertices[:, 0] == v, 1]) for v in x]) for f in (np.min, np.max))
    for line in (line for line in chart.lines if line.get_label()[0] != "_"):
        m, confidence = line.get_data()
        assert (confidence >= np.interp(m, x, low) - 2e-3).all()
        assert (confidence <= np.interp(m, x, high) + 2e-3).all()


def test_the_sandwich_is_proposition_5():
    plane, chart = MINE["sandwich"].draw().axes
    weight = np.array([[0, 1], [-1, 0], [1, 0]])
    away, towards = (line for line in chart.lines if line.get_label()[0] != "_")
    for z, end in (((1, 0), 0), ((0.8, -0.6), -1)):
        p = softmax(weight @ z)
        assert (away.get_xdata()[end], away.get_ydata()[end]) == pytest.approx((max(weight @ z), p.max()), abs=1e-12)
    assert away.get_ydata()[-1] > away.get_ydata()[0]
    assert (np.diff(towards.get_ydata()) < 0).all()
    drawn = max((line.get_xydata() for line in plane.lines if line.get_color() == away.get_color()), key=len)
    np.testing.assert_allclose(drawn[-1], (0.8, -0.6), atol=1e-12)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(3, 30), st.integers(0, 10_000))
def test_the_most_inverted_pair_is_that_of_all_pairs(n, seed):
    rng = np.random.default_rng(seed)
    cosine, confidence = rng.random(n).round(1), rng.random(n)
    drop = 0.25
    gains = np.where(cosine[None] <= cosine[:, None] - drop, confidence[None] - confidence[:, None], -np.inf)
    if np.isinf(gains).all():
        return
    i, j = most_inverted_pair(cosine, confidence, drop)
    assert gains[i, j] == gains.max()


def test_a_head_in_few_dimensions_has_the_confidences_of_the_whole_one():
    """The weights of three classes span a plane; with one normal that is all of R^16 that matters."""
    head = load_example().head
    reduced = _in_few_dimensions(head)
    assert reduced.H == 3
    assert not reduced.weight[:, 2].any()
    np.testing.assert_allclose(reduced.weight @ reduced.weight.T, head.centred().weight @ head.centred().weight.T)
    np.testing.assert_allclose(reduced.bias, head.centred().bias)


@pytest.mark.parametrize("K", [3, 4])
def test_a_contradicting_pair_is_found_in_space(K):
    chart = MINE["counterexample-3d"].own(Head(simplex(K, 3, scale=3.0)), None, 0.05).axes[1]
    line = chart.lines[0]
    assert line.get_label() == "z′: smaller cosine, more confidence"
    assert line.get_xdata()[-1] < line.get_xdata()[0]
    assert line.get_ydata()[-1] > line.get_ydata()[0]


@pytest.mark.parametrize("weight", [simplex(3), simplex(2, 2), simplex(2, 3)])
def test_no_pair_is_found_where_theorem_4_is_true(weight):
    chart = MINE["counterexample-3d"].own(Head(3 * weight), None, 0.05).axes[1]
    assert chart.lines[0].get_label() == "no pair contradicts the order by cosine"


def test_the_norm_is_that_of_the_features():
    train = Features(np.array([[3.0, 0.0], [0.0, 5.0], [0.0, -9.0]]))
    chart = MINE["counterexample-3d"].own(Head(named_structure("unequal")), train, 0.05).axes[1]
    assert chart.get_legend().get_texts()[0].get_text().endswith("‖z‖ = 5")


@pytest.mark.parametrize("weight", [np.eye(5), [[1.0], [-1.0]]])
def test_a_head_without_a_picture_is_refused(weight):
    with pytest.raises(InputError, match="at least 2 features and weights that span at most 3 dimensions"):
        MINE["counterexample-3d"].own(Head(weight), None, 0.05)
