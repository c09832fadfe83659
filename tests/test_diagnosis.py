import json

import numpy as np
import pytest

from softmax_geometry.auroc import auroc
from softmax_geometry.checks import InputError
from softmax_geometry.density import DensityModel, U_density
from softmax_geometry.diagnosis import all_scores, diagnose
from softmax_geometry.estimators import U_cool, U_entropy, U_entropy_log
from softmax_geometry.features import Features
from softmax_geometry.head import Head

K = 10
IDENTITY = Head(np.eye(K))  # features are logits


def saturated(margin, n, rng):
    """Logits of K classes with the top one about `margin` above the others."""
    logits = rng.normal(size=(n, K))
    logits[np.arange(n), rng.integers(K, size=n)] += margin + 3 * rng.normal(size=n)
    return Features(logits)


@pytest.fixture(scope="module")
def sides():
    rng = np.random.default_rng(0)
    return saturated(32, 600, rng), saturated(32, 500, rng), saturated(24, 400, rng)


@pytest.fixture(scope="module")
def broad():
    return DensityModel([1.0], np.zeros((1, K)), 100 * np.eye(K)[None])


@pytest.fixture(scope="module")
def diagnosis(sides, broad):
    return diagnose(IDENTITY, *sides, density=broad)


def test_saturation_is_not_fate(diagnosis):
    plain, twin = diagnosis.scores["U_max"].auroc, diagnosis.scores["U_max_log"].auroc
    assert plain.tie_fraction > 0.9
    assert plain.value < 0.55
    assert twin.tie_fraction < 1e-3
    assert twin.value > 0.9
    ties = diagnosis.causes["1a U_max"]
    assert ties.value == twin.value - plain.value
    assert ties.value <= plain.tie_fraction / 2
    assert ties.value > 20 * ties.standard_error


def test_precision_decides_the_saturation(sides, broad):
    wide = diagnose(IDENTITY, *sides, density=broad, precision="float64")
    narrow = diagnose(IDENTITY, *sides, density=broad, precision="float32")
    assert wide.scores["U_max"].auroc.tie_fraction < narrow.scores["U_max"].auroc.tie_fraction
    assert wide.scores["U_max_log"] == narrow.scores["U_max_log"]


def test_plain_scores_see_the_cast_logits_and_the_twins_do_not(broad):
    """On logits near 1e8 float32 has a spacing of 8: every gap below 4 is lost by the cast, not by the head."""
    rng = np.random.default_rng(6)
    head = Head(np.eye(K), np.full(K, 1e8))
    test, out = Features(rng.uniform(0, 3, size=(50, K))), Features(rng.uniform(0, 1, size=(60, K)))
    narrow = diagnose(head, test, test, out, broad).scores
    for name in ("U_max", "U_entropy", "U_cool"):
        assert narrow[name].auroc.tie_fraction == 1
    for name in ("U_max_log", "U_entropy_log"):
        assert narrow[name].auroc.value > 0.9
    wide = diagnose(head, test, test, out, broad, precision="float64").scores
    assert wide["U_cool"].auroc.value > 0.9


def test_entropy_ties_when_every_small_probability_underflows(broad):
    rng = np.random.default_rng(1)
    sides = saturated(170, 100, rng), saturated(170, 200, rng), saturated(150, 200, rng)
    causes = diagnose(IDENTITY, *sides, density=broad).causes
    assert causes["1a"].value > 0.4
    assert causes["1"].value == pytest.approx(causes["1a"].value + causes["1b"].value, abs=1e-14)


def test_causes_are_the_papers_differences(diagnosis):
    value = {name: score.auroc.value for name, score in diagnosis.scores.items()}
    causes = {key: cause.value for key, cause in diagnosis.causes.items()}
    expected = {
        "1": value["U_cool"] - value["U_entropy"],
        "1a": value["U_entropy_log"] - value["U_entropy"],
        "1b": value["U_cool"] - value["U_entropy_log"],
        "1a U_max": value["U_max_log"] - value["U_max"],
        "2": value["U_density"] - value["U_cool"],
        "3": 1 - value["U_density"],
    }
    assert causes == pytest.approx(expected, abs=1e-14)
    assert causes["1"] + causes["2"] + causes["3"] == pytest.approx(1 - value["U_entropy"], abs=1e-14)
    assert diagnosis.causes["3"].standard_error == pytest.approx(
        diagnosis.scores["U_density"].auroc.standard_error, rel=1e-12
    )


def test_scores_are_the_estimators(diagnosis, sides, broad):
    _, test, out = sides
    for name, score, dtype in (
        ("U_entropy", U_entropy, np.float32),
        ("U_cool", U_cool, np.float32),
        ("U_entropy_log", U_entropy_log, np.float64),
    ):
        assert diagnosis.scores[name].auroc == auroc(score(test.z.astype(dtype)), score(out.z.astype(dtype)))
    assert diagnosis.scores["U_density"].auroc == auroc(U_density(test.z, broad), U_density(out.z, broad))


