"""The errata are one table: a row for each result of the paper that does not hold as printed."""

import re

import pytest

from docs.prose import page_name
from docs.render import ERRATA, errata
from softmax_geometry.claims import claims

WRONG = [c for c in claims() if c.source == "paper" and c.verdict not in ("proved", "definition")]


@pytest.mark.parametrize("handbook", [False, True])
def test_one_row_for_each_result_that_does_not_hold(handbook):
    rows = [line for line in errata(handbook).splitlines() if line.startswith("| [")]
    cells = [re.split(r"(?<!\\)\|", row) for row in rows]
    assert len(rows) == len(WRONG)
    assert {len(row) for row in cells} == {7}
    assert [verdict for _, _, _, verdict, *_ in cells] == [
        f" {{bdg-{look(c)}}}`{c.verdict}` " if handbook else f" {c.verdict} " for c in WRONG
    ]


def look(c):
    from docs.prose import VERDICTS

    return VERDICTS[c.verdict][0]


def test_links_lead_to_proofs_on_a_code_host_and_to_pages_in_the_handbook():
    on_host = re.findall(r"^\| \[.*?\]\((\S+?)\)", errata(), re.MULTILINE)
    assert all((ERRATA.parent / target).is_file() for target in on_host)
    in_handbook = re.findall(r"^\| \[.*?\]\((\S+?)\)", errata(handbook=True), re.MULTILINE)
    assert in_handbook == [f"generated/theory/{page_name(c)}.md" for c in WRONG]
