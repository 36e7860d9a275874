"""A district's traffic follows the bells, is the same for the same seed, and stands in the record item by item."""

import base64
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.simulator.letters import Letter, signs
from monitor.simulator.rhythm import SLOT, ZONE, share
from monitor.simulator.school_day import Traffic
from monitor.simulator.world import World

MONDAY = datetime(2026, 9, 14, 7, 30, tzinfo=ZONE)


def _world(seed=3, students=60, **options):
    world = World(students, seed, "http://127.0.0.1:1")
    world.move_clock(to=MONDAY, rate=0)
    world.traffic = Traffic(world, world.now(), **options)
    return world


def _slots(day):
    start = datetime(2026, 9, day, tzinfo=ZONE).astimezone(UTC)
    return [share(start + number * SLOT) for number in range(288)]


def test_a_school_day_has_bells_and_lunch_and_nights_and_weekends_are_quiet():
    monday, sunday = _slots(14), _slots(13)
    assert sum(monday) == pytest.approx(1)
    assert sum(sunday) == pytest.approx(0.08)
    nine, bell, night = monday[9 * 12], monday[8 * 12 + 11], monday[2 * 12]
    assert bell == pytest.approx(3 * nine)
    assert monday[11 * 12 + 9] > nine > 50 * night
    assert sunday[8 * 12] == 0


def test_the_same_seed_brings_the_same_day_and_another_seed_another():
    def told(seed, hops):
        world = _world(seed)
        for _ in range(hops):
            world.move_clock(by=timedelta(hours=6) / hops)
        return [(fact.at, fact.kind, fact.act, fact.item) for fact in world.record.facts]

    assert told(3, 1) == told(3, 6) != told(4, 1)


def test_a_day_holds_class_mail_reply_chains_and_documents_of_many_hands():
    world = _world(students=120)
    world.move_clock(by=timedelta(hours=9))
    talk = {"chat", "direct", "reword", "unsay"}
    assert {"class_mail", "peer_mail", "own_edit", "class_edit", "comment", *talk} <= set(world.traffic.done)
    mails = [fact for fact in world.record.facts if fact.kind == "mail" and fact.act == "delivered"]
    assert max(len(fact.copies) for fact in mails) >= 30
    assert any(isinstance(fact.source, Letter) and fact.source.answers for fact in mails)
    hands = Counter(fact.item for fact in world.record.facts if fact.kind == "file" and fact.act == "edited")
    file = world.drive.files[hands.most_common(1)[0][0]]
    assert len({revision.editor for revision in file.revisions}) > 1
    acts = Counter(fact.act for fact in world.record.facts if fact.kind == "chat")
    assert acts["sent"] > acts["edited"] > acts["deleted"] > 0
    assert {space.kind for space in world.chat.spaces.values()} == {"GROUP_CHAT", "DIRECT_MESSAGE"}
    times = [fact.at for fact in world.record.facts]
    assert times == sorted(times)
    assert times[0] >= MONDAY


def test_signs_come_only_when_they_are_asked_for():
    words = [text[:40] for _, text in signs()]

    def dangerous(world):
        world.move_clock(by=timedelta(hours=8))
        facts = [fact for fact in world.record.facts if fact.kind == "mail" and fact.act == "delivered"]
        return sum(any(text in (fact.text() or "") for text in words) for fact in facts), len(facts)

    assert dangerous(_world())[0] == 0
    found, mails = dangerous(_world(danger=0.5))
    assert mails / 4 < found < mails


def test_the_record_says_of_every_message_and_file_what_the_apis_say(run_office):
    office = run_office(students=30, seed=6)
    office.control.do("move_clock", to=MONDAY.isoformat())
    office.control.do("traffic", start=True, scale=2)
    office.control.move_clock(3 * 3600)
    office.sessions.clear()
    left, texts, files = set(), {}, {}
    record = office.control.record()
    copies = Counter(copy["mailbox"] for fact in record if fact["act"] == "delivered" for copy in fact["copies"])
    email = max(office.students, key=lambda student: copies[student])  # the day's mail falls on whom it falls on
    for fact in record:
        for copy in fact["copies"]:
            if copy["mailbox"] == email and fact["act"] in ("delivered", "saved"):
                left.add(copy["id"])
                texts[copy["id"]] = fact["text"]
        if fact["kind"] == "file" and email in fact["readers"] and fact["text"] is not None:
            files[fact["item"]] = fact["text"]
    users, drive = office.client("gmail", email).users(), office.client("drive", email)
    listed = users.messages().list(userId="me", maxResults=500, includeSpamTrash=True).execute()["messages"]
    shown = {message["id"] for message in listed}
    assert shown
    assert shown <= left
    for identity in list(shown)[:10]:
        raw = base64.urlsafe_b64decode(users.messages().get(userId="me", id=identity, format="raw").execute()["raw"])
        assert texts[identity].strip() in raw.decode()
    found = drive.files().list(pageSize=1000).execute()["files"]
    assert {file["id"] for file in found} == set(files)
    for file in found[:5]:
        kind = "text/csv" if file["mimeType"].endswith("spreadsheet") else "text/plain"
        content = drive.files().export(fileId=file["id"], mimeType=kind).execute().decode("utf-8-sig")
        assert content.replace("\r\n", "\n") == files[file["id"]]


def test_traffic_passes_over_people_who_left_or_are_suspended():
    world = _world(students=30)
    gone, held = (person.email for person in world.students()[:2])
    world.people[held].suspended = True
    del world.people[gone]
    world.move_clock(by=timedelta(hours=9))
    written = {fact.actor for fact in world.record.facts if fact.kind == "file" or fact.act == "saved"}
    assert written
    assert not written & {gone, held}


def test_the_clock_can_run_faster_or_stand(run_office):
    office = run_office(seed=8)
    office.control.do("move_clock", rate=0)
    assert office.control.do("now")["now"] == office.control.do("now")["now"]
    before = datetime.fromisoformat(office.control.do("move_clock", rate=3600)["now"])
    assert datetime.fromisoformat(office.control.do("now")["now"]) > before


def test_twenty_two_thousand_accounts_fit_in_a_fraction_of_the_memory(run_office):
    office = run_office(students=22_000, seed=1, options=("--schools", "28"))
    state = office.control.do("state")
    assert (state["accounts"], len(office.students)) == (22_000, 22_000)
    users = office.client("directory").users().list(customer="my_customer", maxResults=500).execute()
    assert len(users["users"]) == 500
    office.token("gmail.readonly", office.students[-1])
    assert office.simulation.accounts == 22_000
    status = Path(f"/proc/{office.simulation.pid}/status").read_text(encoding="utf-8")
    held = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert held < 400 * 1024  # kB; a whole school day takes about 760 MiB
