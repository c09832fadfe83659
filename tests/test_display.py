"""What people see at a prompt and in a notebook: the numbers are those of the object, the markup is plain and safe."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import softmax_geometry as sg
from softmax_geometry.diagnosis import Contribution, Decomposition, ScoreQuality
from softmax_geometry.display import number, pair_table, panel, span, table


@pytest.fixture(scope="module")
def example():
    return sg.load_example()


@pytest.fixture(scope="module")
def diagnosis(example):
    halves = [sg.Features(f.z[::12], f.labels[::12]) for f in (example.test, example.ood)]
    return sg.diagnose(example.head, example.train, *halves, rng=0, ceiling=True)


def shown(thing) -> ElementTree.Element:
    """The HTML of an object as a tree: it must be well formed."""
    return ElementTree.fromstring(thing._repr_html_())


def cells(tree: ElementTree.Element) -> list[list[list[str]]]:
    """The text of each table's cells, row by row."""
    return [[["".join(cell.itertext()) for cell in row] for row in grid.iter("tr")] for grid in tree.iter("table")]


def facts(thing) -> dict[str, str]:
    """First table: name to value."""
    return {row[0]: row[1] for row in cells(shown(thing))[0]}


def everything(example, diagnosis):
    region = sg.valid_region(example.head, example.train)
    density = sg.density_region(sg.fit_density(example.train, method="per_class"), example.train)
    return [example.head, region, region.linear, region.threshold, density, sg.structure(example.head), diagnosis]


def test_html_sets_no_colour_and_loads_nothing(example, diagnosis):
    for thing in everything(example, diagnosis):
        html = thing._repr_html_()
        assert not re.search(r"color|background|<script|<style|<link|src=|href=|class=", html)
        styles = ";".join(re.findall(r"style=[\"']([^\"']*)[\"']", html)).split(";")
        assert {style.split(":")[0] for style in styles} == {"margin", "padding", "text-align"}
        assert {tree.tag for tree in shown(thing).iter()} <= {
            "div", "p", "strong", "small", "table", "thead", "tbody", "tr", "th", "td"
        }  # fmt: skip


def test_text_is_escaped():
    html = panel("<b> & 'quotes'", table([("<script>", "a & b")], header=("<", ">")))
    tree = ElementTree.fromstring(html)
    assert "<script>" not in html
    assert cells(tree) == [[["<", ">"], ["<script>", "a & b"]]]
    assert tree.findtext("p/strong") == "<b> & 'quotes'"


def test_no_representation_is_a_wall_of_text(example, diagnosis):
    for thing in everything(example, diagnosis):
        lines = repr(thing).splitlines()
        assert len(lines) <= 5
        assert max(map(len, lines)) <= 120
        assert repr(thing).startswith(f"{type(thing).__name__}(")


def test_numbers_have_three_digits():
    values = (0.0, 1.0, -0.98765, 123.4, 1234.5, 2.5e7, np.float32(0.5), np.int64(7), None, np.nan)
    expected = "0 1.00 -0.988 123 1234 2.50e+07 0.500 7 - -"
    assert " ".join(map(number, values)) == expected
    assert span([np.nan, 3.0]) == "3.00"
    assert span([1.0, 1.0001]) == "1.00"
    assert span([1.0, np.inf]) == "1.00 to inf"


@pytest.mark.parametrize("estimator", ["U_max", "U_entropy", "margin"])
def test_region_shows_its_threshold_and_its_widths_in_units_of_z(example, estimator):
    region = sg.valid_region(example.head, example.train, epsilon=0.1, estimator=estimator)
    widths = region.widths[np.triu_indices(3, 1)]
    text = repr(region)
    assert f"{estimator}, epsilon=0.1, " in text
    assert (
        f"L={region.threshold.margin:#.3g}; widths {widths.min():#.3g} to {widths.max():#.3g} units of z, K=3" in text
    )
    if estimator == "U_max":
        assert f"t={region.threshold.confidence:#.3g}," in text
        assert facts(region)["in the region: confidence below"] == f"{region.threshold.confidence:#.3g}"
    if estimator == "U_entropy":
        assert f"h={region.threshold.score:#.3g} nats," in text
    grid = cells(shown(region))[1]
    assert "units of z" in grid[0][0]
    for i in range(3):
        assert grid[i + 1] == [str(i), *("-" if i == j else f"{region.widths[i, j]:#.3g}" for j in range(3))]
    assert facts(region)["no point from this logit gap on"] == f"{region.outer.L:#.3g}"


