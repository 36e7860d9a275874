"""One-time codes: the RFC's own examples, and that none is good twice."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest

from monitor.accounts.models import RecoveryCode, SecondFactor
from monitor.accounts.second_factor import accept_code, begin_second_factor, confirm_second_factor, has_second_factor
from monitor.accounts.totp import code_at, matching_step, step_at
from monitor.audit.models import AuditEvent
from monitor.lib import clock
from tests.rooms.factories import make_user

RFC_SECRET = b32encode(b"12345678901234567890").decode()
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_examples_of_rfc_6238(seconds, code):
    assert code_at(RFC_SECRET, step_at(datetime.fromtimestamp(seconds, UTC))) == code


@pytest.mark.parametrize(("late", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_half_a_minute_off_is_forgiven_and_no_more(late, good):
    code = code_at(RFC_SECRET, step_at(NOON + timedelta(seconds=late)))
    assert (matching_step(RFC_SECRET, code, NOON, after=0) is not None) is good


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "\u0660" * 6, "0" * 32])
def test_what_is_no_code_matches_nothing(code):
    assert matching_step(RFC_SECRET, code, NOON, after=0) is None


@pytest.fixture
def codes(db):
    """A person whose second factor is in force, with the recovery codes."""
    user = make_user("ada@district.example")
    with clock.standing_at(NOON):
        secret = begin_second_factor(user).secret
        assert not has_second_factor(user)
        given = confirm_second_factor(user, code_at(secret, step_at(NOON)))
    assert given is not None
    return user, secret, given


def test_a_code_is_good_once(codes):
    user, secret, _ = codes
    later = NOON + timedelta(minutes=5)
    with clock.standing_at(later):
        code = code_at(secret, step_at(later))
        assert accept_code(user, code)
        assert not accept_code(user, code)


def test_the_code_that_confirmed_does_not_sign_in(codes):
    user, secret, _ = codes
    with clock.standing_at(NOON):
        assert not accept_code(user, code_at(secret, step_at(NOON)))


def test_an_older_code_is_refused_after_a_newer_one(codes):
    user, secret, _ = codes
    later = NOON + timedelta(minutes=5)
    with clock.standing_at(later):
        assert accept_code(user, code_at(secret, step_at(later) + 1))
        assert not accept_code(user, code_at(secret, step_at(later)))


def test_each_recovery_code_stands_in_once_and_only_its_hash_is_kept(codes):
    user, _, given = codes
    assert len(set(given)) == 10
    assert accept_code(user, given[3].upper().replace("-", " "))
    assert not accept_code(user, given[3])
    assert accept_code(user, given[4])
    assert not [row for row in RecoveryCode.objects.all() if row.code_index in "".join(given)]
    assert AuditEvent.objects.filter(tag="account:recovery:use").count() == 2


def test_a_code_of_somebody_else_is_nothing(codes):
    _, _, given = codes
    other = make_user("bo@district.example")
    assert not accept_code(other, given[0])
    assert not SecondFactor.objects.filter(user=other).exists()


def test_a_wrong_code_confirms_nothing(db):
    user = make_user("cy@district.example")
    begin_second_factor(user)
    assert confirm_second_factor(user, "000000x") is None
    assert not has_second_factor(user)
