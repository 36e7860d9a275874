"""The table `[triage]` of the policy: complete by itself, and picky."""

import tomllib
from pathlib import Path

import pytest

from monitor.domain.policy import PolicyError, parse_policy
from monitor.domain.triage_rules import TriageRules, parse_triage

SHIPPED = tomllib.loads(Path("config/policy.toml").read_text(encoding="utf-8"))


def test_the_shipped_policy_says_what_holds_without_it():
    assert parse_policy(SHIPPED).triage == TriageRules() == parse_policy({**SHIPPED, "triage": {}}).triage
    del (without := dict(SHIPPED))["triage"]
    assert parse_policy(without).triage == TriageRules()


def test_a_district_changes_what_it_names():
    assert parse_triage({"triage": {"aside_accounts": 0, "follow_days": 9}}) == TriageRules(
        aside_accounts=0, follow_days=9
    )


@pytest.mark.parametrize(
    "table",
    [
        {"follow_days": 0},
        {"follow_days": "30"},
        {"follow_days": True},
        {"cluster_accounts": 1},
        {"aside_accounts": 1},
        {"aside_accounts": -1},
        {"aside_characters": 10},
        {"aside_days": 1000},
        {"aside_dayz": 10},
        [],
    ],
)
def test_a_mistake_is_refused_with_its_name(table):
    with pytest.raises(PolicyError, match=r"triage"):
        parse_policy({**SHIPPED, "triage": table})
