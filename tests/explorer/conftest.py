"""A headless Chromium for the session, and the explorer's scripts run in it."""

import json
import os
import shutil

import pytest

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
