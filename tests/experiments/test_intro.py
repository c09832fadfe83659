import json
from dataclasses import replace

import numpy as np
import pytest

from experiments import intro
from experiments.__main__ import main
from softmax_geometry.head import Head

TINY = replace(intro.PRESETS["smoke"], epochs=1, train_per_class=20, test_per_class=20, ood_per_class=5)
SPLITS = ("train", "test", "ood")


@pytest.fixture(scope="module")
def result():
    return intro.run(TINY, seed=3)


def test_shapes(result):
    assert (result.head.K, result.head.H) == (3, 16)
    assert [getattr(result, split).z.shape for split in SPLITS] == [(60, 16), (60, 16), (35, 16)]
    assert np.bincount(result.train.labels).tolist() == [20, 20, 20]
    assert np.bincount(result.ood.labels).tolist() == [5] * 7


def test_it_learns(result):
    assert result.metrics["accuracy"] > 0.7  # chance is 1/3
    assert 0.5 < result.metrics["AUROC U_max"] <= 1


def test_the_seed_decides_everything(result, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    again, other = intro.run(TINY, seed=3), intro.run(TINY, seed=4)
    intro.write(result, tmp_path / "a")
    intro.write(again, tmp_path / "b")
    assert again.metrics == result.metrics
    with np.load(tmp_path / "a" / "lenet_mnist.npz") as a, np.load(tmp_path / "b" / "lenet_mnist.npz") as b:
        assert a.files == b.files
        for name in a.files:
            np.testing.assert_array_equal(a[name], b[name])
    assert not np.array_equal(other.head.weight, result.head.weight)


def test_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(intro.PRESETS, "smoke", TINY)
    out = tmp_path / "deep" / "out"
    assert main(["run", "intro", "--preset", "smoke", "--seed", "3", "--out", str(out)]) == 0
    assert "accuracy: 0." in capsys.readouterr().out
    provenance = json.loads((out / "provenance.json").read_text())
    assert provenance["seed"] == 3
    assert provenance["config"]["epochs"] == 1
    assert set(provenance["data"]["mnist5000"]["sha256"]) == {"train pixels and labels", "test pixels and labels"}
    assert str(tmp_path) not in json.dumps(provenance)
    assert Head.load(out / "lenet_mnist.npz").K == 3


def test_list(capsys):
    assert main(["list"]) == 0
    assert capsys.readouterr().out.startswith("intro  ")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (["--preset", "huge"], "preset: expected smoke or quick, got 'huge'"),
        (["--seed", "-1"], "seed: expected a whole number"),
        (["--data", "/nowhere"], "data: expected /nowhere to hold a folder mnist"),
        (["--device", "abacus"], "device"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, capsys, options, match):
    if "--device" in options:
        options = ["--preset", "smoke", *options]
    assert main(["run", "intro", "--out", str(tmp_path), *options]) == 2
    error = capsys.readouterr().err
    assert match in error
    assert error.count("\n") == 1


def test_output_folder_that_cannot_be(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["run", "intro", "--out", str(tmp_path / "file" / "folder")]) == 2
    assert "out: expected a folder" in capsys.readouterr().err


def test_unknown_experiment_exits_with_2(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["run", "nothing", "--out", "x"])
    assert exit_.value.code == 2
    assert "invalid choice" in capsys.readouterr().err
