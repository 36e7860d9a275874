"""Several classifiers as one: ours, and sequence classifiers from local folders beside it or in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.cache import CacheUse
from models.categories import CATEGORIES, CHANNELS, checked_channel
from models.classifier import TextScore, load_classifier
from models.explain import merged
from models.panel_folder import read_member
from models.panel_member import PanelMember, digest_of
from models.panel_spec import MemberSpec, Points
from models.processors import usable_processors


class Scorer(Protocol):
    """What scores texts: our classifier, a member of a panel, or the panel as a whole."""

    @property
    def id(self) -> str:
        """Changes with anything that could change a score or a flag."""

    @property
    def thresholds(self) -> Mapping[str, Points]:
        """Channel → category → `alert` and `review`, calibrated probabilities."""

    def score(
        self,
        texts: Sequence[str],
        *,
        channel: str = "mail",
        first_pass: bool = False,
        cache: CacheUse | None = None,
    ) -> list[TextScore]:
        """One `TextScore` per text, in order. Raises `ClassifierError` for an unknown channel."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which classifier flagged a category, with what probability, over which alert threshold."""

    classifier_id: str
    probability: float
    threshold: float


@dataclass(frozen=True, slots=True)
class PanelScore(TextScore):
    """A `TextScore` that knows for each flagged category who flagged it."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)


def verdict_of(classifier: Scorer, score: TextScore, category: str, channel: str) -> Verdict:
    """Who flagged `category` in `score`, which `classifier` gave for `channel`."""
    if isinstance(score, PanelScore):
        return score.verdicts[category]
    return Verdict(classifier.id, score.scores[category], classifier.thresholds[channel][category]["alert"])


class Panel:
    """Several classifiers as one: of each category the highest calibrated score counts, and any of them may flag it.

    `members` pairs each classifier with the categories that it speaks about here.
    """

    def __init__(self, members: Sequence[tuple[Scorer, Sequence[str]]]) -> None:
        self._members = [(member, tuple(categories)) for member, categories in members]
        self.id = f"panel-{digest_of([[member.id, categories] for member, categories in self._members])[:16]}"
        # The lowest: no score below it was flagged by anybody. What a flag had to reach stands in its verdict.
        self.thresholds = {channel: self._lowest(channel) for channel in CHANNELS}

    @property
    def member_ids(self) -> tuple[str, ...]:
        """The ids of the classifiers in it, in order."""
        return tuple(member.id for member, _ in self._members)

    def _lowest(self, channel: str) -> dict[str, dict[str, float]]:
        return {
            category: {
                point: min(member.thresholds[channel][category][point] for member, _ in self._speaking(category))
                for point in ("alert", "review")
            }
            for category in CATEGORIES
        }

    def _speaking(self, category: str) -> list[tuple[Scorer, tuple[str, ...]]]:
        return [(member, categories) for member, categories in self._members if category in categories]

    def score(
        self,
        texts: Sequence[str],
        *,
        channel: str = "mail",
        first_pass: bool = False,
        cache: CacheUse | None = None,
    ) -> list[TextScore]:
        """One `PanelScore` per text, in order. Each member reads every text, so that costs add up.

        Raises `ClassifierError` for an unknown channel.
        """
        checked_channel(channel)
        all_scores = [
            member.score(texts, channel=channel, first_pass=first_pass, cache=cache) for member, _ in self._members
        ]
        return [self._combined(scores, channel) for scores in zip(*all_scores, strict=True)]

    def _combined(self, scores: Sequence[TextScore], channel: str) -> PanelScore:
        said = [(member, of, score) for (member, of), score in zip(self._members, scores, strict=True)]
        flagged = {c: [(m, score) for m, of, score in said if c in of and c in score.flags] for c in CATEGORIES}
        levels = {c: max((score.levels.get(c, 0) for _, score in by), default=0) for c, by in flagged.items()}
        return PanelScore(
            scores={c: max(score.scores[c] for _, of, score in said if c in of) for c in CATEGORIES},
            flags=tuple(c for c in CATEGORIES if flagged[c]),
            reviews=tuple(c for c in CATEGORIES if any(c in of and c in score.reviews for _, of, score in said)),
            spans=merged([span for c, by in flagged.items() for _, s in by for span in s.spans if span.category == c]),
            levels={c: level for c, level in levels.items() if level},
            verdicts={
                c: max((verdict_of(member, score, c, channel) for member, score in by), key=_probability)
                for c, by in flagged.items()
                if by
            },
        )


def _probability(verdict: Verdict) -> float:
    return verdict.probability


def load_panel(
    specs: Sequence[MemberSpec] = (), sensitivity: Mapping[Any, str] | None = None, *, threads: int | None = None
) -> Scorer:
    """The classifiers of `specs` with ours, as one. Without any, the shipped classifier itself.

    `sensitivity` (category → level) holds for ours; the thresholds of a folder are those of its table.

    Ours speaks about the categories that no member replaces; where nothing is left, it is not loaded.
    Raises `ClassifierError` when one cannot be loaded. Takes seconds; callers keep the result.
    """
    import torch

    replaced = {category for spec in specs if spec.replaces for category in spec.categories}
    kept = [category for category in CATEGORIES if category not in replaced]
    members: list[tuple[Scorer, Sequence[str]]] = []
    if kept:
        ours = load_classifier(threads=threads).at(sensitivity or {})
        if not specs:
            return ours
        members.append((ours, kept))
    torch.set_num_threads(threads or usable_processors())
    members += [(PanelMember(spec, read_member(spec)), spec.categories) for spec in specs]
    return Panel(members)
