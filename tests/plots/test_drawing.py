import json
from functools import partial

import numpy as np
import pytest

from softmax_geometry.head import Head
from softmax_geometry.plots.activations import activation_image
from softmax_geometry.plots.benchmark import drop_histograms, stacked_causes
from softmax_geometry.plots.depth import depth_lines
from softmax_geometry.plots.drawing import packed, unpacked
from softmax_geometry.plots.histograms import norm_and_angle
from softmax_geometry.plots.style import svg


def counts(rng):
    edges = {"norm edges": np.linspace(0, 9, 5), "max cos edges": np.linspace(-1, 1, 5)}
    edges["other cos edges"] = edges["max cos edges"]
    return edges | {
        f"{of} {who}": rng.integers(1, 9, 4) for of in ("norm", "max cos", "other cos") for who in ("train", "ood")
    }


DRAWINGS = [
    partial(depth_lines, {"MNIST": {"accuracy": [(1, 0.1 + 0.2, None), (2, np.float64(1 / 3), 0.01)]}}),
    partial(activation_image, groups={"test": np.eye(4, dtype=np.float16), "OOD": np.ones((2, 4), np.float16)}),
    partial(drop_histograms, {"a": counts(np.random.default_rng(0)), "b": counts(np.random.default_rng(1))}),
]


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.func.__name__)
def test_a_drawing_survives_json_and_is_drawn_the_same(drawing):
    tree, arrays = packed(drawing)
    again = unpacked(json.loads(json.dumps(tree, allow_nan=False)), arrays)
    assert again.func is drawing.func
    assert svg(again()) == svg(drawing())


@pytest.mark.parametrize(
    ("drawing", "match"),
    [
        (partial(print, 1), "a function of softmax_geometry.plots, got builtins.print"),
        (partial(norm_and_angle, Head(np.eye(2))), "plain values and arrays, got Head"),
        (partial(stacked_causes, {1: [0.1, 0.2, 0.3]}), "plain values and arrays, got {1"),
        (partial(stacked_causes, {"a": {0.1}}), "plain values and arrays, got {0.1}"),
    ],
)
def test_what_json_would_change_is_refused(drawing, match):
    with pytest.raises(TypeError, match=match):
        packed(drawing)
