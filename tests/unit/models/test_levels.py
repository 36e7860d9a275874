"""The severity ladder, on the shipped classifier with steps put on each head for the test."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models.categories import CATEGORIES
from models.classifier import load_classifier
from models.store import MANIFEST, SHIPPED, WEIGHTS, write_classifier

HARMLESS = "The bus leaves at 7 from the front entrance."
DANGER = "I want to kill myself tonight. I can't do this any more."


def rebuilt(tmp_path, steps: tuple[float, ...], cuts: dict[str, list[float]] | None = None):
    """The shipped classifier with only output 0 of every category, and after it the constants `steps`."""
    manifest = json.loads((SHIPPED / MANIFEST).read_text())
    tensors = load_file(SHIPPED / WEIGHTS)
    for number in range(len(CATEGORIES)):
        name = f"heads.outputs.{number}.3"
        weight, bias = tensors[f"{name}.weight"][:1], tensors[f"{name}.bias"][:1]
        tensors[f"{name}.weight"] = torch.cat([weight, *(torch.zeros_like(weight) for _ in steps)])
        tensors[f"{name}.bias"] = torch.cat([bias, torch.tensor(steps).to(bias.dtype)])
    kept = {key: manifest[key] for key in ("max_tokens", "calibration", "thresholds", "provenance")}
    kept |= {"name": "rebuilt", "heads": manifest["heads"] | {"outputs": 1 + len(steps)}}
    write_classifier(tmp_path, tensors, kept | ({"levels": cuts} if cuts else {}))
    return load_classifier(tmp_path)


@pytest.mark.parametrize(
    ("steps", "level"), [((-1.0, -1.0), 1), ((1.0, -1.0), 2), ((-1.0, 1.0), 2), ((1.0, 1.0), 3), ((0.0, 0.0), 3)]
)
def test_the_level_counts_the_steps_that_were_reached(steps, level, tmp_path):
    [danger, harmless] = rebuilt(tmp_path, steps).score([DANGER, HARMLESS])
    assert danger.levels == {"self_harm": level}
    assert harmless.levels == {}


def test_the_manifest_may_move_the_steps(tmp_path):
    cuts = {"self_harm": [1.5, 0.5], "bullying": [-9.0, -9.0]}
    [danger] = rebuilt(tmp_path, (1.0, 1.0), cuts).score([DANGER])
    assert danger.levels == {"self_harm": 2}


def test_levels_come_from_windows_over_the_threshold_alone(tmp_path):
    text = HARMLESS + " Our plants grew taller in the light. " * 40 + DANGER
    [score] = rebuilt(tmp_path, (1.0, 1.0)).score([text])
    assert score.levels == dict.fromkeys(score.flags, 3) != {}


def test_all_outputs_are_given_in_order_and_the_first_are_the_logits(tmp_path):
    classifier = rebuilt(tmp_path, (1.5, -2.5))
    outputs = classifier.outputs([DANGER, HARMLESS, ""])
    assert outputs.shape == (3, len(CATEGORIES), 3)
    assert np.array_equal(outputs[..., 0], classifier.logits([DANGER, HARMLESS, ""]))
    assert outputs[0, :, 1:] == pytest.approx(np.tile([1.5, -2.5], (len(CATEGORIES), 1)))
    assert np.isneginf(outputs[2]).all()


def test_without_a_ladder_there_are_no_levels(tmp_path):
    [danger] = rebuilt(tmp_path, ()).score([DANGER])
    assert danger.flags == ("self_harm",)
    assert danger.levels == {}
