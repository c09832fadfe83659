"""Draw the figure of the README from the bundled example: `python docs/figures.py`."""

from pathlib import Path

from matplotlib.figure import Figure

from softmax_geometry import load_example, valid_region
from softmax_geometry.plots import fit_plane, pca_plane, svg
from softmax_geometry.writing import write_text

IMAGES = Path(__file__).resolve().parent / "images"


def plane() -> Figure:
    """The features of the bundled example with its valid region."""
    example = load_example()
    region = valid_region(example.head, example.train, epsilon=0.05, estimator="U_entropy")
    return pca_plane(region, fit_plane(example.train.z, example.ood.z), example.test, example.ood, rng=0)


if __name__ == "__main__":
    write_text(IMAGES / "plane.svg", svg(plane()))
