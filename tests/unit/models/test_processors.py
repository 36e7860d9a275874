import os

import pytest

from models.processors import usable_processors


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 5}, raising=False)


@pytest.mark.parametrize(
    ("quota", "expected"), [("max 100000", 4), ("150000 100000", 2), ("50000 100000", 1), ("9900000 100000", 4)]
)
def test_the_quota_of_the_control_group_and_the_affinity_both_count(quota, expected, tmp_path, two):
    (tmp_path / "cpu.max").write_text(quota + "\n")
    assert usable_processors(tmp_path) == expected


@pytest.mark.parametrize(("quota", "expected"), [("-1", 4), ("200000", 2)])
def test_the_older_kind_of_control_group_is_read_too(quota, expected, tmp_path, two):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert usable_processors(tmp_path) == expected


@pytest.mark.parametrize("content", ["", "nonsense", "100000 0"])
def test_a_file_that_says_nothing_limits_nothing(content, tmp_path, two):
    (tmp_path / "cpu.max").write_text(content)
    assert usable_processors(tmp_path) == 4


def test_without_control_groups_the_affinity_counts(tmp_path, two):
    assert usable_processors(tmp_path) == 4
