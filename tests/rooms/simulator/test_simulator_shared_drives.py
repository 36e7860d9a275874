"""Shared drives: who sees what, in which log, and what a move between Drives looks like from both sides."""

import pytest
from googleapiclient.errors import HttpError

EVERYWHERE = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}
WHOLE = "nextPageToken,newStartPageToken,changes(changeType,removed,fileId,driveId,file(id,driveId,owners,name))"


@pytest.fixture
def club(office):
    """A shared drive with an organizer and a member, and somebody outside, as (drive id, three addresses)."""
    one, two, three = office.students[:3]
    made = office.control.do("shared_drive", name="Robotics club", members={one: "organizer", two: "writer"})
    yield made["id"], one, two, three
    office.control.do("shared_drive", id=made["id"], delete=True)


def _token(office, email, drive=""):
    changes = office.client("drive", email).changes()
    where = {"driveId": drive, "supportsAllDrives": True} if drive else {}
    return changes.getStartPageToken(**where).execute()["startPageToken"]


def _changes(office, email, token, drive="", **options):
    where = {"driveId": drive} if drive else {}
    changes = office.client("drive", email).changes()
    return changes.list(pageToken=token, fields=WHOLE, **where, **EVERYWHERE, **options).execute()["changes"]


def test_members_list_the_drive_and_others_do_not(office, club):
    drive, one, _, three = club
    listed = office.client("drive", one).drives().list().execute()["drives"]
    assert (drive, "Robotics club") in [(found["id"], found["name"]) for found in listed]
    assert drive not in [found["id"] for found in office.client("drive", three).drives().list().execute()["drives"]]
    with pytest.raises(HttpError) as refused:
        office.client("drive", three).drives().get(driveId=drive).execute()
    assert refused.value.status_code == 404


def test_an_administrator_finds_every_drive_and_who_is_in_it(office, club):
    drive, one, two, three = club
    service = office.client("drive")
    asked = service.drives().list(useDomainAdminAccess=True, pageSize=100).execute()["drives"]
    assert drive in [found["id"] for found in asked]
    members = (
        service.permissions()
        .list(
            fileId=drive,
            supportsAllDrives=True,
            useDomainAdminAccess=True,
            fields="permissions(emailAddress,role,permissionDetails)",
        )
        .execute()["permissions"]
    )
    assert {(found["emailAddress"], found["role"]) for found in members} == {(one, "organizer"), (two, "writer")}
    with pytest.raises(HttpError) as refused:
        office.client("drive", three).drives().list(useDomainAdminAccess=True).execute()
    assert refused.value.status_code == 403


def test_a_file_in_it_belongs_to_nobody_and_is_told_by_the_drives_log_alone(office, club):
    drive, one, two, _ = club
    own, shared = _token(office, two), _token(office, two, drive)
    written = office.control.write_file(one, "Arm design", "The left motor stalls.", drive=drive)
    found = _changes(office, two, shared, drive)
    assert [(change["fileId"], change["file"].get("owners")) for change in found] == [(written["id"], None)]
    assert _changes(office, two, own) == []
    asked = office.client("drive", two).files().get(fileId=written["id"], supportsAllDrives=True, fields="*").execute()
    assert asked["driveId"] == drive
    assert "ownedByMe" not in asked


def test_callers_that_do_not_know_shared_drives_find_nothing(office, club):
    drive, one, _, _ = club
    written = office.control.write_file(one, "Plan", "x", drive=drive)
    service = office.client("drive", one)
    with pytest.raises(HttpError) as refused:
        service.files().get(fileId=written["id"]).execute()
    assert refused.value.status_code == 404
    assert written["id"] not in [file["id"] for file in service.files().list().execute()["files"]]
    with pytest.raises(HttpError) as refused:
        service.files().list(corpora="drive", driveId=drive, supportsAllDrives=True).execute()
    assert refused.value.status_code == 400
    inside = service.files().list(corpora="drive", driveId=drive, **EVERYWHERE).execute()["files"]
    assert [file["id"] for file in inside] == [written["id"]]


def test_a_file_that_moves_in_leaves_a_tombstone_outside_and_is_still_within_reach(office, club):
    drive, one, _, _ = club
    written = office.control.write_file(one, "Budget", "x")
    own, shared = _token(office, one), _token(office, one, drive)
    office.control.do("move_file", id=written["id"], drive=drive)
    assert [change["removed"] for change in _changes(office, one, own)] == [True]
    kept = _changes(office, one, own, includeCorpusRemovals=True)
    assert [(change["removed"], change["file"]["driveId"]) for change in kept] == [(True, drive)]
    assert [change["removed"] for change in _changes(office, one, shared, drive)] == [False]


def test_a_file_that_moves_out_is_gone_for_the_drive_and_for_its_members(office, club):
    drive, one, two, _ = club
    written = office.control.write_file(one, "Diary", "x", drive=drive)
    own, shared = _token(office, one), _token(office, two, drive)
    office.control.do("move_file", id=written["id"], owner=one)
    found = _changes(office, two, shared, drive, includeCorpusRemovals=True)
    assert [(change["removed"], change.get("file")) for change in found] == [(True, None)]
    assert _changes(office, one, own)[0]["file"]["owners"][0]["emailAddress"] == one


def test_a_file_shared_with_an_outsider_of_the_drive_shows_in_their_own_log(office, club):
    drive, one, _, three = club
    written = office.control.write_file(one, "Poster", "x", drive=drive)
    own = _token(office, three)
    office.control.edit_file(written["id"], shared_with=[three])
    assert [change["fileId"] for change in _changes(office, three, own)] == [written["id"]]


def test_who_joins_or_leaves_sees_it_in_their_own_log(office, club):
    drive, one, two, three = club
    joined, left = _token(office, three), _token(office, two)
    office.control.do("shared_drive", id=drive, members={one: "organizer", three: "reader"})
    assert [(c["driveId"], c["removed"]) for c in _changes(office, three, joined)] == [(drive, False)]
    assert [(c["driveId"], c["removed"]) for c in _changes(office, two, left)] == [(drive, True)]
    with pytest.raises(HttpError) as refused:
        _token(office, two, drive)
    assert refused.value.status_code == 404


def test_a_shortcut_names_its_target_and_has_no_content(office, club):
    _, one, _, _ = club
    aim = office.control.write_file(one, "Essay", "x")["id"]
    kind = "application/vnd.google-apps.shortcut"
    short = office.control.do("write_file", owner=one, name="To the essay", mime_type=kind, target=aim)["id"]
    service = office.client("drive", one)
    asked = service.files().get(fileId=short, fields="shortcutDetails,mimeType").execute()
    assert asked["shortcutDetails"] == {"targetId": aim, "targetMimeType": "application/vnd.google-apps.document"}
    with pytest.raises(HttpError) as refused:
        service.files().export(fileId=short, mimeType="text/plain").execute()
    assert refused.value.error_details[0]["reason"] == "fileNotExportable"
