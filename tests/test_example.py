import hashlib
from importlib.resources import files

import numpy as np
from sklearn.metrics import roc_auc_score

from softmax_geometry.estimators import U_entropy, U_max
from softmax_geometry.example import load_example
from softmax_geometry.head import Head

FOLDER = files("softmax_geometry.example")


def accuracy(example, features) -> float:
    return float(np.mean(example.head.logits(features.z).argmax(axis=1) == features.labels))


def test_head_classifies_train_and_test():
    example = load_example()
    assert accuracy(example, example.train) > 0.99
    assert accuracy(example, example.test) > 0.99


def test_samples_are_class_balanced():
    example = load_example()
    assert np.bincount(example.train.labels).tolist() == [2000] * 3
    assert np.bincount(example.test.labels).tolist() == [800] * 3
    assert np.bincount(example.ood.labels).tolist() == [240] * 10


def test_samples_agree_with_the_metrics_of_all_images():
    """The provenance counts all test images; the samples agree within their standard errors (below 0.003)."""
    example = load_example()
    metrics = example.provenance["metrics"]
    assert abs(metrics["accuracy"] - accuracy(example, example.test)) < 0.01
    is_ood = np.repeat([0, 1], [len(example.test), len(example.ood)])
    for estimator in (U_max, U_entropy):
        scores = estimator(example.head.logits(np.concatenate([example.test.z, example.ood.z])))
        assert abs(roc_auc_score(is_ood, scores) - metrics["AUROC"][estimator.__name__]) < 0.01


def test_features_come_from_a_relu_and_six_are_dead():
    example = load_example()
    for features in (example.train, example.test, example.ood):
        assert features.z.dtype == np.float32
        assert features.z.min() == 0
    assert np.count_nonzero((example.train.z == 0).all(axis=0)) == 6


def test_no_test_image_was_trained_on():
    """No row of features occurs in both: equal rows would come from equal images."""
    example = load_example()
    seen = {hashlib.sha256(row.tobytes()).digest() for row in example.train.z}
    assert not any(hashlib.sha256(row.tobytes()).digest() in seen for row in example.test.z)


def test_files_are_small_and_name_no_machine_path():
    assert sum(len((FOLDER / name).read_bytes()) for name in ("lenet_mnist.npz", "provenance.json")) <= 1_000_000
    for name in ("provenance.json", "README.md"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert not any(folder in text for folder in ("/work", "/home", "/tmp", "/root"))


def test_provenance_says_how_to_make_it_again():
    provenance = load_example().provenance
    assert provenance["command"].startswith("python -m experiments run intro --preset example --seeds 0,")
    assert provenance["config"]["H"] == 16
    assert set(provenance["data"]) == {"mnist", "fashion_mnist"}
    assert all({"licence", "sha256"} <= set(entry) for entry in provenance["data"].values())
    assert {"python", "numpy", "torch"} <= set(provenance["versions"])


def test_the_file_is_a_head_file_too():
    head = Head.load(str(FOLDER / "lenet_mnist.npz"))
    np.testing.assert_array_equal(head.weight, load_example().head.weight)
