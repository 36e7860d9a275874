"""`worker.py tips`: the phone numbers that take text messages, and what may be wrong with them."""

import argparse
import sys

from django.conf import settings

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.roster.models import Site
from monitor.tips.models import TipLine
from monitor.tips.sms import NUMBER


class LineProblem(Exception):
    """The line cannot be set as asked; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="the lines, and where the forms are")
    line = actions.add_parser("line", help="take text messages to a number for a school")
    line.add_argument("number", help="in international form, such as +15055550123")
    line.add_argument("--site", metavar="CODE", help="whose tips they are unless the text begins with another's code")
    line.add_argument("--off", action="store_true", help="take no more messages to it")


def run(arguments: argparse.Namespace) -> int:
    """List or set lines; 1 when that is not possible."""
    if arguments.action == "list":
        _list()
        return 0
    try:
        line = set_line(arguments.number, arguments.site, is_active=not arguments.off)
    except LineProblem as error:
        print(f"tips: {error}", file=sys.stderr)
        return 1
    print(f"{line.number} {'takes' if line.is_active else 'no longer takes'} text messages for {line.site.name}")
    if not settings.HEED_TWILIO_TOKEN:
        print("tips: set HEED_TWILIO_TOKEN; until then every text message is refused", file=sys.stderr)
    return 0


def set_line(number: str, site_code: str | None, *, is_active: bool) -> TipLine:
    """The line with this number, made or changed. Raises `LineProblem`."""
    if not NUMBER.fullmatch(number):
        message = f"{number} is not a phone number in international form, such as +15055550123"
        raise LineProblem(message)
    sites = Site.objects.filter(is_active=True)
    # Without a site named, an existing line keeps its own.
    site = (sites.filter(code=site_code) if site_code else sites.filter(tip_lines__number=number)).first()
    if site is None:
        message = f"there is no site {site_code}" if site_code else "say whose line it is with --site CODE"
        raise LineProblem(message)
    line, _ = TipLine.objects.update_or_create(number=number, defaults={"site": site, "is_active": is_active})
    record(Tag.TIP_LINE_SET, actor="command", site_code=site.code, line=line.pk, is_active=is_active)
    return line


def _list() -> None:
    print(f"Twilio calls   {settings.HEED_TIPS_SMS_URL}")
    for line in TipLine.objects.select_related("site").order_by("number"):
        print(f"{line.number:<16} {line.site.code:<20} {'on' if line.is_active else 'off'}")
    for site in Site.objects.filter(is_active=True):
        print(f"{settings.HEED_CONSOLE_URL}/report/to/{site.code}/  {site.name}")
