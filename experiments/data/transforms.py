"""Images made from images: colour at 32×32, black and white at 9×9, and what a JPEG coder leaves of them."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from experiments.data.images import Images
from softmax_geometry.checks import InputError

SIDE, SMALL_SIDE = 32, 9


def as_rgb32(images: Images) -> Images:
    """As colour images of 32×32 pixels, bilinearly resized and grey in all three channels where they were grey.

    The paper says only that MNIST and Fashion-MNIST become 32×32 RGB (section 6). Resizing is our choice: padding
    would add a black frame, which no other set has.
    """
    if images.pixels.shape[1:] == (SIDE, SIDE, 3):
        return images
    return replace(images, pixels=np.stack([_as_rgb(image) for image in images.pixels]))


def as_binary9(images: Images) -> Images:
    """Grey images as 9×9 pixels of 0 or 255: the mean of the area each covers, thresholded at a quarter of full ink.

    The paper says only that MNIST is made 9×9 and binary; how is our choice. At half of full ink thin digits vanish.
    As inputs in [0, 1] the pixels are 0 and 1.

    Raises
    ------
    InputError
        If the images are coloured.
    """
    if images.pixels.ndim != 3:
        raise InputError(f"images: expected grey images (N, h, w), got shape {images.pixels.shape}")
    across, down = (_overlaps(side) for side in images.pixels.shape[:0:-1])
    sums = down @ images.pixels.astype(np.float32) @ across.T  # whole numbers below 2²⁴: exact
    full = 255 * np.prod(images.pixels.shape[1:])
    return replace(images, pixels=np.where(sums >= full / 4, 255, 0).astype(np.uint8))


def _overlaps(side: int) -> NDArray[np.float32]:
    """How much of each of `side` pixels each of 9 covers, (9, side), when a pixel is 9 long and a small one `side`."""
    small, large = np.arange(SMALL_SIDE)[:, None] * side, np.arange(side) * SMALL_SIDE
    shared = np.minimum(small + side, large + SMALL_SIDE) - np.maximum(small, large)
    return np.maximum(shared, 0).astype(np.float32)


def jpeg_coded(images: Images, quality: int = 75) -> Images:
    """Colour images coded as JPEG with halved chroma (4:2:0) and decoded again; the caveat says so.

    Raises
    ------
    InputError
        If the images are grey, or the quality is not 1 to 95.
    """
    if images.pixels.ndim != 4:
        raise InputError(f"images: expected colour images (N, h, w, 3), got shape {images.pixels.shape}")
    if not 1 <= quality <= 95:
        raise InputError(f"quality: expected 1 to 95, got {quality}")
    coded = f"coded here as JPEG (quality {quality})"
    pixels = np.stack([_through_jpeg(image, quality) for image in images.pixels])
    return replace(images, pixels=pixels, caveat=f"{images.caveat}; {coded}" if images.caveat else coded)


def _as_rgb(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BILINEAR).convert("RGB"))


def _through_jpeg(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    with Image.open(file) as decoded:
        return np.asarray(decoded.convert("RGB"))
