from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from experiments import benchmark, codec
from experiments.running import Given, sweep
from experiments.running.records import Record

CONFIG = benchmark.Config(
    "mnist5000", ("digits",), width=2, train_images=100, test_images=60, epochs=1, batch_size=25,
    learning_rate=0.05, augment="none", jpeg_quality=40,
)  # fmt: skip


@pytest.fixture(scope="module")
def outcome():
    return codec.run(CONFIG, Given(seed=1))


def of_aurocs(*cases):
    """Records whose AUROC is given as (as they are, all coded) of each seed, for one score and set."""
    aurocs = [{"as they are": {"U": {"y": a}}, "all coded": {"U": {"y": b}}} for a, b in cases]
    return [Record(Path(), "x", {"data": "x"}, seed, {"AUROC": of}, {}, {}) for seed, of in enumerate(aurocs)]


@pytest.mark.parametrize(("preset", "sets"), [("quick", ["mnist", "cifar10"]), ("paper", ["mnist", "svhn", "cifar10"])])
def test_runs_are_the_benchmarks_with_fewer_sets_and_one_network(preset, sets):
    of_benchmark = {config.data: config for config in benchmark.PRESETS[preset]}
    assert [config.data for config in codec.PRESETS[preset]] == sets
    for config in codec.PRESETS[preset]:
        assert set(config.ood) == {"mnist", "fashion_mnist", "svhn", "cifar10"} - {config.data}
        sizes = {name: getattr(config, name) for name in ("train_images", "test_images", "epochs")}
        base = replace(of_benchmark[config.data], ood=config.ood, members=1, dropout=0.0, **sizes)
        assert config == replace(base, jpeg_quality=75)


def test_a_codec_that_changes_nothing_changes_no_score(monkeypatch, tmp_path):
    monkeypatch.setattr(codec, "jpeg_coded", lambda images, quality: images)
    metrics = codec.run(CONFIG, Given(seed=1, scratch=tmp_path)).metrics
    assert set(metrics["codec alone"].values()) == {0.5}
    assert metrics["AUROC"]["OOD coded"] == metrics["AUROC"]["as they are"] == metrics["AUROC"]["all coded"]
    assert len(list(tmp_path.iterdir())) == 2


def test_the_network_that_sees_re_encoded_images_was_trained_on_them(outcome, monkeypatch):
    """The second half of a run is the benchmark's with every image re-encoded."""
    seen = benchmark.run(CONFIG, Given(seed=1)).metrics
    assert seen["accuracy"] == outcome.metrics["accuracy"]["all coded"]
    for score, of_set in outcome.metrics["AUROC"]["all coded"].items():
        assert of_set["digits"] == pytest.approx(seen["AUROC"][score]["digits"])


def test_re_encoded_ood_images_alone_change_scores_of_the_same_network(outcome):
    cases = outcome.metrics["AUROC"]
    plain = benchmark.run(replace(CONFIG, jpeg_quality=0), Given(seed=1)).metrics["AUROC"]
    assert all(cases["as they are"][score]["digits"] == pytest.approx(plain[score]["digits"]) for score in plain)
    assert cases["OOD coded"]["U_density"] != cases["as they are"]["U_density"]


def test_a_strong_artefact_is_found(monkeypatch):
    """A codec that inverts images makes OOD of the test images themselves."""

    def inverted(images, quality):
        return replace(images, pixels=255 - images.pixels)

    monkeypatch.setattr(codec, "jpeg_coded", inverted)
    assert codec.run(CONFIG, Given(seed=1)).metrics["codec alone"]["Mahalanobis"] > 0.9


def test_differences_are_coded_less_plain():
    found = codec.differences(of_aurocs((0.5, 0.6), (0.7, 0.6)), "all coded")
    assert found == {"U": {"y": [pytest.approx(0.1), pytest.approx(-0.1)]}}


@pytest.mark.parametrize("values", [[0.1, 0.11, 0.3], [0.1, -0.1, 0.3], [-0.2, -0.25, -0.1, -0.2]])
def test_beyond_two_standard_errors_is_a_t_statistic_beyond_two(values):
    assert codec.is_beyond(values) == (abs(ttest_1samp(values, 0).statistic) > 2)


def test_chance_findings_are_counted_among_normal_noise():
    noise = np.random.default_rng(0).normal(size=(4000, 3))
    count = sum(map(codec.is_beyond, noise.tolist()))
    said = codec._summary(noise.tolist())
    expected = int(said.split("of which ")[1].split()[0])
    assert count == pytest.approx(expected, rel=0.1)
    assert f"* {count}, " in said


def test_table_and_figures(tmp_path, monkeypatch):
    monkeypatch.setitem(codec.PRESETS, "smoke", (replace(CONFIG, train_images=50),))
    found = sweep("codec", "smoke", [0, 1], Given(0), tmp_path)
    shown = codec.table(found)
    gains = [
        run.metrics["AUROC"]["OOD coded"]["U_max"]["digits"] - run.metrics["AUROC"]["as they are"]["U_max"]["digits"]
        for run in found
    ]
    line = shown.split("\n\n")[1].splitlines()[1]
    assert line.startswith("mnist5000, OOD digits")
    assert f"{100 * np.mean(gains):.1f} ± {100 * np.std(gains, ddof=1) / 2**0.5:.1f}" in line
    assert "all 15 pairs of score and set" in shown
    assert set(codec.drawings(found)) == {"OOD-coded", "all-coded"}
    ticks = codec.drawings(found)["all-coded"]().axes[0].get_yticklabels()
    assert [tick.get_text() for tick in ticks] == list(found[0].metrics["AUROC"]["all coded"])
