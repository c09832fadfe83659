"""All pairwise offsets and widths at K = 1000, H = 2048 cost at most three Gram products of the weights."""

import numpy as np

from benchmarks.rows import Row
from benchmarks.timing import ratio_of_medians
from softmax_geometry import Head, LinearRegion


def rows() -> list[Row]:
    head = Head(np.random.default_rng(0).normal(size=(1000, 2048)))
    region = LinearRegion(head, L=1.0)
    figure = ratio_of_medians(lambda: region.widths, lambda: head.weight @ head.weight.T)
    return [Row("all widths / the Gram product W W^T", "K=1000 H=2048", figure, 3.0)]
