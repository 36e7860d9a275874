"""Age bands: which schools and organisational units hold the younger and the older pupils."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST = 12


@dataclass(frozen=True, slots=True)
class AgeBand:
    """A named band: the accounts of these sites, and of these units with those below them."""

    name: str
    sites: tuple[str, ...]
    org_units: tuple[str, ...]


def parse_bands(document: object) -> tuple[AgeBand, ...]:
    """The bands of the table `age_bands`. Raises `ValueError` with what would be right."""
    if not isinstance(document, Mapping) or len(document) > MOST:
        message = f"age_bands must be a table of at most {MOST} bands"
        raise ValueError(message)
    return tuple(_band(str(name), table) for name, table in document.items())


def _band(name: str, table: Any) -> AgeBand:
    if not isinstance(table, Mapping) or not set(table) <= {"sites", "org_units"}:
        message = f"age_bands.{name} must be a table with `sites` and `org_units`"
        raise ValueError(message)
    lists = [table.get(key, []) for key in ("sites", "org_units")]
    if not all(isinstance(entries, list) and all(isinstance(entry, str) for entry in entries) for entries in lists):
        message = f"age_bands.{name}: `sites` and `org_units` must be lists of texts"
        raise ValueError(message)
    return AgeBand(name, tuple(lists[0]), tuple(lists[1]))


def band_of(bands: tuple[AgeBand, ...], site_code: str, org_unit_path: str) -> str:
    """The band of an account: that of its nearest unit, else that of its site, else ""."""
    for path in reversed(paths_of(org_unit_path)):
        for band in bands:
            if path in band.org_units:
                return band.name
    return next((band.name for band in bands if site_code in band.sites), "")


def paths_of(org_unit_path: str) -> list[str]:
    """A unit and those above it, the root first: "/A/B" gives "/", "/A", "/A/B"."""
    parts = [part for part in org_unit_path.split("/") if part]
    return ["/", *("/" + "/".join(parts[: number + 1]) for number in range(len(parts)))]
