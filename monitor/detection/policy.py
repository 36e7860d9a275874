"""The policy in force, read again whenever its file changes."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from models.categories import ClassifierError
from models.panel_spec import MemberSpec, parse_members
from monitor.domain.policy import Policy, PolicyError, parse_policy


def current_policy() -> Policy:
    """The policy of `HEED_POLICY_FILE`. Raises `PolicyError` when it cannot be used."""
    path = Path(settings.HEED_POLICY_FILE)
    try:
        return load_policy(path, path.stat().st_mtime_ns)
    except OSError as error:
        message = f"the policy file {path} cannot be read: {error.strerror}; set HEED_POLICY_FILE or restore it"
        raise PolicyError(message) from error


def base_document() -> dict[str, Any]:
    """The tables of `HEED_POLICY_FILE` as they stand there; do not change them. Raises `PolicyError`."""
    current_policy()
    path = Path(settings.HEED_POLICY_FILE)
    return _document(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _document(path: Path, _modified_ns: int) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def load_policy(path: Path, _modified_ns: int = 0) -> Policy:
    """Parse the policy file at `path`, its panel too; cached per modification time. Raises `PolicyError`, `OSError`."""
    try:
        policy = parse_policy(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path} is not valid TOML: {error}"
        raise PolicyError(message) from error
    panel_of(policy, path)
    return policy


def panel_of(policy: Policy, path: Path) -> tuple[MemberSpec, ...]:
    """The classifiers that `policy`, read from `path`, adds to ours. Raises `PolicyError` for a mistake in a table."""
    try:
        return parse_members(policy.panel, path.parent)
    except ClassifierError as error:
        message = f"policy: {error}"
        raise PolicyError(message) from error
