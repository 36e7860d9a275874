"""Reads a district file (TOML): every mistake at once, each with its line and what to do about it.

`config/district.example.toml` explains every key to the person who fills it in.
"""

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email

from config.district_breaks import local_span, overlaps
from config.district_reading import READING_KEYS, read_reading
from monitor.domain.district import BreakSpec, ContactSpec, DistrictSpec, SiteSpec

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
KNOWN_KEYS = {
    "district": {"name", "domain", "time_zone", "delegated_admin"},
    "google": {"key_file"},
    "sites": {"code", "name", "org_units", "time_zone"},
    "breaks": {"name", "sites", "starts", "ends"},
    "contacts": {"site", "name", "email", "order"},
    **READING_KEYS,
}


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


def read_district_file(path: Path) -> DistrictSpec:
    """Read and check the district file at `path`. Raises `DistrictFileError` with every mistake in it."""
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        remedy = "Give the path of a readable district file; config/district.example.toml is one to begin with"
        raise DistrictFileError(path, [FileProblem(0, f"cannot be read: {error.strerror}", remedy)]) from error
    except UnicodeDecodeError as error:
        raise DistrictFileError(path, [FileProblem(0, "is not UTF-8 text", "Save it as UTF-8")]) from error
    try:
        document = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        problem = FileProblem(int(line[1]) if line else 0, f"not valid TOML: {error}", "Mend the syntax of that line")
        raise DistrictFileError(path, [problem]) from error
    reader = _Reader(document, _line_index(source), path.absolute().parent)
    spec = reader.read()
    if spec is None:
        raise DistrictFileError(path, reader.problems)
    return spec


