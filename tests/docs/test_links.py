"""The link check finds what is broken, and nothing else."""

import pytest

from docs.links import broken_links


@pytest.fixture
def site(tmp_path):
    site = tmp_path / "site"
    (site / "deep").mkdir(parents=True)
    (site / "deep" / "index.html").write_text('<h1 id="top">Deep</h1><a href="../index.html#a%20b">up</a>')
    (site / "picture.svg").write_text("<svg/>")
    return site


def page(*body):
    return '<a id="a b"></a>' + "".join(body)


@pytest.mark.parametrize(
    "body",
    [
        '<a href="deep/index.html#top">page and anchor</a>',
        '<a href="deep/">folder</a>',
        '<a href="#a%20b">here</a><a href="#">top</a>',
        '<img src="picture.svg?v=1">',
        '<a href="https://example.org/no-such-page">outside</a><a href="mailto:a@example.org">letter</a>',
        '<img src="data:image/png;base64,AAAA">',
    ],
)
def test_good_references_pass(site, body):
    (site / "index.html").write_text(page(body))
    assert broken_links(site) == []


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('<a href="no.html">x</a>', "index.html: no.html: no such file"),
        ('<a href="deep/index.html#bottom">x</a>', "index.html: deep/index.html#bottom: no such anchor"),
        ('<a href="#nowhere">x</a>', "index.html: #nowhere: no such anchor"),
        ('<img src="no.png">', "index.html: no.png: no such file"),
        ('<script src="_static/no.js"></script>', "index.html: _static/no.js: no such file"),
        ('<a href="../outside.html">x</a>', "index.html: ../outside.html: outside the site"),
    ],
)
def test_broken_references_are_named(site, body, line):
    (site.parent / "outside.html").write_text("")
    (site / "index.html").write_text(page(body))
    assert broken_links(site) == [line]
