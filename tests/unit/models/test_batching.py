import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.batching import plan_batches


@given(st.lists(st.integers(1, 300), max_size=200), st.integers(1, 2000))
def test_every_item_is_in_exactly_one_batch_and_batches_keep_the_budget(lengths, budget):
    batches = plan_batches(lengths, budget)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(len(b) == 1 or max(lengths[i] for i in b) * len(b) <= budget for b in batches)


def test_items_of_like_length_stand_together():
    assert plan_batches([9, 1, 8, 2], 18) == [[1, 3], [2, 0]]


def test_a_budget_of_nothing_is_refused():
    with pytest.raises(ValueError, match="give at least 1"):
        plan_batches([1], 0)
