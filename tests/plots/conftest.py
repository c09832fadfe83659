from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.path import Path


@pytest.fixture
def shaded() -> Callable:
    """Which of the points (N, 2) lie in the area of a panel that is filled with a colour."""

    def inside(ax, colour, points):
        found = np.zeros(len(points), dtype=bool)
        for fill in ax.collections:
            if len(fill.get_facecolor()) and np.allclose(fill.get_facecolor()[0], to_rgba(colour)):
                for path in fill.get_paths():
                    for polygon in path.to_polygons():
                        found ^= Path(polygon).contains_points(points)
        return found

    return inside
