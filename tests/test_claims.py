"""The ledger is complete: every equation, a proof, a second route and a falsified twin for every claim."""

import ast
import importlib
from collections import defaultdict
from pathlib import Path

import pytest

from softmax_geometry.claims import LAST_EQUATION, Claim, claim, claims, verdict_counts

ROOT = Path(__file__).resolve().parent.parent
ROLES = ("proves", "second_route", "twin")


def marked_claims(path):
    """{role: claim ids} of the pytest marks in a proof file, read from its syntax tree."""
    found = defaultdict(set)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ROLES:
            found[node.func.attr] |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    return found


@pytest.fixture(scope="module")
def marks():
    return {
        path.relative_to(ROOT).as_posix(): marked_claims(path) for path in sorted((ROOT / "proofs").glob("test_*.py"))
    }


def test_every_equation_of_the_paper_is_covered():
    covered = {equation for c in claims() if c.source == "paper" for equation in c.equations}
    assert covered == set(range(1, LAST_EQUATION + 1))


def test_every_numbered_result_of_the_paper_is_in_the_ledger():
    numbered = [f"Definition {n}" for n in range(1, 5)]
    numbered += [f"Theorem {n}" for n in range(1, 6)]
    numbered += [f"Proposition {n}" for n in range(1, 7)]
    numbered += ["Lemma 1.1", "Lemma 1.2", "Corollary 1.1", "Corollary 2.1", "Corollary 5.1"]
    ids = [c.id for c in claims() if c.source == "paper"]
    assert [name for name in numbered if not any(id == name or id.startswith(f"{name},") for id in ids)] == []


def test_ids_are_unique():
    ids = [c.id for c in claims()]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("c", claims(), ids=lambda c: c.id)
def test_a_claim_has_its_proof_second_route_and_falsified_twin(c, marks):
    assert c.proof in marks, f"{c.proof} does not exist"
    for role in ROLES:
        assert any(c.id in found[role] for found in marks.values()), f"no test is marked {role}({c.id!r})"
    assert c.id in marks[c.proof]["proves"], f"{c.proof} does not prove {c.id}"


def test_marks_name_claims_of_the_ledger(marks):
    named = {id for found in marks.values() for ids in found.values() for id in ids}
    assert named - {c.id for c in claims()} == set()


@pytest.mark.parametrize("c", claims(), ids=lambda c: c.id)
def test_a_claim_says_what_it_must(c):
    assert c.statement
    assert c.truth
    assert 0 < len(c.reason) <= 100
    if c.verdict == "refuted":
        assert c.counterexample


@pytest.mark.parametrize("name", sorted({name for c in claims() for name in c.functions}))
def test_array_functions_exist(name):
    module, _, attribute = name.rpartition(".")
    try:
        assert callable(getattr(importlib.import_module(module), attribute))
    except ModuleNotFoundError:
        module, _, owner = module.rpartition(".")
        assert hasattr(getattr(importlib.import_module(module), owner), attribute)


@pytest.mark.parametrize("path", sorted((ROOT / "proofs").glob("test_*.py")), ids=lambda path: path.stem)
def test_a_proof_file_states_claim_verdict_truth_proof_check_and_sources_in_order(path):
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    headings = ["**Claim", "**Verdict", "**What is true", "**Proof", "**What the machine checks", "**Sources"]
    positions = [text.find(heading) for heading in headings]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_lookup_and_counts():
    assert claim("Theorem 4").source == "paper"
    assert sum(verdict_counts().values()) == len(claims())
    with pytest.raises(KeyError):
        claim("Theorem 99")
    with pytest.raises(ValueError, match="expected a verdict"):
        Claim("x", "paper", "s", "maybe", "r", "t", "p")  # type: ignore[arg-type]
