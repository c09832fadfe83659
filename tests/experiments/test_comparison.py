import json
import re

import pytest

from experiments.__main__ import EXPERIMENTS, main
from experiments.comparison import CLAIMS, claims, comparison_text
from experiments.comparison.judging import judged
from experiments.comparison.numbers import PUBLISHED, compared, reasons
from experiments.comparison.page import experiments_page
from experiments.running import Given, Record, sweep


def record(seed, metrics, config=None, label="x", caveats=None):
    return Record(None, label, config or {}, seed, metrics, caveats or {}, {})


@pytest.mark.parametrize(
    ("margins", "verdict"),
    [
        ([0.1, 0.2, 0.15], "agrees"),
        ([-0.1, -0.2, -0.15], "disagrees"),
        ([0.3, -0.2, 0.1], "undecided"),
        ([0.0, 0.0], "undecided"),
        ([0.1], "not comparable"),
        ([], "not comparable"),
    ],
)
def test_verdicts(margins, verdict):
    assert judged("a", "b", margins, "c").verdict == verdict


def depth_record(seed, blocks, accuracy, auroc):
    metrics = {"accuracy": accuracy, "AUROC": {"U_max": auroc, "U_entropy": auroc}}
    config = {"data": "mnist", "ood_data": "fashion_mnist", "blocks": blocks, "epochs": 2, "train_images": 4000}
    return record(seed, metrics, config, f"mnist-{blocks}")


@pytest.mark.parametrize(("slope", "verdict"), [(0.03, "agrees"), (-0.03, "disagrees")])
def test_depth_is_judged_by_its_slope(slope, verdict):
    runs = [depth_record(seed, b, 0.98, 0.8 + slope * b + 0.001 * seed * b) for seed in range(3) for b in (1, 2, 3)]
    rises, plateau = claims.depth(runs)
    assert rises.verdict == plateau.verdict == verdict
    assert f"{100 * (slope + 0.001):.2f} ± 0.06" in rises.evidence


def structure_record(name, seed, auroc, loss=0.01):
    metrics = {"accuracy": 0.995 + 0.001 * (seed - 1), "cross-entropy": loss, "AUROC": {"U_max": auroc}}
    return record(seed, metrics, label=name)


def test_structures_are_compared_seed_by_seed():
    seeds = range(3)
    runs = [structure_record("trainable", s, 0.9 + 0.1 * s / 3) for s in seeds]
    runs += [structure_record("optimal", s, 0.91 + 0.1 * s / 3) for s in seeds]
    runs += [structure_record("stack", s, 0.85 + 0.1 * s / 3 + 0.001 * s, loss=0.02 + 0.001 * s) for s in seeds]
    by_claim = {claim.claim: claim for claim in claims.counterfactual(runs)}
    assert by_claim["optimal has a higher AUROC than stack"].verdict == "agrees"  # the spread over seeds cancels
    assert by_claim["stack has a larger cross-entropy than optimal"].verdict == "agrees"
    assert by_claim["stack: accuracy within half a point of 99.5 %"].verdict == "agrees"


def table_1_record(seed, entropy, density, preset="paper", label="mnist", caveats=None):
    auroc = {"U_max": entropy - 0.01, "U_entropy": entropy, "U_cool": entropy, "U_density": density}
    metrics = {
        "accuracy": 0.996,
        "AUROC": {score: {"all": value} for score, value in auroc.items()},
        "causes": {"1": 0.0, "2": density - entropy, "3": 1 - density, "2 untuned": 0.0},
        "norm": {"train": 10.0, "other": 8.0 + 0.1 * seed},
        "max cos": {"train": 0.6, "other": 0.7},
    }
    config = {"ood": ["other"], "width": 16, "train_images": 6000, "epochs": 4}
    return record(seed, metrics, config, label, caveats)


def test_numbers_agree_within_their_errors_and_are_not_compared_across_protocols():
    runs = [table_1_record(seed, 0.962 + 0.001 * seed, 0.9) for seed in range(3)]
    verdicts = {row[1]: row[4] for row in compared("benchmark", "paper", runs)}
    assert verdicts["U_entropy"] == "agrees"  # 96.3 in the paper
    assert verdicts["U_density"] == "disagrees"  # 99.5
    assert {row[4] for row in compared("benchmark", "quick", runs)} == {"not comparable"}
    assert reasons("benchmark", "quick", runs) == [
        "mnist is not comparable: ResNet18 of width 16, 6,000 images, 4 epochs"
    ]
    part = [table_1_record(seed, 0.96, 0.9, caveats={"mnist": "half of it"}) for seed in (0, 1)]
    assert reasons("benchmark", "paper", part) == ["mnist is not comparable: half of it"]
    assert reasons("benchmark", "paper", runs) == []
    assert reasons("benchmark", "paper", runs[:1]) == ["mnist is not comparable: fewer than two seeds"]


def test_causes_and_drops_are_judged():
    runs = [table_1_record(seed, 0.8 + 0.01 * seed, 0.9 + 0.011 * seed) for seed in range(3)]
    by_claim = {claim.claim: claim.verdict for claim in claims.benchmark(runs)}
    assert by_claim["‖z‖ is lower for OOD data"] == "agrees"
    assert by_claim["max cos is lower for OOD data"] == "disagrees"
    assert by_claim["Cause 1 dominates (the caption of table 1)"] == "disagrees"


def test_published_numbers_are_those_of_the_paper():
    means = {"accuracy": None, "U_max": 87.7, "U_entropy": 88.4, "U_density": 92.6, "cause 2": 4.2, "cause 3": 7.4}
    for name, mean in means.items():
        if mean is not None:
            values = [of_set[name] for of_set in PUBLISHED["benchmark"].values()]
            assert sum(values) / 5 == pytest.approx(mean, abs=0.1)
    for of_set in (*PUBLISHED["benchmark"].values(), *PUBLISHED["transfer"].values()):
        assert 100 - of_set["U_density"] == pytest.approx(of_set["cause 3"], abs=0.11)


def test_every_claim_belongs_to_an_experiment():
    assert set(CLAIMS) <= set(EXPERIMENTS)


def test_text_and_page_of_recorded_runs(tmp_path, capsys, monkeypatch):
    from experiments import toy

    monkeypatch.setitem(toy.PRESETS, "quick", toy.PRESETS["smoke"])
    assert main(["compare", "--out", str(tmp_path)]) == 0
    assert "no recorded runs yet" in capsys.readouterr().out
    sweep("toy", "quick", [0, 1], Given(0), tmp_path)
    text = comparison_text(tmp_path)
    assert "toy (quick, 2 seeds)" in text
    assert re.search(r"^agrees +fig 1a +Far OOD points", text, re.M)
    page = experiments_page(["toy", "benchmark"], tmp_path)
    assert "## toy" in page
    assert "## benchmark" not in page
    assert "Preset `quick`, 2 runs with seeds 0, 1" in page


def test_damaged_records_are_named(tmp_path, capsys):
    from experiments import toy
    from experiments.running.records import record_path

    folder = tmp_path / "toy" / "quick"
    folder.mkdir(parents=True)
    record_path(folder, toy.PRESETS["quick"][0], 0).write_text(json.dumps({"label": "x"}))
    assert main(["compare", "--out", str(tmp_path)]) == 2
    assert "expected the JSON of a run, got a damaged file" in capsys.readouterr().err
