"""Who is watched, for which site, and why: inheritance is shown, staff are left out, moves keep their history."""

import pytest

from monitor.commands.roster import change_lines, unit_lines
from monitor.domain.reading import ExemptionSpec
from monitor.google.directory import DirectoryUser
from monitor.roster.exemptions import apply_exemptions
from monitor.roster.models import AccountState, MonitoredAccount, SiteMove, SiteOrgUnit
from monitor.roster.placing import age_band
from monitor.roster.sync import sync_roster
from tests.rooms.factories import make_district, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def sites():
    make_district(reading={"exclude_units": ["/Oak/Exchange"]})
    oak, maple = make_site("oak"), make_site("maple")
    SiteOrgUnit.objects.create(site=oak, path="/Oak")
    SiteOrgUnit.objects.create(site=maple, path="/Oak/Maple")
    return oak, maple


def user(number: int, unit: str, **fields) -> DirectoryUser:
    given = {"full_name": f"Student {number}", "is_suspended": False, "is_archived": False}
    return DirectoryUser(f"id{number}", f"s{number}@oak.example", (), org_unit_path=unit, **(given | fields))


@pytest.mark.parametrize(
    ("unit", "site", "why"),
    [
        ("/Oak", "oak", "named in the district file"),
        ("/Oak/Grade 9", "oak", "inherited from /Oak"),
        ("/Oak/Maple", "maple", "named in the district file"),
        ("/Oak/Maple/Grade 7", "maple", "inherited from /Oak/Maple"),
        ("/Oak/Staff", "", "staff unit"),
        ("/Oak/Grade 9/Support Staff", "", "staff unit"),
        ("/Oak/Exchange/2026", "", "excluded unit"),
        ("/Elsewhere", "", "in no site's units"),
        ("/Oakwood", "", "in no site's units"),
    ],
)
def test_every_unit_says_where_it_belongs_and_why(sites, unit, site, why):
    change = sync_roster([user(1, unit)])
    assert list(change.units) == [(unit, site, why)]
    assert MonitoredAccount.objects.count() == bool(site)
    assert why in unit_lines(change)[0]


def test_administrators_members_of_excluded_groups_and_exempt_addresses_are_left_out(sites):
    apply_exemptions([ExemptionSpec("address", "s3@oak.example", "Student press")], actor="command")
    users = [user(1, "/Oak", is_admin=True), user(2, "/Oak"), user(3, "/Oak"), user(4, "/Oak")]
    change = sync_roster(users, frozenset({"s2@oak.example"}))
    assert dict(change.left_out) == {"administrator": 1, "excluded group": 1, "exempt address": 1}
    assert MonitoredAccount.objects.get().google_id == "id4"


def test_a_student_who_changes_school_is_one_account_with_a_move(sites):
    oak, maple = sites
    sync_roster([user(1, "/Oak")])
    change = sync_roster([user(1, "/Oak/Maple")])
    account = MonitoredAccount.objects.get()
    assert account.site == maple
    move = SiteMove.objects.get()
    assert (move.from_site, move.to_site) == (oak, maple)
    assert "Were moved from oak to maple: 1" in change_lines(change, would=False)
    sync_roster([user(1, "/Oak/Staff")])
    account.refresh_from_db()
    assert (account.site, account.state) == (None, AccountState.ACTIVE)


def test_a_dry_run_says_all_and_changes_nothing(sites):
    sync_roster([user(1, "/Oak"), user(2, "/Oak")])
    before = list(MonitoredAccount.objects.order_by("pk").values())
    change = sync_roster([user(1, "/Oak/Maple"), user(3, "/Oak")], dry_run=True)
    assert (change.added, change.changed, change.gone, change.monitored) == (1, 1, 1, 2)
    assert list(MonitoredAccount.objects.order_by("pk").values()) == before
    assert not SiteMove.objects.exists()
    assert "Would be added: 1" in change_lines(change, would=True)


@pytest.mark.parametrize(
    ("grade", "band"),
    [
        ("K", "elementary"),
        ("03", "elementary"),
        ("Grade 7", "middle"),
        ("12", "high"),
        ("2031", ""),
        ("", ""),
        ("13", ""),
    ],
)
def test_a_grade_gives_an_age_band_where_it_is_one(grade, band):
    assert age_band(grade) == band


def test_the_grade_is_kept_when_the_directory_has_it(sites):
    sync_roster([user(1, "/Oak", custom_value="9")])
    assert MonitoredAccount.objects.values_list("grade", "age_band").get() == ("9", "high")
