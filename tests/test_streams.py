"""Features in a stream give the numbers of the same features in memory, and a bad shard is named."""

import json
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

import softmax_geometry as sg
from softmax_geometry import streams
from softmax_geometry.cli import main
from softmax_geometry.diagnosis import all_scores
from softmax_geometry.streams import FeatureStream, load_features, load_population

K, H = 3, 4
HEAD = sg.Head(np.random.default_rng(0).normal(size=(K, H)), [0.1, -0.2, 0.3])


def features(n, seed, scale=1.0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % K
    z = scale * (2 * HEAD.weight[labels] + rng.normal(size=(n, H)))
    return sg.Features(z.astype(np.float32), labels)


TRAIN, TEST, OOD = features(211, 1), features(90, 2), features(70, 3, scale=0.4)


def write_shards(folder, whole, lengths, names=None, labelled=True):
    folder.mkdir()
    ends = np.cumsum(lengths)
    assert ends[-1] == len(whole)
    for n, (length, end) in enumerate(zip(lengths, ends, strict=True)):
        name = names[n] if names else f"-{n}"
        np.save(folder / f"z{name}.npy", whole.z[end - length : end])
        if labelled:
            np.save(folder / f"labels{name}.npy", whole.labels[end - length : end])
    return folder


@pytest.fixture
def folders(tmp_path):
    HEAD.save(tmp_path / "head.npz")
    for name, whole in (("train", TRAIN), ("test", TEST), ("ood", OOD)):
        write_shards(tmp_path / name, whole, [17, 1, len(whole) - 18])
        np.savez(tmp_path / f"{name}.npz", z=whole.z, labels=whole.labels)
    return tmp_path


@pytest.fixture(params=[5, 1000])
def small_blocks(request, monkeypatch):
    """Blocks of 5 rows, and of whole shards."""
    monkeypatch.setattr(streams, "_BLOCK", request.param * H)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("estimator", ["U_max", "U_entropy", "margin"])
@pytest.mark.parametrize("source", ["empirical", "conformal"])
def test_the_threshold_is_that_of_features_in_memory(folders, estimator, source):
    streamed = sg.valid_region(HEAD, FeatureStream.load(folders / "train"), 0.1, estimator, source)
    whole = sg.valid_region(HEAD, TRAIN, 0.1, estimator, source)
    assert streamed.threshold.log_score == pytest.approx(whole.threshold.log_score, rel=1e-13)
    assert (streamed.threshold.source, streamed.threshold.epsilon) == (source, 0.1)


@pytest.mark.usefixtures("small_blocks")
def test_class_gaussians_are_those_of_features_in_memory(folders):
    stream = FeatureStream.load(folders / "train")
    whole = sg.ClassGaussians.from_features(TRAIN)
    for law in (sg.ClassGaussians.from_features(stream), sg.ClassGaussians.from_features(stream, K)):
        np.testing.assert_array_equal(law.priors, whole.priors)
        np.testing.assert_allclose(law.means, whole.means, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(law.covariances, whole.covariances, rtol=1e-12, atol=1e-14)


def test_the_gaussian_threshold_is_that_of_features_in_memory(folders):
    streamed, whole = (
        sg.valid_region(HEAD, train, 0.1, source="gaussian").linear.L
        for train in (FeatureStream.load(folders / "train"), TRAIN)
    )
    assert streamed == pytest.approx(whole, rel=1e-10)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
def test_the_density_is_one_gaussian_a_class_with_the_same_ridge(folders, covariance_type):
    streamed = sg.fit_density(FeatureStream.load(folders / "train"), covariance_type=covariance_type)
    whole = sg.fit_density(TRAIN, covariance_type=covariance_type, method="per_class")
    np.testing.assert_allclose(streamed.covariances, whole.covariances, rtol=1e-6)  # np.var of float32 data
    np.testing.assert_allclose(streamed.means, whole.means, rtol=1e-12, atol=1e-14)
    fixed = [
        sg.fit_density(train, K, covariance_type, 0.5, "per_class").covariances
        for train in (FeatureStream.load(folders / "train"), TRAIN)
    ]
    np.testing.assert_allclose(*fixed, rtol=1e-12, atol=1e-14)


@pytest.mark.usefixtures("small_blocks")
def test_diagnosis_is_that_of_features_in_memory(folders):
    streamed = sg.diagnose(HEAD, *(FeatureStream.load(folders / name) for name in ("train", "test", "ood")))
    whole = sg.diagnose(HEAD, TRAIN, TEST, OOD, density="per_class")
    assert list(streamed.scores) == list(whole.scores)
    for name, score in streamed.scores.items():
        assert score.auroc.value == pytest.approx(whole.scores[name].auroc.value, abs=1e-12)
        assert score.auroc.standard_error == pytest.approx(whole.scores[name].auroc.standard_error, rel=1e-9)
        assert (score.auroc.n_in, score.auroc.n_out) == (90, 70)
        assert score.fpr_at_95_tpr == whole.scores[name].fpr_at_95_tpr
    for key, cause in streamed.causes.items():
        assert cause.value == pytest.approx(whole.causes[key].value, abs=1e-12)


def test_streams_and_memory_mix_and_em_is_the_default_in_memory(folders):
    mixed = sg.diagnose(HEAD, TRAIN, FeatureStream.load(folders / "test"), OOD, rng=0)
    assert mixed.causes["2"].value == pytest.approx(sg.diagnose(HEAD, TRAIN, TEST, OOD, rng=0).causes["2"].value)
    per_class = sg.diagnose(HEAD, TRAIN, TEST, OOD, density="per_class")
    assert mixed.scores["U_density"] != per_class.scores["U_density"]
    assert per_class == sg.diagnose(HEAD, TRAIN, TEST, OOD, density=sg.fit_density(TRAIN, method="per_class"))


@pytest.mark.usefixtures("small_blocks")
def test_the_commands_take_folders(folders, capsys, monkeypatch):
    monkeypatch.chdir(folders)

    def numbers(command):
        assert main([*command.split(), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    for command in (
        "region head.npz --train train{}",
        "region head.npz --train train{} --estimator U_entropy --source conformal",
        "score head.npz ood{} --train train{} --density per_class --out scores{}.npz",
        "diagnose head.npz --train train{} --test test{} --ood ood{} --density per_class",
    ):
        assert_close(numbers(command.replace("{}", "")), numbers(command.replace("{}", ".npz")))
    streamed, whole = np.load("scores.npz"), np.load("scores.npz.npz")
    assert streamed.files == whole.files
    for name in whole.files:
        assert streamed[name].dtype == whole[name].dtype
        np.testing.assert_allclose(streamed[name], whole[name], rtol=1e-5, atol=1e-7)


def assert_close(a, b):
    """Equal up to rounding, down to the leaves."""
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            assert_close(a[key], b[key])
    elif isinstance(a, list):
        for left, right in zip(a, b, strict=True):
            assert_close(left, right)
    else:
        assert a == (pytest.approx(b, rel=1e-6, abs=1e-9) if isinstance(a, float) else b)


def test_numbers_in_names_are_numbers(tmp_path):
    names = ["-2", "-10", "-9", "-100", "-1"]
    folder = write_shards(tmp_path / "train", TRAIN, [1, 2, 3, 4, 201], names)
    scores = all_scores(HEAD, FeatureStream.load(folder))["U_max_log"]
    whole = all_scores(HEAD, TRAIN)["U_max_log"]
    ends = dict(zip(names, np.cumsum([1, 2, 3, 4, 201]), strict=True))
    starts = dict(zip(names, np.cumsum([0, 1, 2, 3, 4]), strict=True))
    order = np.concatenate([np.arange(starts[name], ends[name]) for name in ("-1", "-2", "-9", "-10", "-100")])
    np.testing.assert_allclose(scores, whole[order], rtol=1e-13)


def test_names_of_equal_numbers_have_one_order(tmp_path):
    names = ["-1", "-01", "-001", "-0001"]
    stream = FeatureStream.load(write_shards(tmp_path / "train", TRAIN, [1, 2, 3, 205], names))
    assert list(stream.map(len)) == [205, 3, 2, 1]


def test_threads_leave_the_filters_of_warnings_alone(folders, monkeypatch):
    load, at_once, most = np.load, [], []

    def slow_load(*arguments, **options):
        at_once.append(None)
        most.append(len(at_once))
        time.sleep(0.01)
        at_once.pop()
        return load(*arguments, **options)

    monkeypatch.setattr(np, "load", slow_load)
    with ThreadPoolExecutor(4) as pool:
        list(FeatureStream.load(folders / "train", map=pool.map).map(len))
    assert max(most) == 1


def test_one_file_is_a_folder_of_one_shard(tmp_path):
    stream = FeatureStream.load(write_shards(tmp_path / "train", TRAIN, [len(TRAIN)], [""]))
    assert repr(stream) == "FeatureStream(H=4, labelled)"
    assert sg.valid_region(HEAD, stream).threshold == sg.valid_region(HEAD, TRAIN).threshold


def test_what_a_path_holds(folders):
    np.savez(folders / "law.npz", means=np.zeros((2, H)), covariances=[np.eye(H)] * 2)
    assert isinstance(load_population(folders / "law.npz"), sg.ClassGaussians)
    for load in (load_population, load_features):
        assert isinstance(load(folders / "train.npz"), sg.Features)
        assert isinstance(load(folders / "train"), FeatureStream)


@pytest.mark.parametrize("as_block", [lambda z, y: (z, y), lambda z, y: [z.tolist(), y.tolist()], sg.Features])
def test_any_iterable_that_starts_anew_is_a_stream(as_block):
    stream = FeatureStream([as_block(TRAIN.z[s], TRAIN.labels[s]) for s in (slice(0, 100), slice(100, 211))])
    law, whole = sg.ClassGaussians.from_features(stream), sg.ClassGaussians.from_features(TRAIN)
    np.testing.assert_allclose(law.covariances, whole.covariances, rtol=1e-12, atol=1e-14)


def test_a_torch_loader_is_a_stream():
    from torch import from_numpy
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(from_numpy(TRAIN.z.copy()), from_numpy(TRAIN.labels.copy())), batch_size=32)
    gap = sg.valid_region(HEAD, FeatureStream(loader)).linear.L
    assert gap == pytest.approx(sg.valid_region(HEAD, TRAIN).linear.L, rel=1e-13)


def test_blocks_without_labels_have_no_classes():
    stream = FeatureStream([TRAIN.z[:100], TRAIN.z[100:]])
    assert repr(stream) == "FeatureStream(H=4)"
    gap = sg.valid_region(HEAD, stream).linear.L
    assert gap == pytest.approx(sg.valid_region(HEAD, TRAIN).linear.L, rel=1e-13)
    with pytest.raises(sg.InputError, match="expected class labels, got none"):
        sg.fit_density(stream)


def numbers_of(train, test, ood):
    return sg.valid_region(HEAD, train).linear.L, sg.diagnose(HEAD, train, test, ood).to_dict()


def test_workers_give_the_same_numbers_bit_for_bit(folders, monkeypatch):
    monkeypatch.setattr(streams, "_BLOCK", 50 * H)
    alone = numbers_of(*(FeatureStream.load(folders / name) for name in ("train", "test", "ood")))
    with ProcessPoolExecutor(2) as pool:
        load = partial(FeatureStream.load, map=pool.map)
        assert numbers_of(*(load(folders / name) for name in ("train", "test", "ood"))) == alone
        np.save(folders / "train" / "labels-2.npy", np.full(193, 9))
        with pytest.raises(sg.InputError, match=r"z-2.npy, rows from 0: labels: expected labels in 0..2, got 9..9"):
            sg.ClassGaussians.from_features(load(folders / "train"), K)


def test_dask_workers_give_the_same_numbers_bit_for_bit(folders, monkeypatch):
    distributed = pytest.importorskip("dask.distributed")
    monkeypatch.setattr(streams, "_BLOCK", 50 * H)
    alone = numbers_of(*(FeatureStream.load(folders / name) for name in ("train", "test", "ood")))
    with (
        distributed.LocalCluster(2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        load = partial(FeatureStream.load, map=lambda f, blocks: client.gather(client.map(f, list(blocks))))
        assert numbers_of(*(load(folders / name) for name in ("train", "test", "ood"))) == alone


NAN = TRAIN.z[100:].copy()
NAN[3, 2] = np.nan


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: np.save(f / "z-1.npy", np.ones((50, 3), np.float32)), r"z-1.npy: expected H=4, float32, .* got H=3"),
        (lambda f: np.save(f / "z-1.npy", TRAIN.z[:50].astype(float)), r"z-1.npy: expected .* got H=4, float64"),
        (lambda f: np.save(f / "z-0.npy", np.ones(4)), r"z-0.npy: expected an array of rank 2, got shape \(4,\)"),
        (lambda f: (f / "labels-1.npy").unlink(), r"labels-1.npy: cannot be read"),
        (lambda f: np.save(f / "labels-1.npy", np.zeros(49)), r"labels-1.npy: expected 50 labels, .*z-1.npy, got"),
        (lambda f: (f / "z-1.npy").unlink(), r"expected only z\*.npy, and a labels\*.npy for each, got labels-1.npy"),
        (lambda f: np.save(f / "y-1.npy", np.zeros(50)), r"expected only .* got y-1.npy"),
        (
            lambda f: np.save(f / "z-1.npy", np.array([[{}] * 4] * 50)),
            r"z-1.npy: cannot be read \(Array can't be memory",
        ),
        (lambda f: (f / "z-1.npy").write_bytes((f / "z-1.npy").read_bytes()[:300]), r"z-1.npy: cannot be read"),
        (lambda f: (f / "z-1.npy").write_bytes(b"text"), r"z-1.npy: expected a .npy file, got something else"),
        (lambda f: [path.unlink() for path in f.iterdir()], r"train: expected shards named z\*.npy"),
    ],
)
def test_a_bad_shard_is_named_before_anything_is_read(tmp_path, change, message):
    folder = write_shards(tmp_path / "train", TRAIN, [50, 50, 111])
    change(folder)
    with pytest.raises(sg.InputError, match=message):
        FeatureStream.load(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: np.save(f / "z-2.npy", NAN),
            r"z-2.npy, rows from 0: z: expected finite numbers, got nan at index \(3",
        ),
        (
            lambda f: np.save(f / "labels-2.npy", np.full(111, 3)),
            r"z-2.npy, rows from 0: labels: expected labels in 0..2",
        ),
        (lambda f: np.save(f / "labels-2.npy", np.full(111, 0.5)), r"z-2.npy, rows from 0: labels: expected whole"),
    ],
)
def test_a_bad_entry_is_named_with_its_shard(tmp_path, change, message, capsys):
    folder = write_shards(tmp_path / "train", TRAIN, [50, 50, 111])
    change(folder)
    with pytest.raises(sg.InputError, match=message):
        sg.fit_density(FeatureStream.load(folder), K)
    HEAD.save(tmp_path / "head.npz")
    assert main(["region", str(tmp_path / "head.npz"), "--train", str(folder)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (
            (z for z in [TRAIN.z]),
            "blocks: expected an iterable that starts anew each time, such as a list, got a generator",
        ),
        ([], "blocks: expected at least one, got none"),
        ([np.ones(3)], "block 0: z: expected an array of rank 2"),
        ([(TRAIN.z, TRAIN.labels, 3)], "block 0: expected features z, or z and labels, got 3 arrays"),
        ([()], "block 0: expected features z, or z and labels, got 0 arrays"),
        ([TRAIN.z, np.ones((2, 3))], "block 1: expected 4 features, as in the first block, got 3"),
        ([TRAIN.z, (TRAIN.z, TRAIN.labels)], "block 1: expected no labels, as in the first block"),
        ([TRAIN, TRAIN.z], "block 1: expected labels, as in the first block"),
        ([TRAIN, (NAN, np.zeros(111))], r"block 1: z: expected finite numbers, got nan at index \(3, 2\)"),
    ],
)
def test_a_bad_block_is_named(blocks, message):
    with pytest.raises(sg.InputError, match=message):
        sg.valid_region(HEAD, FeatureStream(blocks))


