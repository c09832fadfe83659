import numpy as np

from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.stability import stability_balls
from softmax_geometry.plots.view import View
from softmax_geometry.regions import valid_region

HEAD = Head([[0.0, 1.0], [-0.9, -0.5], [0.9, -0.4]])
CLASSES = ClassGaussians(2.5 * HEAD.weight, [0.5 * np.eye(2)] * 3)
SAMPLE = CLASSES.sample(3000, rng=0)


def test_balls_have_the_radii_and_colours_of_their_side():
    region = valid_region(HEAD, SAMPLE, 0.1)
    ax = stability_balls(region, np.array([[0.0, 0.0], [0.0, 3.0]]), np.array([0.7, -0.4]), View(4.0)).axes[0]
    inside, outside = ax.patches
    assert (inside.radius, outside.radius) == (0.7, 0.4)
    assert inside.get_edgecolor() != outside.get_edgecolor()
