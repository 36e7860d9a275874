"""Two trainings as one classifier: the second network reads again what the first is not sure is harmless."""

from pathlib import Path
from typing import Any

from models.categories import CATEGORIES, ClassifierError
from models.store import Manifest, change_manifest, join_readers, read_manifest

BELOW_REVIEW = 1.5
"""Logits between the first network's review point in mail and its gate. With more, nothing more is found in held-out
rows, and a half instead of a tenth of all mails and essays is read twice.
"""


def pair_up(first: Path, second: Path, folder: Path, name: str) -> str:
    """Write the classifier of both to `folder`; returns its id. Its thresholds must be fixed anew.

    Raises `ClassifierError` when a folder holds no classifier, and for two that cannot read the same windows.
    """
    manifests = [read_manifest(first), read_manifest(second)]
    if manifests[0].heads != manifests[1].heads or manifests[0].max_tokens != manifests[1].max_tokens:
        message = "two readers need the same heads and windows"
        raise ClassifierError(message)
    join_readers(folder, first, second, gates_of(manifests[0]), name)
    return change_manifest(folder, provenance=_origin(manifests))


def gates_of(manifest: Manifest) -> dict[str, float]:
    """Category → logit of the network from which a second reads too: well under where the network alone would flag."""
    review = {c: manifest.calibration[c].inverse(manifest.thresholds["mail"][c]["review"]) for c in CATEGORIES}
    return {c: round(review[c] - BELOW_REVIEW, 2) for c in CATEGORIES}


def _origin(manifests: list[Manifest]) -> dict[str, Any]:
    data = {name: card for manifest in manifests for name, card in manifest.provenance.get("data", {}).items()}
    return {
        "only_open": all(manifest.provenance.get("only_open", False) for manifest in manifests),
        "data": data,
        "own_sentences": manifests[0].provenance.get("own_sentences"),
        "readers": [{"id": manifest.id, "provenance": manifest.provenance} for manifest in manifests],
    }
