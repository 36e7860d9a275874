"""Reads the tables [reading] and [[exemptions]] of a district file."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from monitor.domain.reading import ADDRESS, LABEL, ExemptionSpec, ReadingSpec

Report = Callable[[tuple[str, int], str, str, str], None]  # where, key, problem, remedy

FLAGS = ("gmail", "drive", "chat", "drafts", "spam", "bin", "comments", "shared_drives", "activity_stream", "staff")
LISTS = ("exclude_units", "exclude_groups")
TEXTS = {
    "grade_field": (re.compile(r"\w+\.\w+"), "SCHEMA.FIELD, as in Student.Grade"),
}
READING_KEYS = {
    "reading": {*FLAGS, *LISTS, *TEXTS},
    "exemptions": {"address", "label", "reason"},
}
LONGEST = 200


def read_reading(document: Mapping[str, Any], report: Report) -> ReadingSpec:
    """The district's choices. Mistakes go to `report`; the defaults stand in for what is missing or wrong."""
    table = document.get("reading", {})
    if not isinstance(table, dict):
        report(("reading", 0), "", "reading must be a table", "Begin it with a line [reading]")
        table = {}
    given: dict[str, Any] = {}
    for name in FLAGS:
        if name in table:
            given[name] = _flag(table, name, report)
    for name in LISTS:
        if name in table:
            given[name] = _list(table, name, report)
    for name in TEXTS:
        if name in table:
            given[name] = _text(table, name, report)
    return ReadingSpec(**given, exemptions=_exemptions(document, report))


def _flag(table: Mapping[str, Any], name: str, report: Report) -> bool:
    if not isinstance(table[name], bool):
        report(("reading", 0), name, f"`{name}` of reading must be true or false", f"Write {name} = true")
    return table[name] is True


def _list(table: Mapping[str, Any], name: str, report: Report) -> tuple[str, ...]:
    values = table[name]
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        report(("reading", 0), name, f"`{name}` of reading must be a list of texts", f'Write {name} = ["…"]')
        return ()
    cleaned = [value.strip() for value in values]
    wrong = [value for value in cleaned if (value[:1] != "/" if name == "exclude_units" else "@" not in value)]
    for value in wrong:
        remedy = "Write a unit's path such as /Students/Staff" if name == "exclude_units" else "Write a group's address"
        report(("reading", 0), name, f"`{value}` does not belong in `{name}`", remedy)
    return tuple(value if name == "exclude_units" else value.lower() for value in cleaned)


def _text(table: Mapping[str, Any], name: str, report: Report) -> str:
    shape, words = TEXTS[name]
    value = table[name]
    if not isinstance(value, str) or (value and not shape.fullmatch(value)):
        report(("reading", 0), name, f"`{name}` of reading must be {words}", "Correct it, or leave it out")
        return ""
    return value


def _exemptions(document: Mapping[str, Any], report: Report) -> tuple[ExemptionSpec, ...]:
    entries = document.get("exemptions", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        report(("exemptions", 0), "", "exemptions must be a list of tables", "Begin each with a line [[exemptions]]")
        return ()
    found: dict[tuple[str, str], ExemptionSpec] = {}
    for number, entry in enumerate(entries):
        spec = _exemption(("exemptions", number), entry, report)
        if spec is None:
            continue
        if (spec.kind, spec.value) in found:
            report(("exemptions", number), spec.kind, f"`{spec.value}` is exempt twice", "Leave one of the two")
        found[spec.kind, spec.value] = spec
    return tuple(found.values())


def _exemption(where: tuple[str, int], entry: Mapping[str, Any], report: Report) -> ExemptionSpec | None:
    kinds = [kind for kind in (ADDRESS, LABEL) if kind in entry]
    reason = entry.get("reason")
    if len(kinds) != 1:
        report(where, "", "an exemption names either an address or a label", 'Write address = "…" or label = "…"')
        return None
    value = entry[kinds[0]]
    if (
        not isinstance(value, str)
        or not 0 < len(value.strip()) <= LONGEST
        or (kinds[0] == ADDRESS and "@" not in value)
    ):
        report(where, kinds[0], f"`{kinds[0]}` of an exemption is not one", "Write one address, or one label's name")
        return None
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= LONGEST:
        report(where, "reason", "an exemption needs a reason", 'Write reason = "…": it stands on the audit chain')
        return None
    return ExemptionSpec(kinds[0], value.strip().lower(), reason.strip())
