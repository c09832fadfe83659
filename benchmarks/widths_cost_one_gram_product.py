"""All pairwise widths cost at most two Gram products of the weights; in blocks, those of 21,841 classes fit in 2 GB."""

import numpy as np

from benchmarks.machine import this_machine
from benchmarks.rows import Row
from benchmarks.timing import medians, peak_bytes
from softmax_geometry import Head, LinearRegion

MANY = 21_841  # classes of the full ImageNet


def rows() -> list[Row]:
    rng = np.random.default_rng(0)
    K, H = 1000, 2048
    head = Head(rng.normal(size=(K, H)))
    region = LinearRegion(head, L=1.0)
    ours, gram = medians(lambda: region.widths, lambda: head.weight @ head.weight.T)
    floor = ours / this_machine().seconds(operations=K**2 * H)
    many = LinearRegion(Head(rng.normal(size=(MANY, 768))), L=1.0)
    bytes_ = peak_bytes(lambda: min(np.nanmin(block) for _, block in many.width_blocks()))
    return [
        Row("all widths / the Gram product W Wᵀ", f"K={K} H={H}", ours / gram, 2, floor=floor),
        Row("memory of all widths in blocks", f"K={MANY} H=768", bytes_ / 1e9, 2, unit="GB"),
    ]
