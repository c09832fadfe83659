"""What can be moved on the explorer's page: by pointer, finger and keyboard, and back again."""

import re

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys


def test_the_pointer_drags_weights_means_and_ood_data(page):
    before, unit = page.state(), page.per_pixel()
    page.drag("mean-1", 40, 25)
    after = page.state()
    assert after["m"][1] - before["m"][1] == pytest.approx([40 * unit, 25 * unit], abs=unit)
    assert (after["w"] == before["w"]).all()
    assert (np.delete(after["m"], 1, axis=0) == np.delete(before["m"], 1, axis=0)).all()
    page.drag("weight-2", -30, 10)
    assert page.state()["w"][2] - before["w"][2] == pytest.approx(
        [-15 * unit, 5 * unit], abs=unit
    )  # drawn twice as long
    page.drag("ood", 0, -60)
    assert page.state()["o"][0] - before["o"][0] == pytest.approx([0, -60 * unit], abs=unit)


def test_a_handle_taken_off_its_middle_does_not_jump(page):
    before, unit = page.state(), page.per_pixel()
    ActionChains(page.driver, duration=40).move_to_element_with_offset(
        page.find("#ood .ring"), 8, -6
    ).click_and_hold().move_by_offset(20, 0).release().perform()
    assert page.wait().state()["o"][0] - before["o"][0] == pytest.approx([20 * unit, 0], abs=unit)


def test_the_pointer_reads_the_picture(page):
    state = page.state()
    where = np.array([-2.0, 1.0])
    offset = where / page.per_pixel()
    ActionChains(page.driver, duration=0).move_to_element_with_offset(
        page.find("#plane svg"), int(offset[0]), -int(offset[1])
    ).perform()
    said = re.fullmatch(
        r"Here \((.+), (.+)\): class (\d) with confidence ([\d.]+) %, (not )?flagged.*", page.wait().text("#probe")
    )
    assert said
    z = np.array([float(number.replace("−", "-")) for number in said.groups()[:2]])
    assert z == pytest.approx(where, abs=2 * page.per_pixel())
    logits = state["w"] @ z + state["b"].ravel()
    confidence = np.exp(logits - np.logaddexp.reduce(logits))
    assert int(said[3]) == 1 + confidence.argmax()
    assert float(said[4]) == pytest.approx(100 * confidence.max(), abs=1)


def test_zoom_keeps_all_handles_in_view(page):
    start = page.state()["r"]
    assert page.click("#wider").state()["r"] > start
    for _ in range(6):
        page.click("#closer")
    state = page.state()
    assert max(abs(state["m"]).max(), abs(2 * state["w"]).max(), abs(state["o"]).max()) < state["r"] < start


def test_a_finger_drags_too(page):
    before, unit = page.state(), page.per_pixel()
    box = page.run(
        "const g = document.querySelector('#mean-0 .ring'); g.scrollIntoView({block: 'center'});"
        "const b = g.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]"
    )
    for kind, shift in (("touchStart", 0), ("touchMove", 20), ("touchMove", 50)):
        points = [{"x": box[0] + shift, "y": box[1]}]
        page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait()
    assert page.state()["m"][0] - before["m"][0] == pytest.approx([50 * unit, 0], abs=unit)


def test_a_second_finger_does_not_take_over(page):
    before, unit = page.state(), page.per_pixel()
    page.run("document.getElementById('plane').scrollIntoView({block: 'center'})")
    middle = "const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]"  # fmt: skip  # noqa: E501
    fingers = [page.run(middle, f"#mean-{i} .ring") for i in (1, 2)]

    def touch(kind, count, shift=0):
        points = [{"x": x + shift, "y": y, "id": i} for i, (x, y) in enumerate(fingers[:count])]
        page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 1)
    touch("touchStart", 2)
    touch("touchMove", 2, -15)
    touch("touchMove", 2, -30)
    touch("touchEnd", 0)
    after = page.wait().state()["m"]
    assert after[1] - before["m"][1] == pytest.approx([-30 * unit, 0], abs=unit)
    assert (after[2] == before["m"][2]).all()


