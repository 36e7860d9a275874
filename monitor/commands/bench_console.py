"""`worker.py bench console`: how long the server takes for each page of a large district, and how much it sends."""

import gzip
import re
import secrets
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.staticfiles import finders
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitor.accounts.models import Role, User
from monitor.alerts.models import Contact, Delivery, DeliveryState
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.console.insight_pages import SECTIONS
from monitor.detection.models import Finding, Scoring
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.domain.text import SpanKind
from monitor.insights.ahead import count_ahead
from monitor.intake.models import Cursor, Item, ItemState
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount, Site, SiteAccess
from monitor.triage.models import Case, CaseCategory, CaseFinding, CaseState, Decision, Outcome

STATIC = re.compile(r'(?:src|href)="/static/([^"#?]+)')
BATCH = 2000
WAITING = 500  # what a large district may have open on its worst Monday; the rest is decided
AUDIT_EVENTS = 2000
MOST_MS = 150  # what 95 of 100 page loads stay below
DISTRICT_ONLY = {"people", "audit", "work", "connect", "units", "policy"}  # not for a site administrator
EXCERPT = '{"text": "Nobody sits with her tomorrow.", "marks": [[0, 30]], "part": "body", "title": "lunch"}'


@dataclass(frozen=True, slots=True)
class Size:
    """How large the invented district is, and how often each page is asked for."""

    cases: int = 100_000
    sites: int = 22
    rounds: int = 20


def is_in_use() -> bool:
    """Whether the database is somebody's, and not there to be filled with invented cases."""
    return Site.objects.exists()


def measure(size: Size) -> dict[str, Any]:
    """Fill the empty tables and ask for every page `size.rounds` times, as whoever sees most.

    For each page: milliseconds on the server (first time, median, 95th percentile), of which `processor_ms` (median)
    are this process's own, queries, and KiB of the page gzipped. The same for the pages of an administrator of two
    schools, for whom nothing is counted ahead. `share_under_150_ms` is of all page loads together.
    `first_load_kib` is the sign-in page and the queue with all that they name, gzipped.
    """
    started = time.perf_counter()
    lead, case = _plant(size)
    filled = time.perf_counter() - started
    count_ahead()  # as the worker does every ten minutes
    client, theirs = _signed_in(lead, case), _signed_in(_administrator(case), case)
    pages = {
        "queue": "/", "queue_one_school": "/?site=school-1&severity=severe", "decided": "/decided/",
        "case": f"/cases/{case.public_id}/", "health": "/health/", "figures": "/figures/", "people": "/people/",
        "audit": "/audit/", "account": "/account/", "year": "/set-up/calendars/year/", "work": "/set-up/work/",
        "connect": "/set-up/connect/", "contacts": "/set-up/contacts/", "units": "/set-up/units/",
        "policy": "/set-up/policy/", "several": "/several/", "tips": "/tips/",
        **{f"figures_{name}": f"/figures/{name}/?period=365" for name in SECTIONS},
    }  # fmt: skip
    figures = {name: _page(client, address, size.rounds) for name, address in pages.items()}
    of_schools = {name: _page(theirs, pages[name], size.rounds) for name in pages if name not in DISTRICT_ONLY}
    every = [*figures.values(), *of_schools.values()]
    loads = [taken for figure in every for taken in figure.pop("taken_ms")]
    return {
        "cases": size.cases,
        "sites": size.sites,
        "database": connection.vendor,
        "seconds_to_fill": round(filled, 1),
        "pages": figures,
        "pages_of_two_schools": of_schools,
        "share_under_150_ms": round(sum(taken < MOST_MS for taken in loads) / len(loads), 4),
        "slowest_p95_ms": max(figure["p95_ms"] for figure in every),
        "slowest_first_ms": max(figure["first_ms"] for figure in every),
        "first_load_kib": round(_first_load(client) / 1024, 1),
    }


def _page(client: Client, address: str, rounds: int) -> dict[str, Any]:
    started = time.perf_counter()
    client.get(address)  # templates are compiled once, and figures are kept for minutes
    first = (time.perf_counter() - started) * 1000
    taken, worked = [], []
    for _ in range(rounds):
        started, began = time.perf_counter(), time.process_time()
        answer = client.get(address)
        worked.append((time.process_time() - began) * 1000)
        taken.append((time.perf_counter() - started) * 1000)
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    if answer.status_code != 200:
        message = f"{address} answered {answer.status_code}"
        raise RuntimeError(message)
    p95 = sorted(taken)[max(0, round(len(taken) * 0.95) - 1)]
    return {
        "first_ms": round(first, 1),
        "median_ms": round(statistics.median(taken), 1),
        "p95_ms": round(p95, 1),
        "processor_ms": round(statistics.median(worked), 1),
        "taken_ms": taken,
        "queries": len(asked),
        "kib": round(len(gzip.compress(answer.content)) / 1024, 1),
    }


