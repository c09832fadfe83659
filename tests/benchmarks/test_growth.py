from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import growth
from benchmarks.growth import FLAT, FUNCTIONS, LINEAR, LINEARITHMIC, SQUARE, Sweep, exponent


def of_known_cost(monkeypatch, cost, law):
    """Rows of one function that takes cost(size) seconds."""
    sweep = Sweep("N", 2, 64, law, {"K": 3})
    monkeypatch.setattr(growth, "FUNCTIONS", {"f": (lambda N, K: lambda: K * cost(N), [sweep])})
    monkeypatch.setattr(growth, "medians", lambda *calls, repeats: [float(call()) for call in calls])
    growth.growths.cache_clear()
    (row,) = growth.rows()
    return row


@pytest.fixture(autouse=True)
def _forget():
    yield
    growth.growths.cache_clear()


@pytest.mark.parametrize(
    ("law", "cost", "claim"),
    [
        (FLAT, lambda n: 1 + 1e-6 * n, "f does not grow with N"),
        (LINEAR, lambda n: n, "f grows at most as N"),
        (LINEARITHMIC, lambda n: n * np.log(n), "f grows at most as N log N"),
        (SQUARE, lambda n: n**2, "f grows at most as N²"),
    ],
)
def test_a_claim_holds_at_its_own_law_and_fails_a_square_root_above_it(monkeypatch, law, cost, claim):
    row = of_known_cost(monkeypatch, cost, law)
    assert (row.claim, row.holds) == (claim, True)
    assert row.case.startswith("N=2..64 K=3 ±0.0")
    assert row.figure == pytest.approx(row.bound - growth.SLACK, abs=0.006)
    assert not of_known_cost(monkeypatch, lambda n: cost(n) * n**0.5, law).holds


def test_exponent_and_its_error_are_those_of_the_least_squares_line():
    rng = np.random.default_rng(0)
    sizes = 2.0 ** np.arange(12)
    costs = 5 * sizes**1.7 * np.exp(rng.normal(0, 0.1, 12))
    (slope, _), covariance = np.polyfit(np.log(sizes), np.log(costs), 1, cov=True)
    assert exponent(sizes, costs) == pytest.approx((slope, np.sqrt(covariance[0, 0])))
    assert exponent(sizes, 5 * sizes**1.7) == pytest.approx((1.7, 0), abs=1e-6)


def test_every_sweep_doubles_its_size_at_least_four_times():
    for _, sweeps in FUNCTIONS.values():
        for sweep in sweeps:
            assert (sweep.sizes[0], sweep.sizes[-1]) == (sweep.first, sweep.last)
            assert len(sweep.sizes) >= 5
            assert set(np.diff(np.log2(sweep.sizes))) == {1}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_call_of_every_function_runs(name):
    at, sweeps = FUNCTIONS[name]
    small = {"N": 64, "K": 2, "H": 3, "heads": 5}
    at(**{size: small[size] for size in (sweeps[0].variable, *sweeps[0].held)})()


def test_a_figure_of_each_function_is_drawn_from_the_same_measurement(monkeypatch, tmp_path):
    row = of_known_cost(monkeypatch, lambda n: n, LINEAR)
    monkeypatch.setattr(growth, "medians", None)
    growth.draw(tmp_path / "figures")
    (path,) = (tmp_path / "figures").iterdir()
    text = "".join(ElementTree.parse(path).getroot().itertext())
    assert path.name == "f.svg"
    assert f"exponent {row.figure:.2f}" in text