def test_undo_may_take_away_the_handle_in_hand(page):
    page.click("input[name=K][value='2']").click("input[name=K][value='6']")
    ActionChains(page.driver, duration=40).click_and_hold(page.find("#mean-5 .ring")).move_by_offset(10, 5).perform()
    assert page.find("#mean-5.held")
    control_z(page)
    ActionChains(page.driver, duration=40).move_by_offset(10, 5).release().perform()
    assert len(page.wait().state()["m"]) == 2


def test_arrow_keys_move_the_handle_in_focus(page):
    before = page.state()
    page.press("ood", Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    assert page.state()["o"][0] - before["o"][0] == pytest.approx([0.2, -0.1])
    page.press("weight-0", Keys.ARROW_UP, shift=True)
    assert page.state()["w"][0] - before["w"][0] == pytest.approx([0, 1])
    page.press("mean-2", Keys.ARROW_LEFT)
    assert page.state()["m"][2] - before["m"][2] == pytest.approx([-0.1, 0], abs=1e-3)
    assert page.find("#mean-2").get_attribute("aria-valuetext") == "x {:.2f}, y {:.2f}".format(
        *page.state()["m"][2]
    ).replace("-", "−")


def test_a_handle_pushed_out_of_view_brings_the_view_along(page):
    before = page.state()["r"]
    page.press("ood", *[Keys.ARROW_UP] * 8, shift=True)
    state = page.state()
    assert state["r"] > before
    assert state["o"][0, 1] < state["r"]


def test_every_handle_can_be_reached_named_and_seen_in_focus(page):
    handles = page.run(
        "return [...document.querySelectorAll('.handle')].map(g => [g.tabIndex, g.getAttribute('role'), g.ariaLabel])"
    )
    assert [label for _, _, label in handles] == [
        *(f"Mean of class {i}" for i in (1, 2, 3)),
        *(f"Weight of class {i}" for i in (1, 2, 3)),
        "Centre of the OOD data",
    ]
    assert {(index, role) for index, role, _ in handles} == {(0, "slider")}
    ring = "return getComputedStyle(document.querySelector('#ood .ring')).stroke"
    unfocused = page.run(ring)
    page.press("ood", Keys.ARROW_LEFT)
    assert page.run(ring) != unfocused
    unnamed = "return [...document.querySelectorAll('input, select, button')].filter(e => !e.labels?.length && !e.ariaLabel && !e.textContent.trim()).length"  # fmt: skip  # noqa: E501
    assert page.run(unnamed) == 0


def control_z(page):
    ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()


def test_undo_puts_a_slider_back_that_has_the_focus(page):
    slider = page.find("#spread")
    slider.send_keys(Keys.ARROW_RIGHT * 6)
    assert page.wait().state()["s"] == pytest.approx(1.1)
    control_z(page)
    page.wait()
    assert float(slider.get_property("value")) == page.state()["s"] == 0.8


def test_a_typed_number_is_brought_into_its_limits_and_nonsense_is_not_taken(page):
    page.click("#exact summary")
    field = page.find("#numbers input")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("99", Keys.ENTER)
    assert (field.get_property("value"), page.wait().state()["w"][0, 0]) == ("50", 50)
    taken = page.hash
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.DELETE, Keys.ENTER)
    assert (field.get_property("value"), page.wait().hash) == ("50", taken)


def test_undo_redo_and_reset(page):
    start = page.hash
    page.press("ood", Keys.ARROW_LEFT, Keys.ARROW_LEFT)  # in quick succession: one step
    moved = page.hash
    page.slide("spread", 1.4)
    wide = page.hash
    assert page.click("#undo").hash == moved
    assert page.click("#undo").hash == start
    assert page.find("#undo").get_attribute("disabled")
    assert page.click("#redo").hash == moved
    ActionChains(page.driver).key_down(Keys.CONTROL).key_down(Keys.SHIFT).send_keys("z").key_up(Keys.SHIFT).key_up(
        Keys.CONTROL
    ).perform()
    assert page.wait().hash == wide
    assert page.click("#reset").hash == start
    assert page.click("#undo").hash == wide
    page.slide("spread", 2)  # a new change: there is nothing left to redo
    assert page.find("#redo").get_attribute("disabled")
