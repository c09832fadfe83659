"""The ledger is complete: every equation, a proof, a second route and a falsified twin for every claim."""

import ast
import importlib
from collections import defaultdict
from pathlib import Path

import pytest

from softmax_geometry.claims import LAST_EQUATION, Claim, claim, claims, verdict_counts

ROOT = Path(__file__).resolve().parent.parent
ROLES = ("proves", "second_route", "twin")


NOT_RUN = ("skip", "skipif", "xfail", "importorskip")


def marked_claims(source):
    """{role: claim ids} of the pytest marks of a proof file, read from its syntax tree.

    Only decorators of module-level functions count that pytest collects and runs: their names begin with `test_`, none
    of the same name comes later, and nothing in them or in the module skips them or expects them to fail.
    """
    found, module = defaultdict(set), ast.parse(source)
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    if any(not_run(node) for node in module.body if not isinstance(node, ast.FunctionDef)):
        return found
    for name, node in functions.items():
        if name.startswith("test_") and not not_run(node):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr in ROLES:
                    found[mark.func.attr] |= {argument.value for argument in mark.args}
    return found


def not_run(node):
    return any(isinstance(part, ast.Attribute) and part.attr in NOT_RUN for part in ast.walk(node))


def gaps(c, marks):
    """What a claim lacks: its proof file, one that is marked as its proof there, a second route, a twin."""
    if c.proof not in marks:
        return [f"{c.proof} does not exist"]
    roles = [role for role in ROLES if not any(c.id in found[role] for found in marks.values())]
    elsewhere = [] if c.id in marks[c.proof]["proves"] else [f"{c.proof} does not prove {c.id}"]
    return [f"no test is marked {role}({c.id!r})" for role in roles] + elsewhere


@pytest.fixture(scope="module")
def marks():
    paths = sorted((ROOT / "proofs").glob("test_*.py"))
    return {path.relative_to(ROOT).as_posix(): marked_claims(path.read_text(encoding="utf-8")) for path in paths}


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
    assert gaps(c, marks) == []


PROOF = "proofs/test_x.py"
COMPLETE = """
@pytest.mark.proves("X")
def test_identity(): ...

@pytest.mark.second_route("X")
def test_by_another_route(): ...

@pytest.mark.twin("X")
def test_a_wrong_statement_fails(): ...
"""


def gaps_of(source, proof=PROOF):
    return gaps(Claim("X", "ours", "s", "proved", "r", "t", proof), {PROOF: marked_claims(source)})


def test_a_complete_proof_file_has_no_gap():
    assert gaps_of(COMPLETE) == []


def test_a_claim_without_proof_file_is_seen():
    assert gaps_of(COMPLETE, "proofs/test_y.py") == ["proofs/test_y.py does not exist"]


def test_a_claim_that_another_file_proves_is_seen():
    marks = {PROOF: marked_claims(COMPLETE), "proofs/test_y.py": marked_claims("")}
    claim_of_y = Claim("X", "ours", "s", "proved", "r", "t", "proofs/test_y.py")
    assert gaps(claim_of_y, marks) == ["proofs/test_y.py does not prove X"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "spoilt",
    [
        lambda mark: "",
        lambda mark: mark.replace("X", "Y"),
        lambda mark: f"# {mark}",
        lambda mark: f"{mark}\n@pytest.mark.skip",
        lambda mark: f"{mark}\n@pytest.mark.skipif(True, reason='no time')",
        lambda mark: f"{mark}\n@pytest.mark.xfail",
        lambda mark: f"{mark}\ndef helper(): ...\n",
        lambda mark: f"{mark}\ndef test_skips(): pytest.skip('no time')\n",
        lambda mark: f"{mark}\ndef test_z(): ...\ndef test_z(): ...\n",
        lambda mark: f"def outer():\n    {mark}\n    def test_inner(): ...\n",
        lambda mark: f"def test_w():\n    {mark[1:]}\n",
    ],
)
def test_a_claim_without_one_of_the_three_roles_is_seen(role, spoilt):
    """Its mark is missing, names another claim, or stands where pytest runs nothing."""
    mark = f'@pytest.mark.{role}("X")'
    assert mark in COMPLETE
    assert f"no test is marked {role}('X')" in gaps_of(COMPLETE.replace(mark, spoilt(mark)))


@pytest.mark.parametrize("line", ["pytestmark = pytest.mark.skip", "pytest.importorskip('z3')"])
def test_a_module_that_is_skipped_proves_nothing(line):
    assert len(gaps_of(f"{line}\n{COMPLETE}")) == 4


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
