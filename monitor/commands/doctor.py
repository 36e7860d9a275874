"""`worker.py doctor`: checks everything that must be right before somebody relies on it, and says what to do."""

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from kombu import Connection

from models.categories import ClassifierError
from models.classifier import load_classifier
from monitor.alerts.coverage import broken_ways, coverage_of
from monitor.alerts.ladder import last_responders
from monitor.alerts.models import Contact, Delivery, DeliveryState
from monitor.alerts.outbox import undeliverable_cases
from monitor.audit.chain import ChainBroken, verify
from monitor.calendars.awake import sleeping_break
from monitor.calendars.models import Break, CalendarFeed
from monitor.commands.doctor_alerts import (
    check_contacts,
    check_quiet_hours,
    check_returns,
    check_staff_matters,
    check_tips,
    check_twilio,
    check_webhooks,
)
from monitor.detection.policy import current_policy
from monitor.domain.policy import PolicyError
from monitor.extract.tesseract import find_program, installed_languages, usable_languages
from monitor.intake.google_checks import check_google, check_reading, check_roster
from monitor.intake.quota import stand
from monitor.lib import clock
from monitor.lib.checks import Check
from monitor.roster.district import NoDistrict, get_district
from monitor.roster.models import District, MonitoredAccount, Site
from monitor.sealed.keys import SealBroken, seal, unseal

CLOCK_TOLERANCE = timedelta(minutes=2)
GOOGLE_CLOCK = "https://www.googleapis.com/discovery/v1/apis?preferred=true&fields=kind"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no arguments."""


def run(_arguments: argparse.Namespace) -> int:
    """Print every check; exit status 1 when one is not good."""
    bad = 0
    for check in all_checks():
        print(f"{'ok  ' if check.is_good else 'FAIL'}  {check.name}: {check.finding}")
        if not check.is_good:
            bad += 1
            print(f"      → {check.remedy}")
    print(f"\n{bad} to mend." if bad else "\nAll is well.")
    return 1 if bad else 0


def all_checks() -> Iterator[Check]:
    """Every check, in the order in which one depends on the other."""
    checks: list[Callable[[], Iterator[Check]]] = [
        check_keys, check_policy, check_classifier, check_district, check_google, check_reading,
        check_roster, check_quota, check_pictures, check_clock, check_sites, check_calendars,
        check_contacts, check_quiet_hours, check_alerts, check_mail, check_returns, check_twilio, check_tips,
        check_staff_matters, check_webhooks, check_broker, check_audit,
    ]  # fmt: skip
    for check in checks:
        yield from _guarded(check)


def _guarded(check: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """What `check` finds; where it cannot even be made (a key is missing, a setting is wrong), that is its finding."""
    try:
        yield from check()
    except (SealBroken, ImproperlyConfigured, PolicyError, ValueError) as error:
        name = check.__name__.removeprefix("check_")
        yield Check(name, False, f"cannot be checked: {error}", "mend what is named here and above, then look again")


def check_keys() -> Iterator[Check]:
    """Can what was sealed be opened, and are the keys readable by their owner only?"""
    try:
        good = unseal(seal("heed")) == "heed"
        sample = MonitoredAccount.objects.first()
        yield Check("keys", good, "sealed values open" + ("" if sample is None else ", stored ones too"))
    except (SealBroken, ImproperlyConfigured) as error:
        yield Check("keys", False, str(error), "restore HEED_HOME/keys from the backup, or set HEED_DATA_KEYS")
    for path in sorted((settings.HEED_HOME / "keys").glob("*.key*")):
        if path.stat().st_mode & 0o077:
            yield Check("keys", False, f"{path} can be read by others", f"chmod 600 {path}")


def check_policy() -> Iterator[Check]:
    """Can the policy be read?"""
    try:
        yield Check("policy", True, f"version {current_policy().version}")
    except PolicyError as error:
        yield Check("policy", False, str(error), f"mend {settings.HEED_POLICY_FILE}")


def check_classifier() -> Iterator[Check]:
    """Are the classifier's files there and unaltered?"""
    try:
        yield Check("classifier", True, f"{load_classifier().id}, digests match")
    except ClassifierError as error:
        yield Check("classifier", False, str(error), "restore the files under models/ from the release")


def check_district() -> Iterator[Check]:
    """Was a district file applied, and did the Directory answer?"""
    try:
        district = get_district()
    except NoDistrict as error:
        yield Check("district", False, str(error), "begin with config/district.example.toml")
        return
    yield Check("district", True, f"{district.name}, {district.domain}")
    if district.roster_error:
        yield Check("roster", False, district.roster_error, "see the Google checks below")


def check_quota() -> Iterator[Check]:
    """How much of Google's day is used up, and does a stop hold?"""
    for row in stand():
        words = f"{row['units']:,} of {row['limit']:,} units today ({row['share']:.0%})"
        if row["stop"] == "hard":
            remedy = "nothing more is read until midnight in California: poll less often, or correct config/quota.toml"
            yield Check(f"quota {row['api']}", False, words, remedy)
        elif row["stop"] == "soft":
            yield Check(f"quota {row['api']}", True, f"{words}; back-fill and safety sweeps wait")
        else:
            yield Check(f"quota {row['api']}", True, words)


