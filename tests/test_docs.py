"""The documentation says what the code does: every name that people need is in it, and no link leads nowhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.district_file import KNOWN_KEYS
from monitor.audit.tags import Tag
from monitor.domain.category import Category
from monitor.domain.policy import PolicyError, parse_policy
from monitor.domain.severity import Severity
from monitor.domain.text import ExtractStatus, SpanKind
from worker import WITH_TABLES, WITHOUT_TABLES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *DOCS.rglob("*.md")])
VARIABLE = re.compile(r"HEED_[A-Z0-9_]+")
LINK = re.compile(r"\]\(([^)\s]+)\)", re.MULTILINE)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def variables_of(*folders: str) -> set[str]:
    """Each string in the code that is the name of a variable; settings that only look like one are not strings."""
    found = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(text(path))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and VARIABLE.fullmatch(node.value):
                    found.add(node.value)
    return found


def rows_of(page: Path) -> set[str]:
    """The first cell of each row of the tables of a page, as far as it is code."""
    return {match[1] for match in re.finditer(r"^\| `([^`]+)`", text(page), re.MULTILINE)}


def relative_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(text(page)):
        if not re.match(r"[a-z]+:|#", target):
            yield target.partition("#")[0]


def promise(number: int) -> str:
    """The section of one promise."""
    return text(DOCS / "promises.md").partition(f"\n## {number}. ")[2].partition("\n## ")[0]


def test_every_variable_that_the_code_reads_has_its_row_and_no_row_is_left_over():
    read = variables_of("config", "monitor/commands") | {"HEED_PRECISION"}  # read where torch is, in models/
    assert "HEED_HOME" in read
    assert rows_of(REFERENCE / "settings.md") == read


def test_every_command_has_its_section_and_no_section_is_left_over():
    sections = set(re.findall(r"^## ([a-z]+)$", text(REFERENCE / "commands.md"), re.MULTILINE))
    assert sections - {"make"} == set(WITHOUT_TABLES | WITH_TABLES)


def test_every_audit_tag_has_its_row_and_no_row_is_left_over():
    assert rows_of(REFERENCE / "audit.md") == {tag.value for tag in Tag}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page):
    assert [target for target in relative_links(page) if not (page.parent / target).exists()] == []


def test_links_are_found_at_all():
    assert len(list(relative_links(ROOT / "README.md"))) > 10


@pytest.mark.parametrize("number", range(1, 6))
def test_each_of_the_first_five_promises_names_a_test_file_that_exists(number):
    named = re.findall(r"`(tests/promises/test_[a-z0-9_]+\.py)`", promise(number))
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_all_nine_promises_say_how_to_check_them():
    for number in range(1, 10):
        assert "**Check it.**" in promise(number), number


def test_every_test_of_a_promise_is_named_by_it():
    for path in (ROOT / "tests" / "promises").glob("test_*.py"):
        assert path.name in text(DOCS / "promises.md")


@pytest.mark.parametrize("words", [Category, Severity, SpanKind], ids=lambda words: words.__name__)
def test_every_category_severity_and_kind_of_span_has_its_row(words):
    assert {word.value for word in words} <= rows_of(REFERENCE / "policy.md")


def test_every_status_of_an_extraction_has_its_row():
    assert {status.value for status in ExtractStatus} <= rows_of(REFERENCE / "commands.md")


def test_every_key_that_the_policy_needs_is_in_its_reference():
    """The keys are those that the parser itself asks for, one after the other, of an empty policy."""
    document: dict[str, object] = {"version": "1", "severity": {}, "cases": {}, "escalation": {}, "alerts": {}}
    document["severity"] = {category.value: {"at_alert": "low"} for category in Category}
    documented = rows_of(REFERENCE / "policy.md")
    for _ in range(20):
        try:
            parse_policy(document)
        except PolicyError as error:
            table, key = re.search(r"([a-z]+)\.([a-z_]+) must be", str(error)).groups()
            assert f"{table}.{key}" in documented
            document[table][key] = "low" if "one of" in str(error) else 1
        else:
            return
    pytest.fail("the policy needs more keys than this test goes through")


def test_every_key_of_a_district_file_is_in_the_example():
    example = text(ROOT / "config" / "district.example.toml")
    for table, keys in KNOWN_KEYS.items():
        assert re.search(rf"^\[+{table}\]+", example, re.MULTILINE), table
        for key in keys:
            assert re.search(rf"^{key} = ", example, re.MULTILINE), key


def test_decisions_have_each_their_own_number_and_their_three_parts():
    pages = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert len(numbers) == len(set(numbers)) > 10
    for page in pages:
        assert text(page).startswith(f"# {int(page.name[:4])}. ")
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert part in text(page), page.name
