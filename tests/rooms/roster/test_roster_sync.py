"""The roster follows the Directory."""

import pytest
from django.db import connection

from monitor.google.directory import DirectoryUser
from monitor.roster.models import MonitoredAccount, Site, SiteOrgUnit
from monitor.roster.sync import EmptyDirectory, ManyGone, is_doubtful, rules_in_force, sync_roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def sites() -> dict[str, Site]:
    made = {}
    for code, path in (("oak", "/Students/Oak"), ("elm", "/Students/Elm"), ("nine", "/Students/Oak/Grade 9")):
        made[code] = Site.objects.create(code=code, name=code, time_zone="UTC")
        SiteOrgUnit.objects.create(site=made[code], path=path)
    return made


def user(number: int, path: str = "/Students/Oak", **changes) -> DirectoryUser:
    values = {
        "google_id": f"g{number}",
        "address": f"s{number}@x.example",
        "aliases": (),
        "full_name": f"Student {number}",
        "org_unit_path": path,
        "is_suspended": False,
        "is_archived": False,
    }
    return DirectoryUser(**(values | changes))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/Students/Oak", "oak"),
        ("/Students/Oak/Clubs/Chess", "oak"),
        ("/Students/Oak/Grade 9/A", "nine"),
        ("/Students/Oakland", None),
        ("/Staff", None),
        ("/", None),
    ],
)
def test_an_account_belongs_to_the_site_of_its_nearest_unit(sites, path, code):
    site = rules_in_force().place_unit(path).site
    assert (site.code if site else None) == code


def test_only_accounts_in_a_sites_units_are_written_down(sites):
    change = sync_roster([user(1), user(2, "/Staff"), user(3, "/Students/Elm")])
    assert (change.listed, change.added, change.monitored) == (3, 2, 2)
    assert set(MonitoredAccount.objects.values_list("google_id", flat=True)) == {"g1", "g3"}


def test_names_and_addresses_are_sealed_in_the_database(sites):
    sync_roster([user(1)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM roster_monitoredaccount")
        row = " ".join(
            bytes(cell).decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell)
            for cell in cursor.fetchone()
        )
    assert "Student 1" not in row
    assert "s1@x.example" not in row
    assert MonitoredAccount.objects.get().address == "s1@x.example"


def test_a_second_sync_of_the_same_directory_changes_nothing(sites):
    sync_roster([user(1), user(2)])
    change = sync_roster([user(1), user(2)])
    assert (change.added, change.changed, change.gone) == (0, 0, 0)


def test_a_student_who_changes_school_moves_and_one_who_leaves_every_unit_stays_without_a_site(sites):
    sync_roster([user(1), user(2)])
    change = sync_roster([user(1, "/Students/Elm"), user(2, "/Alumni")])
    assert change.changed == 2
    assert MonitoredAccount.objects.get(google_id="g1").site == sites["elm"]
    assert MonitoredAccount.objects.get(google_id="g2").site is None
    assert change.monitored == 1


def test_a_suspended_account_and_one_that_is_gone_are_no_longer_monitored_and_may_come_back(sites):
    sync_roster([user(1), user(2), user(3)])
    change = sync_roster([user(1, is_suspended=True), user(3)])
    assert (change.gone, change.monitored) == (1, 1)
    change = sync_roster([user(1), user(2), user(3)])
    assert change.monitored == 3


def test_an_address_may_pass_to_another_person(sites):
    sync_roster([user(1)])
    sync_roster([user(2, address="s1@x.example")])
    assert MonitoredAccount.objects.filter(address_index=MonitoredAccount.objects.first().address_index).count() == 2


def test_many_accounts_missing_at_once_are_watched_on_until_somebody_says_that_they_left(sites):
    sync_roster([user(n) for n in range(100)])
    few, rest = [user(n) for n in range(60)], [user(n, full_name="Renamed") for n in range(60)]
    assert (sync_roster(few, dry_run=True).gone, sync_roster(few, dry_run=True).known) == (40, 100)
    with pytest.raises(ManyGone, match=r"40 of 100 known accounts no more.*roster --let-go"):
        sync_roster(rest)
    assert MonitoredAccount.objects.filter(state="active").count() == 100
    names = [account.full_name for account in MonitoredAccount.objects.all()]  # sealed: not to be asked for
    assert names.count("Renamed") == 60  # everything else is taken over
    assert sync_roster(few, let_go=True).gone == 40
    assert MonitoredAccount.objects.filter(state="active").count() == 60
    assert sync_roster(few).gone == 0


@pytest.mark.parametrize(
    ("gone", "known", "doubtful"),
    [(20, 30, False), (21, 30, True), (21, 210, False), (2200, 22_000, False), (2201, 22_000, True)],
)
def test_a_few_or_a_year_s_leavers_may_go_without_a_question(gone, known, doubtful):
    assert is_doubtful(gone, known) is doubtful


def test_an_empty_directory_is_taken_as_a_mistake(sites):
    sync_roster([user(1)])
    with pytest.raises(EmptyDirectory, match="Check the domain"):
        sync_roster([])
    assert MonitoredAccount.objects.get().state == "active"
