"""Drive's semantics: one change log a person, present states, tombstones, exports, revisions, comments."""

import base64
import io

import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseDownload

from monitor.simulator.drive_files import SHEET, SLIDES


@pytest.fixture
def drive(office):
    """A student's Drive as (client, address, start token)."""
    number = getattr(office, "used", 0)
    office.used = number + 1
    email = office.students[number]
    service = office.client("drive", email)
    return service, email, service.changes().getStartPageToken().execute()["startPageToken"]


def _changes(service, token, **options):
    found, pages = [], 0
    while token:
        answer = service.changes().list(pageToken=token, fields="*", **options).execute()
        found += answer["changes"]
        pages += 1
        token, last = answer.get("nextPageToken"), answer.get("newStartPageToken")
    return found, last, pages


def test_a_new_file_is_a_change_and_the_new_token_sees_nothing_old(office, drive):
    service, email, start = drive
    written = office.control.write_file(email, "Essay", "Once upon a time")
    found, token, _ = _changes(service, start)
    assert [(change["fileId"], change["file"]["name"], change["removed"]) for change in found] == [
        (written["id"], "Essay", False)
    ]
    assert found[0]["file"]["owners"][0]["emailAddress"] == email
    assert _changes(service, token)[0] == []
    assert _changes(service, start)[0] == found


def test_a_file_edited_often_appears_once_in_its_present_state(office, drive):
    service, email, start = drive
    written = office.control.write_file(email, "Essay", "v1")
    before = int(written["version"])
    for text in ("v2", "v3"):
        written = office.control.edit_file(written["id"], text=text)
    found, _, _ = _changes(service, start)
    assert len(found) == 1
    assert int(found[0]["file"]["version"]) > before
    revisions = service.revisions().list(fileId=written["id"]).execute()["revisions"]
    assert len(revisions) == 3
    assert set(revisions[0]) == {"kind", "id", "mimeType", "modifiedTime"}


def test_changes_come_in_pages_and_only_the_last_has_a_new_start_token(office, drive):
    service, email, start = drive
    written = [office.control.write_file(email, f"F{number}", "x")["id"] for number in range(5)]
    found, _, pages = _changes(service, start, pageSize=2)
    assert ([change["fileId"] for change in found], pages) == (written, 3)


def test_a_shared_file_is_in_every_readers_log_until_it_is_taken_away(office, drive):
    service, email, start = drive
    owner = "friend@outside.example"
    written = office.control.write_file(owner, "Ours", "hello", shared_with=[email])
    found, token, _ = _changes(service, start)
    assert found[0]["file"]["lastModifyingUser"]["emailAddress"] == owner
    office.control.edit_file(written["id"], shared_with=[])
    gone, _, _ = _changes(service, token)
    assert gone == [
        {name: gone[0][name] for name in ("kind", "type", "changeType", "time")}
        | {"removed": True, "fileId": written["id"]}
    ]
    with pytest.raises(HttpError) as refused:
        service.files().get(fileId=written["id"]).execute()
    assert refused.value.status_code == 404
    assert refused.value.reason == f"File not found: {written['id']}."


def test_trash_is_a_state_and_deletion_a_tombstone(office, drive):
    service, email, start = drive
    written = office.control.write_file(email, "Old", "x")
    office.control.do("remove_file", id=written["id"], trash=True)
    found, token, _ = _changes(service, start)
    assert found[0]["file"]["trashed"] is True
    office.control.do("remove_file", id=written["id"])
    assert _changes(service, token)[0][0]["removed"] is True
    assert _changes(service, token, includeRemoved=False)[0] == []


def test_another_students_private_file_does_not_exist(office, drive):
    service, _, _ = drive
    written = office.control.write_file(office.students[-1], "Private", "x")
    for call in (service.files().get(fileId=written["id"]), service.revisions().list(fileId=written["id"])):
        with pytest.raises(HttpError) as refused:
            call.execute()
        assert refused.value.status_code == 404


def test_without_fields_a_file_is_kind_id_name_and_type(office, drive):
    service, email, start = drive
    written = office.control.write_file(email, "Brief", "x")
    brief = {"kind", "id", "name", "mimeType"}
    assert set(service.files().get(fileId=written["id"]).execute()) == brief
    assert set(service.changes().list(pageToken=start).execute()["changes"][0]["file"]) == brief
    full = service.files().get(fileId=written["id"], fields="version,owners/emailAddress,modifiedTime").execute()
    assert full["owners"] == [{"emailAddress": email}]
    assert set(full) == {"version", "owners", "modifiedTime"}


@pytest.mark.parametrize(
    ("kind", "text", "wanted", "exported"),
    [
        ("application/vnd.google-apps.document", "a\nb", "text/plain", b"\xef\xbb\xbfa\r\nb"),
        (SHEET, "name,age\nAda,12", "text/csv", b"name,age\r\nAda,12"),
        (SHEET, 'a,"b, c"', "text/tab-separated-values", b"a\tb, c"),
        (SLIDES, "Title\nPoint", "text/plain", b"Title\nPoint"),
    ],
)
def test_docs_sheets_and_slides_are_exported_as_text(office, drive, kind, text, wanted, exported):
    service, email, _ = drive
    written = office.control.write_file(email, "Work", text, mime_type=kind)
    assert service.files().export(fileId=written["id"], mimeType=wanted).execute() == exported