def test_paired_standard_errors_against_repeated_sampling(broad):
    rng = np.random.default_rng(2)
    runs = [
        diagnose(IDENTITY, saturated(8, 2, rng), saturated(8, 80, rng), saturated(5, 80, rng), density=broad).causes
        for _ in range(300)
    ]
    for key in ("1b", "2", "3"):
        spread = np.std([run[key].value for run in runs], ddof=1)
        error = np.mean([run[key].standard_error ** 2 for run in runs]) ** 0.5
        assert abs(error / spread - 1) < 5 / (2 * 300) ** 0.5


def test_cooling_reorders_points_that_are_not_saturated():
    """Cause 1 is not saturation alone. Here nothing saturates and cooling reverses every pair."""
    head = Head(np.eye(3))
    rng = np.random.default_rng(3)
    test = Features(np.array([0.0, -3.0, -4.0]) + 0.01 * rng.normal(size=(50, 3)))
    out = Features(np.array([0.0, 0.0, -6.0]) + 0.01 * rng.normal(size=(50, 3)))
    density = DensityModel([1.0], np.zeros((1, 3)), np.eye(3)[None])
    causes = diagnose(head, test, test, out, density).causes
    assert causes["1a"].value == pytest.approx(0, abs=1e-3)
    assert causes["1"].value == pytest.approx(causes["1b"].value)
    assert causes["1b"].value == -1


def test_decomposition_adds_up_and_finds_the_overlap():
    """In-distribution N(0, 1), OOD N(0, 1/25): −log q̂ points the wrong way, and the features overlap little."""
    rng = np.random.default_rng(4)
    head = Head([[1.0, 0.0], [-1.0, 0.0]])
    train, test = Features(rng.normal(size=(800, 2))), Features(rng.normal(size=(800, 2)))
    out = Features(0.2 * rng.normal(size=(800, 2)))
    density = DensityModel([1.0], np.zeros((1, 2)), np.eye(2)[None])
    diagnosis = diagnose(head, train, test, out, density, ceiling=True, rng=0)
    parts = diagnosis.decomposition
    assert parts is not None
    for name, score in diagnosis.scores.items():
        total = parts.overlap.value + parts.information_lost[name].value + parts.wrong_direction[name].value
        assert total == pytest.approx(1 - score.auroc.value, abs=1e-14)
    # The likelihood ratio depends on r² = ‖z‖², exponential with means 2 and 2/25: A* = P(r²_out < r²_in) = 25/26.
    assert parts.overlap.value == pytest.approx(1 / 26, abs=0.02)
    assert parts.information_lost["U_density"].value == pytest.approx(0, abs=0.02)
    assert parts.wrong_direction["U_density"].value == pytest.approx(24 / 26, abs=0.03)
    # U_max sees abs(z_1) alone: A*(U_max) = (2/π) arctan 5, reached in its own direction.
    best = 2 / np.pi * np.arctan(5)
    assert parts.information_lost["U_max_log"].value == pytest.approx(25 / 26 - best, abs=0.03)
    assert parts.wrong_direction["U_max_log"].value == pytest.approx(0, abs=0.02)
    assert diagnosis.causes["3"].value > parts.overlap.value + 0.8


def test_density_is_fitted_on_training_features_when_none_is_given():
    rng = np.random.default_rng(5)
    side = 2 * rng.integers(2, size=(400, 1)) - 1
    z = side + 0.1 * rng.normal(size=(400, 2))
    out = Features(rng.normal(loc=(1, -1), scale=0.1, size=(50, 2)))
    diagnosis = diagnose(Head([[4.0, 4.0], [-4.0, -4.0]]), Features(z[:200]), Features(z[200:]), out, rng=0)
    assert diagnosis.scores["U_density"].auroc.value == 1.0


def test_report_is_plain_json(sides, broad):
    diagnosis = diagnose(IDENTITY, *sides, density=broad, ceiling=True, rng=0)
    report = diagnosis.to_dict()
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["units"].startswith("AUROC")
    assert report["positive_class"] == "OOD"
    assert report["causes"]["3"]["meaning"].endswith("an upper bound on overlap")
    assert report["scores"]["U_max"]["auroc"]["n_out"] == 400


def test_logits_beyond_the_precision_are_named():
    with pytest.raises(InputError, match=r"^precision: expected one that holds logits of 2e\+39, got float32$"):
        all_scores(Head([[1e39], [-2e39]]), Features([[1.0]]))
    assert all_scores(Head([[1e39], [-2e39]]), Features([[1.0]]), precision="float64")["U_max"] == -1


def test_two_points_a_side_are_enough_for_an_error(sides, broad):
    train, test, out = sides
    causes = diagnose(IDENTITY, train, Features(test.z[:2]), Features(out.z[:2]), broad).causes
    assert all(np.isfinite([cause.value, cause.standard_error]).all() for cause in causes.values())


def test_bad_input_is_refused(sides, broad):
    train, test, out = sides
    with pytest.raises(InputError, match="precision: expected"):
        diagnose(IDENTITY, train, test, out, broad, precision="float16")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="out: expected at least 2 points"):
        diagnose(IDENTITY, train, test, Features(out.z[:1]), broad)
    with pytest.raises(InputError, match="test: expected 10 features"):
        diagnose(IDENTITY, train, Features(test.z[:, :3]), out, broad)
    with pytest.raises(InputError, match="train: expected 10 features"):
        diagnose(IDENTITY, Features(train.z[:, :3]), test, out)
