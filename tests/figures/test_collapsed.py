import numpy as np

from softmax_geometry.figures.collapsed import ENTRIES, collapsed_threshold
from softmax_geometry.head import Head
from softmax_geometry.regions import ValidRegion
from softmax_geometry.structure import named_structure


def titles(name):
    return [ax.get_title("left") for ax in next(entry for entry in ENTRIES if entry.name == name).draw().axes]


def test_the_region_of_collapsed_classes_ends_at_its_least_sure_mean():
    means = named_structure("sandwich")
    head = Head(2 * means)
    region = ValidRegion(head, collapsed_threshold(head, means))
    assert not region.contains(means).any()
    assert region.contains(0.99 * means).any()


def test_collapsed_regions_state_the_ledgers_masses():
    _, optimal, bunch = (float(title.split("mass ")[1]) for title in titles("collapsed-regions"))
    assert optimal < 0.21
    assert bunch > 0.24


def test_the_band_reaches_the_projection_of_the_means():
    halves = [float(title.split("width ")[1].split(" c")[0]) for title in titles("two-points")]
    np.testing.assert_allclose(halves, [1.0, np.cos(np.radians(50))], atol=0.005)
