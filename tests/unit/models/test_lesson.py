"""One batch forth and back in lanes: the gradients are those of the whole batch at once."""

from dataclasses import replace

import pytest
import torch

from models.inference import padded
from models.lanes import Lanes
from models.training.lesson import lanes_for, learn
from models.training.network import Learner, Settings, build_trainable

SETTINGS = Settings(precision="fp32", device="cpu", threads=2)
ROWS = [[2023, 2003], [2017 + i for i in range(9)], [3000] * 5, [2500, 2600, 2700], [4000 + i for i in range(20)]]


@pytest.fixture(scope="module")
def learner() -> Learner:
    return build_trainable(SETTINGS)[0].eval()  # without the heads' dropout


def loss_of(logits: torch.Tensor) -> torch.Tensor:
    """Counts each row and each logit differently, so that none may take another's place."""
    shares = torch.arange(logits.numel()).view_as(logits) % 13 / 13
    return (torch.nn.functional.softplus(logits) * shares).sum() / len(logits)


def gradients(learner: Learner) -> dict[str, torch.Tensor]:
    found = {name: p.grad.clone() for name, p in learner.named_parameters() if p.grad is not None}
    learner.zero_grad(set_to_none=True)
    return found


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_lanes_give_the_gradients_of_the_whole_batch(count, learner):
    ids, mask = padded(ROWS)
    plain = loss_of(learner(ids, mask))
    plain.backward()
    wanted = gradients(learner)
    loss = learn(learner, ROWS, loss_of, SETTINGS, Lanes(count))
    found = gradients(learner)
    assert float(loss) == pytest.approx(float(plain.detach()), rel=1e-5)
    assert found.keys() == wanted.keys()
    assert any("encoder.layer.0." in name for name in found)
    for name, gradient in found.items():
        assert (gradient - wanted[name]).norm() <= 1e-4 * wanted[name].norm() + 1e-7, name


def test_what_only_the_early_heads_ask_for_stops_at_their_layer(learner):
    early = slice(len(learner(*padded(ROWS[:1]))[0]) - 4, None)
    learn(learner, ROWS, lambda logits: logits[:, early].sum(), SETTINGS, Lanes(2))
    found = gradients(learner)
    asked = {name.split("encoder.layer.")[1][0] for name, g in found.items() if "encoder.layer." in name and g.any()}
    assert asked == {"0", "1"}


def test_a_batch_of_one_row_and_the_same_batch_again(learner):
    first = [float(learn(learner, rows, loss_of, SETTINGS, Lanes(2))) for rows in (ROWS[:1], ROWS, ROWS)]
    learner.zero_grad(set_to_none=True)
    assert first[1] == first[2] != first[0]


def test_one_lane_where_dropout_draws_lots_or_a_gpu_computes():
    assert lanes_for(SETTINGS, torch.device("cpu")).count == 2
    assert lanes_for(replace(SETTINGS, dropout=0.1), torch.device("cpu")).count == 1
    assert lanes_for(SETTINGS, torch.device("cuda")).count == 1
