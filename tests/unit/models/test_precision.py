import time

import pytest
import torch

from models.body import Body, build_blocks, pack
from models.categories import ClassifierError
from models.classifier import load_classifier
from models.eight_bits import have_eight_bits
from models.encoder import read_encoder
from models.precision import choose_precision, rounding_of
from models.products import Affine, Filled, Watching


@pytest.fixture(scope="module")
def encoder():
    files = read_encoder()
    return build_blocks(files.config, files.weights), files.config


def arithmetic(body: Body) -> str:
    return {Affine: "fp32", Filled: "bf16"}.get(type(body._layers[0].mix), "int8")


def take(seconds: dict[str, float], monkeypatch) -> None:
    """Make layers take that long, whatever this machine is fast at."""
    monkeypatch.setattr(Body, "states", lambda self, *_: time.sleep(seconds[arithmetic(self)]))


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ({"fp32": 0.03, "bf16": 0.005}, "bf16"),
        ({"fp32": 0.005, "bf16": 0.03}, "fp32"),
        ({"fp32": 0.02, "bf16": 0.019}, "fp32"),
    ],
)
def test_the_faster_precision_is_chosen(seconds, chosen, encoder, monkeypatch):
    take(seconds, monkeypatch)
    assert choose_precision("auto", *encoder) == chosen


def test_a_classifier_times_layers_as_its_lanes_run_them_with_one_thread(monkeypatch):
    seen, states, before = [], Body.states, torch.get_num_threads()

    def watched(body, *given, **more):
        seen.append(torch.get_num_threads())
        return states(body, *given, **more)

    monkeypatch.setattr(Body, "states", watched)
    try:
        load_classifier(threads=3, precision="auto")
        assert set(seen) == {1}
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("wanted", ["bf16", "fp32"])
def test_a_forced_precision_is_not_measured(wanted, encoder, monkeypatch):
    monkeypatch.setattr(Body, "states", None)
    assert choose_precision(wanted, *encoder) == wanted


def test_the_environment_forces_a_precision_and_an_argument_wins_over_it(monkeypatch):
    monkeypatch.setenv("HEED_PRECISION", "fp32")
    assert load_classifier().precision == "fp32"
    assert load_classifier(precision="bf16").precision == "bf16"


def test_an_unknown_precision_is_refused_with_the_known_ones(monkeypatch):
    monkeypatch.setenv("HEED_PRECISION", "int3")
    with pytest.raises(ClassifierError, match="use auto, fp32 or bf16 or int8"):
        load_classifier()


def test_int8_needs_peaks_and_says_so(encoder):
    with pytest.raises(ClassifierError, match="int8 needs a processor with AVX2 or VNNI and a classifier made for it"):
        choose_precision("int8", *encoder)


@pytest.mark.skipif(not have_eight_bits(), reason="this processor has neither AVX2 nor VNNI")
@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ({"fp32": 0.03, "bf16": 0.04, "int8": 0.005}, "int8"),
        ({"fp32": 0.03, "bf16": 0.01, "int8": 0.0095}, "bf16"),
    ],
)
def test_int8_is_chosen_where_it_is_clearly_fastest(seconds, chosen, encoder, monkeypatch):
    blocks, config = encoder
    watching = Watching()
    with torch.inference_mode():
        Body(blocks, config, watching).states(pack([[1000, 1001]]))
    take(seconds, monkeypatch)
    assert choose_precision("auto", blocks, config, watching.peaks) == chosen


@pytest.mark.parametrize(
    ("precision", "limit", "rounding"),
    [("fp32", 128, "fp32"), ("int8", None, "int8"), ("int8", 128, "int8, neighbours up to 128")],
)
def test_scores_of_another_rounding_are_kept_apart(precision, limit, rounding, monkeypatch):
    monkeypatch.setattr("models.precision.pair_limit", lambda: limit)
    assert rounding_of(precision) == rounding
