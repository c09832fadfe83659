import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch_file
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from softmax_geometry.checks import InputError
from softmax_geometry.features import Features
from softmax_geometry.head import Head

WEIGHT = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.5]])
BIAS = np.array([0.1, 0.2, 0.3])


def assert_is(head: Head, weight=WEIGHT, bias=BIAS) -> None:
    np.testing.assert_array_equal(head.weight, weight)
    np.testing.assert_array_equal(head.bias, bias)


def refused(path: Path, match: str, **options) -> None:
    with pytest.raises(InputError, match=match) as caught:
        Head.load(path, **options)
    assert "\n" not in str(caught.value)


# npz and npy


def test_saved_head_is_read_back_exactly(tmp_path):
    path = tmp_path / "head.npz"
    Head(WEIGHT, BIAS).save(path)
    assert_is(Head.load(path))


@pytest.mark.parametrize("names", [("weight", "bias"), ("coef_", "intercept_"), ("out.weight", "out.bias")])
def test_npz_names(tmp_path, names):
    path = tmp_path / "head.npz"
    np.savez(path, **dict(zip(names, (WEIGHT, BIAS), strict=True)))
    assert_is(Head.load(path))


def test_missing_bias_is_zero(tmp_path):
    np.savez(tmp_path / "head.npz", weight=WEIGHT)
    assert_is(Head.load(tmp_path / "head.npz"), bias=np.zeros(3))


def test_key_names_layer_or_tensor(tmp_path):
    path = tmp_path / "head.npz"
    np.savez(path, **{"a.weight": WEIGHT + 1, "a.bias": BIAS + 1, "b.weight": WEIGHT, "b.bias": BIAS})
    assert_is(Head.load(path, key="b"))
    assert_is(Head.load(path, key="a.weight"), WEIGHT + 1, BIAS + 1)
    refused(path, r"key: .*'c'; it has a\.weight, a\.bias, b\.weight, b\.bias", key="c")
    refused(path, r"expected one linear layer, got a\.weight, b\.weight; name the head with a key")


def test_npy_pair(tmp_path):
    np.save(tmp_path / "w.npy", WEIGHT)
    np.save(tmp_path / "b.npy", BIAS)
    assert_is(Head.load(tmp_path / "w.npy", bias=tmp_path / "b.npy"))
    assert_is(Head.load(tmp_path / "w.npy"), bias=np.zeros(3))
    refused(tmp_path / "w.npy", "key: expected none", key="fc")
    np.savez(tmp_path / "head.npz", weight=WEIGHT)
    refused(tmp_path / "head.npz", r"bias: expected a second file only beside a \.npy", bias=tmp_path / "b.npy")


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".safetensors", ".pt"])
def test_missing_garbage_and_folder(tmp_path, suffix):
    path = tmp_path / f"head{suffix}"
    refused(path, r"cannot be read \(No such file or directory\)")
    for content in (b"", b"garbage", bytes(range(256)) * 8):
        path.write_bytes(content)
        refused(path, path.name)
    path.unlink()
    path.mkdir()
    refused(path, r"cannot be read \(Is a directory\)")


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".safetensors", ".pt"])
def test_truncated_at_any_length(tmp_path, suffix):
    whole, part = tmp_path / f"whole{suffix}", tmp_path / f"part{suffix}"
    if suffix == ".npz":
        np.savez_compressed(whole, weight=WEIGHT, bias=BIAS)
    elif suffix == ".npy":
        np.save(whole, WEIGHT)
    elif suffix == ".safetensors":
        save_file({"weight": WEIGHT, "bias": BIAS}, whole)
    else:
        torch.save({"weight": torch.tensor(WEIGHT)}, whole)
    content = whole.read_bytes()
    for length in np.linspace(0, len(content) - 1, 40).astype(int):
        part.write_bytes(content[:length])
        refused(part, "part")


def test_flipped_byte_in_npz_is_noticed(tmp_path):
    path = tmp_path / "head.npz"
    np.savez(path, weight=WEIGHT)
    content = bytearray(path.read_bytes())
    content[content.index(np.float64(6.5).tobytes())] ^= 1
    path.write_bytes(content)
    refused(path, r"cannot be read \(Bad CRC")


def test_objects_and_pickles_are_refused(tmp_path):
    np.savez(tmp_path / "head.npz", weight=np.array([[1, None]], dtype=object))
    refused(tmp_path / "head.npz", "cannot be read")
    np.save(tmp_path / "head.npy", np.array([[1, None]], dtype=object))
    refused(tmp_path / "head.npy", "cannot be read")
    (tmp_path / "pickled.npy").write_bytes(pickle.dumps(WEIGHT))
    refused(tmp_path / "pickled.npy", "got something else")
    torch.save(nn.Linear(2, 3), tmp_path / "module.pt")
    refused(tmp_path / "module.pt", "save model.state_dict")


