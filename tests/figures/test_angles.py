import numpy as np
import pytest
from matplotlib.colors import to_hex
from scipy.special import softmax

from softmax_geometry.claims import claims
from softmax_geometry.figures import angles, diagnosis, envelopes, magnitude, norms, numerics, pairs
from softmax_geometry.plots.exponential_steps import HOLDS
from softmax_geometry.plots.style import encoded
from softmax_geometry.structure import simplex

MINE = {
    entry.name: entry
    for module in (angles, diagnosis, envelopes, magnitude, norms, numerics, pairs)
    for entry in module.ENTRIES
}
PLANE = np.array([[1, 0], [-1 / 2, np.sqrt(3) / 2], [-1 / 2, -np.sqrt(3) / 2]])


def confidence_in_the_plane(c, theta):
    z = np.stack([np.cos(theta), np.sin(theta)], axis=-1)
    return softmax(c * z @ PLANE.T, axis=-1).max(axis=-1)


@pytest.mark.parametrize("name", MINE)
def test_every_claim_of_an_entry_is_in_the_ledger(name):
    assert MINE[name].claims
    assert set(MINE[name].claims) <= {claim.id for claim in claims()}


@pytest.mark.parametrize("name", ["figure-12", "counterexample-3d", "rare-confidence"])
def test_same_bytes_on_every_run(name):
    first, second = (encoded(MINE[name].draw(), "svg") for _ in range(2))
    assert first == second
    assert b"<text" in first


