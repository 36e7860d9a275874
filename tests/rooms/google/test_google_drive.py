"""One account's Drive."""

from datetime import UTC, datetime

import pytest

from monitor.google.drive import EXPORT_TYPES, GOOGLE_DOCUMENT, DriveChange, DriveFileRef
from monitor.google.errors import CursorExpired, NotFound, PermanentError, TooLarge

ADA = "ada@district.example"
CHANGES = "/drive/v3/changes"
FILE = {
    "id": "f1",
    "mimeType": GOOGLE_DOCUMENT,
    "modifiedTime": "2026-11-20T10:00:00.000Z",
    "createdTime": "2026-11-01T11:00:00.000+02:00",
    "version": "42",
    "trashed": False,
    "ownedByMe": True,
    "owners": [{"emailAddress": ADA}],
    "lastModifyingUser": {"me": True},
}
REF = DriveFileRef(
    file_id="f1",
    mime_type=GOOGLE_DOCUMENT,
    modified_at=datetime(2026, 11, 20, 10, tzinfo=UTC),
    created_at=datetime(2026, 11, 1, 9, tzinfo=UTC),
    version=42,
    trashed=False,
    owned_by_me=True,
    owner_address=ADA,
    last_modified_by_me=True,
    size=None,
)


@pytest.fixture
def drive(workspace):
    return workspace.drive(ADA)


def test_the_start_page_token_is_a_cursor(google, drive, ledger):
    google.says("/drive/v3/changes/startPageToken", {"startPageToken": "77"})

    assert drive.start_page_token() == "77"
    assert ledger.units == 5


def test_changes_come_in_pages_whose_next_token_is_always_safe(google, drive, ledger):
    changed = {"changeType": "file", "fileId": "f1", "removed": False, "time": "2026-11-20T10:00:01Z", "file": FILE}
    gone = {"changeType": "file", "fileId": "f2", "removed": True, "time": "2026-11-20T10:00:02Z"}
    shared_drive = {"changeType": "drive", "driveId": "d1", "time": "2026-11-20T10:00:03Z"}
    google.says(
        CHANGES,
        {"changes": [changed, shared_drive], "nextPageToken": "78"},
        {"changes": [gone], "newStartPageToken": "79"},
    )

    first, last = drive.change_pages("77", max_pages=9)

    seconds = [datetime(2026, 11, 20, 10, 0, second, tzinfo=UTC) for second in (1, 2)]
    assert first.changes == (DriveChange("f1", is_removed=False, changed_at=seconds[0], file=REF),)
    assert (first.next_token, first.is_last) == ("78", False)
    assert last.changes == (DriveChange("f2", is_removed=True, changed_at=seconds[1], file=None),)
    assert (last.next_token, last.is_last) == ("79", True)
    assert [seen.query["pageToken"] for seen in google.requests] == [["77"], ["78"]]
    assert ledger.units == 200


def test_the_change_feed_is_asked_without_names(google, drive, ledger):
    google.says(CHANGES, {"changes": [], "newStartPageToken": "79"})

    list(drive.change_pages("77", 1))

    query = google.requests[0].query
    assert "name" not in query["fields"][0]
    assert query["pageSize"] == ["1000"]
    assert query["includeRemoved"] == ["true"]
    assert query["restrictToMyDrive"] == ["false"]
    assert query["supportsAllDrives"] == ["true"]
    assert not ledger.before_calls[0].is_content


def test_changes_stop_at_the_callers_bound(google, drive):
    google.says(CHANGES, *({"changes": [], "nextPageToken": str(number)} for number in range(78, 90)))

    pages = list(drive.change_pages("77", max_pages=3))

    assert [page.next_token for page in pages] == ["78", "79", "80"]
    assert len(google.requests) == 3


def test_a_page_without_any_token_is_not_taken_for_the_end(google, drive):
    google.says(CHANGES, {"changes": []})

    with pytest.raises(PermanentError):
        list(drive.change_pages("77", 1))


