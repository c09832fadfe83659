"""`make reproduce` sees drift: in quoted numbers, in records, in outputs that depend on a hash."""

import os
import subprocess
import sys

import numpy as np
import pytest

from experiments.running import Outcome
from experiments.running.records import read_record, write_record
from reliability.reproduction import processes, runs
from reliability.reproduction.numbers import reading
from reliability.reproduction.pages import readings, written_pages
from reliability.reproduction.quotes import QUOTED


@pytest.fixture(scope="module")
def pages():
    return written_pages()


@pytest.fixture(scope="module")
def found(pages):
    return readings(pages)


def test_every_number_on_every_page_is_accounted_for(found):
    assert {name: (page.missing, page.loose) for name, page in found.items() if page.drifts} == {}
    assert sum(page.tied for page in found.values()) >= 90


@pytest.mark.parametrize(
    ("page", "number", "other"),
    [
        ("README.md", "94.5 %", "95.4 %"),
        ("README.md", "from 83 %", "from 82 %"),
        ("README.md", "tour of eight", "tour of nine"),
        ("CHANGELOG.md", "49 results", "48 results"),
        ("docs/tutorial.md", "lets four of\nfive", "lets three of\nfive"),
        ("docs/tutorial.md", "Cause 3 is 20 points", "Cause 3 is 21 points"),
        ("docs/how-to/imagenet-heads.md", "239 million", "238 million"),
        ("softmax_geometry/example/README.md", "six of the sixteen", "five of the sixteen"),
    ],
)
def test_a_page_with_another_number_is_drift(pages, page, number, other):
    assert number in pages[page]
    changed = pages | {page: pages[page].replace(number, other)}
    quotes = QUOTED[page](pages)
    assert reading(pages[page], quotes).missing == ()
    assert reading(changed[page], quotes).missing


@pytest.mark.parametrize(
    "sentence",
    [
        "It takes 12.5 seconds.",
        "The AUROC is 0.92.",
        "It flags (9 % of them).",
        "The AUROC falls by −5 %.",
        "In 106 results it holds.",
        "| set | 99.4 |",
        "See [the 87 % here](page.md).",
        "Cause 3 is 20 points.",
        "The order turns at c = 0.685.",
        "::::{grid} 1 2\n:::{card}\nAn AUROC of 97.3 %.\n:::\n::::\n",
        "A stray ` hides nothing.\n\nAn AUROC of 97.3 %.\n\nAnother `.",
    ],
)
def test_a_new_number_is_loose_until_it_is_accounted_for(sentence):
    assert len(reading(sentence).loose) == 1
    assert reading(sentence, measured=[sentence.strip().rstrip(".")]).loose == ()
    assert reading("No number.", measured=[sentence]).missing == (sentence,)


@pytest.mark.parametrize(
    "sentence",
    [
        "Theorem 7.4 and figures 14 and 15 of Pearce et al. (2021).",
        "With K = 3, H = 16, ε = 0.05, log(K − 1), [0, 1] and float32.",
        "## 12. The decision\n\n1. Take `0.92`.\n",
        "```text\nAUROC 98.6 %\n```\n",
        "[here](figure-98.6.svg)",
    ],
)
def test_what_is_plainly_no_measurement_is_left_alone(sentence):
    assert reading(sentence).loose == ()


def test_a_number_does_not_hide_in_a_longer_one():
    assert reading("It is 94.52 %.", measured=["94.5 %"]).missing
    assert reading("It is 194.5 %.", measured=["94.5 %"]).missing


@pytest.fixture
def record(tmp_path):
    """Writes a record with an accuracy, an array and a duration; three seeds are the spread of the accuracy."""
    some = runs.recorded_runs()[0]

    def written(accuracy, array=(1.0, 2.0), seconds=1.0, **provenance):
        path = tmp_path / "toy" / "quick" / f"run-{np.random.default_rng().integers(1 << 40)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        outcome = Outcome({"accuracy": accuracy, "timing": {"rate": seconds}}, {"z": np.array(array)})
        write_record(path, _config(), 0, outcome, some.provenance | {"seconds": seconds} | provenance)
        return read_record(path)

    return written


def _config():
    from experiments.toy import PRESETS

    return PRESETS["smoke"][0]


def test_runs_are_compared_metric_by_metric_and_timings_never(record):
    seeds = [record(0.90), record(0.92), record(0.91)]
    verdict = lambda again: runs.compared(seeds[0], again, seeds).verdict  # noqa: E731
    assert verdict(record(0.90, seconds=7.0)) == "bit for bit"
    assert verdict(record(np.nextafter(0.90, 1))) == "to twelve digits"
    assert verdict(record(0.91)) == "differs"
    assert verdict(record(0.90, array=(1.0, np.nextafter(2.0, 3)))) == "differs"
    assert verdict(record(0.91, threads=2)) == "within its error"
    assert verdict(record(0.99, threads=2)) == "differs"
    assert verdict(record(None, threads=2)) == "differs"


def test_a_run_made_before_the_last_change_of_the_code_says_so(record):
    old, again = record(0.90), record(0.90)
    assert not runs.compared(old, again, [old]).code_changed
    os.utime(again.path, (0, 0))
    assert "before the last change" in str(runs.compared(old, again, [old]))


def test_every_record_is_of_a_configuration_of_today_and_the_quickest_of_each_experiment_come_first():
    everything = runs.recorded_runs()
    assert runs.strays() == set()
    first = [run.path.parents[1].name for run in everything[: len(runs.EXPERIMENTS)]]
    assert sorted(first) == sorted(runs.EXPERIMENTS)


def test_a_run_without_data_or_time_is_not_reproduced(tmp_path, monkeypatch):
    monkeypatch.delenv("SOFTMAX_GEOMETRY_DATA", raising=False)
    some = [run for run in runs.recorded_runs() if run.path.parents[1].name == "intro"]
    monkeypatch.setattr(runs, "recorded_runs", lambda: some)
    assert {type(run) for run in runs.compared_runs(tmp_path, 0.0, tmp_path)} == {runs.Missing}
    without_data = list(runs.compared_runs(tmp_path, 60.0, tmp_path))
    assert {type(run) for run in without_data} == {runs.Missing}
    assert "mnist" in without_data[0].why


def test_an_output_that_depends_on_the_hash_of_a_string_is_seen(monkeypatch):
    monkeypatch.setattr(processes, "_started", _hash_of_a_string)
    assert processes.compared_processes(hash_seeds=(1, 2)) == {"set": False}
    assert processes.compared_processes(hash_seeds=(1, 1)) == {"set": True}


def _hash_of_a_string(names, hash_seed, threads):
    command = [sys.executable, "-c", "print('{\"set\": %d}' % hash('a'))"]
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