@pytest.mark.parametrize("name", ["head.csv", "head"])
def test_unknown_kind(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    refused(tmp_path / name, r"expected a file named \.npz or \.npy or \.safetensors or \.pt")


def test_numpy_array_named_npz(tmp_path):
    with (tmp_path / "head.npz").open("wb") as file:
        np.save(file, WEIGHT)
    refused(tmp_path / "head.npz", r"expected a whole \.npz file")


def test_zip_without_arrays(tmp_path):
    with zipfile.ZipFile(tmp_path / "head.npz", "w"):
        pass
    refused(tmp_path / "head.npz", "got nothing")


def test_sigmoid_head_is_told_how_to_convert(tmp_path):
    np.savez(tmp_path / "head.npz", weight=WEIGHT[:1], bias=BIAS[:1])
    refused(tmp_path / "head.npz", r"shape \(1, 2\); a sigmoid head .*\(−w/2, w/2\)")


# safetensors


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_safetensors_precisions(tmp_path, dtype):
    path = tmp_path / "head.safetensors"
    weight, bias = torch.tensor(WEIGHT).to(dtype), torch.tensor(BIAS).to(dtype)
    save_torch_file({"conv.weight": torch.zeros(4, 1, 3, 3), "fc.weight": weight, "fc.bias": bias}, path)
    assert_is(Head.load(path), weight.double().numpy(), bias.double().numpy())


def test_safetensors_has_no_order_of_layers(tmp_path):
    path = tmp_path / "head.safetensors"
    save_file({"0.weight": np.ones((5, 4)), "2.weight": np.ones((3, 5))}, path)
    refused(path, "name the head with a key")
    assert Head.load(path, key="2").K == 3


def test_integers_and_eight_bits_are_refused(tmp_path):
    path = tmp_path / "head.safetensors"
    save_file({"fc.weight": np.ones((3, 2), dtype=np.int8)}, path)
    refused(path, "expected arrays weight and bias or a linear layer, got fc.weight")
    refused(path, "expected a floating-point weight", key="fc")
    save_torch_file({"fc.weight": torch.ones(3, 2).to(torch.float8_e4m3fn)}, path)
    refused(path, r"expected a floating-point weight|cannot be read", key="fc")


@pytest.mark.parametrize("dtype", ["F32", "BF16"])
def test_an_empty_tensor_of_a_size_beyond_all_arrays_is_refused(tmp_path, dtype):
    path = tmp_path / "head.safetensors"
    header = json.dumps({"fc.weight": {"dtype": dtype, "shape": [2**62, 0], "data_offsets": [0, 0]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    refused(path, "cannot be read|expected", key="fc")


# torch


def saved(tmp_path, module_or_dict) -> Path:
    path = tmp_path / "model.pt"
    torch.save(module_or_dict.state_dict() if isinstance(module_or_dict, nn.Module) else module_or_dict, path)
    return path


def test_torch_linear_and_only_linear(tmp_path):
    linear = nn.Linear(2, 3)
    assert_is(Head.load(saved(tmp_path, linear)), linear.weight.detach().numpy(), linear.bias.detach().numpy())
    cnn = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3), nn.BatchNorm1d(3))
    assert_is(Head.load(saved(tmp_path, cnn)), cnn[3].weight.detach().numpy(), cnn[3].bias.detach().numpy())


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: {"state_dict": d, "epoch": 3}, lambda d: {"model": d}])
def test_torch_last_of_a_chain(tmp_path, wrap):
    mlp = nn.Sequential(nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3, bias=False))
    head = Head.load(saved(tmp_path, wrap(mlp.state_dict())))
    assert_is(head, mlp[4].weight.detach().numpy(), np.zeros(3))


def test_torch_two_heads_or_parameters_after_the_last_are_ambiguous(tmp_path):
    two_heads = nn.ModuleDict({"body": nn.Linear(7, 5), "digit": nn.Linear(5, 10), "parity": nn.Linear(5, 2)})
    path = saved(tmp_path, two_heads)
    refused(path, r"body\.weight, digit\.weight, parity\.weight")
    assert Head.load(path, key="digit").K == 10
    refused(saved(tmp_path, nn.Sequential(nn.Linear(7, 5), nn.Linear(5, 3), nn.BatchNorm1d(3))), "with a key")


def test_torch_without_linear_layer(tmp_path):
    refused(saved(tmp_path, nn.Conv2d(1, 2, 3)), r"weight: expected an array of rank 2, got shape \(2, 1, 3, 3\)")
    refused(saved(tmp_path, nn.Sequential(nn.Conv2d(1, 2, 3))), r"linear layer, got 0\.weight, 0\.bias")
    refused(saved(tmp_path, torch.zeros(3)), "expected a state dict, got Tensor")


def test_torch_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    (tmp_path / "model.pt").write_bytes(b"")
    refused(tmp_path / "model.pt", r"pip install 'softmax-geometry\[torch\]'")


def test_reading_does_not_import_torch():
    code = "import sys, softmax_geometry.reading; assert not {'torch', 'sklearn'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# features


