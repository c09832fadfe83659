import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments import intro
from experiments.__main__ import EXPERIMENTS, main
from experiments.data import LICENCES, Images
from experiments.running import Given, Outcome, mean_and_se, records, sweep, text_table, workers_at
from experiments.running.claiming import claimed
from experiments.running.records import read_record, record_path, scratch_of, write_record
from experiments.running.stretches import seconds_before
from softmax_geometry.checks import InputError

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Config:
    name: str
    scale: float = 1.0

    @property
    def label(self):
        return self.name


@pytest.fixture
def fake(monkeypatch):
    """An experiment of three configurations that notes what it is asked to run."""
    module = ModuleType("experiments.fake")
    module.PRESETS = {"smoke": (Config("b"), Config("a"), Config("c", 2.0))}
    module.ran = []

    def run(config, given):
        module.ran.append((config.name, given.seed))
        assert given.scratch.is_dir()
        (given.scratch / "half").write_text("")
        pixels, labels = np.zeros((1, 2, 2), np.uint8), np.zeros(1, np.int64)
        images = Images(pixels, labels, "svhn", {"f": "00"}, caveat="a part of it")
        return Outcome({"x": config.scale * given.seed, "bad": float("nan")}, {"y": np.arange(3)}, (images,))

    module.run = run
    module.table = lambda found: "\n".join(f"{r.label} {r.seed} {r.metrics['x']}" for r in found)
    module.drawings = lambda found: {"picture": partial(Figure, figsize=(1, 1))}
    monkeypatch.setitem(sys.modules, "experiments.fake", module)
    monkeypatch.setitem(EXPERIMENTS, "fake", "made up")
    monkeypatch.setitem(LICENCES, "svhn", "none")
    return module


def test_a_record_says_all_of_its_run(fake, tmp_path):
    found = sweep("fake", "smoke", [3], Given(0), tmp_path)
    assert [(record.label, record.seed) for record in found] == [("b", 3), ("a", 3), ("c", 3)]
    last = found[-1]
    assert last.metrics == {"x": 6.0, "bad": None}
    assert last.config == {"name": "c", "scale": 2.0}
    assert last.caveats == {"svhn": "a part of it"}
    assert last.arrays["y"].tolist() == [0, 1, 2]
    assert last.provenance["data"] == {"svhn": {"licence": "none", "sha256": {"f": "00"}}}
    assert last.provenance["command"] == (
        "python -m experiments run fake --preset smoke --seeds 3, --device cpu --threads 1 --data DATA"
    )
    assert {"versions", "device", "threads", "seconds", "date"} <= set(last.provenance)
    assert not any((tmp_path / "fake" / "smoke" / ".scratch").iterdir())


def test_labels_leave_all_other_configurations_out(fake, tmp_path):
    found = sweep("fake", "smoke", [1, 2], Given(0), tmp_path, labels=["a"])
    assert [(record.label, record.seed) for record in found] == fake.ran == [("a", 1), ("a", 2)]


def test_what_is_recorded_is_not_run_again(fake, tmp_path):
    sweep("fake", "smoke", [0], Given(0), tmp_path)
    fake.ran.clear()
    found = sweep("fake", "smoke", [0, 1], Given(0), tmp_path)
    assert fake.ran == [("b", 1), ("a", 1), ("c", 1)]
    assert len(found) == 6


def test_another_configuration_is_another_run(fake, tmp_path):
    sweep("fake", "smoke", [0], Given(0), tmp_path)
    fake.PRESETS["smoke"] = (Config("b", scale=5.0),)
    assert [record.config["scale"] for record in sweep("fake", "smoke", [0], Given(0), tmp_path)] == [5.0]


def test_seeds_are_read_whole(fake, tmp_path):
    sweep("fake", "smoke", [1, 12, 2], Given(0), tmp_path)
    found = records(tmp_path / "fake" / "smoke", fake.PRESETS["smoke"][:1])
    assert [record.seed for record in found] == [1, 2, 12]


