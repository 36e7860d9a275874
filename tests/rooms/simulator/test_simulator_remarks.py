"""What hangs on a file: comments that are edited and deleted, old revisions, Office and PDF, Sheets of many sheets."""

import io
import zipfile

import pytest
from googleapiclient.errors import HttpError

from monitor.simulator import office as office_files
from monitor.simulator.drive_files import SHEET, SLIDES


@pytest.fixture
def drive(office):
    """A client, its subject and a file, used by nobody else, as (client, address, file id)."""
    number = getattr(office, "used_remarks", 0)
    office.used_remarks = number + 1
    email = office.students[number]
    return office.client("drive", email), email, office.control.write_file(email, "Group work", "first")["id"]


def _comments(service, identity, **options):
    return service.comments().list(fileId=identity, fields="*", **options).execute()["comments"]


def test_a_deleted_comment_is_listed_only_when_asked_for_and_keeps_no_text(office, drive):
    service, email, file = drive
    kept = office.control.do("comment", id=file, author=email, text="stays")["id"]
    gone = office.control.do("comment", id=file, author=email, text="goes")["id"]
    office.control.do("change_comment", id=file, comment=gone, delete=True)
    assert [found["id"] for found in _comments(service, file)] == [kept]
    listed = {found["id"]: found for found in _comments(service, file, includeDeleted=True)}
    assert listed[gone]["deleted"] is True
    assert "content" not in listed[gone]
    with pytest.raises(HttpError) as refused:
        service.comments().get(fileId=file, commentId=gone, fields="*").execute()
    assert refused.value.status_code == 404


def test_a_comment_that_got_a_reply_is_modified_since(office, drive):
    service, email, file = drive
    old = office.control.do("comment", id=file, author=email, text="old")["id"]
    still = office.control.do("comment", id=file, author=email, text="quiet")["id"]
    since = _comments(service, file)[0]["modifiedTime"]
    office.control.do("move_clock", seconds=60)
    reply = office.control.do("comment", id=file, author=office.students[-1], text="new", reply_to=old)["id"]
    assert reply != old
    office.control.do("change_comment", id=file, comment=old, reply=reply, text="newer")
    found = {entry["id"]: entry for entry in _comments(service, file, startModifiedTime=since)}
    assert found[old]["replies"][0]["content"] == "newer"
    later = office.control.do("now")["now"]
    assert still not in [entry["id"] for entry in _comments(service, file, startModifiedTime=later)]
    replies = service.replies().list(fileId=file, commentId=old, fields="*").execute()["replies"]
    assert [entry["id"] for entry in replies] == [reply]


def test_a_resolved_comment_has_a_reply_that_says_so(office, drive):
    service, email, file = drive
    made = office.control.do("comment", id=file, author=email, text="typo", quoted="teh")["id"]
    office.control.do("change_comment", id=file, comment=made, resolve=True)
    found = _comments(service, file)[0]
    assert (found["resolved"], found["replies"][0]["action"]) == (True, "resolve")
    assert found["quotedFileContent"]["value"] == "teh"


def test_the_links_of_a_revision_export_what_stood_there_then(office, drive):
    service, email, file = drive
    office.control.edit_file(file, text="second", editor=office.students[-1])
    office.control.edit_file(file, text="third", editor=email)
    listed = service.revisions().list(fileId=file, fields="*").execute()["revisions"]
    token = office.token("drive.readonly", email)
    texts = []
    for revision in listed:
        path = revision["exportLinks"]["text/plain"].removeprefix(office.simulation.endpoint)
        status, content, _ = office.fetch(path, token)
        assert status == 200
        texts.append(content.decode("utf-8-sig"))
    assert texts == ["first", "second", "third"]
    again = service.revisions().get(fileId=file, revisionId=listed[1]["id"], fields="*").execute()
    assert again["lastModifyingUser"]["emailAddress"] == office.students[-1]
    with pytest.raises(HttpError) as refused:
        service.revisions().get_media(fileId=file, revisionId=listed[0]["id"]).execute()
    assert refused.value.status_code == 403