def _administrator(case: Case) -> User:
    """A site administrator of the school of `case` and of one more."""
    user = User.objects.create_user("two@district.example", None, Role.SITE_ADMINISTRATOR, name="Two")
    for site in {case.site, Site.objects.exclude(pk=case.site_id).earliest("pk")}:
        SiteAccess.objects.create(user=user, site=site)
    return user


def _signed_in(user: User, case: Case) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    client.post(f"/cases/{case.public_id}/look/", {"reason": "triage"})
    return client


def _first_load(client: Client) -> int:
    """Bytes, gzipped, of the sign-in page, the queue and every file that either names."""
    pages = [Client(SERVER_NAME="127.0.0.1").get("/sign-in/").content, client.get("/").content]
    files = {name for page in pages for name in STATIC.findall(page.decode())}
    contents = [_static_file(name) for name in sorted(files)]
    return sum(len(gzip.compress(content)) for content in [*pages, *contents])


def _static_file(name: str) -> bytes:
    found = finders.find(name)
    if not isinstance(found, str):
        message = f"the static file {name} is missing"
        raise TypeError(message)
    with open(found, "rb") as file:  # noqa: PTH123 - what the finder returns is a string
        return file.read()


def _plant(size: Size) -> tuple[User, Case]:
    """The district's lead, and a case that waits."""
    sites = [
        Site.objects.create(code=f"school-{number}", name=f"School {number}", time_zone="America/Chicago")
        for number in range(1, size.sites + 1)
    ]
    lead = User.objects.create_user("lead@district.example", None, Role.SAFETY_LEAD, name="Lead")
    for site in sites:
        counselor = User.objects.create_user(f"{site.code}@district.example", None, Role.COUNSELOR, name=site.name)
        SiteAccess.objects.create(user=counselor, site=site)
    contacts = [
        Contact.objects.create(site=site, name="Contact", email=f"{site.code}@district.example") for site in sites
    ]
    for start in range(0, size.cases, BATCH):
        with transaction.atomic():
            _batch(range(start, min(start + BATCH, size.cases)), size, contacts, lead)
    for _ in range(min(AUDIT_EVENTS, size.cases)):
        record(Tag.SIGNED_IN, actor=lead.actor)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return lead, Case.objects.exclude(state=CaseState.DECIDED).order_by("-severity_rank", "opened_at")[:1].get()


def _batch(numbers: Sequence[int], size: Size, contacts: Sequence[Contact], lead: User) -> None:
    """Students, each with two items, a cursor, a finding and its case; the last `WAITING` cases are undecided."""
    students = [_student(number, size, contacts) for number in numbers]
    for sample, rows in (*_read(students), *_judged(students, lead)):
        _insert(sample, rows)


@dataclass(frozen=True, slots=True)
class _Student:
    """One invented student; `key` is the primary key of their account, finding and case."""

    key: int
    at: datetime  # when they wrote what was found
    waits: bool  # whether their case is undecided
    severity: Severity
    site_id: int
    contact_id: int


Rows = list[dict[str, Any]]  # column to value, where a row differs from the sample of its table


def _student(number: int, size: Size, contacts: Sequence[Contact]) -> _Student:
    contact = contacts[number % len(contacts)]
    return _Student(
        key=number + 1,
        at=clock.now() - timedelta(minutes=2 * (size.cases - number)),
        waits=number >= size.cases - WAITING,
        severity=list(Severity)[number % len(Severity)],
        site_id=contact.site_id or 0,
        contact_id=contact.pk,
    )


def _insert(sample: Model, rows: Rows) -> None:
    """Write `rows` by one prepared statement. Sealing and conversion are paid once for what all have in common."""
    database = connections[DEFAULT_DB_ALIAS]
    meta = sample._meta  # noqa: SLF001 - Django's documented way to a model's fields
    fields, quoted = meta.concrete_fields, database.ops.quote_name
    places = {field.attname: place for place, field in enumerate(fields)}
    common = [field.get_db_prep_save(getattr(sample, field.attname), database) for field in fields]
    values = []
    for row in rows:
        line = common.copy()
        for name, value in row.items():
            line[places[name]] = fields[places[name]].get_db_prep_save(value, database)
        values.append(line)
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    with database.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({marks})", values)  # noqa: S608 - our own names


