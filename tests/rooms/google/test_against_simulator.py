"""The whole room against the simulated Workspace, over HTTP, with its own checks of every parameter and token."""

import base64
import threading
from datetime import UTC, datetime, timedelta

import pytest

from monitor.google.backoff import Backoff
from monitor.google.credentials import DRIVE_READONLY
from monitor.google.drive import EXPORT_TYPES, GOOGLE_DOCUMENT, GOOGLE_SHEET, GOOGLE_SLIDES
from monitor.google.errors import AccessLost, CursorExpired, NotFound, TooLarge, TransientError
from monitor.google.workspace import Workspace
from monitor.simulator.handle import start_in_process
from monitor.simulator.people import ADMIN, DOMAIN

OUTSIDER = "pen.friend@elsewhere.example"


@pytest.fixture(scope="module")
def simulation():
    with start_in_process(students=12, seed=7, mail=None, faults="", out=None) as running:
        yield running


@pytest.fixture
def control(simulation):
    yield simulation.control
    simulation.control.do("faults", clear=True)


@pytest.fixture
def opened(simulation, control, prices, ledger, naps):
    backoff = Backoff(attempts=3, sleep=naps.append, chance=lambda: 0.5)
    with Workspace(
        simulation.key_file,
        endpoint=simulation.endpoint,
        prices=prices,
        meter=ledger,
        timeout_seconds=10,
        backoff=backoff,
    ) as workspace:
        yield workspace


@pytest.fixture
def student(control):
    return control.students()[0]


def history(mailbox, start):
    return list(mailbox.history_pages(start, max_pages=50))


