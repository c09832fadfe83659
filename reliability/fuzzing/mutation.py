"""Bytes that are almost those of a valid file, and bytes that are nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from random import Random

EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**64 - 1)


def mutated(content: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    """`content` after one to four mutations: flips, cuts, length fields, splices with `others`, repeats."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        content = rng.choice((_flipped, _flipped, _overwritten, _overwritten, _cut, _without, _repeated, _spliced))(
            bytearray(content), others, rng
        )
    return content


def member_mutated(content: bytes, rng: Random) -> bytes:
    """A zip with one member mutated and its checksum right again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    chosen = rng.choice(list(files))
    pickled = [name for name in files if name.endswith(".pkl")]
    if pickled and rng.random() < 0.7:
        chosen = pickled[0]
    files[chosen] = mutated(files[chosen], list(files.values()), rng)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, member in files.items():
            archive.writestr(zipfile.ZipInfo(name), member)
    return out.getvalue()


def noise(heads: Sequence[bytes], rng: Random) -> bytes:
    """Up to 600 random bytes, often behind the first bytes of a valid file."""
    head = rng.choice(heads)[: rng.randrange(64)] if rng.random() < 0.7 else b""
    return head + rng.randbytes(rng.randrange(600))


def _place(content: bytearray, rng: Random) -> int:
    """Anywhere, but half of the time in the first 128 bytes, where headers are."""
    return rng.randrange(max(1, min(len(content), 128) if rng.random() < 0.5 else len(content)))


def _flipped(content: bytearray, others: Sequence[bytes], rng: Random) -> bytes:
    for _ in range(rng.choice((1, 1, 3, 8))):
        if content:
            content[_place(content, rng)] ^= 1 << rng.randrange(8)
    return bytes(content)


def _overwritten(content: bytearray, others: Sequence[bytes], rng: Random) -> bytes:
    width, start = rng.choice((1, 2, 4, 8)), _place(content, rng)
    value = rng.choice(EXTREMES) % 256**width
    content[start : start + width] = value.to_bytes(width, rng.choice(("little", "big")))
    return bytes(content)


def _cut(content: bytearray, others: Sequence[bytes], rng: Random) -> bytes:
    return bytes(content[: rng.randrange(len(content) + 1)])


def _without(content: bytearray, others: Sequence[bytes], rng: Random) -> bytes:
    start = _place(content, rng)
    del content[start : start + rng.choice((1, 4, 64, 512))]
    return bytes(content)


def _repeated(content: bytearray, others: Sequence[bytes], rng: Random) -> bytes:
    start = _place(content, rng)
    piece = content[start : start + rng.choice((1, 4, 64, 512))]
    return bytes(content[:start] + piece * rng.choice((2, 3, 50)) + content[start:])


def _spliced(content: bytearray, others: Sequence[bytes], rng: Random) -> bytes:
    other = rng.choice(others)
    return bytes(content[: _place(content, rng)]) + other[rng.randrange(len(other) + 1) :]
