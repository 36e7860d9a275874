"""The levels of sensitivity at a scope: what it says, what it inherits, and what a change leaves alone."""

import pytest

from monitor.detection import expected
from monitor.detection.effective import Scope
from monitor.detection.expected import expected_alerts
from monitor.detection.levels import above, figures_at, levels_at, with_levels
from monitor.detection.models import PolicyChange
from monitor.domain.category import Category
from monitor.domain.sensitivity import Sensitivity
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount
from tests.rooms.factories import make_account, make_finding, make_site

pytestmark = pytest.mark.django_db
DISTRICT, OAK, NINTH = Scope("district"), Scope("site", "oak"), Scope("org_unit", "/Students/Oak/Grade 9")


@pytest.fixture
def account() -> MonitoredAccount:
    account = make_account(make_site("oak"))
    account.org_unit_path = NINTH.key
    account.save()
    return account


def said(scope: Scope, **document: object) -> None:
    PolicyChange.objects.create(
        scope=scope.kind, key=scope.key, document=document, actor="user:1", reason="so", alerts_before=0,
        alerts_after=0, at=clock.now(),
    )  # fmt: skip


def bullying(scope: Scope, account: MonitoredAccount) -> tuple[str | None, str, str]:
    level = next(row for row in levels_at(scope, above(scope, account)) if row.category is Category.BULLYING)
    return level.own, level.inherited, level.source


def test_each_scope_inherits_from_the_nearest_above_it_that_says_something(account):
    assert bullying(NINTH, account) == (None, "standard", "policy file")
    said(DISTRICT, sensitivity={"bullying": "lower"})
    assert bullying(DISTRICT, account) == ("lower", "standard", "policy file")
    assert bullying(NINTH, account) == (None, "lower", "district")
    said(OAK, sensitivity={"bullying": "higher", "violence": "lower"})
    assert bullying(OAK, account) == ("higher", "lower", "district")
    assert bullying(NINTH, account) == (None, "higher", "site oak")
    said(OAK)  # taken back
    assert bullying(NINTH, account) == (None, "lower", "district")


def test_a_change_of_levels_leaves_severities_and_rules_alone():
    rules = [{"name": "mild", "at_most": "concern"}]
    said(OAK, sensitivity={"bullying": "higher"}, rules=rules)
    levels = dict.fromkeys(Category) | {Category.VIOLENCE: Sensitivity.LOWER}
    assert with_levels(OAK, levels) == {"sensitivity": {"violence": "lower"}, "rules": rules}
    assert with_levels(OAK, dict.fromkeys(Category)) == {"rules": rules}
    assert with_levels(DISTRICT, dict.fromkeys(Category)) == {}


def test_figures_are_those_of_the_accounts_in_the_scope(account):
    make_account(make_site("elm"))
    for _ in range(6):
        make_finding(account, category=Category.BULLYING)
    assert [figures_at(scope).accounts for scope in (DISTRICT, OAK, NINTH, Scope("site", "ash"))] == [2, 1, 1, 0]
    assert figures_at(NINTH).weekly[Category.BULLYING] == 1.5
    assert figures_at(Scope("site", "elm")).weekly[Category.BULLYING] == 0


def test_expected_alerts_grow_with_students_and_with_the_level(monkeypatch, tmp_path):
    found = expected_alerts(2_000)
    small = expected_alerts(1_000)
    assert list(found) == list(Sensitivity)
    for category in Category:
        counts = [found[level].real[category] for level in Sensitivity]
        assert counts == sorted(counts)
        assert counts[0] == pytest.approx(2 * small[Sensitivity.LOWER].real[category])
    assert found[Sensitivity.LOWER].false < found[Sensitivity.STANDARD].false < found[Sensitivity.HIGHER].false
    monkeypatch.setattr(expected, "REPORT", tmp_path / "gone.json")
    expected._report.cache_clear()
    assert expected_alerts(1_000) == {}
    expected._report.cache_clear()