def test_more_than_ten_classes_show_quantiles_instead_of_a_matrix():
    head = sg.Head(np.random.default_rng(0).normal(size=(11, 5)))
    region = sg.LinearRegion(head, 2.0)
    grid = cells(shown(region))[1]
    pairs = region.widths[np.triu_indices(11, 1)]
    assert "55 pairs" in grid[0][0]
    assert [row[1] for row in grid[1:]] == [f"{np.quantile(pairs, q):#.3g}" for q in (0, 0.25, 0.5, 0.75, 1)]
    assert len(cells(ElementTree.fromstring(pair_table(np.eye(10), "")))[0]) == 11


def test_a_head_of_many_classes_is_shown_without_a_product_of_all_pairs(monkeypatch):
    head = sg.Head(np.ones((2001, 1)), np.arange(2001.0))
    monkeypatch.setattr(sg.Head, "squared_distances", lambda self: pytest.fail("computed 4 million distances"))
    region = sg.ValidRegion(head, sg.Threshold("U_max", 0.05, -3.0, "empirical"))
    assert repr(region) == "ValidRegion(U_max, epsilon=0.05, t=0.950, L=2.95; K=2001)"
    assert facts(head)["spread of the biases (logits)"] == "2000"
    assert len(cells(shown(region))) == 1


def test_a_head_shows_the_distances_of_its_rows():
    head = sg.Head([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]], [1.0, -1.0, 0.0])
    assert repr(head) == "Head(K=3, H=2)"
    assert list(facts(head).values()) == ["3", "2", "1.00", "4.24", "5.00", "2.00"]


def test_what_has_no_widths_says_why():
    threshold = sg.Threshold("U_max", 0.05, float(np.log(0.6)), "empirical")
    empty = sg.ValidRegion(sg.Head(np.eye(3)), threshold)
    assert repr(empty).endswith("t=0.400, L=-0.405; linear region empty, K=3)")
    assert "linear region empty" in empty._repr_html_()
    equal = sg.LinearRegion(sg.Head([[1.0], [1.0], [2.0]]), 1.0)
    assert repr(equal) == "LinearRegion(L=1.00; widths undefined, since two weight rows are equal, K=3)"
    assert "two weight rows are equal" in equal._repr_html_()


@pytest.mark.parametrize(
    ("estimator", "log_score", "expected"),
    [
        ("U_max", -40.0, "1-t=4.25e-18, L=40.0"),
        ("U_max", -2000.0, "log(1-t)=-2000, L=2000"),
        ("U_max", 0.0, "t=0, L=-inf"),
        ("U_entropy", -2000.0, "log(h)=-2000, L=2008"),
        ("U_entropy", 0.0, "h=1.00 nats, L=0"),
        ("margin", -40.0, "L=40.0"),
    ],
)
def test_thresholds_stay_readable_where_floats_do_not(estimator, log_score, expected):
    threshold = sg.Threshold(estimator, 0.05, log_score, "conformal")
    assert repr(threshold) == f"Threshold({estimator}, epsilon=0.05, {expected}, conformal)"
    assert shown(threshold).findtext("p/strong") == f"Threshold of {estimator} (conformal)"


def test_a_threshold_by_integration_shows_its_standard_error(example):
    gaussians = sg.ClassGaussians.from_features(example.train)
    threshold = sg.gaussian_threshold(example.head, gaussians, 0.05)
    assert threshold.standard_error is not None
    assert repr(threshold).endswith(f"gaussian, s.e. of log score {threshold.standard_error:#.3g})")
    assert facts(threshold)["its standard error"] == f"{threshold.standard_error:#.3g}"


def test_a_density_region_shows_nats_and_radii_in_standard_deviations():
    model = sg.DensityModel([0.5, 0.5], [[5.0], [-5.0]], [[[1.0]], [[4.0]]])
    region = sg.DensityRegion(model, -4.0, 0.05)
    assert repr(region) == "DensityRegion(U_density > 4.00 nats, epsilon=0.05; DensityModel(K=2, H=1))"
    rows = facts(region)
    radius = np.sqrt(2 * (np.log(0.5) + 4) - np.log(2 * np.pi))
    assert rows["radius of ellipsoid 0 (standard deviations)"] == f"{radius:#.3g}"
    assert "epsilon" not in repr(sg.DensityRegion(model, -4.0))
    many = sg.DensityModel(np.full(12, 1 / 12), np.arange(12.0)[:, None], np.ones((12, 1, 1)))
    assert facts(sg.DensityRegion(many, -9.0))["radii of 12 ellipsoids (standard deviations)"].count(" ") == 0


