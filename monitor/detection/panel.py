"""The classifiers in use, loaded once per process and again when the policy names others."""

import threading
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from models.panel import Scorer, load_panel
from models.panel_spec import MemberSpec
from monitor.detection.effective import broadest_sensitivity
from monitor.detection.policy import current_policy, panel_of
from monitor.domain.category import Category
from monitor.domain.sensitivity import Sensitivity


class _Loaded:
    """The classifiers of this process, and the tables they were loaded for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: tuple[tuple[MemberSpec, ...], dict[Category, Sensitivity]] | None = None
        self._classifier: Scorer | None = None

    def classifier(self, specs: tuple[MemberSpec, ...], sensitivity: Mapping[Category, Sensitivity]) -> Scorer:
        asked = (specs, dict(sensitivity))
        with self._lock:
            if self._classifier is None or asked != self._asked:
                self._asked, self._classifier = asked, load_panel(specs, asked[1])
            return self._classifier


_loaded = _Loaded()


def get_classifier() -> Scorer:
    """The shipped classifier with those that the policy adds, as one.

    Raises `ClassifierError` when files are missing or altered, and `PolicyError` when the policy cannot be used.
    """
    policy = current_policy()
    # Of several classifiers as one nothing can be cut back to an account's own level: the file's holds for everybody.
    sensitivity = policy.sensitivity if policy.panel else broadest_sensitivity()
    return _loaded.classifier(panel_of(policy, Path(settings.HEED_POLICY_FILE)), sensitivity)