def test_old_revisions_can_be_merged_away(office, drive):
    service, _, file = drive
    office.control.edit_file(file, text="second")
    kept = office.control.do("merge_revisions", id=file, keep=1)["revisions"]
    listed = service.revisions().list(fileId=file).execute()["revisions"]
    assert [revision["id"] for revision in listed] == kept == ["2"]


def test_an_uploads_old_bytes_are_downloaded_as_they_were(office, drive):
    service, email, _ = drive
    file = office.control.write_file(email, "notes.txt", "old bytes", mime_type="text/plain")["id"]
    office.control.edit_file(file, text="new bytes")
    first = service.revisions().list(fileId=file).execute()["revisions"][0]["id"]
    assert service.revisions().get_media(fileId=file, revisionId=first).execute() == b"old bytes"


def test_a_link_exports_what_is_too_large_for_the_method(office, drive):
    service, email, _ = drive
    file = office.control.write_file(email, "Huge", "x" * (11 * 1024 * 1024))["id"]
    with pytest.raises(HttpError) as refused:
        service.files().export(fileId=file, mimeType="text/plain").execute()
    assert refused.value.error_details[0]["reason"] == "exportSizeLimitExceeded"
    link = service.files().get(fileId=file, fields="exportLinks").execute()["exportLinks"]["text/plain"]
    path = link.removeprefix(office.simulation.endpoint)
    status, content, _ = office.fetch(path, office.token("drive.readonly", email))
    assert (status, len(content)) == (200, 11 * 1024 * 1024 + 3)
    assert office.fetch(path, office.token("drive.readonly", office.students[-1]))[0] == 404


def test_csv_holds_the_first_sheet_and_xlsx_all(office, drive):
    service, email, _ = drive
    text = "name,age\nAda,12\fMessages\nfrom,text\nAda,see you there"
    file = office.control.write_file(email, "List", text, mime_type=SHEET)["id"]
    first = service.files().export(fileId=file, mimeType="text/csv").execute()
    assert first == b"name,age\r\nAda,12"
    whole = service.files().export(fileId=file, mimeType=office_files.XLSX).execute()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert 'name="Messages"' in archive.read("xl/workbook.xml").decode()
        assert "see you there" in archive.read("xl/worksheets/sheet2.xml").decode()


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (office_files.DOCX, "word/document.xml"),
        (office_files.XLSX, "xl/worksheets/sheet1.xml"),
        (office_files.PPTX, "ppt/slides/slide1.xml"),
    ],
)
def test_an_uploaded_office_file_is_made_of_text(office, drive, kind, part):
    service, email, _ = drive
    file = office.control.write_file(email, "Upload", "Tom & Ada", mime_type=kind, render=True)["id"]
    content = service.files().get_media(fileId=file).execute()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "Tom &amp; Ada" in archive.read(part).decode()


def test_a_deck_is_exported_as_pdf(office, drive):
    service, email, _ = drive
    file = office.control.write_file(email, "Deck", "Title (1)\n\nPoint", mime_type=SLIDES)["id"]
    content = service.files().export(fileId=file, mimeType=office_files.PDF).execute()
    assert content.startswith(b"%PDF-1.4")
    assert rb"(Title \(1\)) Tj" in content


def test_a_form_has_a_title_and_nothing_to_read(office, drive):
    service, email, _ = drive
    kind = "application/vnd.google-apps.form"
    file = office.control.write_file(email, "Who comes on Friday?", "", mime_type=kind)["id"]
    assert service.files().get(fileId=file).execute()["name"] == "Who comes on Friday?"
    for call, reason in [
        (service.files().export(fileId=file, mimeType="text/plain"), "fileNotExportable"),
        (service.files().get_media(fileId=file), "fileNotDownloadable"),
    ]:
        with pytest.raises(HttpError) as refused:
            call.execute()
        assert refused.value.error_details[0]["reason"] == reason
