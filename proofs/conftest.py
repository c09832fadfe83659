"""Markers that tie tests to claims, and the ledger as a table at the end of `pytest proofs/`.

`@pytest.mark.proves("Theorem 4")` marks the identity, enclosure or exact counterexample itself,
`@pytest.mark.second_route(...)` an independent check, `@pytest.mark.twin(...)` a falsified statement that must be
rejected.
"""

from __future__ import annotations

import os
from collections import defaultdict

import pytest

from softmax_geometry.claims import claims, verdict_counts

ROLES = ("proves", "second_route", "twin")
_outcomes: dict[tuple[str, str], list[bool]] = defaultdict(list)


def pytest_configure(config: pytest.Config) -> None:
    if formula := os.environ.get("SOFTMAX_GEOMETRY_PERTURB"):
        from proofs.perturb import perturb

        perturb(formula)
    for role in ROLES:
        config.addinivalue_line("markers", f"{role}(*claim_ids): this test is the {role} of these claims")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if report.when == "call" or report.failed:
        report.claims = [(role, id) for role in ROLES for mark in item.iter_markers(role) for id in mark.args]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for role, id in getattr(report, "claims", ()):
        _outcomes[id, role].append(report.passed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _outcomes:
        return
    terminalreporter.section("ledger")
    width = max(len(c.id) for c in claims())
    for c in claims():
        cells = [_cell(_outcomes[c.id, role]) for role in ROLES]
        terminalreporter.write_line(f"{c.id:<{width}}  {c.verdict:<30}  {' '.join(cells)}  {c.reason}")
    terminalreporter.write_line("columns: proof, second route, falsified twin (tests passed of tests run)")
    counts = ", ".join(f"{n} {verdict}" for verdict, n in verdict_counts().items())
    terminalreporter.write_line(f"{len(claims())} results: {counts}")


def _cell(outcomes: list[bool]) -> str:
    return f"{sum(outcomes)}/{len(outcomes)}".rjust(5) if outcomes else "    -"
