"""A school with one person who may see its cases, and a stranger from another school."""

from dataclasses import dataclass

import pytest

from monitor.accounts.models import Role, User
from monitor.roster.models import MonitoredAccount, Site
from tests.rooms import factories
from tests.rooms.workers import shared_database  # noqa: F401 - a fixture


@dataclass
class School:
    """Who is who: `counselor` and `colleague` look after `site`, `stranger` after another, `it` may not read."""

    site: Site
    account: MonitoredAccount
    counselor: User
    colleague: User
    stranger: User
    it: User


def make_school() -> School:
    site, elsewhere = factories.make_site("oak-high"), factories.make_site("maple-middle")
    return School(
        site=site,
        account=factories.make_account(site),
        counselor=factories.make_user("cora@district.example", site),
        colleague=factories.make_user("ada@district.example", site, role=Role.SITE_ADMINISTRATOR),
        stranger=factories.make_user("stan@district.example", elsewhere),
        it=factories.make_user("ivo@district.example", site, role=Role.IT),
    )


@pytest.fixture
def school(db: None) -> School:
    return make_school()
