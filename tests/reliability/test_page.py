"""The page of reliability says what the records say."""

import pytest

from reliability import __main__ as command
from reliability.findings import Findings, Headline, write_record
from reliability.page import reliability_page

FOUND = Findings(
    headlines=[Headline("kills survived", "198 of 200", "all", holds=False)],
    rows=[{"what": "a|b", "kills": 1200, "share": 0.98765}],
    remarks=["Two were lost."],
)


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr("reliability.findings.RESULTS", tmp_path / "results")
    return tmp_path / "results"


def test_a_record_becomes_a_summary_and_a_section(results):
    write_record("kills", "Kills are survived.\n\nHow it is done.", "python -m reliability kills", 90.0, FOUND)
    page = reliability_page(results)
    assert "| kills survived | 198 of 200 (missed) | all | `python -m reliability kills` |" in page
    assert "## Kills are survived\n\nHow it is done.\n" in page
    assert "| a\\|b | 1,200 | 0.988 |" in page
    assert "- Two were lost." in page
    assert "1.5 minutes" in page


def test_an_unknown_measurement_is_named_in_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["reliability", "luck"])
    assert command.main() == 2
    assert "got luck" in capsys.readouterr().err
