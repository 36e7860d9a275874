"""Drive, all of it: what changed, comments, shared drives, breaks and baselines told apart by revisions."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.domain.source import Source
from monitor.intake.activity import read_activity, refresh_drives_if_due
from monitor.intake.models import ActivityStream, Cursor, Item, ItemState, SharedDrive, UnitUsage
from monitor.intake.poll import PollState, due_cursors, poll_account
from monitor.intake.shared_drives import due_drives, poll_drive, refresh_drives
from monitor.lib import clock
from monitor.roster.models import District
from tests.rooms.detection.marker import MarkerClassifier, score_all

NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTSIDER = "pal@elsewhere.example"


def read(watched, *numbers: int) -> int:
    polls = [poll_account(watched.account(number), Source.DRIVE) for number in numbers or range(3)]
    assert all(poll.state is PollState.READ for poll in polls)
    return sum(poll.items for poll in polls)


def scored(classifier: MarkerClassifier | None = None) -> list[str]:
    """The texts that one pass scores, in order, without space around them."""
    classifier = classifier or MarkerClassifier()
    score_all(classifier)
    return [text.strip() for text in classifier.texts]


def drive_units() -> int:
    return sum(UnitUsage.objects.filter(api="drive").values_list("units", flat=True))


@pytest.fixture
def contacted(watched):
    District.objects.update(reading={"comments": False})
    read(watched)
    return watched


def test_a_changed_document_is_scored_for_what_changed(contacted):
    owner = contacted.addresses[0]
    long = "The war began in the spring of that year, and nobody in the village believed that it would last. " * 3
    file = contacted.control.write_file(owner, "Essay", f"{long}\nSecond paragraph.")
    read(contacted, 0)
    assert len(scored()) == 2
    contacted.control.edit_file(file["id"], text=f"{long}\nSecond paragraph, longer.\nThird.")
    read(contacted, 0)
    assert scored() == ["Second paragraph, longer.\nThird."]
    contacted.control.edit_file(file["id"], name="My essay")
    read(contacted, 0)
    assert scored() == ["My essay"]


def test_lines_of_a_chat_in_a_document_are_read_with_those_before_them(contacted):
    owner = contacted.addresses[0]
    file = contacted.control.write_file(owner, "Notes", "hi\nwhere are you\nnobody likes")
    read(contacted, 0)
    scored()
    contacted.control.edit_file(file["id"], text="hi\nwhere are you\nnobody likes\nyou")
    read(contacted, 0)
    assert scored() == ["where are you\nnobody likes\nyou"]


def test_a_document_from_before_the_baseline_is_scored_for_what_was_added_since(watched):
    District.objects.update(reading={"comments": False})
    with watched.at(NOON - HOUR):
        file = watched.control.write_file(watched.addresses[0], "Diary", "An old page that nobody asked for.")
    with watched.at(NOON):
        read(watched)
    with watched.at(NOON + HOUR):
        watched.control.edit_file(file["id"], text="An old page that nobody asked for.\nA new page.")
        read(watched)
        texts = scored()
    assert "A new page." in texts[-1]
    assert not any("old page" in text for text in texts)


@pytest.mark.parametrize("kind", ["application/vnd.google-apps.document", "text/plain"])
def test_what_was_written_in_a_break_is_not_scored_when_the_document_is_edited_after_it(watched, kind):
    District.objects.update(reading={"comments": False})
    owner = watched.addresses[0]
    with watched.at(NOON):
        read(watched)
        file = watched.control.write_file(owner, "notes.txt", "Before.", mime_type=kind)
        read(watched)
        scored()
    watched.put_to_sleep(NOON + HOUR, NOON + 3 * HOUR)
    with watched.at(NOON + 2 * HOUR):
        watched.control.edit_file(file["id"], text="Before.\nIn the break.")
    with watched.at(NOON + 4 * HOUR):
        watched.control.edit_file(file["id"], text="Before.\nIn the break.\nAfter.")
        read(watched)
        assert scored() == ["After."]
    assert Item.objects.order_by("id").last().state == ItemState.SCORED
    with watched.at(NOON + 5 * HOUR):
        watched.control.edit_file(file["id"], text="In the break.\nAfter.\nLater.")
        read(watched)
        assert not any("In the break" in text for text in scored())


def test_comments_and_replies_are_read_for_who_wrote_them_and_for_whose_file_it_is(watched):
    read(watched)
    owner, friend, reader = watched.addresses[:3]
    file = watched.control.write_file(owner, "Project", "Ours.", shared_with=[friend, reader])
    read(watched)
    scored()
    thread = watched.control.do("comment", id=file["id"], author=friend, text="sign-bullying of a comment.")["id"]
    watched.control.do("comment", id=file["id"], author=owner, text="Stop it.", reply_to=thread)
    read(watched)
    texts = scored()
    assert sorted(texts) == ["Stop it.", "sign-bullying of a comment.", "sign-bullying of a comment."]
    read(watched)
    assert scored() == []
    assert set(Item.objects.filter(item_key__endswith="#mine").values_list("direction", flat=True)) == {"written"}
    watched.control.do("comment", id=file["id"], author=friend, text="Sorry.")
    read(watched)
    assert scored() == ["Sorry.", "Sorry."]


def test_a_comment_of_a_break_stays_unread_after_it(watched):
    owner = watched.addresses[0]
    with watched.at(NOON):
        read(watched)
        file = watched.control.write_file(owner, "Project", "Ours.")
        read(watched)
        scored()
    watched.put_to_sleep(NOON + HOUR, NOON + 3 * HOUR)
    with watched.at(NOON + 2 * HOUR):
        watched.control.do("comment", id=file["id"], author=owner, text="In the break.")
    with watched.at(NOON + 4 * HOUR):
        watched.control.do("comment", id=file["id"], author=owner, text="After.")
        read(watched)
        assert scored() == ["After."]


def test_a_document_above_ten_megabytes_is_read_over_its_export_link(contacted):
    contacted.control.write_file(contacted.addresses[0], "Novel", "Chapter. " * 1_200_000)
    read(contacted, 0)
    score_all()
    assert Item.objects.get().state == ItemState.SCORED


@pytest.fixture
def team(watched):
    """A shared drive of two students, after the first contact."""
    District.objects.update(reading={"comments": False})
    read(watched)
    members = {watched.addresses[0]: "writer", watched.addresses[1]: "writer", "teacher@elsewhere.example": "organizer"}
    drive = watched.control.do("shared_drive", name="Team", members=members)["id"]
    assert refresh_drives() == 1
    poll_drive(SharedDrive.objects.get().pk)
    watched.drive = drive
    return watched


def read_team() -> int:
    return poll_drive(SharedDrive.objects.get().pk)


def test_a_shared_drive_is_read_once_for_all_members_and_for_who_wrote(team):
    second = team.addresses[1]
    team.control.write_file(second, "Plan", "By the second.", drive=team.drive, editor=second)
    assert read_team() == 1
    assert read(team) == 0  # in no member's own feed
    assert scored() == ["Plan", "By the second."]
    item = Item.objects.get()
    assert (item.account, item.direction) == (team.account(1), "written")
    assert read_team() == 0


def test_an_older_hand_in_a_shared_drive_is_not_lost_behind_a_newer_one(team):
    first = team.addresses[0]
    file = team.control.write_file(first, "Plan", "By a student.", drive=team.drive, editor=first)
    team.control.edit_file(file["id"], text="By a student.\nBy the teacher.", editor="teacher@elsewhere.example")
    assert read_team() == 1
    assert Item.objects.get().account == team.account(0)


def test_while_its_reader_sleeps_a_shared_drive_is_not_asked(team):
    team.put_to_sleep(clock.now() - HOUR, clock.now() + HOUR)
    before = len(team.control.calls())
    assert due_drives(10) == []
    assert read_team() == 0
    assert len(team.control.calls()) == before


def test_another_member_reads_where_the_reader_lost_access(team):
    second = team.addresses[1]
    refresh_drives_if_due()
    assert SharedDrive.objects.get().reader == team.account(0)
    team.control.do("revoke", subject=team.addresses[0])
    team.control.write_file(second, "Plan", "By the second.", drive=team.drive, editor=second)
    assert read_team() == 0
    refresh_drives_if_due()
    assert SharedDrive.objects.get().reader == team.account(1)
    assert read_team() == 1


def test_a_drive_without_a_watched_member_is_not_read_and_one_that_is_closed_ends(team):
    team.control.do("shared_drive", name="Staff", members={"teacher@elsewhere.example": "organizer"})
    assert refresh_drives() == 1
    team.control.do("shared_drive", id=team.drive, delete=True)
    assert refresh_drives() == 0


def test_an_idle_drive_costs_nothing_and_an_active_one_is_polled_when_the_stream_tells(contacted):
    read_activity()
    assert ActivityStream.objects.get().error == ""
    read(contacted)
    spent = drive_units()
    with clock.standing_at(clock.now() + 2 * HOUR):
        ActivityStream.objects.update(read_until=clock.now())
        assert set(due_cursors(Source.DRIVE, 100)) == {contacted.account(n).pk for n in range(3, 6)}  # never contacted
    contacted.control.write_file(contacted.addresses[1], "Essay", "New.")
    assert read_activity() >= 1
    assert contacted.account(1).pk in due_cursors(Source.DRIVE, 100)
    assert contacted.account(0).pk not in due_cursors(Source.DRIVE, 100)
    assert drive_units() == spent
    assert read_activity() == 0  # the same event counts once


def test_without_the_stream_every_drive_is_polled_by_its_interval(contacted):
    contacted.control.do("revoke", scope="https://www.googleapis.com/auth/admin.reports.audit.readonly")
    read_activity()
    assert "reports.activities.list" in ActivityStream.objects.get().error
    read(contacted)
    with clock.standing_at(clock.now() + HOUR):
        assert contacted.account(0).pk in due_cursors(Source.DRIVE, 100)


def test_a_poll_that_the_stream_calls_for_while_another_runs_is_not_forgotten(contacted, monkeypatch):
    from monitor.intake import poll as poll_module

    account = contacted.account(0)
    read_activity()
    real = poll_module.READERS[Source.DRIVE]

    def reads_and_is_overtaken(*given):
        found = real(*given)
        Cursor.objects.filter(account=account, source="drive").update(next_poll_at=clock.now())
        return found

    monkeypatch.setitem(poll_module.READERS, Source.DRIVE, reads_and_is_overtaken)
    Cursor.objects.filter(account=account, source="drive").update(next_poll_at=clock.now() + HOUR)
    poll_account(account, Source.DRIVE)
    assert account.pk in due_cursors(Source.DRIVE, 100)


def test_the_list_of_shared_drives_is_refreshed_now_and_then(watched):
    watched.control.do("shared_drive", name="Team", members={watched.addresses[0]: "writer"})
    refresh_drives_if_due()
    assert SharedDrive.objects.filter(is_active=True).count() == 1
    calls = len(watched.control.calls())
    refresh_drives_if_due()
    assert len(watched.control.calls()) == calls
