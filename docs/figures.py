"""Draw the figure of the README from the bundled example: `python docs/figures.py`."""

from pathlib import Path

from softmax_geometry import load_example, valid_region
from softmax_geometry.plots import fit_plane, pca_plane, svg
from softmax_geometry.writing import write_text

IMAGES = Path(__file__).resolve().parent / "images"

if __name__ == "__main__":
    example = load_example()
    region = valid_region(example.head, example.train, epsilon=0.05, estimator="U_entropy")
    plane = fit_plane(example.train.z, example.ood.z)
    figure = pca_plane(region, plane, example.test, example.ood, rng=0)
    write_text(IMAGES / "plane.svg", svg(figure))