def test_a_structure_stands_beside_the_simplex(example):
    measured = sg.structure(example.head)
    rows, cosines = cells(shown(measured))
    assert rows[0][1:] == ["this head", "simplex"]
    values = {row[0]: row[1:] for row in rows[1:]}
    assert values["mean cosine"] == [f"{measured.cosine_mean:#.3g}", "-0.500"]
    assert values["distance from the simplex (etf_distance), 0 to 1"] == [f"{measured.etf_distance:#.3g}", "0"]
    assert "No simplex" not in measured._repr_html_()
    assert cosines[1] == ["0", *(f"{x:#.3g}" for x in measured.cosines[0])]


def test_a_diagnosis_shows_every_score_and_cause_with_its_error(diagnosis):
    scores, causes, decomposition = (grid[1:] for grid in cells(shown(diagnosis)))
    meanings = diagnosis.to_dict()["causes"]
    assert [row[0] for row in scores] == list(diagnosis.scores)
    for row in scores:
        quality = diagnosis.scores[row[0]]
        assert row[1] == f"{100 * quality.auroc.value:.2f} ± {100 * quality.auroc.standard_error:.2f}"
        assert row[2:] == [f"{100 * quality.auroc.tie_fraction:.2f}", f"{100 * quality.fpr_at_95_tpr:.1f}"]
        assert f"{row[0]} {row[1]}" in repr(diagnosis)
    for name, shown_share in causes:
        key, meaning = name.split(": ", 1)
        share = diagnosis.causes[key]
        assert shown_share == f"{100 * share.value:.2f} ± {100 * share.standard_error:.2f}"
        assert meaning == meanings[key]["meaning"]
    for name, *terms in decomposition:
        total = sum(float(term.split(" ± ")[0]) for term in terms)
        assert total == pytest.approx(100 * (1 - diagnosis.scores[name].auroc.value), abs=0.02)


def test_an_auroc_fits_one_line():
    result = sg.auroc([0.0, 1.0, 1.0], [1.0, 2.0])
    assert repr(result) == f"AUROC(0.8333, s.e. {result.standard_error:#.3g}, ties 0.333, n_in=3, n_out=2)"
    assert "s.e. -" in repr(sg.auroc([0.0], [1.0]))


def test_where_no_simplex_fits_the_structure_says_so():
    crowded = sg.structure(sg.Head(np.random.default_rng(0).normal(size=(9, 2))))
    least = f"{np.sqrt(1 - 2 / 8):#.3g}"  # two of eight singular values, all equal
    assert f"No simplex of 9 classes fits into 2 features: the distance is at least {least} " in crowded._repr_html_()


