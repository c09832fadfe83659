"""Every experiment, from the command line, on data that packages ship."""

import pytest

from experiments.__main__ import EXPERIMENTS, main


def test_list_names_all(capsys):
    assert main(["list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_smoke(name, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("SOFTMAX_GEOMETRY_DATA", raising=False)
    assert main(["run", name, "--preset", "smoke", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    folder = tmp_path / name / "smoke"
    assert len(list(folder.glob("*.json"))) >= 1
    assert not list((folder / ".scratch").iterdir())
    pictures = list(folder.glob("*.png"))
    assert pictures
    assert all(str(picture) in out for picture in pictures)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (["--preset", "huge"], "preset: expected smoke or quick or paper or example, got 'huge'"),
        (["--data", "/nowhere"], "data: expected /nowhere to hold mnist"),
        (["--preset", "smoke", "--device", "abacus"], "device"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, capsys, options, match):
    assert main(["run", "intro", "--out", str(tmp_path), *options]) == 2
    error = capsys.readouterr().err
    assert match in error
    assert error.count("\n") == 1


def test_unknown_experiment_exits_with_2(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["run", "nothing"])
    assert exit_.value.code == 2
    assert "invalid choice" in capsys.readouterr().err
