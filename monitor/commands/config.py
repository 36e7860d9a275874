"""`worker.py config check|apply|export FILE`: the district as a declarative file."""

import argparse
import sys
from pathlib import Path

from django.db import transaction

from config.district_file import DistrictFileError, read_district_file
from monitor.alerts.contacts import apply_contacts
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.calendars.apply import apply_breaks, apply_feeds, apply_hours, apply_notice
from monitor.commands.district_export import export_district
from monitor.detection.policy import current_policy
from monitor.domain.district import DistrictSpec
from monitor.domain.policy import PolicyError
from monitor.roster.apply import apply_district
from monitor.roster.district import NoDistrict
from monitor.sealed.keys import SealBroken


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["check", "apply", "export"])
    parser.add_argument("file", type=Path, help="the district file; with export, - is standard output")


def run(arguments: argparse.Namespace) -> int:
    """Check, apply or export; exit status 1 when the file has mistakes."""
    try:
        if arguments.action == "export":
            return _export(arguments.file)
        spec = read_district_file(arguments.file)
        current_policy()
    except (DistrictFileError, PolicyError, NoDistrict) as error:
        print(error, file=sys.stderr)
        if arguments.action == "apply":
            print("Nothing was applied.", file=sys.stderr)
        return 1
    if arguments.action == "apply":
        try:
            apply(spec)
        except SealBroken as error:
            print(f"{error}; give the address itself instead. Nothing was applied.", file=sys.stderr)
            return 1
    print(
        f"{'Applied' if arguments.action == 'apply' else 'Correct'}: {spec.name}, {len(spec.sites)} sites, "
        f"{len(spec.breaks)} breaks, {len(spec.contacts)} contacts"
    )
    return 0


def _export(file: Path) -> int:
    text = export_district()
    if str(file) == "-":
        sys.stdout.write(text)
        return 0
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"{file} cannot be written: {error.strerror}; name a file in a folder of yours, or -", file=sys.stderr)
        return 1
    return 0


def apply(spec: DistrictSpec) -> None:
    """Put a checked district file into force, all of it or nothing."""
    with transaction.atomic():
        apply_district(spec)
        apply_breaks(spec.breaks, actor="command")
        apply_hours(spec.hours)
        apply_feeds(spec.feeds, actor="command")
        apply_notice(spec.notice)
        apply_contacts(spec.contacts, spec.shifts)
        record(
            Tag.DISTRICT_APPLIED,
            actor="command",
            sites=len(spec.sites),
            breaks=len(spec.breaks),
            calendars=len(spec.feeds),
            contacts=len(spec.contacts),
        )
