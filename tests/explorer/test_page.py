"""The explorer's page as a whole: nothing from outside, quick, on a telephone, on paper."""

import base64
import re

import numpy as np
import pytest
from selenium.webdriver import Keys

from softmax_geometry.explorer.presets import presets


def test_the_page_is_small_and_asks_for_nothing(page, html):
    assert len(html.encode()) < 1_000_000
    assert set(re.findall(r"\w+://[^\"'\s<]+", html)) == {"http://www.w3.org/2000/svg"}
    for outside in ("<link", "<img", "<iframe", " src=", "@import", "url(", "eval(", "Function(", "fetch(", "XMLHttp"):
        assert outside not in html
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    page.run(
        "const script = document.createElement('script');"
        "script.textContent = 'setTimeout(() => eval(1 + String(1)))'; document.body.append(script);"
        "new Image().src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='"
    )
    complaints = page.wait().complaints()
    page.run("window.complaints.length = 0")
    assert {"script-src", "img-src"} <= set(complaints)


def test_every_preset_loads_until_something_is_changed(page):
    choose = (
        "const menu = document.getElementById('preset'); menu.value = arguments[0];"
        "menu.dispatchEvent(new Event('change'))"
    )
    chosen = "return document.getElementById('preset').value"
    for preset in presets():
        page.run(choose, preset["id"])
        page.wait()
        assert (page.run(chosen), page.text("#preset-text")) == (preset["id"], preset["text"])
        assert page.state()["w"] == pytest.approx(np.array(preset["state"]["weight"]), rel=1e-6, abs=1e-9)
    page.press("ood", Keys.ARROW_LEFT)
    assert page.run(chosen) == ""


def test_a_telephone_needs_no_sideways_scrolling(page, screen):
    screen(360, 740)
    for n in range(1, 9):
        page.click(f".dot[data-step='{n}']")
        assert page.run("return document.documentElement.scrollWidth") == 360
        plane = page.run(
            "const b = document.getElementById('plane').getBoundingClientRect(); return [b.width, b.height]"
        )
        assert plane[0] == plane[1] > 330


def test_print_shows_figure_numbers_and_state_without_buttons(page):
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    hidden = page.run("return [...document.querySelectorAll('button')].filter(b => b.offsetHeight).length")
    figure, numbers = (page.run(f"return document.querySelector('{s}').offsetHeight") for s in ("#plane", "#flagged"))
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert hidden == 0
    assert figure > 300
    assert numbers > 50
    pdf = base64.b64decode(page.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"])
    assert 1 <= len(re.findall(rb"/Type\s*/Page[^s]", pdf)) <= 3


def test_the_page_follows_a_handle_without_lagging(page):
    """The median time from one frame to the next while every frame moves a handle: computed, painted and read out."""
    frame = page.driver.execute_async_script("""
      const done = arguments[0], times = [];
      let last = null;
      const tick = (now) => {
        if (last !== null) times.push(now - last);
        last = now;
        const key = times.length % 2 ? "ArrowLeft" : "ArrowRight";
        document.getElementById("ood").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        if (times.length < 31) requestAnimationFrame(tick);
        else done(times.sort((a, b) => a - b)[15]);
      };
      requestAnimationFrame(tick);
    """)
    assert frame < 200  # ms; generous, for a busy machine without a graphics card