def test_figure_11_shows_the_differences_of_the_confidence():
    falling, rising = MINE["figure-11"].draw().axes
    for scale, left, right in zip(angles.SCALES, falling.lines, rising.lines, strict=False):
        theta, step = np.radians(left.get_xdata())[:-1], 1e-6
        slope = (confidence_in_the_plane(scale, theta + step) - confidence_in_the_plane(scale, theta - step)) / 2 / step
        np.testing.assert_allclose(left.get_ydata()[:-1], slope, rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose(right.get_ydata()[:-1] * -np.sin(theta), slope, rtol=1e-5, atol=1e-8)
        assert left.get_label() == f"c = {scale:g}"
        assert left.get_xdata()[-1] == pytest.approx(60)


def test_figure_11_has_one_sign_on_each_side_and_marks_the_printed_one():
    falling, rising = MINE["figure-11"].draw().axes
    assert all((line.get_ydata() < 0).all() for line in falling.lines[:5])
    assert all((line.get_ydata() > 0).all() for line in rising.lines[:5])
    (half_plane,) = rising.patches
    assert half_plane.get_extents().transformed(rising.transData.inverted()).y1 == pytest.approx(0)


def test_figure_12_shades_where_the_inequality_holds():
    """Against the exponential sums themselves at K = 3, with the third cosine 0 before the turn."""
    ax = MINE["figure-12"].draw().axes[2]
    fills = {
        to_hex(c): p for c, p in zip(ax.collections[0].get_facecolor(), ax.collections[0].get_paths(), strict=True)
    }
    for x_2, rise in np.random.default_rng(0).uniform([-0.5, 0.01], [0.5, 0.69], (300, 2)):
        before, after = np.exp(x_2) + 1, np.exp(x_2 + rise + 0.01) + np.exp(0.01 - rise + 0.01)
        if abs(after - before) > 2e-3:
            assert fills[HOLDS.lower()].contains_point((x_2, rise)) == (after > before), (x_2, rise)


def test_figure_12_shows_the_counterexample_of_the_ledger():
    holds, fails, _ = MINE["figure-12"].draw().axes
    assert "holds" in holds.get_title(loc="left")
    assert "fails" in fails.get_title(loc="left")
    texts = [text.get_text() for text in fails.texts]
    assert texts == [
        f"left side\n{1 - np.exp(-0.18):.3f}",
        f"right side\n{np.exp(-0.5) * (np.exp(0.21) - 1):.3f}",
    ]


def test_rotations_are_those_of_three_weights_in_space():
    left, middle, right = MINE["rotations"].draw().axes
    weight = np.pad(PLANE, ((0, 0), (0, 1)))
    for line, entropy, lift in zip(left.lines, middle.lines, (0, np.pi / 3, np.pi / 2), strict=True):
        u = np.array([0, np.cos(lift), np.sin(lift)])

        def p(degrees, u=u):
            phi = np.radians(degrees)[:, None]
            return softmax(4 * (np.cos(phi) * weight[0] + np.sin(phi) * u) @ weight.T, axis=1)

        np.testing.assert_allclose(line.get_ydata(), p(line.get_xdata())[:, 0], atol=1e-12)
        q = p(entropy.get_xdata())
        np.testing.assert_allclose(entropy.get_ydata(), -(q * np.log(q)).sum(axis=1), atol=1e-12)
        assert (q.argmax(axis=1)[:-1] == 0).all()
        assert (np.diff(entropy.get_ydata()) > 0).all()
    towards_second, towards_third = right.lines[:2]
    for line in (towards_second, towards_third):
        assert (line.get_xdata()[0], line.get_ydata()[0]) == pytest.approx(
            (0.6, softmax([1.2, 0.4, -1.6])[0]), abs=1e-12
        )
        assert (np.diff(line.get_xdata()) < 0).all()
    assert (np.diff(towards_second.get_ydata()) < 0).all()
    assert towards_third.get_ydata()[-1] > towards_third.get_ydata()[0]


def test_the_turn_towards_the_third_weight_passes_the_exact_counterexample():
    """Cosines (17, 3, −20)/29 of theorem 5.4's ledger entry."""
    line = MINE["rotations"].draw().axes[2].lines[1]
    shown = np.interp(-17 / 29, -line.get_xdata(), line.get_ydata())
    assert shown == pytest.approx(softmax(2 * np.array([17, 3, -20]) / 29)[0], abs=1e-4)


def test_the_simplex_is_the_plane_of_this_test():
    np.testing.assert_allclose(simplex(3) @ simplex(3).T, PLANE @ PLANE.T, atol=1e-12)


def test_a_move_with_positive_drift_never_raises_p_1():
    free, planar, bound = MINE["drift"].draw().axes[0].lines
    for dots in (free, planar):
        drift, change = dots.get_data()
        assert (change <= -drift + 1e-12).all()
        np.testing.assert_allclose(np.interp(drift, *bound.get_data()), -drift)
    assert (free.get_ydata() > 0).any()
    assert (planar.get_xdata() > 0).all()
    assert (planar.get_ydata() < 0).all()


def test_the_drift_of_a_planar_turn_by_hand():
    """The same random numbers, δ_c from the sum that is zero, p by the definition."""
    rng = np.random.default_rng(0)
    logits = np.sort(rng.normal(0, 1.2, (400, 5)))[:, ::-1]
    fall, rise = -rng.uniform(0, 1.5, 400), rng.uniform(0, 1.5, 400)
    move = np.stack([fall, rise, *3 * [-(fall + rise) / 3]], axis=1)
    p, q = (np.exp(l) / np.exp(l).sum(axis=1, keepdims=True) for l in (logits, logits + move))
    planar = MINE["drift"].draw().axes[0].lines[1]
    np.testing.assert_allclose(planar.get_xdata(), (p * move).sum(axis=1) - fall)
    np.testing.assert_allclose(planar.get_ydata(), np.log(q[:, 0] / p[:, 0]))


def test_equation_57_the_smaller_sum_wins_once_spread_out():
    spread, fixed = MINE["drift"].draw().axes[1].lines
    assert fixed.get_ydata()[0] == pytest.approx(2 * np.e)
    assert spread.get_ydata()[0] < 2 * np.e < spread.get_ydata()[-1]
