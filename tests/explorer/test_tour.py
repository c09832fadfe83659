"""The guided tour of the explorer: its steps, its claims and the numbers it promises."""

import numpy as np
import pytest
from selenium.webdriver import Keys

from softmax_geometry.claims import claims
from softmax_geometry.explorer import tour


def test_the_tour_walks_through_all_steps_and_back(page):
    steps = tour()
    assert len(steps) == 8
    shown = "return [...document.querySelectorAll('.step')].filter(s => s.offsetHeight).map(s => s.id)"
    for n in range(1, 9):
        assert page.run(shown) == [f"step-{n}"]
        assert page.state()["step"] == n
        assert page.state()["w"] == pytest.approx(np.array(steps[n - 1]["state"]["weight"]), abs=1e-6)
        if n < 8:
            page.click("#next")
            assert page.run("return document.activeElement.textContent") == steps[n]["title"]
    assert page.find("#next").get_attribute("disabled")
    for n in range(7, 0, -1):
        page.click("#back")
        assert page.run(shown) == [f"step-{n}"]
    page.press("ood", Keys.ARROW_LEFT)  # a step stays open to change
    assert page.run(shown) == ["step-1"]
    assert page.state()["o"][0, 0] == pytest.approx(-0.1)


def test_every_step_names_claims_of_the_ledger():
    known = {claim.id for claim in claims()}
    for step in tour():
        assert step["claims"]
        assert set(step["claims"]) <= known


def test_what_the_tour_says_of_its_numbers(page):
    go = lambda n: page.click(f".dot[data-step='{n}']")  # noqa: E731

    def put(x, y, what="OOD, centre"):
        for axis, value in (("x", x), ("y", y)):
            page.type(f"{what} {axis}", value)
        return page.wait()

    assert go(1).auroc("U_max") < 1
    assert put(0, 0).auroc("U_max") > 99
    assert go(3).widths()[2] == min(page.widths())  # w_2 and w_3 are the furthest apart
    assert len(set(go(4).widths())) == 1
    assert page.text("#structure").startswith("0.00")
    assert "86.7 %, flagged" in go(5).text("#probe")
    assert "90.8 %, not flagged" in put(2, -1.5).text("#probe")
    put(-0.4, 0.7, "class 1, weight")
    turned = put(-0.4, -0.7, "class 2, weight").percent("#probe")
    assert float(page.text("#structure")[:4]) < 0.02
    assert put(2.5, 0).percent("#probe") > turned
    assert go(6).auroc("U_density") > 99
    put(0, 0).slide("spread", 2)
    assert page.auroc("U_max") > page.auroc("U_density") + 20
    assert go(7).cause(2) < -50
    put(0, -6)
    assert page.cause(1) == pytest.approx(-70, abs=1)
    put(0, 6)
    assert page.cause(2) > 90
    assert go(8).auroc("U_max") == pytest.approx(7, abs=1)
    assert put(0, -5.5).auroc("U_max") == pytest.approx(96, abs=1)
