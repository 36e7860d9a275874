"""How many processors this process may use."""

import math
import os
from pathlib import Path


def usable_processors(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Processors that this process may run on: its affinity, and the quota of its control group where that is less."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, math.ceil(min(_quota(groups), allowed))))


def _quota(groups: Path) -> float:
    """Processors that the control group grants; infinite where nothing limits it or nothing tells."""
    try:
        if (groups / "cpu.max").exists():
            quota, period = (groups / "cpu.max").read_text().split()
        else:
            quota = (groups / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (groups / "cpu" / "cpu.cfs_period_us").read_text()
        return int(quota) / int(period) if int(quota) > 0 else math.inf
    except (OSError, ValueError, ZeroDivisionError):  # "max" is no number: no limit
        return math.inf
