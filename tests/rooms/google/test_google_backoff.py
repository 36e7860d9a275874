"""Trying again within a call."""

import pytest

from monitor.google.backoff import Backoff
from monitor.google.errors import PermanentError, TransientError


def failing(*errors):
    left = list(errors)
    tried = []

    def attempt():
        tried.append(1)
        if left:
            raise left.pop(0)
        return "done"

    return attempt, tried


def busy(retry_after_seconds=None, reason="rateLimitExceeded"):
    return TransientError("busy", reason=reason, retry_after_seconds=retry_after_seconds)


def backoff(naps, **changes):
    return Backoff(**{"sleep": naps.append, "chance": lambda: 1.0, "monotonic": lambda: sum(naps), **changes})


def test_a_success_at_once_sleeps_never():
    naps = []
    attempt, tried = failing()

    assert backoff(naps).run(attempt) == "done"
    assert (len(tried), naps) == (1, [])


def test_delays_double_up_to_the_cap():
    naps = []
    attempt, _ = failing(*[busy() for _ in range(5)])

    backoff(naps, attempts=6, cap_seconds=4, total_seconds=100).run(attempt)

    assert naps == [2, 3, 4, 4, 4]


def test_jitter_adds_up_to_a_second():
    naps = []
    attempt, _ = failing(busy())

    backoff(naps, chance=lambda: 0.0).run(attempt)

    assert naps == [1]


def test_attempts_are_bounded_and_the_last_error_comes_out():
    naps = []
    last = busy(reason="backendError")
    attempt, tried = failing(busy(), busy(), last)

    with pytest.raises(TransientError) as raised:
        backoff(naps, attempts=3).run(attempt)

    assert raised.value is last
    assert len(tried) == 3
    assert len(naps) == 2


def test_it_never_comes_back_earlier_than_google_asked():
    naps = []
    attempt, _ = failing(busy(retry_after_seconds=7))

    backoff(naps).run(attempt)

    assert naps == [9]


def test_a_wait_beyond_the_budget_goes_back_to_the_caller_at_once():
    naps = []
    attempt, tried = failing(busy(retry_after_seconds=60))

    with pytest.raises(TransientError) as raised:
        backoff(naps, total_seconds=20).run(attempt)

    assert raised.value.retry_after_seconds == 60
    assert (len(tried), naps) == (1, [])


def test_the_total_time_is_bounded():
    naps = []
    attempt, _ = failing(*[busy() for _ in range(50)])

    with pytest.raises(TransientError):
        backoff(naps, attempts=50, total_seconds=10).run(attempt)

    assert sum(naps) <= 10


def test_a_daily_limit_is_not_waited_for():
    naps = []
    attempt, tried = failing(busy(reason="dailyLimitExceeded"))

    with pytest.raises(TransientError):
        backoff(naps).run(attempt)

    assert len(tried) == 1


def test_a_permanent_error_is_not_tried_again():
    naps = []
    attempt, tried = failing(PermanentError("no", reason="invalid"))

    with pytest.raises(PermanentError):
        backoff(naps).run(attempt)

    assert len(tried) == 1
