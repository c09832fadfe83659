"""The command line: what it prints agrees with the functions; every bad input is one sentence and exit code 2."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import softmax_geometry as sg
from softmax_geometry.cli import main
from softmax_geometry.figures import catalogue
from softmax_geometry.tables import narrowest_pairs


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    example = sg.load_example()
    example.head.save(folder / "head.npz")
    for name in ("train", "test", "ood"):
        features = getattr(example, name)
        np.savez(folder / f"{name}.npz", z=features.z, labels=features.labels)
    np.savez(
        folder / "gaussians.npz", means=[[2.0, 0], [-1, 1]], covariances=[np.eye(2), 2 * np.eye(2)], priors=[0.3, 0.7]
    )
    np.savez(folder / "two.npz", weight=[[1.0, 0], [-2, 0.5]], bias=[0.1, -0.2])
    np.savez(folder / "unlabelled.npz", z=example.train.z)
    return folder


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_region_prints_what_the_functions_compute(files, capsys):
    code, out, _ = run(capsys, "region", files / "head.npz", "--train", files / "train.npz", "--epsilon", 0.1, "--json")
    numbers = json.loads(out)
    example = sg.load_example()
    region = sg.valid_region(example.head, example.train, 0.1)
    assert code == 0
    assert numbers["margin_threshold"] == region.linear.L
    pair = numbers["pairs"][1]
    assert pair["classes"] == [0, 2]
    assert pair["width"] == region.widths[0, 2]
    assert pair["offset"] == region.offsets[0, 2]


def test_region_from_class_gaussians_is_exact_for_two_classes(files, capsys):
    numbers = json.loads(run(capsys, "region", files / "two.npz", "--train", files / "gaussians.npz", "--json")[1])
    head, law = sg.Head.load(files / "two.npz"), sg.ClassGaussians.load(files / "gaussians.npz")
    assert numbers["source"] == "gaussian"
    assert sg.gaussian_mass(head, law, sg.gaussian_threshold(head, law)).value == pytest.approx(0.05, abs=1e-12)
    assert numbers["margin_threshold"] == pytest.approx(sg.gaussian_threshold(head, law).margin)


def test_region_of_two_classes_reports_the_papers_separable_offset_and_the_difference(capsys, tmp_path):
    np.savez(tmp_path / "head.npz", weight=[[-1.0], [1.0]])  # class 1 on the positive side: the order does not matter
    for distance, separable in [(2.0, 0.355146), (1.5, None)]:
        law = {"means": [[-distance / 2], [distance / 2]], "covariances": [[[0.25]], [[0.25]]]}
        np.savez(tmp_path / "law.npz", **law)
        two = json.loads(run(capsys, "region", tmp_path / "head.npz", "--train", tmp_path / "law.npz", "--json")[1])[
            "two_class"
        ]
        if separable is None:
            assert two["separable_offset"] is None
        else:
            assert two["separable_offset"] == pytest.approx(separable, abs=1e-6)
            assert two["difference"] == pytest.approx(0.425190 - separable, abs=1e-6)
            assert two["separable_epsilon"] == pytest.approx(0.0407, abs=1e-4)
        table = run(capsys, "region", tmp_path / "head.npz", "--train", tmp_path / "law.npz")[1]
        assert ("has no root here" in table) == (separable is None)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["region", "head.npz", "--train", "train.npz"], "every point with a top-two logit gap below L ="),
        (["region", "head.npz", "--train", "unlabelled.npz", "--source", "conformal"], "conformal threshold"),
        (["structure", "head.npz"], "etf_distance"),
        (["score", "head.npz", "ood.npz"], "higher means more OOD"),
        (["claims"], "Definition 1"),
    ],
)
def test_every_command_has_a_table_for_people(files, capsys, monkeypatch, command, expected):
    monkeypatch.chdir(files)
    code, out, err = run(capsys, *command)
    assert (code, err) == (0, "")
    assert expected in out


def test_an_empty_linear_region_is_said_not_failed(files, capsys, tmp_path):
    np.savez(tmp_path / "weak.npz", weight=np.eye(3) * 0.01)
    np.savez(tmp_path / "z.npz", z=np.random.default_rng(0).normal(size=(100, 3)))
    code, out, _ = run(capsys, "region", tmp_path / "weak.npz", "--train", tmp_path / "z.npz")
    assert code == 0
    assert "the linear region is empty" in out


@pytest.mark.parametrize("labels", [[0, 1] * 50, [0] * 50 + [1] * 49 + [2]])
def test_region_needs_no_full_classes_for_an_empirical_threshold(capsys, tmp_path, labels):
    np.savez(tmp_path / "head.npz", weight=np.eye(3) * 9)
    np.savez(tmp_path / "z.npz", z=np.random.default_rng(0).normal(size=(100, 3)), labels=labels)
    code, out, _ = run(capsys, "region", tmp_path / "head.npz", "--train", tmp_path / "z.npz", "--json")
    assert code == 0
    assert json.loads(out)["pairs"][0]["width_in_std"] is None


def test_infinite_widths_are_null_in_json(capsys, tmp_path):
    np.savez(tmp_path / "head.npz", weight=[[1e-155, 0], [-1e-155, 0]], bias=[10, 0])
    np.savez(tmp_path / "z.npz", z=np.ones((10, 2)))
    code, out, _ = run(capsys, "region", tmp_path / "head.npz", "--train", tmp_path / "z.npz", "--json")
    assert code == 0
    assert json.loads(out)["pairs"][0]["offset"] is None


@pytest.mark.parametrize("command", [["claims"], ["--help"], ["claims", "--help"]])
def test_a_full_disk_is_said_in_one_sentence(command):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "softmax_geometry.cli", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "softmax-geometry: standard output cannot be written (No space left on device)\n"


@pytest.mark.parametrize("command", [["claims"], ["--help"], ["claims", "--help"]])
def test_a_reader_may_leave_before_the_end(command):
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "softmax_geometry.cli", *command],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_score_writes_all_scores_whole(files, capsys, tmp_path):
    out = tmp_path / "scores.npz"
    code, *_ = run(capsys, "score", files / "head.npz", files / "ood.npz", "--train", files / "train.npz", "--out", out)
    assert code == 0
    with np.load(out) as scores:
        assert set(scores) == {"U_max", "U_entropy", "U_cool", "U_density", "U_max_log", "U_entropy_log"}
        assert len(scores["U_density"]) == len(sg.load_example().ood)


def test_diagnose_gives_the_causes_with_standard_errors(files, capsys):
    arguments = ["diagnose", files / "head.npz", "--train", files / "train.npz", "--test", files / "test.npz"]
    code, out, _ = run(capsys, *arguments, "--ood", files / "ood.npz", "--json")
    numbers = json.loads(out)
    assert code == 0
    causes = {key: cause["value"] for key, cause in numbers["causes"].items()}
    assert causes["1"] + causes["2"] + causes["3"] == pytest.approx(
        1 - numbers["scores"]["U_entropy"]["auroc"]["value"]
    )
    code, table, _ = run(capsys, *arguments, "--ood", files / "ood.npz")
    assert "OOD is the positive class" in table


def test_report_without_files_is_the_bundled_example(capsys, tmp_path):
    code, *_ = run(capsys, "report", "--out", tmp_path / "page.html")
    assert code == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["page.html", "page.json"]
    json.loads((tmp_path / "page.json").read_text())


def test_figures_are_files_of_every_format_and_the_same_bytes_again(capsys, tmp_path):
    command = ["figures", "figure-9", "widths", "--format", "png,svg,pdf", "--json", "--out"]
    for folder in ("first", "second"):
        code, out, _ = run(capsys, *command, tmp_path / folder)
        assert code == 0
    assert list(json.loads(out)) == ["figure-9", "widths"]
    for name, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        first, second = (tmp_path / folder / f"widths.{name}" for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
        assert first.read_bytes().startswith(start)
    assert len(list((tmp_path / "first").iterdir())) == 6


def test_the_list_of_figures_writes_nothing(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "figures", "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(catalogue())
    assert not list(tmp_path.iterdir())


def test_figures_of_a_head_leave_out_with_a_reason_what_cannot_be_drawn(files, capsys, tmp_path):
    np.savez(tmp_path / "head.npz", weight=np.random.default_rng(0).normal(size=(5, 4)))
    code, out, _ = run(capsys, "figures", "--head", tmp_path / "head.npz", "--out", tmp_path / "out", "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found) == [name for name, entry in catalogue().items() if entry.own]
    assert all(bool(figure["files"]) != bool(figure["left_out"]) for figure in found.values())
    assert found["figure-4"]["files"]
    assert "train" in found["figure-1b"]["left_out"]


def test_the_explorer_is_one_file(capsys, tmp_path):
    code, out, _ = run(capsys, "explorer", "--out", tmp_path / "page.html", "--json")
    assert code == 0
    assert json.loads(out)["bytes"] == (tmp_path / "page.html").stat().st_size
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


BAD_ARRAYS = {
    "nan.npz": {"z": [[np.nan] * 16]},
    "inf.npz": {"z": [[np.inf] * 16]},
    "wide.npz": {"z": np.ones((3, 17))},
    "flat.npz": {"z": np.ones(16)},
    "empty.npz": {"z": np.ones((0, 16))},
    "labels.npz": {"z": np.ones((4, 16)), "labels": [0, 1, 2, 3]},
    "lonely.npz": {"z": np.ones((4, 16)), "labels": [0, 0, 1, 2]},
    "one.npz": {"weight": np.ones((1, 16))},
    "twins.npz": {"weight": np.vstack([np.ones((2, 16)), np.zeros((1, 16))])},
    "mean.npz": {"weight": np.vstack([np.zeros((1, 16)), np.ones((1, 16)), -np.ones((1, 16))])},
    "nanhead.npz": {"weight": np.full((3, 16), np.nan)},
    "neither.npz": {"a": np.ones(3)},
    "text.npz": {"z": [["a"] * 16]},
}


@pytest.fixture(scope="module")
def bad(files):
    for name, arrays in BAD_ARRAYS.items():
        np.savez(files / name, **arrays)
    np.savez(files / "objects.npz", z=np.array([{}], dtype=object))
    (files / "garbage.npz").write_bytes(b"PK\x03\x04 not a zip")
    (files / "model.pkl").write_bytes(b"\x80\x04N.")
    (files / "unwritable").write_text("a file, not a folder")
    (files / "taken.json").mkdir()
    np.savez(files / "huge.npz", weight=np.diag(np.full(16, 1e200))[:3])
    np.save(files / "cut.npy", np.ones((3, 16)))
    (files / "cut.npy").write_bytes((files / "cut.npy").read_bytes()[:50] + b"\n" * 78)
    return files


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("region absent.npz --train train.npz", "absent.npz: cannot be read"),
        ("region head.npz --train absent.npz", "absent.npz: cannot be read"),
        ("region garbage.npz --train train.npz", "garbage.npz: expected a whole .npz file"),
        ("region model.pkl --train train.npz", "model.pkl: expected a file named"),
        ("region head.npz --train objects.npz", "pickle"),
        ("region head.npz --train nan.npz", "z: expected finite numbers, got nan"),
        ("region head.npz --train inf.npz", "z: expected finite numbers, got inf"),
        ("region head.npz --train wide.npz", "expected 16 features, as the head has, got 17"),
        ("region head.npz --train flat.npz", "z: expected an array of rank 2"),
        ("region head.npz --train empty.npz", "z: expected at least one entry"),
        ("region head.npz --train text.npz", "z: expected real numbers"),
        ("region head.npz --train neither.npz", "expected an array z, got a"),
        ("region head.npz --train labels.npz --source gaussian", "expected labels in 0..2, got 0..3"),
        ("region head.npz --train lonely.npz --source gaussian", "at least 2 samples of every class"),
        ("region head.npz --train unlabelled.npz --source gaussian", "expected class labels, got none"),
        ("region head.npz --train gaussians.npz", "got K=2 and H=2"),
        ("region head.npz --train train.npz --epsilon 0", "epsilon: expected a number in (0, 1), got 0"),
        ("region head.npz --train train.npz --epsilon 1", "epsilon: expected a number in (0, 1), got 1"),
        ("region head.npz --train train.npz --epsilon nan", "epsilon: expected a number in (0, 1), got nan"),
        ("region one.npz --train train.npz", "at least 2 classes"),
        ("region nanhead.npz --train train.npz", "weight: expected finite numbers"),
        ("region twins.npz --train train.npz", "expected distinct rows, got equal rows 0 and 1"),
        ("structure mean.npz", "row 0"),
        ("score head.npz wide.npz", "expected 16 features"),
        ("score head.npz ood.npz --out unwritable/scores.npz", "cannot be written"),
        ("score head.npz ood.npz --out scores.txt", "ends in .npz"),
        ("diagnose head.npz --train train.npz --test test.npz --ood empty.npz", "at least one entry"),
        ("report --head head.npz", "--train: expected labelled training features"),
        ("report --train train.npz", "--head: expected a head"),
        ("report --out unwritable/report.html", "cannot be written"),
        ("report --out page.json", "--out: expected a path that ends in .html"),
        ("report --out taken.html", "taken.json: cannot be written (it is a folder)"),
        ("score head.npz ood.npz --train train.npz --seed -1", "--seed: expected a whole number >= 0"),
        ("score huge.npz ood.npz", "precision: expected one that holds logits of"),
        ("region head.npz --train cut.npy", "cut.npy"),
        ("figures figure-99", "expected the name of a figure (figure-1a, "),
        ("figures saturation --head head.npz", "expected a figure that can be drawn for a head (figure-1b, "),
        ("figures figure-2 --head head.npz", "figure-2: "),
        ("figures figure-2 --train train.npz", "--head: expected a head"),
        ("figures figure-2 --format svg,bmp", "--format: expected png, svg or pdf"),
        ("figures figure-2 --out unwritable", "--out: unwritable cannot be made a folder"),
        ("explorer --out page.htmlx", "--out: expected a path that ends in .html"),
        ("explorer --out unwritable/page.html", "cannot be written"),
        ("claims --verdict wrong", "--verdict: expected one of"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_two(bad, capsys, monkeypatch, command, message):
    monkeypatch.chdir(bad)
    before = sorted(p.name for p in bad.iterdir())
    code, out, err = run(capsys, *command.split())
    assert (code, out) == (2, "")
    assert err.startswith("softmax-geometry: ")
    assert err.count("\n") == 1
    assert message in err
    assert sorted(p.name for p in bad.iterdir()) == before


@pytest.mark.parametrize(
    "arguments", [["region"], ["nonsense"], ["region", "head.npz", "--train", "x", "--epsilon", "much"]]
)
def test_wrong_usage_is_exit_code_two_without_a_traceback(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "softmax_geometry.cli", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize("most", [1, 5, 1000])
def test_the_narrowest_pairs_are_the_first_of_all_sorted(most):
    head = sg.Head(np.random.default_rng(2).normal(size=(600, 3)))
    region = sg.LinearRegion(head, L=1.5)
    i, j, offsets, widths = narrowest_pairs(region, most)
    row, column = np.triu_indices(600, 1)
    order = np.argsort(region.widths[row, column])[:most]
    np.testing.assert_array_equal(i, row[order])
    np.testing.assert_array_equal(j, column[order])
    np.testing.assert_allclose(widths, region.widths[i, j], rtol=1e-12)
    np.testing.assert_allclose(offsets, region.offsets[i, j], rtol=1e-12)


def test_more_pairs_than_there_are_is_all_of_them():
    i, j, _, widths = narrowest_pairs(sg.LinearRegion(sg.Head([[0.0], [1.0], [3.0]]), L=1.0), most=10)
    assert list(zip(i, j, widths, strict=True)) == [(0, 2, 2 / 3), (1, 2, 1.0), (0, 1, 2.0)]


def test_beyond_two_thousand_classes_a_region_lists_its_narrowest_pairs(capsys, tmp_path):
    rng = np.random.default_rng(3)
    head = sg.Head(rng.normal(size=(2001, 2)))
    head.save(tmp_path / "head.npz")
    np.savez(tmp_path / "train.npz", z=rng.normal(size=(4002, 2)), labels=np.arange(4002) % 2001)
    command = ["region", tmp_path / "head.npz", "--train", tmp_path / "train.npz", "--estimator", "margin"]
    numbers = json.loads(run(capsys, *command, "--json")[1])
    assert numbers["number_of_pairs"] == 2001 * 1000
    assert len(numbers["pairs"]) == 1000
    narrowest = numbers["pairs"][0]
    assert narrowest["width"] == pytest.approx(np.nanmin(sg.LinearRegion(head, numbers["margin_threshold"]).widths))
    assert narrowest["width_in_std"] is None
    assert "(2000955 wider pairs not shown; --json has the 1000 narrowest)" in run(capsys, *command)[1]


@pytest.mark.parametrize("name", ["nul\0.npz", "b" * 300 + ".npz", "a\x1b[31m\nb.npz"])
@pytest.mark.parametrize("option", ["head", "--train", "--out"])
def test_a_path_that_no_file_can_have_is_one_printable_sentence(files, capsys, tmp_path, name, option):
    head = tmp_path / name if option == "head" else files / "head.npz"
    options = [] if option == "head" else [option, tmp_path / name]
    if option == "--out" and name.startswith("a"):
        options = ["--out", tmp_path / name.replace("npz", "txt")]
    code, out, err = run(capsys, "score", head, files / "ood.npz", *options)
    assert (code, out) == (2, "")
    assert err.removesuffix("\n").isprintable()


def test_out_of_memory_is_said_in_one_sentence(files, capsys, monkeypatch):
    def load(*arguments):
        raise MemoryError("Unable to allocate 3 TiB")

    monkeypatch.setattr(sg.Head, "load", load)
    code, _, err = run(capsys, "structure", files / "head.npz")
    assert (code, err) == (1, "softmax-geometry: out of memory (Unable to allocate 3 TiB)\n")


@pytest.mark.filterwarnings("always")
def test_a_warning_is_said_in_one_sentence(files, capsys, tmp_path):
    np.savez(tmp_path / "z.npz", z=np.eye(len(np.load(files / "head.npz")["weight"][0]))[np.arange(20) % 2])
    code, out, err = run(capsys, "score", files / "head.npz", files / "ood.npz", "--train", tmp_path / "z.npz")
    assert (code, bool(out)) == (0, True)
    assert err.startswith("softmax-geometry: warning: k-means gave points to 2 of ")
    assert err.count("\n") == 1
