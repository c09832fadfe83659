"""What the explorer paints is what its model says."""

import json
from importlib import resources

import numpy as np
import pytest

from softmax_geometry.explorer import tour
from softmax_geometry.plots import style

SIMPLEX = "w=0,2_-1.732051,-1_1.732051,-1&b=0_0_0&m=0,3_-2.598076,-1.5_2.598076,-1.5"


@pytest.mark.parametrize("layer", ["region", "linear", "boundaries", "field", "points"])
def test_each_layer_is_painted_when_asked_for(page, layer):
    page.open(f"#{SIMPLEX}&s=0.7&o=0,0&os=0.5&e=0.05&T=1&u=U_max&show=&r=6&step=2")
    drawn = "return document.querySelector('#plane canvas').toDataURL()"
    blank = page.run(drawn)
    page.click(f"input[name=layer][value={layer}]")
    assert page.state()["show"] == layer
    assert page.run(drawn) != blank


def test_the_painted_regions_are_those_of_the_model(in_page, page_scripts):
    """Contours and polygons against the model, point by point, away from their edges."""
    folder = resources.files("softmax_geometry.explorer")
    scripts = [
        *page_scripts,
        *(folder.joinpath(name).read_text(encoding="utf-8") for name in ("state.js", "geometry.js", "picture.js")),
    ]
    points = np.random.default_rng(0).uniform(-5.9, 5.9, size=(400, 2)).round(3).tolist()
    warm = {**tour()[2]["state"], "temperature": 1.7, "bias": [0.6, -0.4, 0.1]}
    for state in (*(step["state"] for step in tour()), warm):
        script = """(() => {
          const { state, points } = data, result = model.compute(state), reach = 6, frame = new Frame(reach, 600);
          const paper = document.createElement("canvas").getContext("2d"), at = (z) => frame.pixel(z);
          const { inside } = region(frame, state, result), margin = result.threshold.margin;
          const gap = ({ K, weight, bias, temperature }, z) => {
            const [first, second] = formulas.logits[K](weight, bias, z, temperature).sort((a, b) => b - a);
            return first - second;
          };
          const path = (polygon) => { const p = new Path2D(); polygon.forEach((z, n) => n ? p.lineTo(...at(z)) : p.moveTo(...at(z))); p.closePath(); return p; };
          const clear = [...Array(state.K).keys()].map((i) => path(cell(state, i, margin ?? 0, reach)));
          return points.map((z) => [
            paper.isPointInPath(inside, ...at(z)), model.inside(state, result, z),
            !clear.some((p) => paper.isPointInPath(p, ...at(z))), margin === null ? false : gap(state, z) < margin,
          ]);
        })()"""  # noqa: E501
        seen = np.array(in_page(script, {"state": state, "points": points}, scripts))
        assert (seen[:, 0] != seen[:, 1]).mean() <= 0.005
        assert 0 < seen[:, 1].mean() < 1
        assert (seen[:, 2] == seen[:, 3]).all()


def test_scores_that_all_equal_the_threshold_paint_no_region(page):
    equal = "w=1,1_1,1_1,1&b=0_0_0&m=0,3_2,-2_-2,-2"
    page.open(f"#{equal}&s=0.7&o=0,0&os=0.5&e=0.05&T=1&u=U_max&show=region&r=6&step=2")
    assert page.percent("#flagged .test") == 0
    colours = "const c = document.querySelector('#plane canvas'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((a, b) => Math.max(a, b))"  # fmt: skip  # noqa: E501
    assert page.run(colours) == 0  # nothing painted


def test_the_explorer_and_the_figures_share_their_colours():
    picture = resources.files("softmax_geometry.explorer").joinpath("picture.js").read_text(encoding="utf-8")
    assert f"COLOURS = {json.dumps(style.CLASSES[:6])}" in picture
    assert f'OUT = "{style.OUT}", REGION = "{style.REGION}"' in picture
