"""What one look of `worker.py doctor` says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `remedy` says what to do where it is not good."""

    name: str
    is_good: bool
    finding: str
    remedy: str = ""
