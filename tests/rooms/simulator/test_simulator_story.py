"""The played day: mostly ordinary, each harm in mail and in a Doc, and all of it readable through Google's APIs."""

import time
from collections import Counter

import pytest

from monitor.simulator.story import items, play

CATEGORIES = {"bullying", "self_harm", "violence", "grooming"}


def test_most_of_the_day_is_ordinary_and_each_harm_is_in_mail_and_in_a_doc():
    signs = Counter((item["kind"], item["sign"]) for item in items() if "sign" in item)
    whole = {(kind, category) for kind in ("mail", "doc") for category in CATEGORIES}
    assert set(signs) == whole | {("comment", "bullying")}
    ordinary = sum("sign" not in item for item in items())
    assert ordinary >= 50
    assert 10 <= sum(signs.values()) <= 14


def test_every_sign_reaches_a_student(office):
    played = play(office.control, 0)
    assert len(played) == len(items())
    students = set(office.students)
    for item in played:
        if item.sign:
            assert students & set(item.people)


def test_an_edit_of_the_shared_doc_is_in_its_members_change_logs(office):
    last = [item for item in play(office.control, 0) if item.kind == "edit"][-2]
    drive = office.client("drive", last.people[0])
    revisions = drive.revisions().list(fileId=last.id).execute()["revisions"]
    assert len(revisions) == 2
    comments = drive.comments().list(fileId=last.id, fields="comments(content)").execute()["comments"]
    assert "water" in comments[0]["content"]


def test_some_of_the_day_lies_in_a_shared_drive_a_thread_and_an_attachment(office):
    played = play(office.control, 0)
    email = office.students[0]
    drives = office.client("drive", email).drives().list().execute()["drives"]
    assert "Robotics club" in [drive["name"] for drive in drives]
    file = next(item.id for item in reversed(played) if item.kind == "edit")
    comments = office.client("drive", email).comments().list(fileId=file, fields="comments(content,replies)").execute()
    assert any(comment["replies"] for comment in comments["comments"])
    facts = office.control.record(0, "mail")
    raw = [fact for fact in facts if fact["item"] == played[-1].id]
    users = office.client("gmail", raw[0]["copies"][0]["mailbox"]).users()
    got = users.messages().get(userId="me", id=raw[0]["copies"][0]["id"]).execute()
    assert [part["filename"] for part in got["payload"]["parts"]] == ["", "poem.txt"]


def test_the_day_can_be_stopped(office):
    told = iter([False, False, True])
    assert len(play(office.control, 0, stopped=lambda: next(told))) == 2


def test_a_district_with_too_few_students_says_so(run_office):
    office = run_office(students=2)
    with pytest.raises(ValueError, match="at least 4 students"):
        play(office.control, 0)


def test_the_day_is_spread_over_the_seconds_it_was_given(office):
    heard, began = [], time.monotonic()
    played = play(office.control, 0.1 * len(items()), stopped=lambda: len(heard) == 3, told=heard.append)
    assert heard == played
    assert 0.3 <= time.monotonic() - began < 10
