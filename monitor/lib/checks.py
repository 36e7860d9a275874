"""What one look at the installation says, on a terminal or on a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `remedy` says what to do where it is not good; `cause` is Google's own word, if any."""

    name: str
    is_good: bool
    finding: str
    remedy: str = ""
    cause: str = ""
