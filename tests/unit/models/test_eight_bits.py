"""Products in 8-bit integers: close to the floats, and for each row the same whatever stands beside it."""

import pytest
import torch

from models.body import Body, build_blocks, pack
from models.eight_bits import PAIR_LIMIT, ROWS, Eights, Packed, Scale, Smoothed, have_eight_bits, pair_limit
from models.encoder import read_encoder
from models.products import Affine, Floats, Watching

pytestmark = pytest.mark.skipif(not have_eight_bits(), reason="this processor has neither AVX2 nor VNNI")


def rows(seed: int, lengths=(4, 9, 9, 30, 61)) -> list[list[int]]:
    chance = torch.Generator().manual_seed(seed)
    return [torch.randint(1000, 30_000, (n,), generator=chance).tolist() for n in lengths]


@pytest.fixture(scope="module")
def encoder():
    files = read_encoder()
    return build_blocks(files.config, files.weights), files.config


@pytest.fixture(scope="module")
def peaks(encoder):
    watching = Watching()
    with torch.inference_mode():
        for seed in range(8):
            Body(*encoder, watching).states(pack(rows(seed)))
    return watching.peaks


def states(body, rows):
    with torch.inference_mode():
        return body.states(pack(rows))


def test_watching_changes_nothing_and_notes_every_product(encoder, peaks):
    watched, plain = states(Body(*encoder, Watching()), rows(1)), states(Body(*encoder, Floats(torch.float32)), rows(1))
    assert torch.equal(watched, plain)
    assert set(peaks) == {f"{n}.{part}" for n in range(6) for part in ("mix", "close", "widen", "narrow")}
    assert peaks["0.narrow"].shape == (2, 1536)


def test_the_states_are_close_to_those_in_floats(encoder, peaks):
    exact, whole = (
        states(Body(*encoder, Floats(torch.float32)), rows(99)),
        states(Body(*encoder, Eights(peaks, pair_limit())), rows(99)),
    )
    assert (whole - exact).norm() / exact.norm() < 0.06


def test_without_smoothing_they_are_further_off(encoder, peaks, monkeypatch):
    exact = states(Body(*encoder, Floats(torch.float32)), rows(99))
    smooth = states(Body(*encoder, Eights(peaks, pair_limit())), rows(99))
    monkeypatch.setattr("models.eight_bits.SHARE", 0.0)
    monkeypatch.setattr("models.eight_bits.APART", 0)
    rough = states(Body(*encoder, Eights(peaks, pair_limit())), rows(99))
    assert (smooth - exact).norm() < 0.8 * (rough - exact).norm()


def test_a_row_is_computed_the_same_alone_and_among_others(encoder, peaks):
    body = Body(*encoder, Eights(peaks, pair_limit()))
    together = states(body, rows(5)).split([n + 2 for n in (4, 9, 9, 30, 61)])
    for among, row in zip(together, rows(5), strict=True):
        assert (states(body, [row]) - among).abs().max() < 0.15


@pytest.mark.parametrize("pairs", [PAIR_LIMIT, pair_limit()])
@pytest.mark.parametrize("heavy", [0, 1])
def test_products_of_the_largest_numbers_are_exact(pairs, heavy):
    """Where two products are added in 16 bits they would overflow here, were neighbours any larger together."""
    chance = torch.Generator().manual_seed(3)
    weight = torch.randint(-64, 65, (32, 384), generator=chance).float()
    weight[0], weight[1] = 63.0, -64.0
    weight[2, heavy::2], weight[2, 1 - heavy :: 2] = 126.0, 1.0
    weight[3, heavy::2], weight[3, 1 - heavy :: 2] = -127.0, 0.0
    x = torch.full((ROWS, 384), 255, dtype=torch.uint8)
    x[1, ::2], x[2, 1::2] = 0, 0
    packed = Packed(Affine(weight, torch.zeros(32)), pairs)
    found = packed.floats(x, Scale(255.0, 0.0))
    assert torch.equal((found / packed.steps).round(), x.float() @ (weight / packed.steps.unsqueeze(1)).round().t())


def test_bounded_neighbours_are_nearly_as_close(encoder, peaks):
    exact = states(Body(*encoder, Floats(torch.float32)), rows(99))
    whole = states(Body(*encoder, Eights(peaks, PAIR_LIMIT)), rows(99))
    assert (whole - exact).norm() / exact.norm() < 0.06


@pytest.mark.parametrize(
    ("has", "offered", "limit"), [("vnni avx2", True, None), ("avx2", True, 128), ("", False, 128)]
)
def test_the_processor_decides_what_neighbours_may_add_up_to(monkeypatch, has, offered, limit):
    for name in ("vnni", "avx2"):
        monkeypatch.setattr(torch.cpu, f"_is_{name}_supported", lambda name=name: name in has.split())
    assert (have_eight_bits(), pair_limit()) == (offered, limit)


def test_numbers_outside_the_scale_are_cut_to_its_ends():
    smoothed = Smoothed(torch.ones(3, 2), torch.tensor([[1.0, 2.0], [-1.0, 0.0]]))
    [low, high] = smoothed.whole(torch.tensor([[-99.0, 0.0], [99.0, 99.0]]))[:2]
    assert (low[0], high[0], high[1]) == (0, 255, 255)
    assert low[1] == smoothed.scale.zero
    assert smoothed.whole(torch.zeros(ROWS + 1, 2)).shape == (2 * ROWS, 2)


def test_a_scale_always_holds_zero():
    for high, low in ((3.0, 1.0), (-1.0, -3.0), (0.0, 0.0)):
        scale = Scale(high, low)
        assert 0 <= scale.zero <= 255
        assert scale.step > 0


def test_a_product_without_peaks_is_refused(encoder):
    with pytest.raises(KeyError):
        Eights({}, pair_limit()).product("0.mix", Affine(torch.ones(2, 2), torch.zeros(2)))
