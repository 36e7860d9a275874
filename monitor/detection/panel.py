"""The classifier in use, loaded once per process."""

import threading
from functools import lru_cache

from models.classifier import Classifier, load_classifier

_lock = threading.Lock()


def get_classifier() -> Classifier:
    """The shipped classifier. Raises `ClassifierError` when its files are missing or altered."""
    with _lock:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Classifier:
    return load_classifier()
