"""A headless Chromium for the session, the explorer's scripts run in it, and a reader of the explorer's page."""

import json
import os
import re
import shutil

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from softmax_geometry.explorer import explorer_page
from softmax_geometry.explorer.draws import draws_javascript
from softmax_geometry.explorer.formulas import formulas_javascript

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def found(*names):
    """Path of the first program that is installed; without one the tests are skipped, or fail in CI."""
    for name in names:
        if path := shutil.which(name):
            return path
    message = f"the tests of the explorer need a browser, and {names[0]} is not installed"
    return pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A driver of headless Chromium on a blank page."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = found("chromium", "chromium-browser", "google-chrome")
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}", "--window-size=1280,900"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(found("chromedriver")))
    driver.set_script_timeout(120)
    driver.get("about:blank")
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def page_scripts():
    """The explorer's mathematics in the order of loading: formulas, draws, model."""
    from importlib import resources

    model = resources.files("softmax_geometry.explorer").joinpath("model.js").read_text(encoding="utf-8")
    return [formulas_javascript(), draws_javascript(), model]


@pytest.fixture(scope="session")
def in_page(browser, page_scripts):
    """Evaluate a JavaScript expression of `formulas`, `draws`, `model` and `data` in the browser.

    Numbers come back with all their digits; NaN and infinities as the strings "NaN", "Infinity", "-Infinity".
    """

    def evaluate(expression, data=None, scripts=page_scripts):
        honest = "(key, x) => (typeof x === 'number' && !Number.isFinite(x) ? String(x) : x)"
        body = f"const data = {json.dumps(data)};\nreturn JSON.stringify({expression}, {honest});"
        return json.loads(browser.execute_script("\n".join([*scripts, body])))

    return evaluate


LISTEN = """
window.complaints = [];
for (const level of ["warn", "error"]) console[level] = (...words) => window.complaints.push(words.join(" "));
addEventListener("error", (event) => window.complaints.push(event.message));
addEventListener("unhandledrejection", (event) => window.complaints.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) => window.complaints.push(event.violatedDirective));
"""


class Page:
    """What a reader does with the page, and what the page then says."""

    def __init__(self, driver, path):
        self.driver, self.path = driver, path

    def open(self, hash=""):
        self.driver.get("about:blank")  # a change of the hash alone would not load the page again
        self.driver.get(self.path.as_uri() + hash)
        return self.wait()

    def wait(self, timers=120):
        """Until a frame is drawn and the address has followed, after 100 ms; the live region takes 500."""
        self.driver.execute_async_script(
            "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(arguments[1], arguments[0])))", timers
        )
        return self

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).textContent", selector).replace("\u00a0", " ")

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click()", selector)
        return self.wait()

    def slide(self, key, value):
        """Move a slider; those of epsilon and the temperature are logarithmic."""
        position = np.log10(value) if key in ("epsilon", "temperature") else value
        self.run(
            "const input = document.getElementById(arguments[0]); input.value = arguments[1];"
            "input.dispatchEvent(new Event('input'))",
            key,
            float(position),
        )
        return self.wait()

    def type(self, label, value):
        """Put a number into the field of that label under “Exact numbers”."""
        self.run(
            'const input = document.querySelector(`#numbers input[aria-label="${arguments[0]}"]`);'
            "input.value = arguments[1]; input.dispatchEvent(new Event('change'))",
            label,
            value,
        )

    def drag(self, handle, x, y):
        """Move the pointer from the middle of a handle by x to the right and y up, in pixels."""
        ring = self.find(f"#{handle} .ring")
        ActionChains(self.driver, duration=40).click_and_hold(ring).move_by_offset(x, -y).release().perform()
        return self.wait()

    def press(self, handle, *keys, shift=False):
        self.run("document.getElementById(arguments[0]).focus()", handle)
        chain = ActionChains(self.driver, duration=0)
        chain = chain.key_down(Keys.SHIFT).send_keys(*keys).key_up(Keys.SHIFT) if shift else chain.send_keys(*keys)
        chain.perform()
        return self.wait()

    @property
    def hash(self):
        return self.run("return location.hash")

    def state(self):
        fields = dict(field.split("=") for field in self.hash[1:].split("&"))
        points = lambda text: np.array([[float(x) for x in pair.split(",")] for pair in text.split("_")])  # noqa: E731
        numbers = {key: float(fields[key]) for key in ("s", "os", "e", "T", "r")}
        places = {key: points(fields[key]) for key in ("w", "m", "o", "b")}
        return numbers | places | {"u": fields["u"], "show": fields["show"], "step": int(fields["step"])}

    def percent(self, selector):
        found = re.search(r"([\d.]+) %", self.text(selector))
        assert found, self.text(selector)
        return float(found[1])

    def auroc(self, score):
        return self.percent(f"[data-score={score}] td:last-child")

    def cause(self, cause):
        return float(self.text(f"[data-cause='{cause}'] td").replace("−", "-"))

    def widths(self):
        cells = (
            "[...document.querySelectorAll('#bands tbody td:last-child')].map(c => c.textContent.replace('–', 'NaN'))"
        )
        return [float(text) for text in self.run(f"return {cells}")]

    def per_pixel(self):
        """Units of z to a pixel of the picture."""
        return 2 * self.state()["r"] / self.run("return document.querySelector('#plane svg').clientWidth")

    def complaints(self):
        return self.run("return window.complaints")


@pytest.fixture(scope="module")
def html():
    return explorer_page()


@pytest.fixture(scope="module")
def opened(browser, html, tmp_path_factory):
    path = tmp_path_factory.mktemp("explorer") / "page.html"
    path.write_text(html, encoding="utf-8")
    added = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})
    yield Page(browser, path)
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.fixture
def page(opened):
    """The page, loaded afresh; whatever a test does, it must not make the page complain."""
    yield opened.open()
    assert opened.complaints() == []


@pytest.fixture
def screen(browser):
    """Set the size of the screen for one test."""

    def size(width, height):
        settings = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", settings)

    yield size
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
