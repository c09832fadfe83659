import hashlib
import io
import logging
import re
import struct
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from experiments.data import load_images, photographs
from experiments.data.photographs import SETS, PhotographSet
from experiments.data.reading import decoded
from experiments.data.sources import PUBLISHED, File
from softmax_geometry.checks import InputError


def picture(level: int, form: str = "PNG", wide: int = 12, high: int = 9) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((high, wide, 3), level, np.uint8)).save(out, form)
    return out.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tar_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def mat_of(**arrays) -> bytes:
    out = io.BytesIO()
    savemat(out, arrays)
    return out.getvalue()


def levels_of(images) -> list[int]:
    assert (images.pixels == images.pixels[:, :1, :1, :1]).all()
    return images.pixels[:, 0, 0, 0].tolist()


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Writes archives as the published ones of a set, and sets how many images the paper took."""

    def write(name: str, folder: str, contents: dict[str, bytes], train: int, test: int):
        urls = [file.url for file in PUBLISHED[name]]
        assert [url.rsplit("/", 1)[-1] for url in urls] == list(contents)
        hashes = [f"md5:{hashlib.md5(content).hexdigest()}" for content in contents.values()]
        monkeypatch.setitem(PUBLISHED, name, tuple(map(File, urls, hashes)))
        known = SETS[name]
        monkeypatch.setitem(SETS, name, PhotographSet(known.compact, known.sha256, known.caveat, train, test))
        (tmp_path / folder).mkdir(parents=True)
        for file, content in contents.items():
            (tmp_path / folder / file).write_bytes(content)
        return tmp_path

    yield write
    photographs._read.cache_clear()


def test_satellite_draws_a_balanced_split_of_the_papers_sizes(put):
    files = {
        f"UCMerced_LandUse/Images/{label}/{label}{i:02d}.tif": picture(first + i, "TIFF")
        for first, label in ((0, "beach"), (100, "airplane"))
        for i in range(10)
    }
    junk = {"UCMerced_LandUse/readme.txt": b"", "__MACOSX/UCMerced_LandUse/Images/beach/._beach00.tif": b"junk"}
    root = put("satellite", "satellite", {"UCMerced_LandUse.zip": zip_of(files | junk)}, 12, 4)
    train, test = (load_images("satellite", split, root, size=4) for split in ("train", "test"))
    assert train.pixels.shape == (12, 4, 4, 3)
    assert np.bincount(train.labels).tolist() == [6, 6]
    assert np.bincount(test.labels).tolist() == [2, 2]
    assert not set(levels_of(train)) & set(levels_of(test))
    assert [level >= 100 for level in levels_of(test)] == [label == 0 for label in test.labels]  # airplane sorts first
    assert train.caveat == ""
    photographs._read.cache_clear()
    assert levels_of(load_images("satellite", "test", root, size=4)) == levels_of(test)


def test_cancer_and_beans_split_everything(put):
    for name, archive in (("cancer", "Kather_texture_2016_image_tiles_5000.zip"), ("beans", "train.zip")):
        files = {f"top/0{c}_X/{i}.png": picture(50 * c + i) for c in range(3) for i in range(5)}
        root = put(name, name, {archive: zip_of(files)}, 9, 6)
        train, test = (load_images(name, split, root, size=4) for split in ("train", "test"))
        assert sorted(levels_of(train) + levels_of(test)) == [50 * c + i for c in range(3) for i in range(5)]
        assert np.bincount(test.labels).tolist() == [2, 2, 2]


@pytest.mark.parametrize("folder", ["pets", "oxford-iiit-pet"])
def test_pets_by_the_published_lists(put, folder):
    names = [f"{breed}_{i}" for breed in ("Abyssinian", "great_pyrenees") for i in range(1, 6)]
    images = {f"images/{name}.jpg": picture(20 * k, "JPEG") for k, name in enumerate(names)}
    images |= {"images/Abyssinian_99.jpg": picture(255, "JPEG"), "images/Abyssinian_1.mat": b""}
    lists = {
        "annotations/trainval.txt": "".join(f"{name} 1 1 1\n" for name in names if name[-1] in "12").encode(),
        "annotations/test.txt": "".join(f"{name} 1 1 1\n" for name in names if name[-1] in "345").encode(),
        "annotations/list.txt": b"#\n",
    }
    root = put("pets", folder, {"images.tar.gz": tar_of(images), "annotations.tar.gz": tar_of(lists)}, 4, 4)
    train, test = (load_images("pets", split, root, size=4) for split in ("train", "test"))
    assert levels_of(train) == [0, 20, 100, 120]
    assert train.labels.tolist() == [0, 0, 1, 1]
    assert np.bincount(test.labels).tolist() == [2, 2]  # 4 drawn of 6
    assert set(levels_of(test)) < {40, 60, 80, 140, 160, 180}
    assert set(train.checksums) == {"images.tar.gz", "annotations.tar.gz"}


def test_flowers_by_the_published_numbers(put):
    images = tar_of({f"jpg/image_{n:05d}.jpg": picture(20 * n, "JPEG") for n in range(1, 9)})
    labels = mat_of(labels=np.array([[5, 5, 70, 70, 5, 5, 70, 70]]))
    splits = mat_of(trnid=np.array([[1, 3]]), valid=np.array([[2]]), tstid=np.array([[4, 5, 6, 7, 8]]))
    contents = {"102flowers.tgz": images, "imagelabels.mat": labels, "setid.mat": splits}
    root = put("flowers", "flowers-102", contents, 3, 5)
    train, test = (load_images("flowers", split, root, size=4) for split in ("train", "test"))
    assert levels_of(train) == [20, 40, 60]
    assert train.labels.tolist() == [0, 0, 1]
    assert levels_of(test) == [80, 100, 120, 140, 160]
    assert test.labels.tolist() == [1, 0, 0, 1, 1]


def put_compact(name: str, files: dict[str, bytes], root, monkeypatch):
    known, content = SETS[name], zip_of(files)
    sha256 = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(SETS, name, PhotographSet(known.compact, sha256, known.caveat, 1, 1))
    (root / known.compact).parent.mkdir()
    (root / known.compact).write_bytes(content)


def test_compact_zip_keeps_its_split(tmp_path, monkeypatch):
    files = {"train/b/1.jpg": picture(10), "train/a/1.jpg": picture(20), "test/b/1.jpg": picture(30)}
    put_compact("pets", files, tmp_path, monkeypatch)
    train, test = (load_images("pets", split, tmp_path, size=4) for split in ("train", "test"))
    assert (levels_of(train), train.labels.tolist()) == ([10, 20], [1, 0])
    assert (levels_of(test), test.labels.tolist()) == ([30], [1])
    assert train.caveat == "370 of 7,349 images, 6 for training and 4 for test of each breed"
    path = tmp_path / SETS["pets"].compact
    path.write_bytes(path.read_bytes()[:-3])
    photographs._read.cache_clear()
    with pytest.raises(InputError, match=r"short256.zip: expected the published file, sha256 .*, got "):
        load_images("pets", "test", tmp_path, size=4)


def test_compact_zip_without_a_split_is_divided(tmp_path, monkeypatch):
    files = {f"all/{label}/{i}.png": picture(k * 20 + i) for k, label in enumerate("pq") for i in range(10)}
    put_compact("cancer", files, tmp_path, monkeypatch)
    train, test = (load_images("cancer", split, tmp_path, size=4) for split in ("train", "test"))
    assert np.bincount(test.labels).tolist() == [3, 3]
    assert sorted(levels_of(train) + levels_of(test)) == [*range(10), *range(20, 30)]


def test_folders_of_your_own(tmp_path):
    for name, level in (("train/x/1.png", 1), ("train/y/1.PNG", 2), ("test/y/1.tif", 3), ("train/y/notes.txt", 0)):
        path = tmp_path / "beans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(level, "TIFF" if name.endswith("tif") else "PNG"))
    train = load_images("beans", "train", tmp_path, size=4)
    assert (levels_of(train), train.labels.tolist(), train.caveat) == ([1, 2], [0, 1], "files of your own")
    assert load_images("beans", "test", tmp_path, size=4).labels.tolist() == [1]
    before = train.checksums
    (tmp_path / "beans/train/x/1.png").write_bytes(picture(9))
    photographs._read.cache_clear()
    assert load_images("beans", "train", tmp_path, size=4).checksums != before
    (tmp_path / "beans/train/x/1.png").write_bytes(picture(9)[:-30])
    photographs._read.cache_clear()
    with pytest.raises(InputError, match=re.escape(f"{tmp_path}/beans/train/x/1.png: expected an image")):
        load_images("beans", "train", tmp_path, size=4)
    (tmp_path / "beans/test/y/1.tif").unlink()
    photographs._read.cache_clear()
    with pytest.raises(InputError, match="expected test images of beans, found none"):
        load_images("beans", "test", tmp_path, size=4)


@pytest.mark.parametrize(("wide", "high"), [(30, 20), (20, 30), (10, 7), (20, 20)])
def test_the_centre_of_the_resized_image(wide, high):
    columns, rows = np.arange(wide) * 8, np.arange(high) * 8
    pixels = np.stack(np.broadcast_arrays(columns[None, :], rows[:, None], 7), axis=2).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    cut = decoded("x", out.getvalue(), 20)
    scale = 20 / min(wide, high)
    assert cut.shape == (20, 20, 3)
    for axis, length in ((1, wide), (0, high)):
        expected = 8 * ((np.arange(20) - 9.5) / scale + (length - 1) / 2)
        values = cut[:, :, 1 - axis].mean(axis=1 - axis)
        np.testing.assert_allclose(values[2:-2], expected[2:-2], atol=4)
    assert (cut[:, :, 2] == 7).all()


@pytest.mark.parametrize(("shape", "size"), [((1, 40_000), 64), ((9000, 9000), None)])
def test_an_image_that_would_be_absurdly_large(shape, size):
    out = io.BytesIO()
    Image.new("1", shape[::-1]).save(out, "PNG")
    with pytest.raises(InputError, match=r"x: expected at most 67108864 pixels, got \d+ × \d+"):
        decoded("x", out.getvalue(), size)


def test_what_pillow_logs_of_a_damaged_image_is_not_printed_as_well(capsys, monkeypatch):
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "TIFF")
    samples = struct.pack("<HHII", 277, 3, 1, 3)
    damaged = out.getvalue().replace(samples, struct.pack("<HHII", 277, 3, 1, 2048))
    monkeypatch.setattr(logging.root, "handlers", [])  # those of pytest
    with pytest.raises(InputError, match=r"^x: expected an image, got another kind of file or a damaged one$"):
        decoded("x", damaged)
    assert capsys.readouterr().err == ""