@dataclass(slots=True)
class _Reader:
    """Walks one parsed document and gathers problems instead of stopping at the first."""

    document: dict[str, Any]
    lines: dict[tuple[str, int, str], int]
    folder: Path
    problems: list[FileProblem] = field(default_factory=list)

    def read(self) -> DistrictSpec | None:
        self._check_names()
        district, google = self._table("district"), self._table("google")
        zone = self._zone(("district", 0), district, required=True)
        domain = self._domain(district)
        admin = self._address(("district", 0), district, "delegated_admin")
        sites = self._sites(zone)
        breaks = self._breaks({site.code: site for site in sites})
        contacts = self._contacts({site.code for site in sites})
        reading = read_reading(self.document, self._problem)
        name = self._text(("district", 0), district, "name")
        key_file = self._text(("google", 0), google, "key_file")
        if self.problems:
            return None
        return DistrictSpec(
            name=name,
            domain=domain,
            time_zone=zone,
            delegated_admin=admin,
            key_file=(self.folder / Path(key_file).expanduser()).resolve(),
            sites=tuple(sites),
            breaks=tuple(breaks),
            contacts=tuple(contacts),
            reading=reading,
        )

    # --- tables and values ---------------------------------------------------------------------------

    def _problem(self, where: tuple[str, int], key: str, problem: str, remedy: str) -> None:
        line = self.lines.get((*where, key)) or self.lines.get((*where, "")) or 0
        self.problems.append(FileProblem(line, problem, remedy))

    def _check_names(self) -> None:
        for table, content in self.document.items():
            if table not in KNOWN_KEYS:
                close = _closest(table, KNOWN_KEYS)
                self._problem((table, 0), "", f"unknown table [{table}]", f"Remove it{close}")
                continue
            for number, entry in enumerate(content if isinstance(content, list) else [content]):
                for key in set(entry) - KNOWN_KEYS[table] if isinstance(entry, dict) else ():
                    close = _closest(key, KNOWN_KEYS[table])
                    self._problem((table, number), key, f"unknown key `{key}` in {table}", f"Remove it{close}")

    def _table(self, name: str) -> dict[str, Any]:
        table = self.document.get(name)
        if isinstance(table, dict):
            return table
        self._problem((name, 0), "", f"the table [{name}] is missing", f"Add a line [{name}] with its keys below it")
        return {}

    def _entries(self, name: str) -> list[dict[str, Any]]:
        entries = self.document.get(name, [])
        if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
            return entries
        self._problem((name, 0), "", f"{name} must be a list of tables", f"Begin each one with a line [[{name}]]")
        return []

    def _text(self, where: tuple[str, int], table: dict[str, Any], key: str) -> str:
        value = table.get(key)
        if isinstance(value, str) and value.strip() and len(value) <= 200:
            return value.strip()
        if key in table or where[0] not in {"district", "google"} or where[0] in self.document:
            problem = f"`{key}` of {where[0]} is missing or is not a text of 1 to 200 characters"
            self._problem(where, key, problem, f'Write {key} = "…"')
        return ""

    def _domain(self, district: dict[str, Any]) -> str:
        domain = self._text(("district", 0), district, "domain").lower()
        if domain and not _passes(validate_domain_name, domain):
            problem = f"`{domain}` is not a domain name"
            self._problem(("district", 0), "domain", problem, "Write the Workspace domain, such as example.org")
        return domain

    def _zone(self, where: tuple[str, int], table: dict[str, Any], *, required: bool) -> str:
        if not required and "time_zone" not in table:
            return ""
        zone = self._text(where, table, "time_zone")
        try:
            ZoneInfo(zone or "UTC")
        except (OSError, ValueError, KeyError):
            remedy = "Use an IANA name such as America/Los_Angeles"
            self._problem(where, "time_zone", f"`{zone}` is not a time zone", remedy)
            return ""
        return zone

    def _address(self, where: tuple[str, int], table: dict[str, Any], key: str) -> str:
        address = self._text(where, table, key).lower()
        if address and not _passes(validate_email, address):
            remedy = "Write one plain address such as name@example.org"
            self._problem(where, key, f"`{address}` is not an e-mail address", remedy)
        return address

    # --- lists ---------------------------------------------------------------------------------------

    def _sites(self, district_zone: str) -> list[SiteSpec]:
        sites: list[SiteSpec] = []
        codes: set[str] = set()
        units: dict[str, str] = {}
        for number, entry in enumerate(self._entries("sites")):
            where = ("sites", number)
            code = self._text(where, entry, "code")
            if code and not CODE.fullmatch(code):
                self._problem(where, "code", f"`{code}` is not a site code", "Use lower-case letters, digits and -")
            if code and code in codes:
                self._problem(where, "code", f"site `{code}` is there twice", "Give each site a code of its own")
            codes.add(code)
            zone = self._zone(where, entry, required=False) or district_zone
            sites.append(SiteSpec(code, self._text(where, entry, "name"), zone, self._units(where, entry, code, units)))
        if not sites and not any("sites" in problem.problem for problem in self.problems):
            remedy = "Add at least one [[sites]] with code, name and org_units"
            self._problem(("sites", 0), "", "there is no site, so no account would be watched", remedy)
        return sites

    def _units(
        self, where: tuple[str, int], entry: dict[str, Any], code: str, taken: dict[str, str]
    ) -> tuple[str, ...]:
        units = entry.get("org_units")
        if not isinstance(units, list) or not units or not all(isinstance(unit, str) for unit in units):
            remedy = 'Write org_units = ["/Students/School name"], as the Admin console shows the path'
            self._problem(where, "org_units", f"`org_units` of site `{code}` is missing or not a list of texts", remedy)
            return ()
        for unit in units:
            if not unit.startswith("/") or (len(unit) > 1 and unit.endswith("/")):
                self._problem(
                    where, "org_units", f"`{unit}` is not the path of a unit", "Begin it with / and end without"
                )
            elif unit in taken:
                problem = f"the unit `{unit}` belongs to site `{taken[unit]}` already"
                self._problem(where, "org_units", problem, "Leave it in one of the two")
            taken.setdefault(unit, code)
        return tuple(units)

    def _breaks(self, sites: dict[str, SiteSpec]) -> list[BreakSpec]:
        found: list[tuple[BreakSpec, int]] = []
        for number, entry in enumerate(self._entries("breaks")):
            where = ("breaks", number)
            name = self._text(where, entry, "name")
            span = local_span(entry.get("starts"), entry.get("ends"))
            if isinstance(span, str):
                remedy = "Write starts = 2026-12-19 and ends = 2027-01-03 (last day included), or 2026-12-18T12:30:00"
                self._problem(where, "starts", f"break `{name}`: {span}", remedy)
                continue
            for code in self._break_sites(where, entry, sites):
                zone = ZoneInfo(sites[code].time_zone or "UTC")
                starts, ends = (moment.replace(tzinfo=zone) for moment in span)
                found.append((BreakSpec(code, name, starts, ends), number))
        for (one, first), (other, second) in overlaps(found):
            where = ("breaks", max(first, second))
            problem = f"the breaks `{one.name}` and `{other.name}` overlap at site `{one.site_code}`"
            self._problem(where, "starts", problem, "Change their days so that one ends before the other starts")
        return [spec for spec, _ in found]

    def _break_sites(self, where: tuple[str, int], entry: dict[str, Any], sites: dict[str, SiteSpec]) -> list[str]:
        codes = entry.get("sites", list(sites))
        if not isinstance(codes, list) or not codes:
            remedy = "Leave `sites` out for the whole district, or list site codes"
            self._problem(where, "sites", "`sites` of a break must be a list of site codes", remedy)
            return []
        for code in codes:
            if code not in sites:
                self._unknown_site(where, "sites", code, sites.keys())
        return [code for code in dict.fromkeys(codes) if code in sites]

    def _contacts(self, codes: set[str]) -> list[ContactSpec]:
        contacts: list[ContactSpec] = []
        seen: set[tuple[str | None, str]] = set()
        for number, entry in enumerate(self._entries("contacts")):
            where = ("contacts", number)
            code = entry.get("site")
            if code is not None and code not in codes:
                self._unknown_site(where, "site", code, codes)
            email, order = self._address(where, entry, "email"), entry.get("order", 1)
            if not isinstance(order, int) or isinstance(order, bool) or not 1 <= order <= 20:
                self._problem(
                    where, "order", f"`order` must be a number from 1 to 20, not {order!r}", "1 is told first"
                )
                order = 1
            if (code, email) in seen:
                self._problem(where, "email", f"`{email}` is there twice for the same site", "Leave one of the two")
            seen.add((code, email))
            contacts.append(ContactSpec(code, self._text(where, entry, "name"), email, order))
        return contacts

    def _unknown_site(self, where: tuple[str, int], key: str, code: object, known: "set[str] | Any") -> None:
        remedy = f"Use one of: {', '.join(sorted(known)) or 'no site is defined yet'}{_closest(str(code), known)}"
        self._problem(where, key, f"there is no site `{code}`", remedy)


def _closest(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _passes(validator: Any, value: str) -> bool:
    try:
        validator(value)
    except ValidationError:
        return False
    return True


def _line_index(source: str) -> dict[tuple[str, int, str], int]:
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
