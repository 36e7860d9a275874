"""What is asked of classifiers that become one, and what that one says of them all."""

from collections.abc import Sequence
from typing import Any

from models.categories import ClassifierError
from models.store import Manifest


def require_alike(manifests: Sequence[Manifest], wanted: str) -> None:
    """Raise `ClassifierError`, beginning with `wanted`, unless all have the same heads, early ones too, and windows."""
    if len({(manifest.heads, manifest.max_tokens, manifest.early_layer) for manifest in manifests}) != 1:
        message = f"{wanted} the same heads and windows"
        raise ClassifierError(message)


def common_provenance(manifests: Sequence[Manifest]) -> dict[str, Any]:
    """The sets that any of them read, whether all read open ones only, and our own sentences."""
    return {
        "only_open": all(manifest.provenance.get("only_open", False) for manifest in manifests),
        "data": {name: card for manifest in manifests for name, card in manifest.provenance.get("data", {}).items()},
        "own_sentences": manifests[0].provenance.get("own_sentences"),
    }
