import numpy as np
import pytest
from scipy.stats import norm

from softmax_geometry.figures.thresholds import ENTRIES


def lines(name, panel=0):
    figure = next(entry for entry in ENTRIES if entry.name == name).draw()
    return {line.get_label(): np.stack(line.get_data()) for line in figure.axes[panel].lines}


@pytest.mark.parametrize(("panel", "m"), [(0, 2.0), (1, 1.5)])
def test_the_exact_mass_is_that_of_two_gaussians_and_meets_its_level_at_the_dot(panel, m):
    drawn = lines("offset-equation", panel)
    a, mass = drawn["exact mass outside"]
    np.testing.assert_allclose(mass, norm.sf(a, m) + norm.cdf(-a, m), atol=1e-12)
    dot = next(data for name, data in drawn.items() if data.shape == (2, 1))
    assert norm.sf(dot[0, 0], m) + norm.cdf(-dot[0, 0], m) == pytest.approx(0.95)
    assert drawn["eq. 20 as printed"][1].max() <= 0.5
    corrected = drawn["eq. 20, sign corrected"][1]
    assert (corrected <= mass).all()
    assert (corrected[0] > 0.95) == (norm.cdf(-m) < 0.05)


def test_both_scores_are_even_in_the_gap_and_rise_with_temperature():
    for _, score in lines("two-class-scores", 0).values():
        np.testing.assert_allclose(score, score[::-1])
        assert (np.diff(score[: len(score) // 2 + 1]) > 0).all()
    for _, score in lines("two-class-scores", 1).values():
        assert (np.diff(score) > 0).all()


def test_the_chance_to_flag_is_what_simulation_gives():
    drawn = lines("finite-sample-level")
    rng, n = np.random.default_rng(0), 50
    scores = np.sort(rng.random((20_000, n)), axis=1)
    fresh = rng.random(20_000)
    for name, rank in (("conformal threshold", 49), ("empirical threshold (definition 1)", 48)):
        sizes, chance = drawn[name]
        simulated = 100 * np.mean(fresh > scores[:, rank - 1])
        assert chance[sizes == n] == pytest.approx(simulated, abs=0.6)
    assert drawn["conformal threshold"][1].max() <= 5 + 1e-9
    assert (drawn["conformal threshold"][1] > drawn["ε − 1/(n + 1)"][1] - 1e-9).all()