def raw_mail(student, size):
    body = b"\r\n".join([b"A long and harmless line of homework. "] * (size // 38))
    return b"From: %b\r\nTo: %b\r\nSubject: Homework\r\nMessage-ID: <%d@elsewhere.example>\r\n\r\n%b" % (
        OUTSIDER.encode(),
        student.encode(),
        size,
        body,
    )


def test_the_directory_knows_every_student(opened, control):
    found = {user.address: user for user in opened.directory(ADMIN).list_users(DOMAIN)}

    assert set(control.students()) <= set(found)
    units = {unit.path: unit for unit in opened.directory(ADMIN).list_org_units()}
    assert {found[address].org_unit_path for address in control.students()} <= set(units)
    assert units["/Students/Oak High"].parent == "/Students"
    assert all(user.google_id and user.full_name for user in found.values())


def test_new_mail_is_seen_once_and_fetched_whole(opened, control, student):
    mailbox = opened.gmail(student)
    start = mailbox.profile().history_id
    copies = control.mail(OUTSIDER, student, "Hello", "See you at practice.")["copies"]

    (page,) = history(mailbox, start)

    assert page.is_last
    assert [ref.message_id for ref in page.added] == [copy["id"] for copy in copies]
    assert "INBOX" in page.added[0].label_ids
    fetched = mailbox.fetch(page.added[0].message_id)
    assert b"See you at practice." in fetched.raw
    assert fetched.raw.startswith(b"From:") or b"\nFrom:" in fetched.raw
    assert datetime.now(UTC) - fetched.internal_at < timedelta(hours=1)
    assert history(mailbox, page.mailbox_history_id)[0].added == ()


def test_an_unchanged_mailbox_costs_two_units(opened, student, ledger):
    mailbox = opened.gmail(student)
    start = mailbox.profile().history_id
    before = ledger.units

    (page,) = history(mailbox, start)

    assert page.added == ()
    assert ledger.units - before == 2


def test_a_message_above_a_megabyte_arrives_byte_for_byte(opened, control, student):
    raw = raw_mail(student, 3_000_000)
    copy = control.do("deliver", raw=base64.b64encode(raw).decode(), recipients=[student])["copies"][0]

    assert opened.gmail(student).fetch(copy["id"]).raw == raw


def test_every_page_of_a_long_history_is_read_and_each_cursor_is_safe(opened, control):
    student = control.students()[1]
    mailbox = opened.gmail(student)
    start = mailbox.profile().history_id
    sent = [control.mail(OUTSIDER, student, "n", str(number))["copies"][0]["id"] for number in range(520)]

    pages = history(mailbox, start)

    assert [ref.message_id for page in pages for ref in page.added] == sent
    assert [page.is_last for page in pages] == [False, True]
    rest = history(mailbox, pages[0].last_record_id)
    assert [ref.message_id for page in rest for ref in page.added] == [ref.message_id for ref in pages[1].added]
    listed = [ref.message_id for page in mailbox.list_pages(None, None) for ref in page]
    assert set(sent) <= set(listed)
    assert len(listed) == len(set(listed))


def test_listing_by_dates_finds_what_was_taken_in_between(opened, control):
    student = control.students()[2]
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
    ids = [
        control.mail(OUTSIDER, student, "Hi", "x", date=day.isoformat(), labels=["SPAM"])["copies"][0]["id"]
        for day in days
    ]

    span = opened.gmail(student).list_pages(days[1] - timedelta(hours=1), days[1] + timedelta(hours=1))

    assert [ref.message_id for page in span for ref in page] == [ids[1]]


def test_a_message_deleted_meanwhile_is_not_found(opened, control, student):
    copy = control.mail(OUTSIDER, student, "Gone", "x")["copies"][0]
    control.do("delete_message", mailbox=student, id=copy["id"])

    with pytest.raises(NotFound):
        opened.gmail(student).fetch(copy["id"])


def test_an_old_history_id_is_an_expired_cursor(opened, control, student):
    start = opened.gmail(student).profile().history_id
    control.mail(OUTSIDER, student, "Hello", "x")
    control.do("expire_history", mailbox=student)

    with pytest.raises(CursorExpired):
        history(opened.gmail(student), start)


@pytest.mark.parametrize(
    ("mime_type", "text"),
    [(GOOGLE_DOCUMENT, "My essay."), (GOOGLE_SHEET, "a,b"), (GOOGLE_SLIDES, "First slide")],
)
def test_a_changed_google_file_is_seen_without_its_name_and_exported(opened, control, student, mime_type, text):
    drive = opened.drive(student)
    start = drive.start_page_token()
    file_id = control.write_file(student, "Secret title", text, mime_type=mime_type)["id"]

    (page,) = drive.change_pages(start, 10)

    (change,) = page.changes
    assert page.is_last
    assert (change.file_id, change.is_removed) == (file_id, False)
    assert change.file.mime_type == mime_type
    assert change.file.owned_by_me
    assert change.file.size is None or change.file.size > 0
    assert "Secret title" not in repr(page)
    found = drive.file(file_id)
    assert (found.name, found.ref.last_modified_by_me, found.ref) == ("Secret title", True, change.file)
    assert text in drive.export(file_id, EXPORT_TYPES[mime_type]).decode("utf-8-sig")
    assert next(drive.change_pages(page.next_token, 1)).changes == ()


def test_revisions_by_another_person_are_seen(opened, control, student):
    other = control.students()[3]
    drive = opened.drive(student)
    file_id = control.write_file(student, "Notes", "one", shared_with=[other])["id"]
    control.edit_file(file_id, text="two", editor=other)

    assert not drive.file(file_id).ref.last_modified_by_me
    assert opened.drive(other).file(file_id).ref.last_modified_by_me
    first, second = drive.revisions(file_id)
    assert (first.editor_address, second.editor_address) == (student, other)
    found = drive.file(file_id)
    assert drive.revision_text(found, first.revision_id, "text/plain", 1_000).decode("utf-8-sig") == "one"


def test_a_removed_file_is_a_change_without_a_file(opened, control, student):
    drive = opened.drive(student)
    file_id = control.write_file(student, "Draft", "x")["id"]
    start = drive.start_page_token()
    control.do("remove_file", id=file_id)

    ((change,),) = [page.changes for page in drive.change_pages(start, 5)]

    assert (change.file_id, change.is_removed, change.file) == (file_id, True, None)
    with pytest.raises(NotFound):
        drive.file(file_id)


def test_an_uploaded_file_is_downloaded_up_to_the_limit(opened, control, student):
    content = base64.b64encode(b"\x00\x01" * 1_000).decode()
    fields = {"owner": student, "name": "x.bin", "mime_type": "application/octet-stream", "content_base64": content}
    file_id = control.do("write_file", **fields)["id"]
    drive = opened.drive(student)

    assert drive.file(file_id).ref.size == 2_000
    assert drive.download(file_id, 2_000) == b"\x00\x01" * 1_000
    with pytest.raises(TooLarge):
        drive.download(file_id, 1_999)


def test_an_export_above_ten_megabytes_is_too_large(opened, control, student):
    file_id = control.write_file(student, "Long", "word " * 2_200_000)["id"]

    with pytest.raises(TooLarge) as raised:
        opened.drive(student).export(file_id, "text/plain")

    assert raised.value.reason == "exportSizeLimitExceeded"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("rateLimitExceeded", "rateLimitExceeded"),
        ("userRateLimitExceeded", "userRateLimitExceeded"),
        ("429", "rateLimitExceeded"),
        ("500", "backendError"),
        ("503", "backendError"),
        ("reset", "connectionLost"),
        ("truncated", "notJson"),
    ],
)
def test_trouble_that_passes_is_overcome_and_counted(opened, control, student, ledger, kind, reason):
    control.do("faults", rules=[{"kind": kind, "match": "getProfile", "count": 2}])

    assert opened.gmail(student).profile().address == student

    assert [outcome for _, outcome in ledger.outcomes] == [reason, reason, "ok"]


