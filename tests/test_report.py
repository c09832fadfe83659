import html as html_module
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from softmax_geometry import report_text as words
from softmax_geometry.checks import InputError
from softmax_geometry.density import U_density, fit_density
from softmax_geometry.estimators import U_max_log
from softmax_geometry.example import load_example
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.head import Head
from softmax_geometry.measures.plain import share
from softmax_geometry.report import build_report
from softmax_geometry.structure import named_structure, simplex


@pytest.fixture(scope="module")
def example():
    return load_example()


@pytest.fixture(scope="module")
def report(example):
    return build_report(
        example.head,
        example.train,
        example.test,
        example.ood,
        title="Example",
        provenance=example.provenance,
        date="2026-11-24",
    )


def small(K=3, H=4, weight=None, n=120):
    """Head, train, test and OOD features of a small problem with separated classes."""
    weight = simplex(K, H, rng=0) if weight is None else np.asarray(weight)
    clusters = ClassGaussians(5 * weight, np.stack([np.eye(weight.shape[1])] * len(weight)))
    rng = np.random.default_rng(3)
    ood = Features(rng.standard_normal((n, weight.shape[1])))
    return Head(weight), clusters.sample(n, rng=1), clusters.sample(n, rng=2), ood


def words_of(page):
    """The visible text of a page, with single spaces."""
    page = re.sub(r"<style.*?</style>", "", page, flags=re.S)
    return " ".join(html_module.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


def text(*populations, **options):
    return words_of(build_report(*populations, **options).to_html())


class Page(HTMLParser):
    """Open tags, ids, links and images of a page."""

    void = frozenset({"meta", "img", "br", "link", "input", "hr"})

    def __init__(self, page):
        super().__init__()
        self.stack, self.ids, self.links, self.sources, self.tags, self.alts = [], [], [], [], set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.add(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if "href" in attributes else []
        if tag == "img":
            self.sources.append(attributes["src"])
            self.alts.append(attributes["alt"])
        if tag not in self.void:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


# The numbers of the example, each by another route.


def test_coverage_is_the_share_of_flagged_points(report, example):
    m = report.measurements
    train, test, ood = (U_max_log(example.head.logits(f.z)) for f in (example.train, example.test, example.ood))
    threshold = np.sort(train)[int(0.95 * len(train))]
    row = m["coverage"]["regions"]["U_max"]
    assert row["test"]["value"] == np.mean(test > threshold)
    assert row["OOD"]["value"] == np.mean(ood > threshold)
    assert m["thresholds"]["U_max"]["log_score"] == threshold


def test_regions_nest_as_the_theorems_say(report):
    regions = report.measurements["coverage"]["regions"]
    for which in ("train", "test", "OOD", "gaussian_in", "gaussian_OOD"):
        assert regions["linear"][which]["value"] <= regions["U_max"][which]["value"]
        assert regions["density"][which]["value"] <= regions["ellipsoids"][which]["value"]


def test_widths_and_offsets_come_from_the_weights(report, example):
    L = report.measurements["thresholds"]["U_max"]["L"]
    for row in report.measurements["pairs"]["rows"]:
        i, j = row["pair"]
        distance = np.linalg.norm(example.head.weight[i] - example.head.weight[j])
        assert row["width"] == pytest.approx(2 * L / distance)
        assert row["offset"] == pytest.approx(L / distance**2)


def test_auroc_is_that_of_scikit_learn(report, example):
    scores = np.concatenate([U_max_log(example.head.logits(f.z)) for f in (example.test, example.ood)])
    truth = np.repeat([0, 1], [len(example.test), len(example.ood)])
    measured = report.measurements["scores"]["scores"]["U_max_log"]["auroc"]
    assert measured["value"] == pytest.approx(roc_auc_score(truth, scores))


def test_the_density_is_the_default_one(report, example):
    default = fit_density(example.train, rng=0)
    scores = [U_density(features.z, default) for features in (example.test, example.ood)]
    truth = np.repeat([0, 1], [len(example.test), len(example.ood)])
    measured = report.measurements["scores"]["scores"]["U_density"]["auroc"]["value"]
    assert measured == pytest.approx(roc_auc_score(truth, np.concatenate(scores)), abs=1e-4)


def test_the_four_causes_add_up(report):
    scores = report.measurements["scores"]
    assert scores["causes_total"] == pytest.approx(1 - scores["scores"]["U_entropy"]["auroc"]["value"])


def test_gaussian_prediction_agrees_with_the_class_gaussians(report, example):
    gaussians = ClassGaussians.from_features(example.train)
    log_score = report.measurements["thresholds"]["U_max"]["log_score"]
    sample = gaussians.sample(40_000, rng=77)
    expected = np.mean(U_max_log(example.head.logits(sample.z)) > log_score)
    predicted = report.measurements["coverage"]["regions"]["U_max"]["gaussian_in"]
    assert abs(predicted["value"] - expected) < 5 * 1.12 * predicted["standard_error"]


# The page.


def test_the_page_is_whole_and_needs_nothing_beside_it(report):
    page = report.to_html()
    assert len(page) < 3_000_000
    parsed = Page(page)
    assert parsed.stack == []
    assert len(parsed.ids) == len(set(parsed.ids))
    assert all(link[0] == "#" and link[1:] in parsed.ids for link in parsed.links)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in parsed.sources)
    assert all(parsed.alts)
    assert len(parsed.sources) == 7
    assert not parsed.tags & {"script", "link", "iframe", "object"}
    assert "url(" not in page
    assert "@import" not in page


def test_the_numbers_are_strict_json(report):
    numbers = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert numbers["measurements"]["data"]["n"] == {"train": 6000, "test": 2400, "OOD": 2400}


def test_the_same_seed_gives_the_same_page():
    first, second = (build_report(*small(), title="x", date="2026-01-01", rng=5).to_html() for _ in range(2))
    assert first == second


def test_what_callers_write_is_escaped():
    hostile = "<script>alert(1)</script>"
    page = build_report(
        *small(), title=hostile, provenance={hostile: {"a": hostile}}, class_names=[hostile] * 3
    ).to_html()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 5


def test_many_classes_are_summarised():
    page = build_report(*small(K=14, H=13, n=140)).to_html()
    assert "The 20 narrowest of 91 pairs of classes." in page
    assert len(re.findall(r"&nbsp;\|&nbsp;\d+</th>", page)) == 20


# Every sentence is true in every case.

CASES = {
    "two classes": lambda: small(K=2, H=3),
    "no simplex": lambda: small(weight=[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]),
    "one feature": lambda: small(weight=[[1.0], [-1.0]]),
    "training only": lambda: small()[:2],
    "no OOD": lambda: small()[:3],
    "no test": lambda: (*small()[:2], None, small()[3]),
    "unlabelled test": lambda: (*small()[:2], Features(small()[2].z), small()[3]),
    "three points": lambda: (*small()[:2], Features(small()[2].z[:3]), Features(small()[3].z[:3])),
    "one point": lambda: (*small()[:2], Features(small()[2].z[:1]), Features(small()[3].z[:1])),
    "equal rows": lambda: small(weight=[[1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]]),
    "zero head": lambda: (Head(np.zeros((3, 4))), *small()[1:]),
    "saturated": lambda: (Head(500 * simplex(3, 4, rng=0)), *small()[1:]),
    "unsure": lambda: (Head(1e-4 * simplex(3, 4, rng=0)), *small()[1:]),
    "constant features": lambda: (small()[0], Features(np.zeros((9, 4)), [0, 1, 2] * 3), *small()[2:]),
    "a class of one": lambda: (small()[0], Features(small()[1].z[:3], [0, 1, 2]), *small()[2:]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_report_is_made_and_says_nothing_undefined(case):
    report = build_report(*CASES[case]())
    page = report.to_html()
    assert Page(page).stack == []
    assert not re.search(r"\b(None|nan|inf|Undefined)\b", words_of(page))
    json.dumps(report.to_dict(), allow_nan=False)


def test_distance_from_the_optimum_is_judged_against_random_heads():
    optimal, train, _, _ = small(K=3, H=2)
    assert "0.0 % of the length" not in text(optimal, train)
    assert "nearer than all of them" in text(optimal, train)
    assert "nearer than all of them" not in text(Head(named_structure("stack")), train)


def test_two_classes_are_not_praised_for_their_structure():
    page = text(*small(K=2, H=3))
    assert "the structure says nothing here" in page
    assert "nearer than all" not in page
    assert "is flagged for certain, and no other" in page


def test_missing_simplex_is_said():
    assert "4 classes have no simplex in 2 features" in text(*CASES["no simplex"]())


def test_an_empty_linear_region_is_said():
    page = text(*CASES["unsure"]())
    assert "All widths are 0" in page
    assert "no margin makes a flag certain" in page


def test_missing_populations_are_said():
    page = text(*CASES["training only"]())
    assert "no test and no OOD features were given" in page
    assert "No OOD features were given" in page
    assert "of OOD points flagged" not in page


def test_a_missing_density_is_said_and_its_causes_are_absent():
    report = build_report(*CASES["constant features"]())
    page = words_of(report.to_html())
    assert "density" in report.measurements["data"]["reasons"]
    assert "which could not be fitted" in page
    assert "Cause 3 is an upper bound" not in page
    assert "U_max_log" in report.measurements["scores"]["scores"]


def test_singular_features_are_said(report):
    page = words_of(report.to_html())
    assert "6 of 16 features never vary in training" in page
    assert "A class covariance is singular (rank 9 of 16" in page


def test_ties_and_perfect_or_reversed_scores_are_said():
    page = text(*CASES["saturated"]())
    assert "No pair ties in U_max:" not in page
    assert "of pairs tie in U_max; the twin without ties changes its AUROC by +" in page
    head, train, test, _ = small()
    far = Features(100 * test.z[:20])
    assert "below 50 % by more than two standard errors" in text(head, train, test, far)
    assert "U_density: perfect on this sample" in text(head, train, test, far)


def test_disagreement_with_the_gaussians_is_said():
    head, train, test, ood = small(n=1200)
    assert "does not refute them" in text(head, train, test, ood)
    shrunk = Features(0.3 * test.z)
    assert "shows that they misjudge the tails" in text(head, train, shrunk, ood)


# Numbers as words.


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-12))
def test_number_keeps_three_digits(value):
    written = words.number(value).replace("−", "-").replace(",", "")
    if "×10" in written:
        mantissa, power = written.split("×10")
        digits = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
        written = f"{mantissa}e{digits}"
    assert float(written) == pytest.approx(value, rel=0.0051)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.floats(0, 1, exclude_min=True, exclude_max=True), st.integers(0, 3))
