"""Writes the tables [reading] and [[exemptions]] of a district file."""

import json

from monitor.domain.reading import ReadingSpec
from monitor.roster.models import District, Exemption
from monitor.roster.reading import reading_of


def export_reading(district: District) -> list[str]:
    """The tables that differ from what holds without them, each as TOML."""
    chosen, shipped = reading_of(district).switches, ReadingSpec().switches
    lines = [f"{name} = {_quote(value)}\n" for name, value in chosen.items() if value != shipped[name]]
    tables = ["[reading]\n" + "".join(lines)] if lines else []
    rows = Exemption.objects.filter(is_active=True).order_by("id")
    return tables + [
        f"[[exemptions]]\n{row.kind} = {_quote(row.value)}\nreason = {_quote(row.reason)}\n" for row in rows
    ]


def _quote(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
