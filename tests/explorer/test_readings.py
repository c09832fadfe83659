"""The numbers on the explorer's page follow its controls, and are those of the model."""

import numpy as np
import pytest
from selenium.webdriver import Keys

from softmax_geometry.explorer import tour

SIMPLEX = "w=0,2_-1.732051,-1_1.732051,-1&b=0_0_0&m=0,3_-2.598076,-1.5_2.598076,-1.5"


def test_the_live_region_says_the_main_numbers(page):
    page.open(f"#{SIMPLEX}&s=0.7&o=0,0&os=0.3&e=0.05&T=1&u=U_max&show=region&r=6&step=2")
    page.wait(timers=520)
    assert page.text("#said") == "5 % of test data and 100 % of OOD data flagged. AUROC of U max: 100 %."
    assert page.find("#said").get_attribute("aria-live") == "polite"


def test_a_larger_epsilon_widens_the_region(page):
    page.open(f"#{SIMPLEX}&s=0.7&o=1,-0.5&os=1&e=0.02&T=1&u=U_max&show=region&r=6&step=2")
    seen = [(page.widths()[0], page.percent("#flagged .ood"), page.percent("#flagged .test"), page.auroc("U_max"))]
    for epsilon in (0.05, 0.2):
        page.slide("epsilon", epsilon)
        seen.append(
            (page.widths()[0], page.percent("#flagged .ood"), page.percent("#flagged .test"), page.auroc("U_max"))
        )
    widths, ood, test, auroc = map(list, zip(*seen, strict=True))
    assert widths == sorted(set(widths))
    assert ood == sorted(set(ood))
    assert test == pytest.approx([2, 5, 20], abs=1.5)
    assert len(set(auroc)) == 1  # AUROC looks at all thresholds at once


def test_for_two_classes_the_temperature_changes_no_band(page):
    page.open("#w=0,2_0.5,-1&b=0_0.2&m=0,2_1,-2&s=0.8&o=0,0&os=1&e=0.05&T=1&u=U_max&show=region&r=6&step=3")
    flagged, widths, threshold = page.text("#flagged"), page.widths(), page.text("#threshold")
    page.slide("temperature", 2)
    assert (page.text("#flagged"), page.widths()) == (flagged, widths)
    assert page.text("#threshold") != threshold  # L and the confidence fall
    assert page.state()["T"] == 2


def test_far_out_along_a_class_the_softmax_is_blind_and_the_density_is_not(page):
    page.open(f"#{SIMPLEX}&s=0.7&o=0,0&os=0.5&e=0.05&T=1&u=U_max&show=region&r=9&step=1")
    near = page.auroc("U_max")
    page.press("ood", *[Keys.ARROW_UP] * 8, shift=True)
    assert near > 99
    assert page.auroc("U_max") < 1
    assert page.auroc("U_density") > 99
    assert page.cause(2) > 98
    assert page.percent("#flagged .ood") == 0


def test_causes_add_up_and_negative_ones_are_drawn_and_named(page):
    page.open(f"#{SIMPLEX}&s=2&o=0,0&os=0.5&e=0.05&T=1&u=U_entropy&show=region&r=6&step=7")
    shares = [page.cause(cause) for cause in (1, 2, 3)]
    assert shares[1] < -20
    assert sum(shares) == pytest.approx(100 - page.auroc("U_entropy"), abs=0.2)
    assert page.cause("sum") == pytest.approx(sum(shares), abs=0.15)
    assert "cause 2" in page.text("#causes .warn")
    bars = page.run(
        "return [...document.querySelectorAll('#causes rect')].map(r => ['x', 'width'].map(a => +r.getAttribute(a)))"
    )
    zero = float(page.run("return document.querySelector('#causes path').getAttribute('d').match(/M([\\d.]+)/)[1]"))
    assert bars[1][0] + bars[1][1] == pytest.approx(zero)
    assert bars[2][0] == pytest.approx(zero + bars[0][1] * (shares[0] > 0))
    lengths = np.array([width for _, width in bars])
    assert lengths / lengths.sum() == pytest.approx(np.abs(shares) / np.abs(shares).sum(), abs=0.01)


def test_choices_of_score_and_classes(page):
    page.click("input[name=estimator][value=U_density]")
    assert page.state()["u"] == "U_density"
    assert page.run("return document.querySelector('#auroc .chosen').dataset.score") == "U_density"
    assert "no bands" in page.text("#threshold")
    for K in range(2, 7):
        page.click(f"input[name=K][value='{K}']")
        state = page.state()
        assert len(state["w"]) == len(state["m"]) == K
        assert (state["b"] == 0).all()
        norms = np.linalg.norm(state["w"], axis=1)
        assert norms == pytest.approx(np.full(K, 1.2), abs=1e-4)
        assert len(page.widths()) == K * (K - 1) // 2
    assert "In a plane the least distance" in page.text("#structure")


def test_spreads_and_exact_numbers(page):
    page.slide("spread", 1.5).slide("ood-spread", 2.5)
    assert (page.state()["s"], page.state()["os"]) == (1.5, 2.5)
    page.type("class 2, bias", -1.5)
    assert page.wait().state()["b"].ravel().tolist() == [0, -1.5, 0]


def test_equal_weights_leave_nothing_but_dashes(page):
    page.open(
        "#w=1,1_1,1_1,1&b=0_0_0&m=0,2_1,-2_2,2&s=0.8&o=0,0&os=1&e=0.05&T=1&u=U_max&show=region.linear.field&r=6&step=3"
    )
    assert page.text("#bands tbody").count("–") == 6
    assert "no structure" in page.text("#structure")


def test_the_numbers_shown_are_those_of_the_model(page, in_page):
    state = tour()[2]["state"]
    result = in_page("model.compute(data)", state)
    page.click(".dot[data-step='3']")
    assert page.percent("#flagged .ood b") == pytest.approx(100 * result["flagged"]["ood"], abs=0.06)
    for score in ("U_max", "U_entropy", "U_cool", "U_density", "margin"):
        assert page.auroc(score) == pytest.approx(100 * result["auroc"][score], abs=0.06)
    pairs = [(0, 1), (0, 2), (1, 2)]
    assert page.widths() == pytest.approx([result["widths"][i][j] for i, j in pairs], rel=5e-3)
