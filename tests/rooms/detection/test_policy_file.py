"""The policy file is read again when it changes, and a file that cannot be used says why."""

import os
from pathlib import Path

import pytest

from monitor.detection.policy import current_policy
from monitor.domain.policy import PolicyError

SHIPPED = Path(__file__).resolve().parents[3] / "config" / "policy.toml"


@pytest.fixture
def file(settings, tmp_path) -> Path:
    settings.HEED_POLICY_FILE = tmp_path / "policy.toml"
    settings.HEED_POLICY_FILE.write_text(SHIPPED.read_text())
    return settings.HEED_POLICY_FILE


def test_a_changed_policy_is_in_force_at_once(file):
    before = current_policy()
    assert current_policy() is before
    file.write_text(file.read_text().replace(before.version, "ours-2"))
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    assert current_policy().version == "ours-2"


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "restore it"), (b"version = ", "not valid TOML"), (b'version = "\xff"', "not valid TOML")],
    ids=["missing", "broken", "not UTF-8"],
)
def test_a_policy_that_cannot_be_used_says_which_file_and_why(file, content, words):
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PolicyError, match=words) as caught:
        current_policy()
    assert str(file) in str(caught.value)
