import numpy as np
import pytest

from softmax_geometry.plots.counterexample import Band, Path, circle_and_confidence, sphere_and_confidence

SHARE = np.linspace(0, 1, 5)


@pytest.mark.parametrize(("H", "draw"), [(2, circle_and_confidence), (3, sphere_and_confidence)])
def test_vectors_are_drawn_at_length_one_and_the_ends_named(H, draw):
    weight = np.eye(3)[:, :H]
    z = 5 * (1 - SHARE[:, None]) * weight[0] + 5 * SHARE[:, None] * weight[1]
    path = Path("path", z, SHARE, 1 - SHARE, "start", "end")
    left, right = draw(weight, [path], Band("band", SHARE, 0 * SHARE, SHARE + 1)).axes
    names = [text.get_text().strip() for text in left.texts]
    assert {"$w_{1}$", "start", "end"} <= set(names)
    assert not any(text.get_text() != text.get_text().strip(" ") for text in left.texts)  # an SVG drops such spaces
    lines = [np.stack(line.get_data_3d() if H == 3 else line.get_data(), axis=1) for line in left.lines]
    drawn = [points for points in lines if len(points) == len(z)]
    np.testing.assert_allclose(np.linalg.norm(drawn[0], axis=1), 1)
    np.testing.assert_allclose(right.lines[0].get_xydata(), np.stack([SHARE, 1 - SHARE], axis=1))
