"""In a break no content call is made, by any path, and what was written in it is never read afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.commands.run_through import run_through
from monitor.detection.models import Finding
from monitor.detection.scan import ScanTally, _read_or_settle
from monitor.domain.source import Source
from monitor.intake.activity import read_activity, refresh_drives_if_due
from monitor.intake.ledger import UsageTally
from monitor.intake.models import ContentCall, Item, ItemState, SharedDrive
from monitor.intake.poll import PollState, poll_account
from monitor.intake.queue import take_items
from monitor.intake.shared_drives import poll_drive
from tests.fakes.texts import SIGNS
from tests.rooms.detection.marker import MarkerClassifier, score_all

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 12, 14, 18, tzinfo=UTC)
STARTS, ENDS = MONDAY + 2 * HOUR, MONDAY + 80 * HOUR


@pytest.fixture
def through_a_break(watched, mailbox):
    """Two polls awake, a break, three polls inside it, and two after it; mail and a Doc at each stage."""
    written: dict[str, dict[str, str]] = {}

    def write(stage: str) -> None:
        sender = watched.addresses[0]
        text = f"{SIGNS['self_harm']} ({stage})"
        mail = watched.control.mail(sender, watched.addresses[1], f"To a friend {stage}", text)
        doc = watched.control.write_file(sender, f"Journal {stage}", text)
        written[stage] = {"mail": mail["copies"][0]["id"], "doc": doc["id"]}

    with watched.at(MONDAY):
        run_through()
    with watched.at(MONDAY + HOUR):
        write("awake before")
        run_through()
    with watched.at(STARTS - HOUR / 4):
        write("just before")
    watched.put_to_sleep(STARTS, ENDS)
    watched.control.calls(reset=True)
    asleep = []
    for hours in (1, 30, 70):
        with watched.at(STARTS + hours * HOUR):
            write(f"asleep {hours}")
            asleep.append(run_through())
    calls_asleep = [call for call in watched.control.calls(reset=True) if call["api"] in {"gmail", "drive"}]
    with watched.at(ENDS + HOUR / 4):
        write("just after")
    with watched.at(ENDS + HOUR):
        run_through()
    with watched.at(ENDS + 2 * HOUR):
        write("awake after")
        run_through()
    return watched, written, asleep, calls_asleep


def test_in_a_break_no_call_is_made_and_afterwards_nothing_of_it_is_read(through_a_break):
    watched, written, asleep, calls_asleep = through_a_break
    assert calls_asleep == []
    assert all(summary["google_units"]["gmail"] == summary["google_units"]["drive"] == 0 for summary in asleep)
    assert all(summary["accounts"] == summary["scored"] == 0 for summary in asleep)
    in_break = [stage for stage in written if stage.startswith("asleep")]
    awake = [stage for stage in written if stage not in in_break]
    fetched = {call["item"] for call in watched.control.calls() if call["method"] in CONTENT}
    for stage in in_break:
        assert written[stage]["mail"] not in fetched
        assert written[stage]["doc"] not in fetched
    scored = set(Item.objects.filter(state=ItemState.SCORED).values_list("item_key", flat=True))
    assert {written[stage]["mail"] for stage in awake} <= scored
    assert {written[stage]["doc"] for stage in awake} <= scored
    assert not {key for stage in in_break for key in written[stage].values()} & scored
    for finding in Finding.objects.all():
        assert "asleep" not in finding.excerpt


def test_the_ledger_of_google_calls_shows_the_silence(through_a_break):
    assert ContentCall.objects.exists()
    assert not ContentCall.objects.filter(at__gte=STARTS, at__lt=ENDS).exists()


def test_an_item_that_waits_when_a_break_begins_waits_until_its_end(watched):
    account = watched.account(0)
    with watched.at(MONDAY):
        poll_account(account, Source.GMAIL)
        watched.control.mail("pal@elsewhere.example", watched.addresses[0], "Hi", "See you at three.")
        assert poll_account(account, Source.GMAIL).items == 1
    watched.put_to_sleep(STARTS, ENDS)
    with watched.at(STARTS + HOUR):
        assert run_through()["scored"] == 0
        assert list(take_items(10)) == []
        assert poll_account(account, Source.GMAIL).state is PollState.ASLEEP
    with watched.at(ENDS + HOUR):
        assert run_through()["scored"] == 1


def test_a_break_that_begins_during_a_pass_stops_it_at_the_next_call(watched):
    account = watched.account(0)
    with watched.at(MONDAY):
        poll_account(account, Source.GMAIL)
        watched.control.mail("pal@elsewhere.example", watched.addresses[0], "Hi", "See you at three.")
        poll_account(account, Source.GMAIL)
        taken = list(take_items(10))
        watched.put_to_sleep(MONDAY - HOUR, ENDS)
        (item, owner), tally = taken[0], ScanTally()
        assert _read_or_settle(item, owner, tally, UsageTally()) is None
        assert tally.asleep == 1
    assert watched.content_calls() == []
    assert Item.objects.get().state == ItemState.PENDING


def test_of_a_file_edited_in_a_break_and_again_after_it_only_the_words_of_afterwards_are_scored(watched):
    owner = watched.addresses[0]
    with watched.at(MONDAY):
        run_through()
        doc = watched.control.write_file(owner, "Journal", "Chess on Thursday.")
        run_through()
    watched.put_to_sleep(STARTS, ENDS)
    with watched.at(STARTS + HOUR):
        watched.control.edit_file(doc["id"], text="Chess on Thursday. Written in the break.", editor=owner)
    with watched.at(ENDS + HOUR):
        after = "Chess on Thursday. Written in the long break. And after."
        watched.control.edit_file(doc["id"], text=after, editor=owner)
        poll_account(watched.account(0), Source.DRIVE)
        classifier = MarkerClassifier()
        score_all(classifier)
    assert [" ".join(text.split()) for text in classifier.texts] == ["long And after."]


def test_a_file_whose_text_of_the_break_google_no_longer_has_is_parked_not_read(watched):
    owner = watched.addresses[0]
    with watched.at(MONDAY):
        run_through()
        doc = watched.control.write_file(owner, "Journal", "Chess on Thursday.")
        run_through()
    watched.put_to_sleep(STARTS, ENDS)
    with watched.at(STARTS + HOUR):
        watched.control.edit_file(doc["id"], text="Chess on Thursday. Written in the break.", editor=owner)
    with watched.at(ENDS + HOUR):
        watched.control.edit_file(doc["id"], text="Chess on Thursday. Written in the break. And after.", editor=owner)
        poll_account(watched.account(0), Source.DRIVE)
        watched.control.do(
            "faults", rules=[{"kind": "status", "status": 404, "reason": "notFound", "match": "drive.revisions.get"}]
        )
        classifier = MarkerClassifier()
        score_all(classifier)
    assert classifier.texts == []
    parked = Item.objects.get(state=ItemState.PARKED)
    assert "during a break" in parked.reason


def test_in_a_break_neither_the_stream_nor_a_shared_drive_nor_a_comment_is_asked_for(watched):
    owner = watched.addresses[0]
    with watched.at(MONDAY):
        drive = watched.control.do("shared_drive", name="Team", members={owner: "writer"})["id"]
        run_through()
        file = watched.control.write_file(owner, "Plan", "Chess on Thursday.", drive=drive, editor=owner)
        run_through()
    watched.put_to_sleep(STARTS, ENDS)
    watched.control.calls(reset=True)
    with watched.at(STARTS + HOUR):
        watched.control.edit_file(file["id"], text="Chess on Thursday. Asleep.", editor=owner)
        watched.control.do("comment", id=file["id"], author=owner, text="Asleep, too.")
        run_through()
        read_activity()
        refresh_drives_if_due()
        for row in SharedDrive.objects.all():
            poll_drive(row.pk)
    assert [call for call in watched.control.calls() if call["api"] in {"gmail", "drive", "reports"}] == []
    with watched.at(ENDS + HOUR):
        for row in SharedDrive.objects.all():
            poll_drive(row.pk)
        poll_account(watched.account(0), Source.DRIVE)
        classifier = MarkerClassifier()
        score_all(classifier)
    assert classifier.texts == []


CONTENT = {"gmail.users.messages.get", "gmail.users.messages.attachments.get", "drive.files.get", "drive.files.export"}
