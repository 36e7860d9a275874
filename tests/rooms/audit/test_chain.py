"""The audit chain cannot be altered unnoticed and does not fork."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F

from monitor.audit.chain import ChainBroken, record, verify
from monitor.audit.models import GENESIS, AuditEvent
from monitor.audit.tags import Tag
from tests.rooms.workers import shared_database, together  # noqa: F401

OTHER = "f" * 64


@pytest.fixture
def chain(db) -> list[AuditEvent]:
    """Five events."""
    return [
        record(Tag.CONTENT_VIEWED, actor=f"user:{number}", site_code="oak", subject="abc", reason="case", step=number)
        for number in range(5)
    ]


def test_an_untouched_chain_is_whole(chain):
    assert verify() == 5
    assert chain[0].previous_hash == GENESIS
    assert [event.previous_hash for event in chain[1:]] == [event.hash for event in chain[:-1]]


def test_an_empty_chain_is_whole(db):
    assert verify() == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", F("at") + timedelta(microseconds=1)),
        ("actor", "user:9"),
        ("tag", Tag.SIGNED_IN.value),
        ("site_code", "elm"),
        ("subject", "abd"),
        ("detail", {"reason": "case", "step": 3}),
        ("previous_hash", OTHER),
        ("hash", OTHER),
    ],
)
@pytest.mark.parametrize("place", [0, 2, 4], ids=["first", "middle", "last"])
def test_an_alteration_of_any_column_is_found_where_it_is(chain, column, value, place):
    AuditEvent.objects.filter(pk=chain[place].pk).update(**{column: value})
    with pytest.raises(ChainBroken, match=f"audit event {chain[place].pk} "):
        verify()


def test_an_event_that_was_taken_out_is_found(chain):
    AuditEvent.objects.filter(pk=chain[2].pk).delete()
    with pytest.raises(ChainBroken, match=f"audit event {chain[3].pk} "):
        verify()


def test_two_events_that_changed_places_are_found(chain):
    first, second = chain[1], chain[2]
    for pk, row in ((first.pk, second), (second.pk, first)):
        AuditEvent.objects.filter(pk=pk).update(hash=f"{pk}", previous_hash=f"p{pk}")
        AuditEvent.objects.filter(pk=pk).update(actor=row.actor)
    for pk, row in ((first.pk, second), (second.pk, first)):
        AuditEvent.objects.filter(pk=pk).update(
            hash=row.hash, previous_hash=row.previous_hash, detail=row.detail, at=row.at
        )
    with pytest.raises(ChainBroken):
        verify()


def test_an_event_is_neither_changed_nor_deleted(chain):
    event = AuditEvent.objects.first()
    event.actor = "user:9"
    with pytest.raises(TypeError, match="never changed"):
        event.save()
    with pytest.raises(TypeError, match="never deleted"):
        event.delete()
    assert verify() == 5


def test_what_is_rolled_back_leaves_no_event(chain):
    def fail() -> None:
        with transaction.atomic():
            record(Tag.SIGNED_IN, actor="user:1")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert verify() == 5


def test_writers_at_once_do_not_fork_the_chain(shared_database):  # noqa: F811
    def write() -> int:
        for number in range(10):
            record(Tag.CONTENT_VIEWED, actor="worker", step=number)
        return 10

    assert sum(together(write, write, write, write)) == 40
    assert verify() == 40