def test_a_cursor_that_drive_no_longer_takes_is_expired(google, drive, refuse):
    google.says(CHANGES, refuse(410, "gone"))

    with pytest.raises(CursorExpired):
        list(drive.change_pages("77", 1))


@pytest.mark.parametrize(("modifier", "by_me"), [({"me": True}, True), ({"me": False}, False), (None, False)])
def test_a_file_has_a_name_and_says_who_changed_it(google, drive, ledger, modifier, by_me):
    google.says("/drive/v3/files/f1", FILE | {"name": "Essay", "lastModifyingUser": modifier, "size": "12"})

    found = drive.file("f1")

    assert (found.name, found.ref.last_modified_by_me, found.ref.size) == ("Essay", by_me, 12)
    assert [(call.method, call.units, call.target) for call in ledger.before_calls] == [("drive.files.get", 5, "f1")]


def test_revision_times_are_sorted_over_all_pages(google, drive):
    google.says(
        "/drive/v3/files/f1/revisions",
        {"revisions": [{"id": "2", "modifiedTime": "2026-11-20T10:00:00Z"}], "nextPageToken": "p2"},
        {"revisions": [{"id": "1", "modifiedTime": "2026-11-19T10:00:00Z"}]},
    )

    found = drive.revisions("f1")
    assert [one.modified_at for one in found] == [datetime(2026, 11, day, 10, tzinfo=UTC) for day in (19, 20)]


def test_a_link_outside_googles_hosts_is_not_followed_and_gets_no_token(google, drive):
    google.says("/drive/v3/files/f1", FILE | {"name": "Essay", "exportLinks": {"text/plain": "http://127.0.0.2/x"}})

    with pytest.raises(PermanentError) as raised:
        drive.export_large(drive.file("f1"), "text/plain", 1_000)

    assert raised.value.reason == "foreignLink"
    assert len(google.requests) == 1


def test_too_many_revisions_are_said_not_cut(google, drive):
    google.says(
        "/drive/v3/files/f1/revisions", *({"revisions": [], "nextPageToken": str(number)} for number in range(30))
    )

    with pytest.raises(PermanentError) as raised:
        drive.revisions("f1")

    assert raised.value.reason == "listTooLong"
    assert len(google.requests) == 20


def test_an_export_is_content_with_its_price(google, drive, ledger, answer):
    google.says("/drive/v3/files/f1/export", answer("\ufeffHello".encode()))

    assert drive.export("f1", EXPORT_TYPES[GOOGLE_DOCUMENT]) == "\ufeffHello".encode()

    (call,) = ledger.before_calls
    assert (call.method, call.units, call.is_content, call.target) == ("drive.files.export", 200, True, "f1")
    assert google.requests[0].query["mimeType"] == ["text/plain"]


def test_an_export_that_google_finds_too_large_is_too_large(google, drive, refuse):
    google.says("/drive/v3/files/f1/export", refuse(403, "exportSizeLimitExceeded"))

    with pytest.raises(TooLarge):
        drive.export("f1", "text/plain")


@pytest.mark.parametrize("content", [b"", b"\x00\xff{}", b'{"looks": "like json"}'])
def test_a_download_is_bytes_with_its_price(google, drive, ledger, answer, content):
    google.says("/drive/v3/files/f1", answer(content))

    assert drive.download("f1", 1_000) == content

    (call,) = ledger.before_calls
    assert (call.method, call.units, call.is_content, call.target) == ("drive.files.get_media", 200, True, "f1")
    assert google.requests[0].query["alt"] == ["media"]


def test_a_file_that_is_gone_is_not_found(drive):
    with pytest.raises(NotFound):
        drive.download("gone", 10)


def test_a_file_of_a_shared_drive_has_no_owner(google, drive):
    google.says("/drive/v3/files/f1", {name: value for name, value in FILE.items() if name != "owners"})

    assert drive.file("f1").ref.owner_address == ""
