import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.batching import plan_batches, plan_packed

LENGTHS = st.lists(st.integers(1, 300), max_size=200)


@given(LENGTHS, st.integers(1, 2000))
def test_every_item_is_in_exactly_one_batch_and_batches_keep_the_budget(lengths, budget):
    batches = plan_batches(lengths, budget)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(len(b) == 1 or max(lengths[i] for i in b) * len(b) <= budget for b in batches)


def test_items_of_like_length_stand_together():
    assert plan_batches([9, 1, 8, 2], 18) == [[1, 3], [2, 0]]


@given(LENGTHS, st.integers(1, 2000))
def test_packed_batches_hold_every_item_once_in_order_of_length_within_the_budget(lengths, budget):
    batches = plan_packed(lengths, budget)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert [lengths[i] for batch in batches for i in batch] == sorted(lengths)
    assert all(len(b) == 1 or sum(lengths[i] for i in b) <= budget for b in batches)
    assert all(len(b) == 1 or max(lengths[i] for i in b) * len(b) <= 2 * budget for b in batches)


def test_packed_batches_are_as_full_as_the_budget_lets_them():
    assert plan_packed([3, 1, 2, 4], 6) == [[1, 2, 0], [3]]


def test_one_long_item_does_not_make_room_for_many_short_ones_in_what_must_be_padded():
    assert plan_packed([1] * 8 + [10], 18) == [list(range(8)), [8]]


@pytest.mark.parametrize("plan", [plan_batches, plan_packed])
def test_a_budget_of_nothing_is_refused(plan):
    with pytest.raises(ValueError, match="give at least 1"):
        plan([1], 0)
