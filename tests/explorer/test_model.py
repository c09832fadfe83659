"""The model in a browser against the Python package on the same points, for random states and for degenerate ones."""

import json
from functools import cache

import numpy as np
import pytest

from softmax_geometry.auroc import auroc
from softmax_geometry.density import DensityModel, U_density
from softmax_geometry.density_regions import density_region
from softmax_geometry.diagnosis import all_scores, diagnose
from softmax_geometry.estimators import margin
from softmax_geometry.explorer.draws import draws
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.regions import LinearRegion, ValidRegion, valid_region
from softmax_geometry.structure import structure
from softmax_geometry.thresholds import log_score

ESTIMATORS = ("U_max", "U_entropy", "margin", "U_density")
STATES = 240


def random_state(seed):
    """Any K and estimator; weights from nearly nothing to saturation."""
    rng = np.random.default_rng(seed)
    K = 2 + seed % 5
    means = rng.normal(size=(K, 2)) * rng.uniform(1, 5)
    return {
        "K": K,
        "weight": (rng.choice([0.1, 1, 3, 30]) * (rng.normal(size=(K, 2)) + rng.choice([0, 0.5]) * means)).tolist(),
        "bias": (rng.choice([0, 1]) * rng.normal(size=K)).tolist(),
        "means": means.tolist(),
        "spread": float(rng.uniform(0.2, 2)),
        "epsilon": float(rng.choice([0.01, 0.05, 0.1, 0.25, 0.123])),
        "temperature": float(rng.choice([1, 1, 0.3, 4])),
        "estimator": ESTIMATORS[seed // 5 % 4],
        "ood": {"mean": (3 * rng.normal(size=2)).tolist(), "spread": float(rng.uniform(0.2, 2))},
    }


def head_of(state):
    """The head whose logits are those of the state divided by its temperature."""
    return Head(np.array(state["weight"]) / state["temperature"], np.array(state["bias"]) / state["temperature"])


def points_of(state):
    """Training, test and OOD points of the state, from the draws."""
    train, test, ood = (np.array(draws()[kind]) for kind in ("train", "test", "ood"))
    labels = np.repeat(np.arange(state["K"]), len(train) // state["K"])
    centres = np.array(state["means"])[labels]
    return (
        Features(centres + state["spread"] * train, labels),
        Features(centres + state["spread"] * test, labels),
        Features(np.array(state["ood"]["mean"]) + state["ood"]["spread"] * ood),
    )


def density_of(state):
    K = state["K"]
    return DensityModel([1 / K] * K, state["means"], [state["spread"] ** 2 * np.eye(2)] * K)


def scores_of(state, z):
    """Saturation-free scores, higher for more OOD."""
    if state["estimator"] == "U_density":
        return U_density(z, density_of(state))
    return log_score(state["estimator"])(head_of(state).logits(z))


def off_diagonal(matrix):
    return np.array(matrix, dtype=float)[~np.eye(len(matrix), dtype=bool)]


@pytest.fixture(scope="module")
def computed(in_page):
    """(state, result) of every random state, computed in the browser."""
    states = [random_state(seed) for seed in range(STATES)]
    return list(zip(states, in_page("data.map((state) => model.compute(state))", states), strict=True))


@cache
def _region(key):
    state = json.loads(key)
    train = points_of(state)[0]
    if state["estimator"] == "U_density":
        return density_region(density_of(state), train, state["epsilon"])
    return valid_region(head_of(state), train, state["epsilon"], state["estimator"])


def region_of(state):
    return _region(json.dumps(state))


def close(values, expected, rtol=1e-9, atol=1e-11):
    np.testing.assert_allclose(np.array(values, dtype=float), expected, rtol=rtol, atol=atol)


def test_points_are_the_class_means_plus_the_draws(in_page):
    for seed in range(5):
        state = random_state(seed)
        got, (train, test, ood) = in_page("model.samples(data)", state), points_of(state)
        close(got["train"], train.z)
        close(got["test"], test.z)
        close(got["ood"], ood.z)
        assert got["train_labels"] == got["test_labels"] == train.labels.tolist()


def test_thresholds(computed):
    seen = set()
    for state, result in computed:
        found, region = result["threshold"], region_of(state)
        if not isinstance(region, ValidRegion):
            close(found["log_score"], -region.log_density_threshold)
            assert found["confidence"] is found["margin"] is found["margin_upper"] is None
            continue
        threshold = region.threshold
        close(found["log_score"], threshold.log_score)
        close(found["margin"], threshold.margin)
        close(found["confidence"], threshold.confidence)
        close(found["margin_upper"], threshold.margin_upper(state["K"]))
        seen.add((state["estimator"], threshold.margin > 0))
    assert len(seen) == 5  # the margin cannot be negative


def test_offsets_and_widths(computed):
    """In the state's units: those of the head itself at L·T, where the package takes the head divided by T at L."""
    for state, result in computed:
        region = region_of(state)
        empty = not isinstance(region, ValidRegion) or region.linear.is_empty
        diagonals = [result[name][i][i] for name in ("offsets", "widths") for i in range(state["K"])]
        assert diagonals == [None] * (2 * state["K"])
        if empty:
            assert np.isnan([off_diagonal(result["offsets"]), off_diagonal(result["widths"])]).all()
            continue
        own = LinearRegion(Head(state["weight"]), region.linear.L * state["temperature"])
        close(off_diagonal(result["offsets"]), off_diagonal(own.offsets))
        close(off_diagonal(result["widths"]), off_diagonal(region.widths))


def test_flagged_shares_and_accuracy(computed):
    for state, result in computed:
        region, (_, test, ood) = region_of(state), points_of(state)
        close(result["flagged"]["test"], region.contains(test.z).mean())
        close(result["flagged"]["ood"], region.contains(ood.z).mean())
        close(result["accuracy"], (head_of(state).logits(test.z).argmax(axis=1) == test.labels).mean())
        if isinstance(region, ValidRegion):
            close(result["flagged_linear"]["test"], region.linear.contains(test.z).mean())
            close(result["flagged_linear"]["ood"], region.linear.contains(ood.z).mean())
        else:
            assert result["flagged_linear"] == {"test": None, "ood": None}


def share_ordered_by_rounding(test, ood, name):
    """Share of (test, OOD) pairs whose scores differ by rounding alone; pairs that both saturate are honest ties."""
    x, y = test[name][:, None], ood[name]
    saturated = (np.exp(test["U_max_log"]) < 1e-17)[:, None] & (np.exp(ood["U_max_log"]) < 1e-17)
    return np.mean((np.abs(x - y) < 5e-16 + 1e-13 * np.abs(x)) & ~(saturated & name.startswith("U_max")))


def test_auroc_and_causes(computed):
    exact = 0
    for state, result in computed:
        head, density, (train, test, ood) = head_of(state), density_of(state), points_of(state)
        diagnosis = diagnose(head, train, test, ood, density, precision="float64")
        scores = [all_scores(head, side, density, "float64") for side in (test, ood)]
        for side, points in zip(scores, (test, ood), strict=True):
            side["margin"] = -margin(head.logits(points.z))
        expected = {name: quality.auroc.value for name, quality in diagnosis.scores.items() if "log" not in name}
        expected["margin"] = auroc(*(side["margin"] for side in scores)).value
        assert result["auroc"].keys() == expected.keys()
        assert result["causes"].keys() == {"1", "2", "3"}
        off = {name: abs(result["auroc"][name] - value) for name, value in expected.items()}
        doubt = {name: share_ordered_by_rounding(*scores, name) for name in off if off[name] > 1e-12}
        assert all(off[name] <= share + 1e-12 for name, share in doubt.items())
        for key, value in result["causes"].items():
            assert abs(value - diagnosis.causes[key].value) <= sum(doubt.values()) + 1e-12
        exact += not doubt
    assert exact > 0.9 * STATES


def test_structure(computed):
    for state, result in computed:
        expected = structure(Head(state["weight"]))
        close(result["structure"]["distance"], expected.gram_distance, atol=1e-9)
        close(result["structure"]["least"], expected.gram_distance_least)


def test_scores_regions_and_classes_of_single_points(in_page, computed):
    rng = np.random.default_rng(0)
    for state, result in computed[::4]:
        z, region = 6 * rng.normal(size=(40, 2)), region_of(state)
        got = in_page(
            "data.z.map((z) => [model.score(data.state, z, data.state.estimator),"
            " model.inside(data.state, data.result, z), model.classOf(data.state, z)])",
            {"state": state, "result": result, "z": z.tolist()},
        )
        scores, inside, classes = zip(*got, strict=True)
        close(scores, scores_of(state, z))
        assert list(inside) == region.contains(z).tolist()
        assert list(classes) == head_of(state).logits(z).argmax(axis=1).tolist()


def test_certainty_is_the_direction_in_which_the_score_falls_fastest(in_page, computed):
    """The slope of the score along any unit vector d is −|∇U| cos(d, certainty)."""
    rng = np.random.default_rng(1)
    for state, _ in computed[::4]:
        z = 4 * rng.normal(size=(20, 2))
        certainty = in_page("data.z.map((z) => model.certainty(data.state, z))", {"state": state, "z": z.tolist()})
        across = np.array([[-y, x] for x, y in certainty])
        close(np.linalg.norm(certainty, axis=1), 1)
        step = 1e-5 * min(1, 1 / np.abs(head_of(state).weight).max())

        def slope(direction, state=state, z=z, step=step):
            forward, back = (scores_of(state, z + sign * step * direction) for sign in (1, -1))
            return (forward - back) / (2 * step)

        down, sideways = slope(np.array(certainty)), slope(across)
        size = np.abs(down).max()
        smooth = head_gap_is_wide(state, z)
        assert (down[smooth] < 1e-6 * size).all()
        assert (np.abs(sideways[smooth]) < 1e-4 * np.abs(down[smooth]) + 1e-6 * size).all()


def head_gap_is_wide(state, z):
    """Away from the decision boundaries, where U_max and the margin have a kink, and from ties for the second place."""
    l = np.sort(head_of(state).logits(z), axis=1)
    wide = l[:, -1] - l[:, -2] > 1e-2
    return wide & (l[:, -2] - l[:, -3] > 1e-2) if state["K"] > 2 else wide


def test_raster_is_the_image_of_the_single_points(in_page, computed):
    for state, _ in computed[:20]:
        bounds = {"left": -4, "right": 6, "bottom": -3, "top": 5}
        got = in_page(
            "Array.from(model.raster(data.state, data.bounds, 10, 4))",
            {"state": state, "bounds": bounds},
        )
        z = np.array([[x, y] for y in (4.0, 2.0, 0.0, -2.0) for x in np.arange(-3.5, 6)])
        close(got, scores_of(state, z))


BASE = random_state(1) | {"bias": [0.0, 0.0, 0.0], "temperature": 1.0}
DEGENERATE = {
    "all weights equal": BASE | {"weight": [[0.1, 0.7]] * 3},
    "no weights": BASE | {"weight": [[0.0, 0.0]] * 3},
    "two weights equal": BASE | {"weight": [[1.0, 2.0], [1.0, 2.0], [-1.0, 0.0]]},
    "all means in one place": BASE | {"means": [[0.0, 0.0]] * 3},
    "logits of ±700": BASE | {"weight": [[100.0, 0.0], [0.0, 100.0], [-100.0, 0.0]], "means": [[7.0, 0.0]] * 3},
    "a tiny temperature": BASE | {"temperature": 1e-3},
    "far OOD points": BASE | {"ood": {"mean": [1e3, 1e3], "spread": 1e-3}},
}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_states_give_numbers_or_null(in_page, name, estimator):
    state = DEGENERATE[name] | {"estimator": estimator}
    got = in_page(
        "(() => { const result = model.compute(data); const bounds = {left: -9, right: 9, bottom: -9, top: 9};"
        " return [result, Array.from(model.raster(data, bounds, 5, 5)),"
        " model.certainty(data, [0, 0]), model.certainty(data, [50, 3])]; })()",
        state,
    )
    text = json.dumps(got)
    assert "NaN" not in text
    assert "Infinity" not in text


def test_equal_weights_have_no_width(in_page):
    means = {"means": [[1.0, 2.0], [1.0, 2.0], [-9.0, 0.0]]}
    state = DEGENERATE["two weights equal"] | means | {"estimator": "margin", "epsilon": 0.9}
    result = in_page("model.compute(data)", state)
    assert result["threshold"]["margin"] > 0
    assert result["widths"][0][1] is result["offsets"][1][0] is None
    assert result["widths"][0][2] > 0
    for name in ("no weights", "all weights equal"):
        nothing = in_page("model.compute(data)", DEGENERATE[name])
        assert nothing["structure"]["distance"] is None
    nothing = in_page("model.compute(data)", DEGENERATE["no weights"])
    assert nothing["auroc"]["U_max"] == nothing["auroc"]["U_entropy"] == 0.5
    assert in_page("model.certainty(data, [1, 2])", DEGENERATE["no weights"]) is None


def test_it_is_fast_enough_to_follow_the_hand(in_page):
    """A whole computation and a raster of 100 × 100 points, after a few to warm up."""
    milliseconds = in_page(
        "(() => { let least = Infinity; for (let i = 0; i < 12; i++) { const start = performance.now();"
        " const result = model.compute(data); const bounds = {left: -9, right: 9, bottom: -9, top: 9};"
        " model.raster(data, bounds, 100, 100);"
        " least = Math.min(least, performance.now() - start); } return least; })()",
        random_state(4) | {"estimator": "U_max"},
    )
    assert milliseconds < 150  # about 20 on an idle core


@pytest.mark.parametrize(
    ("right", "wrong", "key"),
    [
        ("formula(temperature * margin", "formula(margin", "widths"),
        ("below + upTo", "below + below", "auroc"),
        ("at(0) <= level", "at(1) <= level", "threshold"),
        ("* epsilon + 1e-9", "* epsilon - 1 + 1e-9", "threshold"),
        ("rank / (K - 1)", "rank / K", "structure"),
        ("u > found.log_score", "u < found.log_score", "flagged"),
    ],
)
def test_twin_a_wrong_model_gives_other_numbers(in_page, page_scripts, computed, right, wrong, key):
    *others, source = page_scripts
    assert right in source
    states = [state for state, _ in computed[:60]]
    results = in_page("data.map((state) => model.compute(state))", states, [*others, source.replace(right, wrong)])
    assert any(result[key] != expected[key] for result, (_, expected) in zip(results, computed, strict=False))