def test_a_failure_keeps_what_was_finished(fake, tmp_path):
    run = fake.run

    def fail(config, given):
        if config.name == "a":
            raise InputError("data: expected some, got none")
        return run(config, given)

    fake.run = fail
    with pytest.raises(InputError):
        sweep("fake", "smoke", [0], Given(0), tmp_path)
    fake.run = run
    sweep("fake", "smoke", [0], Given(0), tmp_path)
    assert fake.ran == [("b", 0), ("a", 0), ("c", 0)]


@pytest.mark.parametrize("recorded_there", [False, True])
def test_a_run_that_another_process_is_at_comes_last_and_is_done_here_only_if_it_was_not_there(
    fake, tmp_path, capsys, recorded_there
):
    path = record_path(tmp_path / "fake" / "smoke", Config("b"), 0)
    with ThreadPoolExecutor() as pool:
        with claimed([path]) as theirs:  # locks belong to open files, so a second one in this process is another's
            assert theirs == [path]
            found = pool.submit(sweep, "fake", "smoke", [0], Given(0), tmp_path)
            while "waiting for another process that does b-" not in capsys.readouterr().err:
                time.sleep(0.01)
            assert fake.ran == [("a", 0), ("c", 0)]
            if recorded_there:
                write_record(path, Config("b"), 0, Outcome({"x": 7.0}), {})
                shutil.rmtree(scratch_of(path))
        assert [record.metrics["x"] for record in found.result(10)] == [7.0 if recorded_there else 0.0, 0.0, 0.0]
    assert fake.ran[2:] == ([] if recorded_there else [("b", 0)])
    assert not any((tmp_path / "fake" / "smoke" / ".scratch").iterdir())


def test_a_file_system_without_locks_is_no_hindrance(fake, tmp_path, monkeypatch):
    monkeypatch.setattr("softmax_geometry.locks.fcntl", None)
    assert len(sweep("fake", "smoke", [0], Given(0), tmp_path)) == 3


def test_seconds_of_a_resumed_run_are_those_of_all_its_stretches(tmp_path):
    def at(name, moment):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (moment, moment))

    assert seconds_before(tmp_path) == 0
    at("seconds", 1000)
    at("state.pt", 1040)  # then it is killed
    at("lock", 9000)
    assert seconds_before(tmp_path) == 40
    at("seconds", 2000)  # and again, with nothing kept
    assert seconds_before(tmp_path) == 40
    at("seconds", 3000)
    at("state.pt", 2000)  # the clock was set back
    assert seconds_before(tmp_path) == 40
    at("seconds", 4000)
    at("state.pt", 4005)
    assert seconds_before(tmp_path) == 45


def test_seconds_of_earlier_stretches_come_into_the_record(fake, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["experiments.running.sweep"], "seconds_before", lambda scratch: 500.0)
    for record in sweep("fake", "smoke", [0], Given(0), tmp_path):
        assert 500 <= record.provenance["seconds"] < 560


def test_ctrl_c_while_torch_is_imported(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.__main__.import_torch", interrupted)
    assert main(["list"]) == 130
    assert capsys.readouterr().err.startswith("error: interrupted")


def test_a_damaged_record_is_named(fake, tmp_path):
    sweep("fake", "smoke", [0], Given(0), tmp_path)
    path = record_path(tmp_path / "fake" / "smoke", Config("a"), 0)
    path.write_text(path.read_text()[:50])
    with pytest.raises(InputError, match=rf"record .*{path.name}: expected the JSON of a run, got a damaged file"):
        sweep("fake", "smoke", [0], Given(0), tmp_path)
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match="expected the JSON of a run"):
        read_record(path)


