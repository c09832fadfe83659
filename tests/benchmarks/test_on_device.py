"""What is measured on a GPU runs on any device: here on a CPU, at small sizes."""

import json
import math

import numpy as np
import pytest
import torch

from benchmarks import __main__ as command
from benchmarks import page
from benchmarks.on_device import (
    bombardment_takes_seconds,
    density_outruns_the_cpu,
    device,
    scores_near_copy_bandwidth,
    training_nears_bare_passes,
)
from benchmarks.rows import Row

SMALL = [
    (scores_near_copy_bandwidth, {"SIZES": ((200, 10), (20, 100))}, 8),
    (density_outruns_the_cpu, {"N": 300, "H": 4, "K": 3}, 3),
    (bombardment_takes_seconds, {"LOG2_INPUTS": 12, "LOG2_SHARD": 11}, 1),
    (training_nears_bare_passes, {"WIDTH": 2, "BATCH": 8, "STEPS": 2, "REPEATS": 1}, 3),
]


@pytest.mark.parametrize(("module", "sizes", "count"), SMALL, ids=lambda value: getattr(value, "__name__", None))
def test_every_row_is_measured(module, sizes, count, monkeypatch):
    for name, value in sizes.items():
        monkeypatch.setattr(module, name, value)
    rows = module.rows("cpu")
    assert len(rows) == count
    assert all(math.isfinite(row.figure) and row.figure >= 0 for row in rows)
    if module is density_outruns_the_cpu:
        assert rows[-1].holds  # the same likelihood


def test_the_plan_of_table_1_counts_every_epoch_of_every_run(monkeypatch):
    per_seed = 100 * (60_000 + 60_000 + 73_257 + 50_000 + 50_000)
    assert training_nears_bare_passes.runs() == 25
    assert training_nears_bare_passes.images() == 5 * per_seed
    monkeypatch.setattr(training_nears_bare_passes, "medians", lambda *calls, **options: [2.0, 1.0])
    share, rate, hours = training_nears_bare_passes.rows("cpu")
    assert share.figure == 0.5
    assert rate.figure == 256 * 100 / 2
    assert hours.figure == pytest.approx(5 * per_seed / 12_800 / 3600)
    assert (share.holds, hours.holds) == (False, True)


def test_a_device_has_rates(monkeypatch):
    monkeypatch.setattr(device, "COPIED", 2**16)
    monkeypatch.setattr(device, "SIDE", 16)
    machine = device.this_device.__wrapped__("cpu")
    assert machine.bandwidth > 0
    assert set(machine.matrix_rate) == set(device.DTYPES)


def test_waiting_for_a_gpu_synchronises_it(monkeypatch):
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    device.waiting_for("cuda:1")()
    device.waiting_for("cpu")()
    assert waited == ["cuda:1"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
@pytest.mark.parametrize("asked", ["cuda", "cuda:7", "nonsense", "meta"])
def test_a_device_that_is_not_there_is_one_sentence(asked, capsys):
    assert command.main(["--device", asked]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("device: expected")
    assert err.count("\n") == 1


def test_an_unknown_benchmark_is_one_sentence(capsys):
    assert command.main(["nonsense"]) == 2
    assert capsys.readouterr().err.startswith("NAME: expected some of auroc_outruns_scikit_learn")


def test_a_full_run_is_recorded_and_rendered_as_the_second_part_of_the_page(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "RECORDS", tmp_path)
    monkeypatch.setattr(command, "as_device", lambda name: torch.device(name))
    monkeypatch.setattr(command, "name_of", lambda name: "some GPU")
    monkeypatch.setattr(command, "this_device", lambda name: device.Machine(1.0, {"float64": 5.0}))
    monkeypatch.setattr(command, "version", lambda name: "1")
    for module, _, _ in SMALL:
        monkeypatch.setattr(module, "rows", lambda where: [Row(f"on {where}", "", np.float64(2))])
    assert command.main(["--device", "cuda"]) == 0
    recorded = json.loads((tmp_path / "cuda.json").read_text())
    assert len(recorded["benchmarks"]) == len(SMALL)
    (tmp_path / "cpu.json").write_text(json.dumps(recorded))
    text = page.performance_page(tmp_path / "cpu.json", tmp_path)
    cpu, _, gpu = text.partition("## On a GPU")
    assert "some GPU" in gpu
    assert "| on cuda |" in gpu
    for module, _, _ in SMALL:
        title = module.__doc__.partition("\n")[0].rstrip(".")
        assert f"\n## {title}\n" in cpu
        assert f"\n### {title}\n" in gpu
    (tmp_path / "cuda.json").unlink()
    assert "On a GPU" not in page.performance_page(tmp_path / "cpu.json", tmp_path)
