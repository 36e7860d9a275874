"""Scoring the stored passage of a finding once more, sentence by sentence, and without its strongest sentence.

Only the sealed excerpt is scored: the flagged passage with its neighbours, not the text that it was cut from. Nothing
of it is kept; the scores go to the page of whoever asked, and nowhere else. The caller has recorded the look.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.categories import ClassifierError
from models.explain import sentences_between
from models.panel import Scorer
from monitor.detection.models import Finding
from monitor.detection.panel import get_classifier
from monitor.domain.policy import PolicyError
from monitor.domain.source import CHANNELS
from monitor.triage.passages import FindingView, unseal_finding

MOST_SENTENCES = 40  # a page stays a page, and the scoring a fraction of a second


class NoTrial(Exception):
    """It cannot be scored again; `why` is `no_marks`, `other_classifier` or `not_loaded`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the marked passage and its probability when it stands alone."""

    text: str
    probability: float
    is_strongest: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What the stored passage scores as it is (`whole`) and without its strongest sentence (`without`), from 0 to 1.

    `without` is 0 where nothing with letters is left.
    """

    view: FindingView
    sentences: tuple[Sentence, ...]
    whole: float
    without: float
    threshold: float

    @property
    def would_flag(self) -> bool:
        """Whether what is left still reaches the finding's threshold."""
        return self.without >= self.threshold


def try_without_strongest(finding: Finding, classifier: Scorer | None = None) -> Trial:
    """Score the stored passage of `finding` again. `classifier` is the one in use where none is given.

    Raises `NoTrial` where it has no marked passage, another classifier is in use by now, or none can be loaded, and
    `SealBroken` when no key opens the passage.
    """
    classifier = classifier or _classifier()
    # A level of sensitivity changes thresholds and the id behind the `+`; the scores stay.
    if classifier.id.partition("+")[0] != finding.classifier_id.partition("+")[0]:
        raise NoTrial("other_classifier")
    view = unseal_finding(finding, as_stored=True)
    text, spans = "".join(part for part, _ in view.segments), _sentences(view)
    if not spans:
        raise NoTrial("no_marks")
    alone = _score(classifier, finding, [text, *(text[start:end] for start, end in spans)])
    strongest = max(range(len(spans)), key=lambda number: alone[number + 1])
    start, end = spans[strongest]
    (without,) = _score(classifier, finding, [f"{text[:start]} {text[end:]}"])
    return Trial(
        view=view,
        sentences=tuple(
            Sentence(text[left:right], alone[number + 1], number == strongest)
            for number, (left, right) in enumerate(spans)
        ),
        whole=alone[0],
        without=without,
        threshold=finding.threshold,
    )


def _classifier() -> Scorer:
    try:
        return get_classifier()
    except (ClassifierError, PolicyError):
        raise NoTrial("not_loaded") from None


def _sentences(view: FindingView) -> list[tuple[int, int]]:
    """The sentences of the marked stretches, as offsets into the whole excerpt."""
    text = "".join(part for part, _ in view.segments)
    spans: list[tuple[int, int]] = []
    place = 0
    for part, is_marked in view.segments:
        if is_marked:
            spans += sentences_between(text, place, place + len(part))
        place += len(part)
    return [span for span in spans if any(map(str.isalpha, text[span[0] : span[1]]))][:MOST_SENTENCES]


def _score(classifier: Scorer, finding: Finding, texts: Sequence[str]) -> list[float]:
    scores = classifier.score(texts, channel=CHANNELS[finding.source])
    return [score.scores[finding.category] for score in scores]