def _read(students: Sequence[_Student]) -> Iterator[tuple[Model, Rows]]:
    """What intake and scoring leave behind."""
    now, gmail = clock.now(), Source.GMAIL.value
    account = MonitoredAccount(
        address="student@district.example", full_name="Student", org_unit_path="/Students", first_seen_at=now,
        changed_at=now,
    )  # fmt: skip
    yield account, [
        {"id": one.key, "google_id": f"g{one.key}", "reference": f"a{one.key}", "address_index": secrets.token_hex(8),
         "site_id": one.site_id} for one in students
    ]  # fmt: skip
    trouble = "Google no longer lets Heed read this account"
    yield (
        Cursor(source=gmail, read_until=now),
        [{"id": one.key, "account_id": one.key, "error": trouble if one.key % 500 == 1 else ""} for one in students],
    )
    yield Item(source=gmail, direction=Direction.WRITTEN.value), [row for one in students for row in _items(one)]
    yield (
        Scoring(classifier_id="bench", policy_version="bench", characters=30),
        [{"id": one.key, "item_id": 2 * one.key, "scored_at": one.at} for one in students],
    )
    finding = Finding(
        source=gmail, probability=0.9, threshold=0.8, direction=Direction.WRITTEN.value,
        span_kind=SpanKind.NEW.value, span_number=0, excerpt=EXCERPT, purge_on=now.date() + timedelta(days=365),
        classifier_id="bench", policy_version="bench",
    )  # fmt: skip
    yield finding, [
        {"id": one.key, "public_id": secrets.token_hex(8), "scoring_id": one.key, "account_id": one.key,
         "site_id": one.site_id, "category": list(Category)[one.key % len(Category)].value,
         "severity": one.severity.value, "excerpt_index": secrets.token_hex(8), "occurred_at": one.at,
         "found_at": one.at} for one in students
    ]  # fmt: skip


def _items(one: _Student) -> Rows:
    """The one that a finding came from, and another: mostly of no concern, some unread, some waiting."""
    last = ItemState.PENDING if one.key % 200 == 1 else ItemState.PARKED if one.key % 40 == 2 else ItemState.SCORED
    return [
        {"id": 2 * one.key + place, "account_id": one.key, "item_key": f"m{one.key}-{place}", "occurred_at": one.at,
         "seen_at": one.at, "state": state, "reason": "encrypted" if state == ItemState.PARKED else "",
         "finished_at": None if state == ItemState.PENDING else one.at}
        for place, state in enumerate((ItemState.SCORED, last))
    ]  # fmt: skip


def _judged(students: Sequence[_Student], lead: User) -> Iterator[tuple[Model, Rows]]:
    """The case of each finding, what was sent about it, and what was decided."""
    yield Case(), [
        {"id": one.key, "public_id": f"{one.key:012x}", "account_id": one.key, "site_id": one.site_id,
         "severity": one.severity.value, "severity_rank": one.severity.rank, "opened_at": one.at,
         "state": CaseState.OPEN if one.waits else CaseState.DECIDED, "last_finding_at": one.at,
         "is_current": one.waits, "decided_at": None if one.waits else one.at,
          "opened_on": one.at.date(), "seconds_to_look": None if one.waits else 60 * (one.key % 600)}
         for one in students
    ]  # fmt: skip
    yield CaseCategory(), [
        {"id": one.key, "case_id": one.key, "site_id": one.site_id, "account_id": one.key,
         "category": list(Category)[one.key % len(Category)].value, "severity_rank": one.severity.rank,
         "day": one.at.date(), "hour": one.at.hour, "weekday": one.at.weekday(), "grade": one.key % 13,
         "judgement": None if one.waits else one.key,
         "outcome": "" if one.waits else list(Outcome)[one.key % len(Outcome)].value} for one in students
    ]  # fmt: skip
    yield (
        CaseFinding(),
        [{"id": one.key, "case_id": one.key, "finding_id": one.key, "added_at": one.at} for one in students],
    )
    sent, failed = (one.key % 1000 != 1 for one in students), DeliveryState.FAILED
    yield Delivery(step=1), [
        {"id": one.key, "case_id": one.key, "contact_id": one.contact_id, "severity": one.severity.value,
         "state": DeliveryState.SENT if is_sent else failed, "message_id": f"<{one.key}@district.example>",
         "created_at": one.at, "not_before": one.at, "sent_at": one.at if is_sent else None}
        for one, is_sent in zip(students, sent, strict=True)
    ]  # fmt: skip
    yield Decision(actor=lead, reason="looked at", policy_version="bench", classifier_id="bench"), [
        {"id": one.key, "case_id": one.key, "outcome": list(Outcome)[one.key % len(Outcome)].value,
         "severity": one.severity.value, "at": one.at} for one in students if not one.waits
    ]  # fmt: skip