@pytest.mark.parametrize("shape", ["(1099511627776,)", "(3"])
def test_damaged_arrays_of_a_record_are_named(fake, tmp_path, shape):
    sweep("fake", "smoke", [0], Given(0), tmp_path)
    path = record_path(tmp_path / "fake" / "smoke", Config("a"), 0)
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}".encode()
    with zipfile.ZipFile(path.with_suffix(".npz"), "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(InputError, match="expected the arrays of a run, got a damaged file; delete it"):
        _ = read_record(path).arrays


def test_command_line_prints_table_caveats_and_figures(fake, tmp_path, capsys):
    assert main(["run", "fake", "--preset", "smoke", "--seeds", "2,0", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "b 2 2.0" in out
    assert "svhn: a part of it" in out
    assert (tmp_path / "fake" / "smoke" / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (["--preset", "huge"], "preset: expected smoke, got 'huge'"),
        (["--seeds", "x"], "seeds: expected a number of seeds"),
        (["--seeds", "-1"], "seeds: expected a number of seeds"),
        (["--threads", "0"], "threads: expected at least 1, got 0"),
        (["--seeds", "0"], "seeds: expected at least 1"),
        (["--scheduler", "tcp://127.0.0.1:1"], "scheduler: expected the address of a running Dask scheduler"),
        (["--scheduler", "nonsense://"], "scheduler: expected the address"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(fake, tmp_path, capsys, monkeypatch, options, match):
    monkeypatch.setattr("experiments.running.workers.CONNECT_SECONDS", 0.5)
    assert main(["run", "fake", "--preset", "smoke", "--out", str(tmp_path), *options]) == 2
    error = capsys.readouterr().err
    assert match in error
    assert error.count("\n") == 1
    assert not list(tmp_path.rglob("*.json"))


def test_output_folder_that_cannot_be(fake, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["run", "fake", "--preset", "smoke", "--out", str(tmp_path / "file" / "folder")]) == 2
    assert "out: expected a folder" in capsys.readouterr().err


def test_summaries():
    assert mean_and_se([1.0, 2.0, 4.0]) == (pytest.approx(7 / 3), pytest.approx(np.std([1, 2, 4], ddof=1) / 3**0.5))
    assert np.isnan(mean_and_se([None])[0])
    assert text_table(["a", "bb"], [["ccc", 1]]) == "a    bb\nccc   1"


RESUMABLE = (
    "import sys; from experiments.training import loop; from experiments.__main__ import main;"
    "loop.CHECKPOINT_SECONDS = 0.0; sys.exit(main(sys.argv[1:]))"
)


def command(out):
    return [sys.executable, "-c", RESUMABLE, "run", "intro", "--preset", "smoke", "--out", str(out)]


def metrics_in(out):
    (path,) = (out / "intro" / "smoke").glob("*.json")
    return json.loads(path.read_text())["metrics"]


def test_kill_9_at_any_moment_then_the_same_command(tmp_path):
    subprocess.run(command(tmp_path / "whole"), cwd=ROOT, check=True, capture_output=True)
    out, rng, kills = tmp_path / "killed", np.random.default_rng(0), 0
    while True:
        process = subprocess.Popen(command(out), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        states = out / "intro" / "smoke" / ".scratch"
        if kills < 3:
            while process.poll() is None and not list(states.rglob("lenet.pt")):
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 0.6))
            process.send_signal(signal.SIGKILL)
            kills += 1
        _, error = process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, error.decode()
    assert metrics_in(out) == metrics_in(tmp_path / "whole")


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(tmp_path):
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));" + RESUMABLE
    arguments = ["run", "intro", "--preset", "smoke", "--out", str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", limited, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "cannot be written (File too large)" in done.stderr.splitlines()[-1]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


TINY = replace(intro.PRESETS["smoke"][0], epochs=1, train_per_class=20, test_per_class=20, ood_per_class=5)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_cluster_gives_the_same_and_survives_the_loss_of_a_worker(tmp_path, monkeypatch):
    distributed = pytest.importorskip("dask.distributed")
    monkeypatch.setitem(intro.PRESETS, "smoke", (TINY,))
    expected = [record.metrics for record in sweep("intro", "smoke", range(3), Given(0), tmp_path / "here")]
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp://"
        ) as cluster,
        workers_at(cluster.scheduler_address) as workers,
    ):
        pid_of = workers.client.run(_pid)
        first = next(iter(pid_of.values()))
        workers.client.submit(_kill_soon, first, workers=[list(pid_of)[1]], pure=False)
        found = sweep("intro", "smoke", range(3), Given(0, workers=workers), tmp_path / "there")
        survivors = workers.client.run(_pid).values()
    assert first not in survivors
    assert [record.metrics for record in found] == expected


def _pid():
    import os

    return os.getpid()


def _kill_soon(pid):
    import os

    time.sleep(1)
    os.kill(pid, signal.SIGKILL)
