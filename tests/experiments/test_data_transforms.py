import io

import numpy as np
import pytest
from PIL import Image

from experiments.data import Images, as_binary9, as_rgb32, jpeg_coded, load_images
from softmax_geometry.checks import InputError


def images_of(pixels: np.ndarray, caveat: str = "") -> Images:
    return Images(pixels, np.arange(len(pixels)), "drawn", {"file": "0"}, caveat)


def random_colours(n: int = 4) -> Images:
    return images_of(np.random.default_rng(0).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8))


@pytest.mark.parametrize("side", [8, 28])
def test_as_rgb32_keeps_a_ramp_a_ramp(side):
    ramp = np.broadcast_to(np.arange(side, dtype=np.uint8) * 9, (2, side, side))
    images = as_rgb32(images_of(ramp, "as it was"))
    assert images.pixels.shape == (2, 32, 32, 3)
    assert (images.pixels == images.pixels[..., :1]).all()
    centres = (np.arange(32) + 0.5) * side / 32 - 0.5
    np.testing.assert_allclose(images.pixels[0, 16, 2:-2, 0], 9 * centres[2:-2], atol=1)
    assert (images.name, images.caveat, images.labels.tolist()) == ("drawn", "as it was", [0, 1])


def test_as_rgb32_leaves_colour_images_alone():
    images = random_colours()
    assert as_rgb32(images) is images


def test_as_binary9_is_the_area_mean_thresholded():
    images = load_images("mnist5000", "test").take(slice(0, 40))
    fine = images.pixels.repeat(9, axis=1).repeat(9, axis=2)
    means = fine.reshape(40, 9, 28, 9, 28).mean(axis=(2, 4))
    small = as_binary9(images).pixels
    np.testing.assert_array_equal(small, np.where(means >= 255 / 4, 255, 0))
    assert (small == 255).sum(axis=(1, 2)).min() >= 5  # no digit vanishes


def test_as_binary9_refuses_colour():
    with pytest.raises(InputError, match=r"expected grey images \(N, h, w\), got shape \(4, 32, 32, 3\)"):
        as_binary9(random_colours())


def test_jpeg_coded_is_what_pillow_makes_of_the_images():
    images = random_colours()
    coded = jpeg_coded(images)
    for before, after in zip(images.pixels, coded.pixels, strict=True):
        file = io.BytesIO()
        Image.fromarray(before).save(file, "JPEG", quality=75, subsampling=2)
        np.testing.assert_array_equal(np.asarray(Image.open(file)), after)
    assert coded.pixels.dtype == np.uint8
    assert coded.caveat == "coded here as JPEG (quality 75)"
    assert images.caveat == ""
    assert jpeg_coded(images_of(images.pixels, "a part"), 30).caveat == "a part; coded here as JPEG (quality 30)"
    errors = [np.abs(jpeg_coded(images, q).pixels.astype(int) - images.pixels).mean() for q in (10, 50, 95)]
    assert errors == sorted(errors, reverse=True)


def test_jpeg_coded_refuses_grey_images_and_odd_qualities():
    with pytest.raises(InputError, match="expected colour images"):
        jpeg_coded(images_of(np.zeros((2, 28, 28), np.uint8)))
    for quality in (0, 96):
        with pytest.raises(InputError, match=f"expected 1 to 95, got {quality}"):
            jpeg_coded(random_colours(), quality)
