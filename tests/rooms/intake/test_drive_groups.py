"""Shared drives whose members come through Google groups, and whose text a shared drive's row gives to whom."""

from datetime import timedelta

import pytest

from monitor.intake.google_checks import check_reading
from monitor.intake.models import Item, ItemState, SharedDrive
from monitor.intake.shared_drives import poll_drive, refresh_drives
from monitor.lib import clock
from monitor.roster.models import District
from tests.rooms.detection.marker import MarkerClassifier, score_all

CLUB, YEAR = "club@cedarvalley.example", "year@cedarvalley.example"
MEMBERS = "https://www.googleapis.com/auth/admin.directory.group.member.readonly"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def club(watched):
    """A drive of a group that has its members through another group; nobody is a member by name."""
    District.objects.update(reading={"comments": False})
    watched.control.do("group", email=YEAR, name="Year", members=["teacher.science@cedarvalley.example"])
    watched.control.do("group", email=CLUB, name="Club", members=[YEAR])
    watched.drive = watched.control.do("shared_drive", name="Club", members={CLUB: "writer"})["id"]
    return watched


def asked_groups(watched) -> int:
    return sum(call["method"] == "directory.members.list" for call in watched.control.calls())


def test_a_member_through_a_group_in_a_group_reads_the_drive(club):
    assert refresh_drives() == 0  # a teacher alone is nobody who is watched
    club.control.do("group", email=YEAR, members=club.addresses[:2])
    assert refresh_drives() == 1
    row = SharedDrive.objects.get(is_active=True)
    assert row.reader == club.account(0)
    poll_drive(row.pk)
    author = club.addresses[1]
    club.control.write_file(author, "Plan", "By a member.", drive=club.drive, editor=author)
    assert poll_drive(row.pk) == 1
    classifier = MarkerClassifier()
    score_all(classifier)
    assert [text.strip() for text in classifier.texts] == ["Plan", "By a member."]
    assert Item.objects.get().account == club.account(1)


def test_a_group_is_asked_once_for_all_its_drives_and_not_at_all_where_somebody_is_named(club):
    club.control.do("group", email=YEAR, members=club.addresses[:2])
    club.control.do("shared_drive", name="Second", members={CLUB: "reader"})
    club.control.do("shared_drive", name="Named", members={club.addresses[2]: "writer", YEAR: "reader"})
    before = asked_groups(club)
    assert refresh_drives() == 3
    assert asked_groups(club) == before + 1


def test_who_is_awake_in_a_group_comes_before_who_sleeps_by_name(club):
    asleep = next(number for number in range(6) if club.account(number).site_id != club.account(0).site_id)
    club.control.do("group", email=YEAR, members=[club.addresses[0]])
    club.control.do("shared_drive", id=club.drive, members={CLUB: "writer", club.addresses[asleep]: "writer"})
    refresh_drives()
    assert SharedDrive.objects.get().reader == club.account(asleep)
    site = club.account(asleep).site
    site.breaks.create(name="Break", starts_at=clock.now() - MINUTE, ends_at=clock.now() + HOUR)
    refresh_drives()
    assert SharedDrive.objects.get().reader == club.account(0)


def test_groups_that_cannot_be_read_are_told_and_stop_no_other_drive(club):
    club.control.do("shared_drive", name="Named", members={club.addresses[2]: "writer"})
    club.control.do("revoke", scope=MEMBERS)
    assert refresh_drives() == 1
    row = SharedDrive.objects.get(is_active=False)
    assert "through a group" in row.error
    told = {check.name: check for check in check_reading()}
    assert not told["shared drives of groups"].is_good
    club.control.do("revoke", scope=MEMBERS, restore=True)
    club.control.do("group", email=YEAR, members=club.addresses[:1])
    assert refresh_drives() == 2
    assert not SharedDrive.objects.exclude(error="").exists()


def test_an_awake_hand_is_not_lost_behind_one_that_sleeps(club):
    other = next(number for number in range(6) if club.account(number).site_id != club.account(0).site_id)
    club.control.do("group", email=YEAR, members=[club.addresses[0], club.addresses[other]])
    refresh_drives()
    poll_drive(SharedDrive.objects.get().pk)
    file = club.control.write_file(club.addresses[0], "Plan", "Awake.", drive=club.drive, editor=club.addresses[0])
    begins = clock.now() - MINUTE
    club.account(other).site.breaks.create(name="Break", starts_at=begins, ends_at=clock.now() + HOUR)
    club.control.edit_file(file["id"], text="Awake.\nAsleep.", editor=club.addresses[other])
    poll_drive(SharedDrive.objects.get().pk)
    states = set(Item.objects.values_list("account_id", "state"))
    assert states == {(club.account(0).pk, ItemState.PENDING), (club.account(other).pk, ItemState.ASLEEP)}


def test_a_file_moved_in_before_its_last_edit_was_noticed_is_read(club):
    club.control.do("group", email=YEAR, members=club.addresses[:1])
    refresh_drives()
    row = SharedDrive.objects.get()
    poll_drive(row.pk)
    file = club.control.write_file(club.addresses[0], "Essay", "Written at home.")
    now = clock.now()
    with club.at(now + HOUR):
        poll_drive(row.pk)  # the drive is up to date, the student's own Drive was not looked at
        club.control.do("move_file", id=file["id"], actor=club.addresses[0], drive=club.drive)
        assert poll_drive(row.pk) == 1
        club.control.edit_file(file["id"], name="Essay, final")
        score_all()
    with club.at(now + 2 * HOUR):
        poll_drive(row.pk)
        club.control.do("move_file", id=file["id"], actor=club.addresses[0], drive=club.drive)
        assert poll_drive(row.pk) == 0  # moved about, but nothing in it is new
