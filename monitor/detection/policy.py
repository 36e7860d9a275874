"""The policy in force, read again whenever its file changes."""

import tomllib
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from monitor.domain.policy import Policy, PolicyError, parse_policy


def current_policy() -> Policy:
    """The policy of `HEED_POLICY_FILE`. Raises `PolicyError` when it cannot be used."""
    path = Path(settings.HEED_POLICY_FILE)
    try:
        return load_policy(path, path.stat().st_mtime_ns)
    except OSError as error:
        message = f"the policy file {path} cannot be read: {error.strerror}; set HEED_POLICY_FILE or restore it"
        raise PolicyError(message) from error


@lru_cache(maxsize=4)
def load_policy(path: Path, _modified_ns: int = 0) -> Policy:
    """Parse the policy file at `path`; cached per modification time."""
    try:
        return parse_policy(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path} is not valid TOML: {error}"
        raise PolicyError(message) from error
