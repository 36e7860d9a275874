"""What the reading of a district file's tables has in common: values with their line, and every mistake at once."""

import difflib
import re
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email

from monitor.domain.calendar import WEEKDAYS

Where = tuple[str, int]
"""Which table of a file, and which of those with the same name: ("breaks", 2) is the third [[breaks]]."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One mistake in a district file: where it stands, what is wrong and how to mend it."""

    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}. {self.remedy}"


class DistrictFileError(Exception):
    """A district file cannot be used; `problems` holds every mistake found, in the order of the lines."""

    def __init__(self, path: Path, problems: list[FileProblem]) -> None:
        self.path = path
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(f"{path}: {problem}" for problem in self.problems))


@dataclass(slots=True)
class Reader:
    """Walks one parsed document and gathers problems instead of stopping at the first."""

    document: dict[str, Any]
    lines: dict[tuple[str, int, str], int]
    folder: Path
    known_keys: dict[str, set[str]]
    problems: list[FileProblem] = field(default_factory=list)

    def problem(self, where: Where, key: str, problem: str, remedy: str) -> None:
        """Note a mistake at `key` of the table `where`."""
        line = self.lines.get((*where, key)) or self.lines.get((*where, "")) or 0
        self.problems.append(FileProblem(line, problem, remedy))

    def check_names(self) -> None:
        """Note every table and key that is not known."""
        for table, content in self.document.items():
            if table not in self.known_keys:
                close = closest(table, self.known_keys)
                self.problem((table, 0), "", f"unknown table [{table}]", f"Remove it{close}")
                continue
            for number, entry in enumerate(content if isinstance(content, list) else [content]):
                for key in set(entry) - self.known_keys[table] if isinstance(entry, dict) else ():
                    close = closest(key, self.known_keys[table])
                    self.problem((table, number), key, f"unknown key `{key}` in {table}", f"Remove it{close}")

    def table(self, name: str) -> dict[str, Any]:
        """The table `name`; a mistake and an empty one where it is missing."""
        table = self.document.get(name)
        if isinstance(table, dict):
            return table
        self.problem((name, 0), "", f"the table [{name}] is missing", f"Add a line [{name}] with its keys below it")
        return {}

    def entries(self, name: str) -> list[dict[str, Any]]:
        """The tables [[name]], in order."""
        entries = self.document.get(name, [])
        if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
            return entries
        self.problem((name, 0), "", f"{name} must be a list of tables", f"Begin each one with a line [[{name}]]")
        return []

    def text(self, where: Where, table: dict[str, Any], key: str) -> str:
        """The text of 1 to 200 characters at `key`, stripped."""
        value = table.get(key)
        if isinstance(value, str) and value.strip() and len(value) <= 200:
            return value.strip()
        if key in table or where[0] not in {"district", "google"} or where[0] in self.document:
            problem = f"`{key}` of {where[0]} is missing or is not a text of 1 to 200 characters"
            self.problem(where, key, problem, f'Write {key} = "…"')
        return ""

    def domain(self, district: dict[str, Any]) -> str:
        """The Workspace domain."""
        domain = self.text(("district", 0), district, "domain").lower()
        if domain and not passes(validate_domain_name, domain):
            problem = f"`{domain}` is not a domain name"
            self.problem(("district", 0), "domain", problem, "Write the Workspace domain, such as example.org")
        return domain

    def zone(self, where: Where, table: dict[str, Any], *, required: bool) -> str:
        """A time zone by its IANA name."""
        if not required and "time_zone" not in table:
            return ""
        zone = self.text(where, table, "time_zone")
        try:
            ZoneInfo(zone or "UTC")
        except (OSError, ValueError, KeyError):
            remedy = "Use an IANA name such as America/Los_Angeles"
            self.problem(where, "time_zone", f"`{zone}` is not a time zone", remedy)
            return ""
        return zone

    def address(self, where: Where, table: dict[str, Any], key: str) -> str:
        """One plain e-mail address, in lower case."""
        address = self.text(where, table, key).lower()
        if address and not passes(validate_email, address):
            remedy = "Write one plain address such as name@example.org"
            self.problem(where, key, f"`{address}` is not an e-mail address", remedy)
        return address

    def unknown_site(self, where: Where, key: str, code: object, known: "set[str] | Any") -> None:
        """Note that there is no site `code`."""
        remedy = f"Use one of: {', '.join(sorted(known)) or 'no site is defined yet'}{closest(str(code), known)}"
        self.problem(where, key, f"there is no site `{code}`", remedy)

    def sites(self, where: Where, entry: dict[str, Any], known: dict[str, Any]) -> list[str]:
        """The codes at `sites`; all of `known` where the key is left out."""
        codes = entry.get("sites", list(known))
        if not isinstance(codes, list) or not codes:
            remedy = "Leave `sites` out for the whole district, or list site codes"
            self.problem(where, "sites", f"`sites` of {where[0]} must be a list of site codes", remedy)
            return []
        for code in codes:
            if code not in known:
                self.unknown_site(where, "sites", code, known.keys())
        return [code for code in dict.fromkeys(codes) if code in known]

    def choice(self, where: Where, entry: dict[str, Any], key: str, allowed: list[str], default: str) -> str:
        """One of `allowed` at `key`."""
        value = entry.get(key, default)
        if value in allowed:
            return str(value)
        self.problem(where, key, f"`{key}` must be one of {', '.join(allowed)}, not {value!r}", "Choose one of them")
        return default

    def phrases(self, where: Where, entry: dict[str, Any], key: str) -> tuple[str, ...]:
        """A list of texts at `key`, empty where it is left out."""
        value = entry.get(key, [])
        if isinstance(value, list) and all(isinstance(text, str) and 0 < len(text) <= 200 for text in value):
            return tuple(value)
        self.problem(where, key, f"`{key}` must be a list of texts", f'Write {key} = ["…", "…"]')
        return ()

    def days(self, where: Where, entry: dict[str, Any], key: str) -> list[int]:
        """The weekdays listed at `key` (0 is Monday)."""
        value = entry.get(key, [])
        if isinstance(value, list) and all(day in WEEKDAYS for day in value):
            return [WEEKDAYS.index(day) for day in dict.fromkeys(value)]
        self.problem(where, key, f'`{key}` must list days such as "mon"', f"The days are {', '.join(WEEKDAYS)}")
        return []

    def clock_time(self, where: Where, entry: dict[str, Any], key: str) -> time | None:
        """A local time at `key`; None with a mistake noted where there is none."""
        value = entry.get(key)
        if isinstance(value, time) and value.tzinfo is None:
            return value
        self.problem(where, key, f"`{key}` must be a local time", f"Write {key} = 07:45:00, without quotation marks")
        return None

    def secret_text(self, value: str) -> str:
        """`value`, or what the file says that it names as `file:PATH`, relative to the district file.

        Raises `OSError` and `UnicodeDecodeError`.
        """
        if not value.startswith("file:"):
            return value.strip()
        with (self.folder / Path(value.removeprefix("file:")).expanduser()).open(encoding="utf-8") as handle:
            return handle.read(4096).strip()


def closest(word: str, known: Any) -> str:
    """A question whether the nearest of `known` was meant; "" where none is near."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def passes(validator: Any, value: str) -> bool:
    """Whether `validator` takes `value`."""
    try:
        validator(value)
    except ValidationError:
        return False
    return True


def line_index(source: str) -> dict[tuple[str, int, str], int]:
    """Where each table and key of a district file stands: (table, number, key) → line; key "" is the header."""
    index: dict[tuple[str, int, str], int] = {}
    counts: dict[str, int] = {}
    table, number = "", 0
    for line_number, line in enumerate(source.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*([\w-]+)\s*\]", line)
        key = re.match(r"\s*([\w-]+)\s*=", line)
        if header:
            table = header[2]
            number = counts.get(table, 0) if header[1] == "[[" else 0
            counts[table] = number + 1
            index[table, number, ""] = line_number
        elif key:
            index.setdefault((table, number, key[1]), line_number)
    return index