def test_a_doc_is_exported_as_html_too_and_not_as_what_is_not_played(office, drive):
    service, email, _ = drive
    written = office.control.write_file(email, "Page", "1 < 2")
    assert b"1 &lt; 2" in service.files().export(fileId=written["id"], mimeType="text/html").execute()
    with pytest.raises(HttpError) as refused:
        service.files().export(fileId=written["id"], mimeType="application/epub+zip").execute()
    assert refused.value.status_code == 400


def test_an_export_above_ten_megabytes_is_refused(office, drive):
    service, email, _ = drive
    written = office.control.write_file(email, "Huge", "x" * (10 * 1024 * 1024 - 3))
    assert len(service.files().export(fileId=written["id"], mimeType="text/plain").execute()) == 10 * 1024 * 1024
    office.control.edit_file(written["id"], text="x" * (10 * 1024 * 1024))
    with pytest.raises(HttpError) as refused:
        service.files().export(fileId=written["id"], mimeType="text/plain").execute()
    assert refused.value.status_code == 403
    assert refused.value.error_details[0]["reason"] == "exportSizeLimitExceeded"


def test_uploaded_bytes_are_downloaded_whole_and_in_ranges(office, drive):
    service, email, _ = drive
    content = bytes(range(256)) * 40
    written = office.control.do(
        "write_file",
        owner=email,
        name="photo.bin",
        mime_type="application/octet-stream",
        content_base64=base64.b64encode(content).decode(),
    )
    request = service.files().get_media(fileId=written["id"])
    assert request.execute() == content
    sink = io.BytesIO()
    download, done = MediaIoBaseDownload(sink, request, chunksize=4000), False
    while not done:
        _, done = download.next_chunk()
    assert sink.getvalue() == content
    facts = service.files().get(fileId=written["id"], fields="size,md5Checksum,originalFilename").execute()
    assert (facts["size"], facts["originalFilename"]) == (str(len(content)), "photo.bin")


def test_an_empty_upload_can_be_downloaded(office, drive):
    service, email, _ = drive
    written = office.control.write_file(email, "empty.txt", "", mime_type="text/plain")
    sink = io.BytesIO()
    _, done = MediaIoBaseDownload(sink, service.files().get_media(fileId=written["id"])).next_chunk()
    assert (done, sink.getvalue()) == (True, b"")


def test_a_doc_cannot_be_downloaded_and_an_upload_not_exported(office, drive):
    service, email, _ = drive
    doc = office.control.write_file(email, "Doc", "x")["id"]
    upload = office.control.write_file(email, "a.txt", "x", mime_type="text/plain")["id"]
    for call, reason in [
        (service.files().get_media(fileId=doc), "fileNotDownloadable"),
        (service.files().export(fileId=upload, mimeType="text/plain"), "fileNotExportable"),
    ]:
        with pytest.raises(HttpError) as refused:
            call.execute()
        assert (refused.value.status_code, refused.value.error_details[0]["reason"]) == (403, reason)


def test_comments_need_fields_and_count_as_a_change(office, drive):
    service, email, start = drive
    written = office.control.write_file(email, "Group", "x")
    identity = office.control.do("comment", id=written["id"], author=office.students[-1], text="nice")["id"]
    office.control.do("comment", id=written["id"], author=email, text="thanks", reply_to=identity)
    with pytest.raises(HttpError) as refused:
        service.comments().list(fileId=written["id"]).execute()
    assert (refused.value.status_code, refused.value.error_details[0]["reason"]) == (400, "required")
    comments = service.comments().list(fileId=written["id"], fields="*").execute()["comments"]
    assert comments[0]["content"] == "nice"
    assert comments[0]["replies"][0]["content"] == "thanks"
    assert len(_changes(service, start)[0]) == 1


def test_files_are_listed_by_the_searches_that_are_played(office, drive):
    service, email, _ = drive
    office.control.write_file(email, "Mine", "x", modified="2026-08-01T00:00:00Z")
    office.control.write_file("x@outside.example", "Theirs", "x", shared_with=[email], modified="2026-09-01T00:00:00Z")

    def names(query):
        return {file["name"] for file in service.files().list(q=query).execute()["files"]}

    assert names("trashed = false") == {"Mine", "Theirs"}
    assert names("'me' in owners") == {"Mine"}
    assert names("modifiedTime > '2026-08-15T00:00:00' and trashed = false") == {"Theirs"}
    assert names("name contains 'their'") == {"Theirs"}
    assert names("mimeType != 'application/vnd.google-apps.document'") == set()


def test_a_shared_drive_does_not_exist(office, drive):
    service, _, start = drive
    with pytest.raises(HttpError) as refused:
        service.changes().list(pageToken=start, driveId="0AShared", supportsAllDrives=True).execute()
    assert refused.value.status_code == 404