def test_features(tmp_path):
    z, labels = np.arange(6, dtype=np.float32).reshape(3, 2), np.array([0, 1, 1])
    np.savez(tmp_path / "f.npz", z=z, labels=labels)
    np.savez(tmp_path / "g.npz", z=z)
    np.save(tmp_path / "f.npy", z)
    save_file({"z": z, "labels": labels}, tmp_path / "f.safetensors")
    for name, labelled in (("f.npz", True), ("g.npz", False), ("f.npy", False), ("f.safetensors", True)):
        features = Features.load(tmp_path / name)
        np.testing.assert_array_equal(features.z, z)
        assert features.z.dtype == np.float32
        if labelled:
            np.testing.assert_array_equal(features.labels, labels)
        else:
            assert features.labels is None


def test_features_are_named(tmp_path):
    np.savez(tmp_path / "f.npz", X=np.ones((3, 2)))
    with pytest.raises(InputError, match="expected an array z, got X"):
        Features.load(tmp_path / "f.npz")
    np.savez(tmp_path / "f.npz", z=np.ones((3, 2)), labels=np.array(["a", "b", "c"]))
    with pytest.raises(InputError, match="labels: expected whole numbers"):
        Features.load(tmp_path / "f.npz")


# scikit-learn


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
@pytest.mark.parametrize(
    "classifier",
    [LogisticRegression(), LogisticRegression(fit_intercept=False), LinearDiscriminantAnalysis()],
)
def test_sklearn_probabilities_are_the_softmax(load, classifier):
    X, y = load(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    classifier.fit(X, y)
    logits = Head.from_sklearn(classifier).logits(X)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(p / p.sum(axis=1, keepdims=True), classifier.predict_proba(X), atol=1e-12)


def test_sklearn_head_far_from_the_origin():
    X, y = load_iris(return_X_y=True)
    classifier = LogisticRegression(max_iter=5000).fit(X + 1000, y)
    assert Head.from_sklearn(classifier).K == 3


def test_sklearn_on_data_frames_is_quiet():
    X, y = load_iris(return_X_y=True, as_frame=False)
    classifier = LogisticRegression(max_iter=1000).fit(X, y)
    classifier.feature_names_in_ = np.array(["a", "b", "c", "d"], dtype=object)
    assert Head.from_sklearn(classifier).H == 4


@pytest.mark.parametrize(
    ("classifier", "match"),
    [
        (SGDClassifier(loss="log_loss", random_state=0), "one-against-rest"),
        (SGDClassifier(loss="hinge", random_state=0), "expected a linear classifier with predict_proba"),
        (RidgeClassifier(), "expected a linear classifier"),
        (RandomForestClassifier(n_estimators=2, random_state=0), "expected a linear classifier"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "got Pipeline .*last step"),
    ],
)
def test_sklearn_others_are_refused(classifier, match):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(InputError, match=match):
        Head.from_sklearn(classifier.fit(X, y))


def test_sklearn_binary_modified_huber_is_refused():
    X, y = load_breast_cancer(return_X_y=True)
    classifier = SGDClassifier(loss="modified_huber", random_state=0).fit(StandardScaler().fit_transform(X), y)
    with pytest.raises(InputError, match="softmax of the logits"):
        Head.from_sklearn(classifier)


@pytest.mark.parametrize(("estimator", "match"), [(LogisticRegression(), "unfitted"), (3, "got int")])
def test_sklearn_unfitted(estimator, match):
    with pytest.raises(InputError, match=match):
        Head.from_sklearn(estimator)


# what fuzzing found


@pytest.mark.parametrize("tensor", [torch.zeros(1).expand(2**21, 2**21), torch.zeros(3, 2, device="meta")])
def test_a_tensor_that_is_not_stored_is_no_head(tmp_path, tensor):
    refused(saved(tmp_path, {"weight": tensor, "other": torch.zeros(1)}), "linear layer, got other")


@pytest.mark.parametrize("name", ["\x1b[31m", "two\nlines", "a" * 5000])
def test_names_in_a_file_are_escaped_and_cut_in_messages(tmp_path, name):
    save_file({name: np.ones(2)}, tmp_path / "head.safetensors")
    with pytest.raises(InputError) as caught:
        Head.load(tmp_path / "head.safetensors")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


def test_a_null_character_in_a_path(tmp_path):
    refused(tmp_path / "nul\0.npz", "cannot be read .embedded null byte")


def test_an_empty_array_of_integers_that_would_be_too_large_as_floats(tmp_path):
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (0, 4611686018427387904)}\n"
    (tmp_path / "w.npy").write_bytes(b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header)
    refused(tmp_path / "w.npy", "expected at least one entry|cannot be read")


def test_odd_files_are_read_or_refused_without_a_warning(tmp_path):
    torch.save({"weight": torch.tensor(WEIGHT)}, tmp_path / "new.pt", pickle_protocol=4)
    refused(tmp_path / "new.pt", "expected a checkpoint of tensors only")
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (3L, 2L)}\n"  # of Python 2
    length = len(header).to_bytes(2, "little")
    (tmp_path / "old.npy").write_bytes(b"\x93NUMPY\x01\0" + length + header + WEIGHT.tobytes())
    np.testing.assert_array_equal(Head.load(tmp_path / "old.npy").weight, WEIGHT)
