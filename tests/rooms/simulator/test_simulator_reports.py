"""The Reports API: one stream of who did what in Drive, with events that come late or not at all."""

import pytest
from googleapiclient.errors import HttpError

from monitor.simulator.drive_files import DOC


def _events(office, **options):
    activities, found = office.client("reports").activities(), []
    asked = {"userKey": "all", "applicationName": "drive", **options}
    request = activities.list(**asked)
    while request is not None:
        answer = request.execute()
        found += answer.get("items", [])
        request = activities.list_next(request, answer)
    return found


def _about(event):
    return {entry["name"]: entry.get("value", entry.get("boolValue")) for entry in event["events"][0]["parameters"]}


def test_the_stream_tells_who_did_what_newest_first(office):
    one, two = office.students[:2]
    start = office.control.do("now")["now"]
    # The clock moves between the acts: events of one millisecond have no order of their own.
    office.control.do("move_clock", seconds=2)
    file = office.control.write_file(one, "Lab report", "x", shared_with=[two])["id"]
    office.control.do("move_clock", seconds=2)
    office.control.edit_file(file, text="y", editor=two)
    office.control.do("move_clock", seconds=2)
    office.control.do("comment", id=file, author=one, text="good")
    office.control.do("move_clock", seconds=2)
    office.control.do("remove_file", id=file)
    found = _events(office, startTime=start)
    told = [(event["actor"]["email"], event["events"][0]["name"]) for event in reversed(found)]
    assert told == [(one, "create"), (two, "edit"), (one, "create_comment"), (one, "delete")]
    assert _about(found[-1])["doc_id"] == file
    assert _about(found[-1])["doc_type"] == "document"
    assert len({(event["id"]["time"], event["id"]["uniqueQualifier"]) for event in found}) == 4


def test_pages_do_not_shift_when_more_happens_meanwhile(office):
    email = office.students[2]
    start = office.control.do("now")["now"]
    for number in range(5):
        office.control.do("move_clock", seconds=1)
        office.control.write_file(email, f"File {number}", "x")
    activities = office.client("reports").activities()
    request = activities.list(userKey=email, applicationName="drive", startTime=start, maxResults=2)
    answer = request.execute()
    office.control.do("move_clock", seconds=1)
    office.control.write_file(email, "Meanwhile", "x")
    names = [_about(event)["doc_title"] for event in answer["items"]]
    request = activities.list_next(request, answer)
    while request is not None:
        answer = request.execute()
        names += [_about(event)["doc_title"] for event in answer.get("items", [])]
        request = activities.list_next(request, answer)
    assert names == [f"File {number}" for number in (4, 3, 2, 1, 0)]


def test_late_events_show_later_with_the_time_at_which_they_happened(run_office):
    office = run_office(seed=5)
    email, start = office.students[0], office.control.do("now")["now"]
    office.control.do("reports_delay", seconds=600)
    office.control.do("move_clock", seconds=1)
    office.control.write_file(email, "Late", "x", mime_type=DOC)
    happened = office.control.do("now")["now"]
    assert _events(office, startTime=start) == []
    office.control.do("move_clock", seconds=601)
    found = _events(office, startTime=start, endTime=office.control.do("now")["now"])
    assert [_about(event)["doc_title"] for event in found] == ["Late"]
    assert start < found[0]["id"]["time"] <= happened


def test_some_events_can_be_lost(run_office):
    office = run_office(seed=5)
    office.control.do("reports_delay", loss=1)
    office.control.write_file(office.students[0], "Never told", "x")
    assert _events(office) == []


def test_only_the_administrator_may_read_it_and_only_what_is_played(office):
    other = office.client("reports", office.students[0]).activities()
    with pytest.raises(HttpError) as refused:
        other.list(userKey="all", applicationName="drive").execute()
    assert refused.value.status_code == 401
    for options, status in [({"applicationName": "login"}, 501), ({"filters": "doc_id==x"}, 501)]:
        with pytest.raises(HttpError) as refused:
            _events(office, **options)
        assert refused.value.status_code == status
    with pytest.raises(HttpError) as refused:
        _events(office, startTime="2026-09-02T00:00:00Z", endTime="2026-09-01T00:00:00Z")
    assert refused.value.status_code == 400


def test_a_file_in_a_shared_drive_names_the_drive(office):
    one = office.students[3]
    drive = office.control.do("shared_drive", name="Yearbook", members={one: "organizer"})["id"]
    start = office.control.do("now")["now"]
    office.control.do("move_clock", seconds=1)
    office.control.write_file(one, "Page 1", "x", drive=drive)
    about = _about(_events(office, startTime=start)[0])
    assert (about["shared_drive_id"], about["owner_is_shared_drive"]) == (drive, True)
