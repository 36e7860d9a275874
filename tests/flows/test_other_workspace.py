"""Gmail of an emulator that we did not write: first contact, labels, attachments, what it lacks said in plain words."""

import base64
import json
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from monitor.commands.run_through import run_through
from monitor.intake.models import Cursor, Item, ItemState
from tests.conftest import Watched
from tests.fakes.other_workspace import Mailboxes, emulated_mailboxes, front

THREAT = "i swear i am going to kill you at school tomorrow, i am bringing a knife"


@pytest.fixture
def boxes(watched: Watched, settings) -> Iterator[Mailboxes]:
    """The watched district's mail lies with the emulator; its Drive too, which has no changes there."""
    key = json.loads(watched.simulation.key_file.read_text(encoding="utf-8"))
    with (
        emulated_mailboxes(watched.addresses) as found,
        front(watched.simulation.endpoint, found, frozenset({"gmail", "drive"})) as server,
    ):
        url = f"http://127.0.0.1:{server.server_port}"
        key["token_uri"] = url + key["token_uri"].removeprefix(watched.simulation.endpoint)
        watched.simulation.key_file.write_text(json.dumps(key), encoding="utf-8")
        settings.HEED_GOOGLE_ENDPOINT = url
        yield found


def _mail(text: str, attachment: bytes = b"") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "x@example.org", "y@example.org", "about friday"
    mail.set_content(text)
    if attachment:
        mail.add_attachment(attachment, maintype="text", subtype="plain", filename="note.txt")
    return mail.as_bytes()


def test_mail_of_another_emulator_is_read_scored_and_told(boxes, watched, mailbox):
    ana, bo = watched.addresses[:2]
    boxes.insert(ana, _mail("from before the first contact"), "INBOX")
    first = run_through(None)
    assert (first["items"], first["scored"]) == (0, 0)

    threat = boxes.insert(bo, _mail(THREAT), "SENT")
    boxes.insert(ana, _mail("see you at practice, bring the blue shirt"), "INBOX", "CATEGORY_UPDATES")
    attached = boxes.insert(ana, _mail("look at this", THREAT.encode()), "INBOX")
    second = run_through(None)

    assert (second["items"], second["scored"], second["parked"]) == (3, 3, 0)
    found = set(Item.objects.filter(scorings__findings__isnull=False).values_list("item_key", flat=True))
    assert found == {threat, attached}
    assert run_through(None)["items"] == 0


def test_what_the_emulator_lacks_is_said_and_the_mail_goes_on(boxes, watched, mailbox):
    run_through(None)
    drive = Cursor.objects.filter(source="drive").values_list("error", flat=True)
    assert len(drive) == len(watched.addresses)
    assert all("drive.changes.getStartPageToken" in error and "404" in error for error in drive)
    assert not Cursor.objects.filter(source="gmail").exclude(error="").exists()
    boxes.insert(watched.addresses[2], _mail("hello"), "INBOX")
    assert run_through(None)["scored"] == 1


def test_a_message_removed_before_it_was_read_is_no_failure_of_the_mailbox(boxes, watched, mailbox):
    run_through(None)
    address = watched.addresses[0]
    gone = boxes.insert(address, _mail("gone at once"), "INBOX")
    kept = boxes.insert(address, _mail("stays"), "INBOX")
    boxes.do(address, "DELETE", f"messages/{gone}")
    run_through(None)
    assert Item.objects.get(item_key=kept).state == ItemState.SCORED
    assert Item.objects.filter(item_key=gone).exclude(state=ItemState.GONE).count() == 0


def test_the_body_survives_whatever_base64_the_emulator_speaks(boxes, watched, mailbox):
    run_through(None)
    text = "ÿþ¿ " * 40 + THREAT
    identity = boxes.insert(watched.addresses[0], _mail(text), "INBOX")
    raw = str(boxes.do(watched.addresses[0], "GET", f"messages/{identity}?format=raw")["raw"])
    assert base64.b64decode(raw.replace("-", "+").replace("_", "/") + "=" * (-len(raw) % 4))
    assert run_through(None)["findings"] == 1
