"""`worker.py bench console`: how long the server takes for each page of a large district, and how much it sends."""

import gzip
import re
import secrets
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitor.accounts.models import Role, User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.console.insight_pages import SECTIONS
from monitor.detection.models import Finding, Scoring
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.domain.text import SpanKind
from monitor.intake.models import Item, ItemState
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount, Site, SiteAccess
from monitor.triage.models import Case, CaseCategory, CaseFinding, CaseState, Decision, Outcome

STATIC = re.compile(r'(?:src|href)="/static/([^"#?]+)')
BATCH = 2000
WAITING = 500  # what a large district may have open on its worst Monday; the rest is decided
AUDIT_EVENTS = 2000
EXCERPT = '{"text": "Nobody sits with her tomorrow.", "marks": [[0, 30]], "part": "body", "title": "lunch"}'


@dataclass(frozen=True, slots=True)
class Size:
    """How large the invented district is, and how often each page is asked for."""

    cases: int = 100_000
    sites: int = 22
    rounds: int = 20


def measure(size: Size) -> dict[str, Any]:
    """Fill the empty tables and ask for every page `size.rounds` times, as whoever sees most.

    For each page: milliseconds on the server (first time, median, 95th percentile), queries, and KiB of the page
    gzipped.
    `first_load_kib` is the sign-in page and the queue with all that they name, gzipped.
    """
    started = time.perf_counter()
    lead, case = _plant(size)
    filled = time.perf_counter() - started
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(lead)
    client.post(f"/cases/{case.public_id}/look/", {"reason": "triage"})
    pages = {
        "queue": "/", "queue_one_school": "/?site=school-1&severity=severe", "decided": "/decided/",
        "case": f"/cases/{case.public_id}/", "health": "/health/", "figures": "/figures/", "people": "/people/",
        "audit": "/audit/", "account": "/account/",
        **{f"figures_{name}": f"/figures/{name}/?period=365" for name in SECTIONS},
    }  # fmt: skip
    figures = {name: _page(client, address, size.rounds) for name, address in pages.items()}
    return {
        "cases": size.cases,
        "sites": size.sites,
        "database": connection.vendor,
        "seconds_to_fill": round(filled, 1),
        "pages": figures,
        "slowest_p95_ms": max(figure["p95_ms"] for figure in figures.values()),
        "first_load_kib": round(_first_load(client) / 1024, 1),
    }


def _page(client: Client, address: str, rounds: int) -> dict[str, Any]:
    started = time.perf_counter()
    client.get(address)  # templates are compiled once, and figures are kept for minutes
    first = (time.perf_counter() - started) * 1000
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        answer = client.get(address)
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
        "queries": len(asked),
        "kib": round(len(gzip.compress(answer.content)) / 1024, 1),
    }


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
    for start in range(0, size.cases, BATCH):
        _batch(range(start, min(start + BATCH, size.cases)), size, sites, lead)
    for _ in range(min(AUDIT_EVENTS, size.cases)):
        record(Tag.SIGNED_IN, actor=lead.actor)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return lead, Case.objects.exclude(state=CaseState.DECIDED).order_by("-severity_rank", "opened_at")[:1].get()


def _batch(numbers: Sequence[int], size: Size, sites: Sequence[Site], lead: User) -> None:
    """Students, each with one item, scoring, finding and case; the last `WAITING` cases are undecided."""
    now = clock.now()
    accounts = MonitoredAccount.objects.bulk_create(
        MonitoredAccount(
            google_id=f"g{number}", address=f"s{number}@district.example", address_index=secrets.token_hex(8),
            full_name=f"Student {number}", org_unit_path="/Students", site=sites[number % len(sites)],
            first_seen_at=now, changed_at=now,
        )
        for number in numbers
    )  # fmt: skip
    at = [now - timedelta(minutes=2 * (size.cases - number)) for number in numbers]
    items = Item.objects.bulk_create(
        Item(
            account=account, source=Source.GMAIL.value, item_key=f"m{account.pk}", direction=Direction.WRITTEN.value,
            occurred_at=moment, seen_at=moment, state=ItemState.SCORED, finished_at=moment,
        )
        for account, moment in zip(accounts, at, strict=True)
    )  # fmt: skip
    scorings = Scoring.objects.bulk_create(
        Scoring(item=item, classifier_id="bench", policy_version="bench", characters=30, scored_at=moment)
        for item, moment in zip(items, at, strict=True)
    )
    severities = [list(Severity)[number % len(Severity)] for number in numbers]
    findings = Finding.objects.bulk_create(
        Finding(
            scoring=scoring, account=account, site=account.site, source=Source.GMAIL.value,
            category=list(Category)[account.pk % len(Category)].value, probability=0.9, threshold=0.8,
            severity=severity.value, direction=Direction.WRITTEN.value, span_kind=SpanKind.NEW.value, span_number=0,
            excerpt=EXCERPT, excerpt_index=secrets.token_hex(8), occurred_at=moment, found_at=moment,
            purge_on=(moment + timedelta(days=365)).date(), classifier_id="bench", policy_version="bench",
        )
        for scoring, account, severity, moment in zip(scorings, accounts, severities, at, strict=True)
    )  # fmt: skip
    waits = [number >= size.cases - WAITING for number in numbers]
    _cases(findings, waits, lead)


def _cases(findings: Sequence[Finding], waits: Sequence[bool], lead: User) -> None:
    cases = Case.objects.bulk_create(_case_rows(findings, waits))
    CaseCategory.objects.bulk_create(
        CaseCategory(
            case=case, site=case.site, account=case.account, category=finding.category,
            severity_rank=case.severity_rank, day=case.opened_at.date(), hour=case.opened_at.hour,
            weekday=case.opened_at.weekday(), grade=case.pk % 13, judgement=None if waiting else case.pk,
            outcome="" if waiting else list(Outcome)[case.pk % len(Outcome)].value,
        )
        for case, finding, waiting in zip(cases, findings, waits, strict=True)
    )  # fmt: skip
    CaseFinding.objects.bulk_create(
        CaseFinding(case=case, finding=finding, added_at=finding.found_at)
        for case, finding in zip(cases, findings, strict=True)
    )
    Decision.objects.bulk_create(
        Decision(
            case=case, actor=lead, outcome=list(Outcome)[case.pk % len(Outcome)].value, reason="looked at",
            severity=case.severity, policy_version="bench", classifier_id="bench", at=case.opened_at,
        )
        for case, waiting in zip(cases, waits, strict=True) if not waiting
    )  # fmt: skip


def _case_rows(findings: Sequence[Finding], waits: Sequence[bool]) -> Iterator[Case]:
    for finding, waiting in zip(findings, waits, strict=True):
        severity = Severity(finding.severity)
        yield Case(
            account=finding.account, site=finding.site, severity=severity.value,
            severity_rank=list(Severity).index(severity), state=CaseState.OPEN if waiting else CaseState.DECIDED,
            opened_at=finding.found_at, last_finding_at=finding.found_at, is_current=waiting,
            decided_at=None if waiting else finding.found_at, opened_on=finding.found_at.date(),
            seconds_to_look=None if waiting else 60 * (finding.pk % 600),
        )  # fmt: skip