def check_pictures() -> Iterator[Check]:
    """Are words in pictures read, and where not, is that as it was asked for?"""
    if not settings.HEED_PICTURES:
        yield Check("pictures", True, "not read: switched off by HEED_PICTURES")
        return
    wanted = settings.HEED_PICTURES_LANGUAGES
    usable = usable_languages(wanted)
    if find_program() is None:
        words = "words in pictures and on scanned pages are not read: Tesseract is not installed"
        yield Check("pictures", True, f"{words} (apt-get install tesseract-ocr tesseract-ocr-spa, or HEED_PICTURES=0)")
        return
    missing = ", ".join(word for word in wanted.split("+") if word not in installed_languages())
    words = f"words in them are read by Tesseract: {usable or 'no language'}" + (
        f"; it lacks {missing}" if missing else ""
    )
    remedy = "install the packages tesseract-ocr-LANGUAGE, or correct HEED_PICTURES_LANGUAGES"
    yield Check("pictures", bool(usable), words, remedy)


def check_clock() -> Iterator[Check]:
    """Is this machine's clock near Google's? Tokens are refused when it is not."""
    endpoint = settings.HEED_GOOGLE_ENDPOINT or GOOGLE_CLOCK
    try:
        with urlopen(endpoint, timeout=10) as answer:  # noqa: S310 - the operator's own endpoint
            date = answer.headers.get("Date")
    except URLError as error:
        date = getattr(error, "headers", None) and error.headers.get("Date")  # type: ignore[attr-defined]
    except OSError:
        date = None
    if not date:
        return
    difference = abs(datetime.now(UTC) - parsedate_to_datetime(date))
    remedy = "set the machine's clock (for example by NTP)"
    yield Check("clock", difference < CLOCK_TOLERANCE, f"{difference.total_seconds():.0f} s from Google's", remedy)


def check_sites() -> Iterator[Check]:
    """Does each site have accounts and somebody to tell, and does it sleep or not?"""
    district = District.objects.first()
    was_synced = district is not None and district.roster_synced_at is not None
    now = clock.now()
    for site in Site.objects.filter(is_active=True):
        coverage = coverage_of(site, now)
        has_contact = bool(coverage.told_first or coverage.last_responders)
        resting = sleeping_break(site, now)
        coming = Break.objects.filter(site=site, starts_at__gt=now).first()
        words = f"asleep until {resting.ends_at:%Y-%m-%d %H:%M} UTC" if resting else "awake"
        words += f", next break {coming.name} from {coming.starts_at:%Y-%m-%d}" if coming else ", no break to come"
        remedy = f'add a [[contacts]] with site = "{site.code}" to the district file and apply it'
        yield Check(f"site {site.code}", has_contact, words if has_contact else coverage.problem, remedy)
        if was_synced and not MonitoredAccount.objects.filter(state="active", site=site).exists():
            remedy = "compare its `org_units` in the district file with the paths in the Admin console"
            yield Check(f"site {site.code}", False, "no account is in its units", remedy)


def check_calendars() -> Iterator[Check]:
    """Can each imported calendar be read, and does a change of it wait for a person?"""
    for feed in CalendarFeed.objects.filter(is_active=True):
        name = f"calendar {feed.name}"
        if feed.last_error:
            remedy = "correct its address in the district file; until then the last good reading holds"
            yield Check(name, False, feed.last_error, remedy)
        elif feed.held:
            yield Check(name, False, f"a change waits: {feed.held}", f"worker.py calendar preview '{feed.name}'")
        else:
            yield Check(name, True, f"read at {feed.read_at:%Y-%m-%d %H:%M} UTC" if feed.read_at else "not read yet")


def check_alerts() -> Iterator[Check]:
    """Is there a case that nobody can be told of, or an alert that could not be delivered?"""
    nobody = undeliverable_cases().count()
    remedy = "add contacts to the district file and apply it; until then look at the console"
    yield Check(
        "cases", nobody == 0, f"{nobody} with nobody to tell" if nobody else "each has somebody to tell", remedy
    )
    for way in broken_ways():
        where = way.site_code or "the district"
        remedy = "correct it in the district file and apply that, then try `worker.py drill`"
        yield Check(f"contact {way.contact}", False, f"{way.way} of {where} does not work: {way.reason}", remedy)
    if Contact.objects.filter(is_active=True).exists() and not last_responders():
        words = "none: when everybody stays silent, nobody more is told; last_responder = true makes one"
        yield Check("last responder", True, words)
    failed = Delivery.objects.filter(state=DeliveryState.FAILED).count()
    if failed:
        yield Check("alerts", False, f"{failed} could not be delivered", "see the health page for which and why")


def check_mail() -> Iterator[Check]:
    """Does the mail server take a connection?"""
    if settings.HEED_MAIL_FOLDER:
        yield Check("mail", True, f"alerts are written to {settings.HEED_MAIL_FOLDER} instead of being sent")
        return
    place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        connection = get_connection()
        connection.open()
        connection.close()
    except OSError as error:
        yield Check("mail", False, f"{place}: {error}", "set HEED_SMTP_HOST, HEED_SMTP_PORT and, if needed, the user")
        return
    yield Check("mail", True, f"{place} answers")


def check_broker() -> Iterator[Check]:
    """Does the broker answer, where one is configured?"""
    if settings.HEED_BROKER_URL.startswith("memory:"):
        yield Check("broker", True, "none needed: the worker keeps its queue in memory")
        return
    try:
        with Connection(settings.HEED_BROKER_URL, connect_timeout=5) as broker:
            broker.ensure_connection(max_retries=1)
    except Exception as error:  # noqa: BLE001 - each transport raises its own kind; all mean the same here
        yield Check("broker", False, f"{type(error).__name__}", "check HEED_BROKER_URL and that the broker runs")
        return
    yield Check("broker", True, "answers")


def check_audit() -> Iterator[Check]:
    """Is the audit chain whole?"""
    try:
        yield Check("audit", True, f"the chain is whole, {verify()} events")
    except ChainBroken as error:
        yield Check("audit", False, str(error), "somebody changed the database by hand: compare with the last backup")