def test_a_diagnosis_in_full():
    """One page of text as it must read, made of numbers that are told apart at a glance."""
    names = ("U_max", "U_entropy", "U_cool", "U_density", "U_max_log", "U_entropy_log")
    scores = {
        name: ScoreQuality(sg.AUROC((70 + i) / 100, (1 + i) / 1000, i / 1000, 9, 8), i / 10)
        for i, name in enumerate(names)
    }
    keys = ("1", "1a", "1b", "1a U_max", "2", "3")
    causes = {key: Contribution((i - 1) / 100, (i + 1) / 1000) for i, key in enumerate(keys)}
    lost = {name: Contribution(i / 100, 0.002) for i, name in enumerate(names)}
    wrong = {name: Contribution(-i / 100, 0.003) for i, name in enumerate(names)}
    parts = Decomposition(sg.AUROC(0.95, 0.004, 0.0, 9, 8), Contribution(0.05, 0.004), lost, wrong)
    diagnosis = sg.Diagnosis("float32", scores, causes, parts)
    assert repr(diagnosis).splitlines() == [
        "Diagnosis(AUROC in % ± s.e., OOD positive, plain scores from float32 logits;",
        "  U_max 70.00 ± 0.10, U_entropy 71.00 ± 0.20, U_cool 72.00 ± 0.30, U_density 73.00 ± 0.40;",
        "  U_max_log 74.00 ± 0.50, U_entropy_log 75.00 ± 0.60;",
        "  lost to cause 1a: 0.00 ± 0.20, 1b: 1.00 ± 0.30, 2: 3.00 ± 0.50, 3: 4.00 ± 0.60;",
        "  ceiling of all scores of the features 95.00 ± 0.40)",
    ]
    tree = shown(diagnosis)
    assert tree.findtext("p/strong") == "Diagnosis"
    assert tree.findtext("p/small") == "OOD is the positive class. Plain scores from float32 logits."
    by_score, by_cause, by_part = cells(tree)
    assert by_score[:2] == [
        ["score", "AUROC, % ± s.e.", "tied pairs, %", "false alarms at 95 % detection, %"],
        ["U_max", "70.00 ± 0.10", "0.00", "0.0"],
    ]
    assert by_cause == [
        ["cause", "AUROC lost, % ± s.e."],
        ["1: saturation, as the paper defines it", "-1.00 ± 0.10"],
        ["1a: ties: what U_entropy loses to arithmetic", "0.00 ± 0.20"],
        ["1b: temperature: what cooling gains by re-ordering", "1.00 ± 0.30"],
        ["1a U_max: ties: what U_max loses to arithmetic", "2.00 ± 0.40"],
        ["2: extrapolation and aleatoric uncertainty", "3.00 ± 0.50"],
        ["3: remaining error of U_density: an upper bound on overlap", "4.00 ± 0.60"],
    ]
    assert by_part[0] == ["score", "overlap, % ± s.e.", "information lost", "wrong direction"]
    assert by_part[2] == ["U_entropy", "5.00 ± 0.40", "1.00 ± 0.20", "-1.00 ± 0.30"]
    written = diagnosis.to_dict()
    assert written["units"] == "AUROC, rates and contributions are fractions (1 = 100 %)"
    assert [cause["meaning"] for cause in written["causes"].values()] == [
        row[0].partition(": ")[2] for row in by_cause[1:]
    ]
    assert written["causes"]["1b"] == {
        "meaning": "temperature: what cooling gains by re-ordering",
        "value": 0.01,
        "standard_error": 0.003,
    }
    single = sg.Diagnosis("float64", {"U_max": ScoreQuality(sg.AUROC(0.5, None, 0.0, 1, 1), 0.1)}, causes, None)
    assert "U_max 50.00;" in repr(single)
    assert "ceiling" not in repr(single)
    assert len(cells(shown(single))) == 2


def test_a_linear_region_in_full():
    region = sg.LinearRegion(sg.Head([[0.0, 0.0], [3.0, 4.0]]), 10.0)
    assert repr(region) == "LinearRegion(L=10.0; widths 4.00 units of z, K=2)"
    tree = shown(region)
    assert tree.findtext("p/strong") == "Linear region: top-two logit gap below L"
    assert cells(tree)[0] == [["L (logits)", "10.0"]]
    assert cells(tree)[1] == [["width of the band (units of z)", "0", "1"], ["0", "-", "4.00"], ["1", "4.00", "-"]]


def test_a_valid_region_names_its_estimator_and_its_threshold():
    region = sg.ValidRegion(sg.Head([[0.0], [2.0]]), sg.Threshold("U_max", 0.05, float(np.log(0.1)), "conformal"))
    assert repr(region) == "ValidRegion(U_max, epsilon=0.05, t=0.900, L=2.20; widths 2.20 units of z, K=2)"
    assert shown(region).findtext("p/strong") == "Valid OOD region of U_max (conformal threshold)"


def test_a_structure_in_full():
    """Three unit vectors along the axes are a simplex once they are centred; five in a plane are none."""
    tree = shown(sg.structure(sg.Head(np.eye(3), [0.0, 1.0, 2.0])))
    assert tree.findtext("p/strong") == "Structure: K = 3 classes, H = 3 features, weights centred"
    facts, cosines = cells(tree)
    assert [row[0] for row in facts] == [
        "",
        "distance from the simplex (etf_distance), 0 to 1",
        "spread of the norms, relative to their mean",
        "mean cosine",
        "spread of the cosines",
        "largest cosine",
        "spread of the biases, relative to the norms",
    ]
    assert facts[0] == ["", "this head", "simplex"]
    assert [row[2] for row in facts[1:]] == ["0", "0", "-0.500", "0", "-0.500", "0"]
    assert facts[6][1] == "1.00"  # √(2/3) over √(2/3)
    assert cosines[0] == ["cosine of w_i and w_j", "0", "1", "2"]
    angles = 2 * np.pi * np.arange(5) / 5
    crowded = shown(sg.structure(sg.Head(np.stack([np.cos(angles), np.sin(angles)], axis=1))))
    assert crowded.findtext("p/small") == (
        "No simplex of 5 classes fits into 2 features: the distance is at least 0.707 for any head of this size."
    )
