"""The shipped classifier is loaded once; it takes a second and is read only."""

import pytest

from models.classifier import Classifier, load_classifier
from models.encoder import build_tokenizer, read_encoder


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return load_classifier()


@pytest.fixture(scope="session")
def tokenizer():
    return build_tokenizer(read_encoder())