def test_trouble_that_stays_is_handed_on_with_googles_waiting_time(opened, control, student):
    control.do("faults", rules=[{"kind": "429", "match": "getProfile", "seconds": 45}])

    with pytest.raises(TransientError) as raised:
        opened.gmail(student).profile()

    assert raised.value.retry_after_seconds == 45


def test_a_token_endpoint_in_trouble_is_overcome(opened, control, student, ledger):
    control.do("faults", rules=[{"kind": "503", "match": "^token$", "count": 1}])

    opened.gmail(student).profile()

    assert [outcome for _, outcome in ledger.outcomes][-1] == "ok"
    assert len(ledger.outcomes) == 2


def test_an_expired_token_is_renewed_without_anybody_noticing(opened, control, student):
    mailbox = opened.gmail(student)
    mailbox.profile()
    control.do("move_clock", seconds=3_700)

    assert mailbox.profile().address == student


def test_a_missing_scope_is_named_with_the_place_to_grant_it(opened, control, student):
    control.do("revoke", scope=DRIVE_READONLY)
    try:
        with pytest.raises(AccessLost) as raised:
            opened.drive(student).start_page_token()
        opened.gmail(student).profile()
    finally:
        control.do("revoke", scope=DRIVE_READONLY, restore=True)

    assert raised.value.reason == "unauthorized_client"
    assert raised.value.scopes == (DRIVE_READONLY,)
    assert DRIVE_READONLY in raised.value.remedy
    assert opened.key.client_id in raised.value.remedy
    assert "Manage domain-wide delegation" in raised.value.remedy


def test_an_unknown_subject_is_named(opened):
    with pytest.raises(AccessLost) as raised:
        opened.gmail(f"nobody@{DOMAIN}").profile()

    assert raised.value.reason == "invalid_grant"
    assert f"nobody@{DOMAIN}" in raised.value.remedy


def test_an_account_suspended_while_watched_is_lost_access(opened, control):
    student = control.students()[5]
    opened.gmail(student).profile()
    control.do("suspend", email=student)
    try:
        with pytest.raises(AccessLost):
            opened.gmail(student).profile()
    finally:
        control.do("suspend", email=student, suspended=False)


def test_eight_threads_watch_eight_mailboxes(opened, control):
    students = control.students()[:8]
    start = threading.Barrier(8)
    wrong = []

    def watch(student):
        start.wait()
        for _ in range(10):
            if opened.gmail(student).profile().address != student:
                wrong.append(student)
            opened.drive(student).start_page_token()

    threads = [threading.Thread(target=watch, args=(student,)) for student in students]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_the_simulators_own_ledger_agrees_with_the_meter(opened, control, student, ledger):
    control.calls(reset=True)
    control.do("faults", rules=[{"kind": "503", "match": "messages.list", "count": 1}])

    opened.gmail(student).profile()
    list(opened.gmail(student).list_pages(None, None))
    opened.drive(student).start_page_token()

    seen = [entry["method"] for entry in control.calls() if entry["api"] != "oauth"]
    assert seen == [call.method for call in ledger.before_calls]
    assert len(seen) == 4