def test_percent_never_rounds_to_none_or_all(fraction, digits):
    assert words.percent(fraction, digits) not in (f"{0:.{digits}f}\u00a0%", f"{100:.{digits}f}\u00a0%")


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.floats(-1e5, -1e-3))
def test_confidence_never_rounds_to_one(log_uncertainty):
    assert not re.fullmatch(r"1(\.0+)?", words.confidence(log_uncertainty))


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10)])
def test_interval_is_exact(k, n):
    from scipy.stats import binomtest

    exact = binomtest(k, n).proportion_ci(0.95, "exact")
    assert share(np.arange(n) < k)["interval"] == pytest.approx([exact.low, exact.high])


# Bad input.


def test_bad_input_is_refused():
    head, train, test, ood = small()
    with pytest.raises(InputError, match="train: expected class labels"):
        build_report(head, Features(train.z))
    with pytest.raises(InputError, match="ood: expected 4 features"):
        build_report(head, train, test, Features(ood.z[:, :2]))
    with pytest.raises(InputError, match=r"train labels: expected labels in 0\.\.2"):
        build_report(head, Features(train.z, np.full(len(train), 5)))
    with pytest.raises(InputError, match="epsilon"):
        build_report(head, train, epsilon=1.5)
    with pytest.raises(InputError, match="class_names: expected 3"):
        build_report(head, train, class_names=["a"])


