"""The body computes what transformers' BertModel computes, and for each row the same whatever stands beside it."""

import random

import pytest
import torch

from models.body import Body, build_blocks, pack
from models.encoder import build_bert, read_encoder
from models.inference import padded
from models.products import Floats

CHANCE = random.Random(4)
ROWS = sorted(([CHANCE.randint(1000, 30_000) for _ in range(n)] for n in (1, 3, 3, 3, 14, 30, 30, 61, 126)), key=len)


@pytest.fixture(scope="module")
def files():
    return read_encoder()


@pytest.fixture(scope="module")
def blocks(files):
    return build_blocks(files.config, files.weights)


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def body(request, files, blocks):
    return Body(blocks, files.config, Floats(getattr(torch, request.param)))


def states(body, rows):
    """States of each row, in order."""
    with torch.inference_mode():
        whole = body.states(pack(rows))
    return list(whole.split([len(row) + 2 for row in rows]))


def test_packing_puts_markers_around_each_row_and_counts_positions_anew():
    packed = pack([[7], [8, 9], [5, 6]])
    assert packed.ids.tolist() == [101, 7, 102, 101, 8, 9, 102, 101, 5, 6, 102]
    assert packed.positions.tolist() == [0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3]
    assert packed.groups == ((0, 1, 3), (3, 2, 4))


def test_spreading_gives_each_row_its_own_line_and_a_mask():
    packed = pack([[7], [8, 9]])
    spread, mask = packed.spread(torch.arange(7.0).unsqueeze(1))
    assert mask.tolist() == [[True, True, True, False], [True, True, True, True]]
    assert spread[..., 0][mask].tolist() == list(range(7))


def test_no_rows_are_no_batch():
    with pytest.raises(ValueError, match="at least one row"):
        pack([])


def test_the_states_are_those_of_transformers_bert(body, files):
    ids, mask = padded(ROWS)
    with torch.inference_mode():
        expected = build_bert(files)(input_ids=ids, attention_mask=mask).last_hidden_state
    close = 2e-5 if body.dtype == torch.float32 else 0.05
    for found, row, wanted in zip(states(body, ROWS), ROWS, expected, strict=True):
        assert (found - wanted[: len(row) + 2]).abs().mean() < close


def test_a_row_is_computed_the_same_alone_and_among_others(body):
    close = 1e-4 if body.dtype == torch.float32 else 0.02
    for among, row in zip(states(body, ROWS), ROWS, strict=True):
        [alone] = states(body, [row])
        assert (alone - among).abs().max() < close


def test_layers_that_go_on_where_others_ended_compute_the_whole(body):
    packed = pack(ROWS)
    with torch.inference_mode():
        begun = body.states(packed, layers=slice(2))
        assert (body.states(packed, begun, slice(2, None)) - body.states(packed)).abs().max() == 0


def test_weights_that_do_not_fit_the_configuration_are_refused(files):
    with pytest.raises(RuntimeError, match="size mismatch"):
        build_blocks(files.config | {"intermediate_size": 8}, files.weights)
    with pytest.raises(KeyError, match=r"layer\.6"):
        build_blocks(files.config | {"num_hidden_layers": 7}, files.weights)
