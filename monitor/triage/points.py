"""The thresholds that a shipped classifier was measured at, for each level of sensitivity."""

import json
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings

from monitor.domain.sensitivity import Sensitivity
from monitor.domain.source import CHANNELS, Source

NAMES = {Sensitivity.STANDARD: "alert", Sensitivity.LOWER: "lower", Sensitivity.HIGHER: "higher"}


@lru_cache(maxsize=8)
def _points_by_classifier() -> Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]:
    # The manifests are read as they lie: loading the classifier itself takes seconds and much memory.
    manifests = (settings.BASE_DIR / "models" / "weights").glob("*/manifest.json")
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(manifests)]
    return {manifest["id"]: manifest["thresholds"] for manifest in read}


def threshold_at(classifier_id: str, category: str, level: Sensitivity) -> dict[Source, float] | None:
    """Source to threshold of `category` at `level`, or None for a classifier that is not among the shipped ones.

    An id that names changed sensitivities (`heed-minilm-2+bullying-lower`) means the classifier before the `+`.
    """
    points = _points_by_classifier().get(classifier_id.partition("+")[0])
    if points is None:
        return None
    try:
        return {source: points[CHANNELS[source]][category][NAMES[level]] for source in Source}
    except KeyError:
        return None
