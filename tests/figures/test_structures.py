import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import ndtri
from scipy.stats import ortho_group, qmc

from softmax_geometry.checks import InputError
from softmax_geometry.figures.structures import ENTRIES, SQUARE, linear_mass, nearest_simplex
from softmax_geometry.head import Head
from softmax_geometry.structure import simplex, structure


@pytest.mark.parametrize(("K", "H"), [(3, 2), (4, 5), (5, 4)])
def test_no_other_simplex_is_closer(K, H):
    head = Head(np.random.default_rng(K).standard_normal((K, H)))
    best, centred = nearest_simplex(head), head.centred().weight
    assert structure(best).etf_distance < 1e-12
    distance = np.linalg.norm(best.weight - centred)
    assert distance / np.linalg.norm(centred) == pytest.approx(structure(head).etf_distance)
    for seed in range(20):
        turned = simplex(K, H) @ ortho_group.rvs(H, random_state=seed)
        scale = minimize(lambda s, turned=turned: np.sum((s * turned - centred) ** 2), [1.0]).x[0]
        assert np.linalg.norm(scale * turned - centred) >= distance - 1e-9


def test_no_simplex_fits_into_too_few_features():
    with pytest.raises(InputError, match="at least 3 features"):
        nearest_simplex(Head(np.random.default_rng(0).standard_normal((4, 2))))


@pytest.mark.parametrize(("unit", "mass"), [(simplex(4), 0.850359), (SQUARE, 0.855554)])
def test_the_masses_of_the_ledgers_counterexample(unit, mass):
    points = ndtri(qmc.Sobol(3, rng=5).random(1 << 15))
    assert linear_mass(unit, 2.0, 0.5, points / np.linalg.norm(points, axis=1)[:, None]) == pytest.approx(
        mass, abs=3e-4
    )


def test_the_square_is_ahead_in_the_drawn_curves():
    figure = next(entry for entry in ENTRIES if entry.name == "simplex-or-square").draw()
    curve = next(line for line in figure.axes[0].lines if "0.5" in line.get_label())
    products, difference = curve.get_data()
    assert np.interp(2.0, products, difference) == pytest.approx(0.5195, abs=0.03)
    assert difference[-1] < 0


def test_figure_3_gives_the_optimal_structure_more():
    titles = [ax.get_title("left") for ax in next(e for e in ENTRIES if e.name == "figure-3").draw().axes]
    optimal, general = (int(title.split("\n")[1].split(" %")[0]) for title in titles)
    assert (optimal, general) == (65, 51)  # as the caption says
