"""Two trainings as one classifier: the second network reads again what the first is not sure is harmless."""

from pathlib import Path

from models.categories import CATEGORIES
from models.store import Manifest, change_manifest, join_readers, read_manifest
from models.training.ancestry import common_provenance, require_alike

BELOW_REVIEW = 1.5
"""Logits between the first network's review point in mail and its gate. With more, nothing more is found in held-out
rows, and a half instead of a tenth of all mails and essays is read twice.
"""


def pair_up(first: Path, second: Path, folder: Path, name: str) -> str:
    """Write the classifier of both to `folder`; returns its id. Its thresholds must be fixed anew.

    Raises `ClassifierError` when a folder holds no classifier, and for two that cannot read the same windows.
    """
    manifests = [read_manifest(first), read_manifest(second)]
    require_alike(manifests, "two readers need")
    join_readers(folder, first, second, gates_of(manifests[0]), name)
    readers = [{"id": manifest.id, "provenance": manifest.provenance} for manifest in manifests]
    return change_manifest(folder, provenance={**common_provenance(manifests), "readers": readers})


def gates_of(manifest: Manifest) -> dict[str, float]:
    """Category → logit of the network from which a second reads too: well under where the network alone would flag."""
    review = {c: manifest.calibration[c].inverse(manifest.thresholds["mail"][c]["review"]) for c in CATEGORIES}
    return {c: round(review[c] - BELOW_REVIEW, 2) for c in CATEGORIES}
