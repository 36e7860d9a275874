"""Wilson's interval against published values, and at its edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lib.intervals import share


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [  # Newcombe 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_it_agrees_with_newcombes_table(part: int, whole: int, low: float, high: float):
    found = share(part, whole)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)
    assert found.point == part / whole


def test_nothing_counted_is_nothing_known():
    assert (share(0, 0).point, share(0, 0).low, share(0, 0).high) == (None, 0.0, 1.0)


@pytest.mark.parametrize(("part", "whole"), [(2, 1), (-1, 4), (0, -1)])
def test_no_share_is_refused(part: int, whole: int):
    with pytest.raises(ValueError, match="is no share"):
        share(part, whole)


@given(st.integers(0, 2000), st.integers(1, 2000))
def test_the_point_lies_inside_and_more_counting_makes_it_narrower(part: int, whole: int):
    part = min(part, whole)
    found, more = share(part, whole), share(part * 4, whole * 4)
    assert 0 <= found.low <= found.point <= found.high <= 1
    assert more.high - more.low < found.high - found.low
    mirrored = share(whole - part, whole)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low))
