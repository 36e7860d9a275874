import pytest
import torch

from models.body import Body, build_blocks
from models.categories import ClassifierError
from models.classifier import load_classifier
from models.encoder import read_encoder
from models.precision import choose_precision


@pytest.fixture(scope="module")
def encoder():
    files = read_encoder()
    return build_blocks(files.config, files.weights), files.config


def slower(kind: torch.dtype, monkeypatch) -> None:
    """Make the layers of one kind take twenty times their time."""
    states = Body.states

    def slow(self, packed, embedded=None):
        for _ in range(20 if self.dtype == kind else 1):
            found = states(self, packed, embedded)
        return found

    monkeypatch.setattr(Body, "states", slow)


@pytest.mark.parametrize(("slow", "chosen"), [(torch.float32, "bf16"), (torch.bfloat16, "fp32")])
def test_the_faster_precision_is_chosen(slow, chosen, encoder, monkeypatch):
    slower(slow, monkeypatch)
    assert choose_precision("auto", *encoder) == chosen


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
    with pytest.raises(ClassifierError, match="use auto, bf16 or fp32"):
        load_classifier()
