"""Makes rows for tests: a district, its people and what was found. Everybody in it is invented.

Each function takes keyword arguments for what a test cares about and fills in the rest; numbers keep rows apart.
"""

import itertools
import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from monitor.accounts.models import Role, User
from monitor.alerts.models import Contact
from monitor.detection.models import Finding, Scoring
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.domain.text import SpanKind
from monitor.intake.models import Item, ItemState
from monitor.lib import clock
from monitor.roster.models import District, MonitoredAccount, Site, SiteAccess
from monitor.sealed.keys import blind_index

CLASSIFIER_ID = "heed-test-1"
POLICY_VERSION = "2026-11-shipped"  # the version of config/policy.toml
PASSWORD = "a long password for tests"
STUDENT_NAME = "Quillon Abernathy"  # distinct words: a leak is found by searching for them
STUDENT_ADDRESS = "quillon.abernathy"
EXCERPT = "Nobody wants you in the marching band, go home."
MARK = (0, 34)
TITLE = "Band practice on Tuesday"

_numbers = itertools.count(1)


def make_district(*, domain: str = "district.example", **fields: Any) -> District:
    """The district of the installation."""
    given = {
        "name": "Example District",
        "time_zone": "America/Chicago",
        "delegated_admin": f"admin@{domain}",
        "key_file": "/nowhere/key.json",
        "applied_at": clock.now(),
    }
    return District.objects.create(domain=domain, **(given | fields))


def make_site(code: str | None = None, **fields: Any) -> Site:
    """A school."""
    number = next(_numbers)
    code = code or f"school-{number}"
    given = {"name": f"{code.replace('-', ' ').title()}", "time_zone": "America/Chicago"}
    return Site.objects.create(code=code, **(given | fields))


def make_user(email: str = "", *sites: Site, role: Role = Role.COUNSELOR, **fields: Any) -> User:
    """A person who signs in with `PASSWORD` and may see `sites`."""
    email = email or f"person-{next(_numbers)}@district.example"
    name = fields.pop("name", email.partition("@")[0].replace(".", " ").title())
    user = User.objects.create_user(email, None, role, name=name, **fields)
    user.password = _hashed()
    user.save(update_fields=["password"])
    SiteAccess.objects.bulk_create(SiteAccess(user=user, site=site) for site in sites)
    return user


@cache
def _hashed() -> str:
    """The hash of `PASSWORD`, which is slow to make on purpose, made once for all people."""
    return make_password(PASSWORD)


def make_account(site: Site | None = None, *, address: str = "", name: str = STUDENT_NAME) -> MonitoredAccount:
    """A student's account."""
    number = next(_numbers)
    address = address or f"{STUDENT_ADDRESS}.{number}@district.example"
    return MonitoredAccount.objects.create(
        google_id=f"10000{number}",
        address=address,
        address_index=blind_index(address),
        full_name=name,
        org_unit_path="/Students",
        site=site,
        first_seen_at=clock.now(),
        changed_at=clock.now(),
    )


def make_item(account: MonitoredAccount, *, source: Source = Source.GMAIL, **fields: Any) -> Item:
    """A scored message or file of `account`."""
    now = clock.now()
    given = {
        "item_key": f"item-{next(_numbers)}",
        "direction": Direction.WRITTEN.value,
        "occurred_at": now,
        "seen_at": now,
        "state": ItemState.SCORED,
        "finished_at": now,
    }
    return Item.objects.create(account=account, source=source.value, **(given | fields))


def make_scoring(item: Item, **fields: Any) -> Scoring:
    """That `item` was scored."""
    given = {
        "classifier_id": CLASSIFIER_ID,
        "policy_version": POLICY_VERSION,
        "scores": {category.value: 0.01 for category in Category},
        "characters": len(EXCERPT),
        "scored_at": clock.now(),
    }
    return Scoring.objects.create(item=item, **(given | fields))


def make_finding(
    account: MonitoredAccount,
    *,
    severity: Severity = Severity.SEVERE,
    category: Category = Category.BULLYING,
    found_at: datetime | None = None,
    text: str = EXCERPT,
    marks: list[list[int]] | None = None,
    **fields: Any,
) -> Finding:
    """A finding about `account`, at the account's site, with an item and a scoring of its own."""
    found_at = found_at or clock.now()
    scoring = fields.pop("scoring", None) or make_scoring(make_item(account))
    excerpt = {
        "text": text,
        "marks": [list(MARK)] if marks is None else marks,
        "part": "body",
        "title": TITLE,
    }
    given = {
        "site": account.site,
        "source": Source.GMAIL.value,
        "probability": 0.9,
        "threshold": 0.8,
        "direction": Direction.WRITTEN.value,
        "span_kind": SpanKind.NEW.value,
        "span_number": 0,
        "excerpt": json.dumps(excerpt),
        "excerpt_index": blind_index(text),
        "occurred_at": found_at,
        "purge_on": found_at.date() + timedelta(days=365),
        "classifier_id": CLASSIFIER_ID,
        "policy_version": POLICY_VERSION,
    }
    return Finding.objects.create(
        scoring=scoring,
        account=account,
        category=category.value,
        severity=severity.value,
        found_at=found_at,
        **(given | fields),
    )


def make_contact(site: Site | None = None, *, email: str = "", order: int = 1, **fields: Any) -> Contact:
    """Somebody to tell; without a site, the district's own."""
    number = next(_numbers)
    email = email or f"contact-{number}@district.example"
    given = {"name": f"Contact {number}"}
    return Contact.objects.create(site=site, email=email, order=order, **(given | fields))
