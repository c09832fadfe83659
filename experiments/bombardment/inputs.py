"""Random binary inputs of 9×9 pixels, each a function of the seed and its index alone.

Bits come from numpy's Philox4x64-10 (Salmon et al. 2011), a block cipher of a counter: four words of 64 bits for each
count. Word i under the key (seed, 0) holds the upper left 8×8 pixels of input i, those the network sees
(`fast_network`); word i under (seed, 1) holds the 17 others, which only inputs that are shown need.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import InputError

SIDE, SEEN_SIDE = 9, 8
_WORDS_PER_COUNT = 4
_SEEN, _OTHERS = 0, 1

_is_seen = np.zeros((SIDE, SIDE), dtype=bool)
_is_seen[:SEEN_SIDE, :SEEN_SIDE] = True


def seen_words(seed: int, start: int, stop: int) -> NDArray[np.uint64]:
    """The seen pixels of inputs start, …, stop − 1: bit 8 r + c of a word is the pixel in row r and column c.

    Raises
    ------
    InputError
        If not 0 ≤ start ≤ stop, or the seed is negative.

    Examples
    --------
    >>> bool(np.all(seen_words(0, 0, 10)[3:7] == seen_words(0, 3, 7)))
    True
    """
    return _words(seed, _SEEN, start, stop)


def inputs(seed: int, start: int, stop: int) -> NDArray[np.uint8]:
    """Inputs start, …, stop − 1 as images (n, 9, 9) of 0 and 1.

    Raises
    ------
    InputError
        As `seen_words`.
    """
    images = np.empty((stop - start, SIDE, SIDE), dtype=np.uint8)
    images[:, _is_seen] = bits(seen_words(seed, start, stop))
    images[:, ~_is_seen] = bits(_words(seed, _OTHERS, start, stop))[:, : (~_is_seen).sum()]
    return images


def inputs_at(seed: int, indices: Iterable[int]) -> NDArray[np.uint8]:
    """The inputs of these indices as images (n, 9, 9) of 0 and 1."""
    found = [inputs(seed, int(index), int(index) + 1) for index in indices]
    return np.concatenate([np.empty((0, SIDE, SIDE), dtype=np.uint8), *found])


def seen(images: NDArray) -> NDArray:
    """The pixels of images (n, 9, 9) that the network sees, (n, 64) in the order of the bits of `seen_words`."""
    return images[:, _is_seen]


def bits(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """The bits of words (n,) as (n, 64) of 0 and 1, the lowest first.

    Examples
    --------
    >>> bits(np.array([5], dtype=np.uint64))[0, :4].tolist()
    [1, 0, 1, 0]
    """
    as_bytes = words.astype("<u8").view(np.uint8).reshape(-1, 8)
    return np.unpackbits(as_bytes, axis=1, bitorder="little")


def _words(seed: int, part: int, start: int, stop: int) -> NDArray[np.uint64]:
    if seed < 0 or not 0 <= start <= stop:
        raise InputError(f"inputs: expected 0 ≤ seed and 0 ≤ start ≤ stop, got seed {seed}, {start} to {stop}")
    count, skipped = divmod(start, _WORDS_PER_COUNT)
    generator = np.random.Philox(key=np.array([seed, part], dtype=np.uint64), counter=count)
    return generator.random_raw(skipped + stop - start)[skipped:]
