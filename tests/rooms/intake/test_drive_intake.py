"""A Drive is read from its baseline on: the right files, for the right accounts, each version once."""

import base64
import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image, ImageDraw, ImageFont

from monitor.domain.source import Source
from monitor.extract.limits import Limits
from monitor.extract.tesseract import usable_languages
from monitor.intake import read_file
from monitor.intake.leases import claim
from monitor.intake.models import ContentCall, Item, ItemState
from monitor.intake.poll import PollState, poll_account
from monitor.roster.models import District
from tests.rooms.detection.marker import MarkerClassifier, score_all

GOOGLE = "application/vnd.google-apps."
NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTSIDER = "pal@elsewhere.example"


def read(watched, *numbers: int) -> int:
    polls = [poll_account(watched.account(number), Source.DRIVE) for number in numbers or range(3)]
    assert all(poll.state is PollState.READ for poll in polls)
    return sum(poll.items for poll in polls)


@pytest.fixture(autouse=True)
def without_comments(watched):
    """Comments have tests of their own."""
    District.objects.update(reading={"comments": False})


@pytest.fixture
def contacted(watched):
    """The district after the first contact with three Drives."""
    assert read(watched) == 0
    return watched


@pytest.mark.parametrize(
    ("mime_type", "name"),
    [
        (f"{GOOGLE}document", "Essay"),
        (f"{GOOGLE}presentation", "Talk"),
        ("text/plain", "notes.txt"),
    ],
)
def test_a_new_file_is_scored_with_its_name_and_its_text(contacted, mime_type, name):
    contacted.control.write_file(contacted.addresses[0], name, "Chess on Thursday.", mime_type=mime_type)
    assert read(contacted) == 1
    classifier = MarkerClassifier()
    assert score_all(classifier).scored == 1
    assert [text.strip() for text in classifier.texts] == [name, "Chess on Thursday."]
    item = Item.objects.get()
    assert (item.state, item.direction, item.media_type) == (ItemState.SCORED, "written", mime_type)


def test_of_a_spreadsheet_every_sheet_is_read_with_its_name(contacted):
    sheets = "a,b\n1,Chess on Thursday.\n\x0cSecond\nc,Bring the board."
    contacted.control.write_file(contacted.addresses[0], "S", sheets, mime_type=f"{GOOGLE}spreadsheet")
    read(contacted)
    classifier = MarkerClassifier()
    assert score_all(classifier).scored == 1
    read_texts = "\n".join(classifier.texts)
    for part in ("S", "Chess on Thursday.", "Second", "Bring the board."):
        assert part in read_texts
    item = Item.objects.get()
    assert (item.state, item.reason) == (ItemState.SCORED, "")


def test_of_an_image_only_the_name_is_read_and_that_is_said(contacted, monkeypatch):
    monkeypatch.setattr(read_file, "can_recognize", lambda limits: False)
    contacted.control.write_file(contacted.addresses[0], "holiday.png", "", mime_type="image/png")
    read(contacted)
    classifier = MarkerClassifier()
    score_all(classifier)
    item = Item.objects.get()
    assert (item.state, item.reason) == (ItemState.SCORED, "only the title was read: image/png")
    assert classifier.texts == ["holiday.png"]
    assert not ContentCall.objects.exists()


@pytest.mark.skipif(not usable_languages("eng"), reason="Tesseract is not installed")
def test_words_in_an_uploaded_picture_are_scored(contacted):
    image = Image.new("RGB", (900, 200), "white")
    ImageDraw.Draw(image).text((30, 60), "Chess on Thursday", fill="black", font=ImageFont.load_default(40))
    saved = io.BytesIO()
    image.save(saved, "PNG")
    content = base64.b64encode(saved.getvalue()).decode()
    contacted.control.do(
        "write_file", owner=contacted.addresses[0], name="shot.png", mime_type="image/png", content_base64=content
    )
    read(contacted)
    classifier = MarkerClassifier()
    score_all(classifier)
    assert [text.strip() for text in classifier.texts] == ["shot.png", "Chess on Thursday"]
    assert Item.objects.get().reason == ""


@pytest.mark.parametrize("kind", ["folder", "shortcut"])
def test_what_is_no_file_is_left_alone(contacted, kind):
    target = {"target": contacted.control.write_file(OUTSIDER, "X", "x")["id"]} if kind == "shortcut" else {}
    contacted.control.write_file(contacted.addresses[0], "Things", "", mime_type=GOOGLE + kind, **target)
    assert read(contacted) == 0


@pytest.mark.parametrize("trash", [True, False], ids=["in the bin", "gone for good"])
def test_a_file_that_was_removed_before_it_was_reported_is_left_alone(contacted, trash):
    file = contacted.control.write_file(contacted.addresses[0], "Essay", "Chess.")
    contacted.control.do("remove_file", id=file["id"], trash=trash)
    assert read(contacted) == 0


