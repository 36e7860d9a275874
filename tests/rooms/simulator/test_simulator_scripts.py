"""After any script, what the APIs tell from a baseline on is what the record says existed."""

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, example, given, settings

from monitor.simulator.api import answer
from monitor.simulator.control import act
from monitor.simulator.handle import Control
from monitor.simulator.player import Player
from monitor.simulator.script import Break, Crash, Deliver, Draft, Edit, MergeRevisions, Move, Work, Write
from monitor.simulator.world import World
from tests.fakes import histories

SCOPE = "https://www.googleapis.com/auth/"
EVERYWHERE = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}


class Direct(Control):
    """The control door without the way through HTTP."""

    def __init__(self, world: World) -> None:
        self.world = world

    def do(self, verb: str, **fields: Any) -> dict[str, Any]:
        return act(self.world, verb, fields)


class Reader:
    """One person's view of the APIs."""

    def __init__(self, world: World, email: str) -> None:
        self.world = world
        scopes = frozenset((f"{SCOPE}gmail.readonly", f"{SCOPE}drive.readonly"))
        self.token = world.grants.grant(email, scopes, world.now())

    def get(self, path: str, **query: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.token}"}
        reply = answer(self.world, "GET", f"{path}?{urlencode(query)}", headers)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def mail_since(self, start: str) -> set[str]:
        """The messages that history tells of and that are still there."""
        alive: dict[str, bool] = {}
        page = self.get("/gmail/v1/users/me/history", startHistoryId=start, maxResults="500")
        for record in page.get("history", []):
            alive |= {entry["message"]["id"]: True for entry in record.get("messagesAdded", [])}
            alive |= {entry["message"]["id"]: False for entry in record.get("messagesDeleted", [])}
        return {identity for identity, kept in alive.items() if kept}

    def files_since(self, start: str, drive: str = "") -> dict[str, str]:
        """The files that the change log shows, with their names."""
        where = {"driveId": drive} if drive else {}
        fields = "changes(changeType,removed,fileId,file(name))"
        page = self.get("/drive/v3/changes", pageToken=start, pageSize="1000", fields=fields, **where, **EVERYWHERE)
        found = (entry for entry in page["changes"] if entry["changeType"] == "file" and not entry["removed"])
        return {entry["fileId"]: entry["file"]["name"] for entry in found}


def _expected(control: Direct, email: str, drive: str) -> tuple[set[str], dict[str, str]]:
    """Messages and files that the record leaves this person with, the shared drive's own aside."""
    mails: set[str] = set()
    files: dict[str, tuple[str, bool]] = {}
    for fact in control.record():
        mine = {copy["id"] for copy in fact["copies"] if copy["mailbox"] == email}
        if fact["act"] in ("delivered", "saved"):
            mails |= mine
        elif fact["act"] in ("deleted", "sent", "replaced"):
            mails -= mine
        if fact["kind"] == "file" and fact["act"] == "deleted":
            files.pop(fact["item"], None)
        elif fact["kind"] == "file":
            files[fact["item"]] = (fact["name"], email in fact["readers"] and fact["place"] != drive)
    return mails, {identity: name for identity, (name, seen) in files.items() if seen}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories.histories(histories.mail(), histories.files(), histories.chats()))
@example([Write(0, "notes"), MergeRevisions(0)])
def test_histories_and_change_logs_tell_what_the_record_says(operations):
    world = World(4, 5, "http://127.0.0.1:1")
    world.move_clock(rate=0)
    control, people = Direct(world), [person.email for person in world.students()]
    drive = control.do("shared_drive", name="All", members=dict.fromkeys(people, "writer"))["id"]
    player = Player(control, drive=drive)
    readers = {email: Reader(world, email) for email in people}
    mail = {email: reader.get("/gmail/v1/users/me/profile")["historyId"] for email, reader in readers.items()}
    token = "/drive/v3/changes/startPageToken"
    own = {email: reader.get(token)["startPageToken"] for email, reader in readers.items()}
    shared = readers[people[0]].get(token, driveId=drive, supportsAllDrives="true")["startPageToken"]
    for operation in operations:
        assert player.perform(operation)
    inside = {file.id: file.name for file in world.drive.inside(world.drive.drives[drive])}
    readers = {email: Reader(world, email) for email in people}  # an hour or more may have gone by
    for email, reader in readers.items():
        mails, files = _expected(control, email, drive)
        assert reader.mail_since(mail[email]) == mails == set(world.mailboxes[email].messages)
        assert reader.files_since(own[email]) == files
        assert reader.files_since(shared, drive) == inside


def test_a_script_prints_as_the_code_that_plays_it():
    script = [Deliver(None, 1, "hello"), Write(0, "notes", shared=2), Edit(0, 2, "more"), Move(0, into=True)]
    assert [eval(repr(operation)) for operation in script] == script


def test_the_drivers_operations_are_left_to_the_driver():
    player = Player(Direct(World(4, 5, "http://127.0.0.1:1")))
    assert [player.perform(operation) for operation in (Crash(3), Break(60.0), Draft(0, "x"))] == [False, False, True]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories.histories(histories.mail(), histories.files(), histories.bad_luck()))
def test_trouble_comes_and_goes_and_leaves_the_district_readable(operations):
    world = World(4, 5, "http://127.0.0.1:1")
    player = Player(Direct(world))
    for operation in operations:
        player.perform(operation)
    player.control.do("faults", clear=True)
    for email in player.students:
        player.control.do("revoke", subject=email, restore=True)
        assert Reader(world, email).get("/gmail/v1/users/me/profile")["emailAddress"] == email


@settings(max_examples=20, deadline=None)
@given(histories.histories(histories.driver()))
def test_nothing_of_the_drivers_happens_by_itself(operations):
    world = World(4, 5, "http://127.0.0.1:1")
    player, before = Player(Direct(world)), world.record.count
    theirs = [operation for operation in operations if not player.perform(operation)]
    assert world.record.count == before
    assert all(isinstance(operation, Work | Crash | Break) for operation in theirs)