def test_what_needs_memory_or_fits_another_head_is_refused(folders):
    stream = FeatureStream.load(folders / "train")
    with pytest.raises(
        sg.InputError, match=r'^method: expected "per_class" for a stream, got "em" \(fit that to a sample in memory\)$'
    ):
        sg.fit_density(stream, method="em")
    with pytest.raises(sg.InputError, match="device: expected none but for"):
        sg.fit_density(stream, device="cpu")
    with pytest.raises(sg.InputError, match="test: expected features in memory for a ceiling, got a stream"):
        sg.diagnose(HEAD, TRAIN, stream, OOD, ceiling=True)
    other = sg.Head(np.eye(3))
    with pytest.raises(sg.InputError, match="train features: expected 3 features, as the head has, got 4"):
        sg.valid_region(other, stream)
    with pytest.raises(sg.InputError, match="out: expected 3 features, as the head has, got 4"):
        sg.diagnose(other, stream, sg.Features(np.eye(3)), stream)
    with pytest.raises(sg.InputError, match=r"epsilon: expected a number in \(0, 1\)"):
        sg.valid_region(HEAD, stream, epsilon=2)


def test_a_class_without_points_has_no_gaussians(tmp_path):
    from softmax_geometry.features import class_gaussians

    stream = FeatureStream([(TRAIN.z, np.arange(len(TRAIN)) % 2)])
    assert class_gaussians(stream, K) is None
    with pytest.raises(sg.InputError, match="at least 2 samples of every class, got 2 for 8 classes"):
        sg.ClassGaussians.from_features(FeatureStream([([[0.0]], [7]), ([[0.0]], [0])]))


def test_memory_does_not_hold_the_features(tmp_path, monkeypatch):
    import tracemalloc

    monkeypatch.setattr(streams, "_BLOCK", 1 << 16)
    rng, n, wide = np.random.default_rng(0), 40_000, 64
    head = sg.Head(rng.normal(size=(3, wide)))
    folder = write_shards(tmp_path / "train", sg.Features(rng.normal(size=(n, wide)), np.arange(n) % 3), [n // 2] * 2)
    tracemalloc.start()
    stream = FeatureStream.load(folder)
    sg.valid_region(head, stream)
    sg.fit_density(stream, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < n * wide * 8 / 4


def test_covariances_larger_than_eight_gigabytes_are_not_begun(monkeypatch):
    from softmax_geometry import features as module

    assert module.class_gaussians(TRAIN, K) is not None
    monkeypatch.setattr(module, "LARGEST_GAUSSIANS", K * H**2)
    assert module.class_gaussians(TRAIN, K) is not None
    monkeypatch.setattr(module, "LARGEST_GAUSSIANS", K * H**2 - 1)
    assert module.class_gaussians(TRAIN, K) is None
    assert module.class_gaussians(sg.ClassGaussians.from_features(TRAIN), K) is not None