def test_a_file_that_is_removed_between_report_and_reading_is_counted_as_gone(contacted):
    file = contacted.control.write_file(contacted.addresses[0], "Essay", "Chess.")
    read(contacted)
    contacted.control.do("remove_file", id=file["id"])
    assert score_all().settled == 1
    item = Item.objects.get()
    assert (item.state, item.reason) == (ItemState.GONE, "removed before it was read")


def test_a_shared_file_is_read_for_its_owner_and_its_last_editor_but_not_for_a_mere_reader(contacted):
    owner, editor, reader = contacted.addresses[:3]
    contacted.control.write_file(owner, "Project", "Ours.", editor=editor, shared_with=[editor, reader])
    assert read(contacted) == 2
    directions = dict(Item.objects.values_list("account__address_index", "direction"))
    assert directions == {
        contacted.account(0).address_index: "shared",
        contacted.account(1).address_index: "written",
    }


def test_a_file_of_an_outsider_is_read_for_each_student_it_is_shared_with_however_old_it_is(contacted):
    contacted.control.write_file(
        OUTSIDER, "Hello", "A letter.", shared_with=contacted.addresses[:2], modified="2020-01-01T00:00:00Z"
    )
    assert read(contacted) == 2
    assert set(Item.objects.values_list("direction", flat=True)) == {"shared"}
    assert score_all().scored == 2


def test_several_edits_before_the_reading_are_one_item_of_the_newest_version(contacted):
    owner, friend = contacted.addresses[:2]
    file = contacted.control.write_file(owner, "Essay", "One.", shared_with=[friend])
    assert read(contacted) == 1
    for text in ("Two.", "Three."):
        newest = contacted.control.edit_file(file["id"], text=text, editor=owner)
        assert read(contacted, 0) == 0
    classifier = MarkerClassifier()
    score_all(classifier)
    item = Item.objects.get()
    assert item.version == newest["version"]
    assert [text.strip() for text in classifier.texts] == ["Essay", "Three."]


def test_a_waiting_item_that_somebody_else_edits_is_no_longer_called_written_by_its_owner(contacted):
    owner, friend = contacted.addresses[:2]
    file = contacted.control.write_file(owner, "Essay", "One.", shared_with=[friend])
    read(contacted, 0)
    contacted.control.edit_file(file["id"], text="Two.", editor=friend)
    read(contacted, 0)
    assert Item.objects.get().direction == "shared"


def test_an_item_that_is_being_read_is_not_moved_to_a_newer_version(contacted):
    file = contacted.control.write_file(contacted.addresses[0], "Essay", "One.")
    read(contacted, 0)
    assert claim(Item.objects, Item.objects.get().pk)
    newer = contacted.control.edit_file(file["id"], text="Two.")
    assert read(contacted, 0) == 1
    assert set(Item.objects.values_list("version", flat=True)) == {file["version"], newer["version"]}


def test_an_edit_after_the_reading_is_a_new_item(contacted):
    file = contacted.control.write_file(contacted.addresses[0], "Essay", "One.")
    read(contacted, 0)
    score_all()
    contacted.control.edit_file(file["id"], text="One. Two.")
    assert read(contacted, 0) == 1
    assert score_all().scored == 1
    assert Item.objects.filter(state=ItemState.SCORED).count() == 2


@pytest.mark.parametrize("editor", [0, 1], ids=["by its owner", "by a friend"])
def test_a_file_last_written_before_the_baseline_is_not_read_when_it_is_only_shared(watched, editor):
    with watched.at(NOON - HOUR):
        owner, friend, third = watched.addresses[:3]
        file = watched.control.write_file(
            owner, "Diary", "Old.", editor=watched.addresses[editor], shared_with=[friend]
        )
    with watched.at(NOON):
        read(watched)
    with watched.at(NOON + HOUR):
        watched.control.edit_file(file["id"], shared_with=[friend, third])
        assert read(watched) == 0


def test_an_idle_drive_adds_nothing(contacted):
    contacted.control.write_file(contacted.addresses[0], "Essay", "One.")
    assert [read(contacted, 0) for _ in range(3)] == [1, 0, 0]


def test_a_document_that_is_too_large_for_every_export_is_parked(contacted, monkeypatch):
    monkeypatch.setattr(read_file, "LIMITS", Limits(max_bytes=1_000_000))
    contacted.control.write_file(contacted.addresses[0], "Novel", "Chapter. " * 1_200_000)
    read(contacted, 0)
    assert score_all().parked == 1
    assert "larger than the limit" in Item.objects.get().reason


def test_what_an_outsider_shares_in_a_break_stays_unread_after_it(watched):
    with watched.at(NOON):
        read(watched)
    watched.put_to_sleep(NOON + HOUR, NOON + 3 * HOUR)
    with watched.at(NOON + 2 * HOUR):
        old = (NOON - HOUR).isoformat()
        watched.control.write_file(OUTSIDER, "Hello", "A letter.", shared_with=watched.addresses[:1], modified=old)
    with watched.at(NOON + 4 * HOUR):
        read(watched)
        assert score_all().handled == 0
    assert Item.objects.get().state == ItemState.ASLEEP
    assert watched.content_calls() == []