@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e20])
def test_a_report_is_made_in_any_unit_of_the_features(scale):
    rng = np.random.default_rng(0)
    law = ClassGaussians([[2.0, 0.0], [-2.0, 0.0]], [np.eye(2)] * 2)
    train, test = (law.sample(200, rng) for _ in range(2))
    features = [Features((f.z * scale).astype(np.float32), f.labels) for f in (train, test)]
    head = Head(np.array([[1.0, 0], [-1, 0]]) / scale)
    ood = Features((rng.normal(size=(100, 2)) * scale).astype(np.float32))
    report = build_report(head, *features, ood, title="units", rng=0)
    assert "unavailable" not in report.to_dict()["measurements"]["norms"]


def test_very_steep_heads_have_contours_too():
    train = ClassGaussians([[2.0, 0.0], [-2.0, 0.0]], [np.eye(2)] * 2).sample(100, rng=0)
    assert build_report(Head([[3e9, 0], [-3e9, 0]]), train, title="steep", rng=0).to_html()


def test_features_whose_variance_overflows_are_refused():
    z = np.random.default_rng(0).normal(size=(30, 2))
    train, head = Features(z, np.arange(30) % 3), Head(simplex(3))
    with pytest.raises(InputError, match="ood: expected features whose variance is a finite number"):
        build_report(head, train, ood=Features(1e200 * z))
