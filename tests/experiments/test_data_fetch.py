import hashlib
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from experiments.data import LICENCES, NAMES, fetch
from experiments.data.sources import PAGES, PUBLISHED, File
from softmax_geometry.checks import InputError

CONTENT = {"a.gz": b"first" * 1000, "b.gz": b"second" * 1000}


class Handler(SimpleHTTPRequestHandler):
    """Serves files, without a word; of those called short* it breaks off in the middle."""

    def log_message(self, *_):
        pass

    def copyfile(self, source, outputfile):
        content = source.read()
        outputfile.write(content[: len(content) // 2] if "short" in self.path else content)


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A server of our own that has two files; a function that makes it publish some files as MNIST."""
    folder = tmp_path / "server"
    folder.mkdir()
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
        (folder / f"short-{name}").write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def publish(**hashes: str):
        url = f"http://127.0.0.1:{server.server_port}"
        files = tuple(File(f"{url}/{name.replace('_', '.')}", hash_) for name, hash_ in hashes.items())
        monkeypatch.setitem(PUBLISHED, "mnist", files)

    yield publish
    server.shutdown()
    server.server_close()


def hash_of(name: str) -> str:
    return f"sha256:{hashlib.sha256(CONTENT[name]).hexdigest()}"


def test_fetch_leaves_out_what_is_there_and_replaces_what_is_wrong(published, tmp_path):
    published(a_gz=hash_of("a.gz"), b_gz=hash_of("b.gz"))
    root = tmp_path / "data"
    fetch(["mnist"], root)
    assert {path.name: path.read_bytes() for path in (root / "mnist").iterdir()} == CONTENT
    first = (root / "mnist/a.gz").stat().st_mtime_ns
    (root / "mnist/b.gz").write_bytes(b"half a fi")
    fetch(["mnist"], root, progress=True)
    assert (root / "mnist/a.gz").stat().st_mtime_ns == first
    assert (root / "mnist/b.gz").read_bytes() == CONTENT["b.gz"]


@pytest.mark.parametrize(
    ("file", "reason"), [("a_gz", "hash of downloaded"), ("short-a_gz", ""), ("none_gz", "404 Client Error")]
)
def test_a_failed_fetch_leaves_nothing(published, tmp_path, file, reason):
    published(**{file: hash_of("b.gz" if file == "a_gz" else "a.gz")})
    root = tmp_path / "data"
    with pytest.raises(InputError, match=rf"(?i)expected the published file at http.*gz, got none \(.*{reason}.*yann"):
        fetch(["mnist"], root)
    assert not (root / "mnist").exists()


def test_a_failed_fetch_keeps_the_files_before(published, tmp_path):
    published(a_gz=hash_of("a.gz"), b_gz=hash_of("a.gz"))
    with pytest.raises(InputError, match=r"b\.gz, got none"):
        fetch(["mnist"], tmp_path)
    assert [path.name for path in (tmp_path / "mnist").iterdir()] == ["a.gz"]


def test_fetch_of_what_is_not_published(tmp_path):
    with pytest.raises(InputError, match=r"expected one of mnist, .* beans, got 'tinyimagenet100_32'"):
        fetch(["mnist", "tinyimagenet100_32"], tmp_path)
    assert not list(tmp_path.iterdir())


def test_fetch_without_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(InputError, match="expected pooch to be installed, got none"):
        fetch(["mnist"], tmp_path)


def test_every_set_has_a_licence_and_every_file_a_hash():
    assert set(LICENCES) == set(NAMES)
    assert set(PUBLISHED) < set(PAGES) < set(NAMES)
    lengths = {"md5": 32, "sha256": 64, "sha384": 96}
    for files in PUBLISHED.values():
        for file in files:
            algorithm, digest = file.hash.split(":")
            assert len(digest) == lengths[algorithm]
            assert set(digest) <= set("0123456789abcdef")
