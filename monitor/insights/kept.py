"""Figures that were asked for a moment ago are not counted again: a year of a whole district takes a while.

What is kept stands in the memory of this process, for minutes. Those of the whole district the worker counts ahead and
writes down, so that nobody waits for them, not even the first to look. Both hold counts only.
"""

import base64
import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.core.cache import cache

from monitor.insights.models import KeptFigures
from monitor.insights.scope import Scope
from monitor.lib import clock
from monitor.sealed.keys import SealBroken

KEPT_SECONDS = 600
LEAST_SECONDS = 60  # of a row that is older than that already
ROWS_HOLD = timedelta(minutes=30)  # the worker counts every ten; later it stands still, and a page counts by itself

Figures = TypeVar("Figures")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Figures]):
    """Figures, and the instant at which they were counted."""

    figures: Figures
    as_of: datetime


def kept(ask: Callable[..., Figures], scope: Scope, *arguments: object) -> Kept[Figures]:
    """What `ask(scope, *arguments)` gives, counted a short while ago. Raises what `ask` raises.

    `ask` is a function of this room, and its arguments are told apart by their `str`. Two scopes share figures only if
    they have the very same sites, so nobody gets those of another person's schools.
    """
    name = _name(ask, scope, arguments)
    remembered: Kept[Figures] | None = cache.get(f"insights:{name}")
    if remembered is not None:
        return remembered
    found: Kept[Figures] = _row(name) or Kept(ask(scope, *arguments), clock.now())
    age = (clock.now() - found.as_of).total_seconds()
    cache.set(f"insights:{name}", found, max(KEPT_SECONDS - age, LEAST_SECONDS))
    return found


def keep(ask: Callable[..., Figures], scope: Scope, *arguments: object) -> None:
    """Count now and write it down for every process."""
    found = Kept(ask(scope, *arguments), clock.now())
    sealed = base64.b64encode(pickle.dumps(found)).decode()
    values = {"figures": sealed, "as_of": found.as_of}
    KeptFigures.objects.update_or_create(name=_name(ask, scope, arguments), defaults=values)


def let_go() -> None:
    """Take out rows that nobody reads any more."""
    KeptFigures.objects.filter(as_of__lt=clock.now() - ROWS_HOLD).delete()


def _row(name: str) -> "Kept[Figures] | None":
    """What the worker wrote down; None for nothing fresh, or what cannot be opened."""
    fresh = KeptFigures.objects.filter(name=name, as_of__gt=clock.now() - ROWS_HOLD)
    try:
        row = fresh.first()
        # Only our own key seals it, so nobody else can have written what is loaded here.
        found = pickle.loads(base64.b64decode(row.figures)) if row else None  # noqa: S301
    except (SealBroken, pickle.UnpicklingError, AttributeError, ImportError, TypeError, ValueError):
        return None  # of another key, or of another release with other shapes
    return found if isinstance(found, Kept) else None


def _name(ask: Callable[..., object], scope: Scope, arguments: tuple[object, ...]) -> str:
    sites = ",".join(str(key) for key in sorted(scope.keys))
    words = "|".join([ask.__module__, ask.__qualname__, sites, *(str(argument) for argument in arguments)])
    return hashlib.sha256(words.encode()).hexdigest()
