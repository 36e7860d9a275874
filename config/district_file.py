"""Reads a district file (TOML): every mistake at once, each with its line and what to do about it.

`config/district.example.toml` explains every key to the person who fills it in.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from config.district_breaks import read_breaks
from config.district_calendars import read_feeds, read_hours, read_notice
from config.district_contacts import read_contacts, read_shifts
from config.district_reader import DistrictFileError, FileProblem, Reader, Where, line_index
from config.district_reading import READING_KEYS, read_reading
from monitor.domain.district import DistrictSpec, SiteSpec

__all__ = ["KNOWN_KEYS", "DistrictFileError", "FileProblem", "read_district_file"]

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
KNOWN_KEYS = {
    "district": {"name", "domain", "time_zone", "delegated_admin"},
    "google": {"key_file"},
    "sites": {"code", "name", "org_units", "time_zone"},
    "breaks": {"name", "sites", "starts", "ends", "kind"},
    "hours": {"sites", "days", "opens", "closes"},
    "calendars": {"name", "sites", "url", "file", "phrases"},
    "notice": {"text", "lines"},
    "contacts": {
        "site", "name", "email", "order", "last_responder", "from", "quiet_from", "quiet_until", "quiet_days",
        "disturb_from", "sms", "voice", "google_chat", "slack", "teams", "webhook", "apprise",
    },
    "shifts": {"contact", "site", "starts", "ends", "repeat", "until"},
    **READING_KEYS,
}  # fmt: skip


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
    reader = Reader(document, line_index(source), path.absolute().parent, KNOWN_KEYS)
    spec = _read(reader)
    if spec is None:
        raise DistrictFileError(path, reader.problems)
    return spec


def _read(reader: Reader) -> DistrictSpec | None:
    reader.check_names()
    district, google = reader.table("district"), reader.table("google")
    zone = reader.zone(("district", 0), district, required=True)
    domain = reader.domain(district)
    admin = reader.address(("district", 0), district, "delegated_admin")
    sites = _sites(reader, zone)
    by_code = {site.code: site for site in sites}
    breaks = read_breaks(reader, by_code)
    contacts = read_contacts(reader, by_code)
    hours = read_hours(reader, by_code)
    feeds = read_feeds(reader, by_code)
    notice = read_notice(reader)
    shifts = read_shifts(reader, by_code, contacts)
    reading = read_reading(document=reader.document, report=reader.problem)
    name = reader.text(("district", 0), district, "name")
    key_file = reader.text(("google", 0), google, "key_file")
    if reader.problems:
        return None
    return DistrictSpec(
        name=name,
        domain=domain,
        time_zone=zone,
        delegated_admin=admin,
        key_file=(reader.folder / Path(key_file).expanduser()).resolve(),
        sites=tuple(sites),
        breaks=tuple(breaks),
        contacts=tuple(contacts),
        hours=tuple(hours),
        feeds=tuple(feeds),
        notice=notice,
        shifts=tuple(shifts),
        reading=reading,
    )


def _sites(reader: Reader, district_zone: str) -> list[SiteSpec]:
    sites: list[SiteSpec] = []
    codes: set[str] = set()
    units: dict[str, str] = {}
    for number, entry in enumerate(reader.entries("sites")):
        where = ("sites", number)
        code = reader.text(where, entry, "code")
        if code and not CODE.fullmatch(code):
            reader.problem(where, "code", f"`{code}` is not a site code", "Use lower-case letters, digits and -")
        if code and code in codes:
            reader.problem(where, "code", f"site `{code}` is there twice", "Give each site a code of its own")
        codes.add(code)
        zone = reader.zone(where, entry, required=False) or district_zone
        sites.append(SiteSpec(code, reader.text(where, entry, "name"), zone, _units(reader, where, entry, code, units)))
    if not sites and not any("sites" in problem.problem for problem in reader.problems):
        remedy = "Add at least one [[sites]] with code, name and org_units"
        reader.problem(("sites", 0), "", "there is no site, so no account would be watched", remedy)
    return sites


def _units(reader: Reader, where: Where, entry: dict[str, Any], code: str, taken: dict[str, str]) -> tuple[str, ...]:
    units = entry.get("org_units")
    if not isinstance(units, list) or not units or not all(isinstance(unit, str) for unit in units):
        remedy = 'Write org_units = ["/Students/School name"], as the Admin console shows the path'
        reader.problem(where, "org_units", f"`org_units` of site `{code}` is missing or not a list of texts", remedy)
        return ()
    for unit in units:
        if not unit.startswith("/") or (len(unit) > 1 and unit.endswith("/")):
            reader.problem(where, "org_units", f"`{unit}` is not the path of a unit", "Begin it with / and end without")
        elif unit in taken:
            problem = f"the unit `{unit}` belongs to site `{taken[unit]}` already"
            reader.problem(where, "org_units", problem, "Leave it in one of the two")
        taken.setdefault(unit, code)
    return tuple(units)
