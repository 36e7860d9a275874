"""Figures that were asked for a moment ago are not counted again: a year of a whole district takes a while.

What is kept stands in the memory of this process, for minutes, and holds counts only.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.core.cache import cache

from monitor.insights.scope import Scope
from monitor.lib import clock

KEPT_SECONDS = 600

Figures = TypeVar("Figures")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Figures]):
    """Figures, and the instant at which they were counted."""

    figures: Figures
    as_of: datetime


def kept(ask: Callable[..., Figures], scope: Scope, *arguments: object) -> Kept[Figures]:
    """What `ask(scope, *arguments)` gives, counted at most `KEPT_SECONDS` ago. Raises what `ask` raises.

    `ask` is a function of this room, and its arguments are told apart by their `str`. Two scopes share figures only if
    they have the very same sites, so nobody gets those of another person's schools.
    """
    sites = ",".join(str(key) for key in sorted(scope.keys))
    words = "|".join([ask.__module__, ask.__qualname__, sites, *(str(argument) for argument in arguments)])
    key = f"insights:{_short(words)}"
    found: Kept[Figures] | None = cache.get(key)
    if found is None:
        found = Kept(ask(scope, *arguments), clock.now())
        cache.set(key, found, KEPT_SECONDS)
    return found


def _short(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
