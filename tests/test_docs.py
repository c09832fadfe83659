"""What README and docs say comes from the code: rendered parts are current, and every code block runs."""

import pytest

from docs import gallery, render
from docs.executed import run_page, written_pages

PAGES = written_pages()


@pytest.mark.parametrize("page", PAGES)
def test_code_blocks_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_page(PAGES[page].read_text(encoding="utf-8"), page)


def test_the_command_of_the_gallery_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_page(gallery.INTRODUCTION, "gallery")
    assert list((tmp_path / "figures").iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "```python\nassert False\n```\n",
        "```python\nx = 1\n```\n\n- a step\n\n  ```python\n  assert x == 2\n  ```\n",
        "```sh\nsoftmax-geometry structure no-such-file.npz\n```\n",
        "```sh\nmake nothing\n```\n",
        "```sh\npip install '.[nothing]'\n```\n",
        "```sh\nrm -rf build\n```\n",
        "```console\n$ softmax-geometry claims\n```\n",
        "```\nsoftmax-geometry claims\n```\n",
        "```python\nprint('half', 0.5)\n```\n\n```text\nhalf 0.9\n```\n",
        "```python\nprint('half', 0.5)\n```\n\n```text\nthird 0.5\n```\n",
    ],
)
def test_a_block_that_is_wrong_or_cannot_be_tested_fails(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError):
        run_page(text, "page")


def test_what_a_page_shows_is_given_beside_what_its_code_prints():
    text = "```python\nprint('half', 0.52)\n```\n\n```text\nhalf 0.50\n```\n\n```text\nno output\n```\n"
    assert run_page(text, "page") == [("half 0.52\n", "half 0.50\n")]


def test_rendered_parts_are_current():
    assert render.ERRATA.read_text(encoding="utf-8") == render.errata()
    assert render.README.read_text(encoding="utf-8") == render.readme()
    assert render.EXPERIMENTS_PAGE.read_text(encoding="utf-8") == render.experiments()
    assert render.PERFORMANCE.read_text(encoding="utf-8") == render.performance()
    assert render.RELIABILITY.read_text(encoding="utf-8") == render.reliability()
