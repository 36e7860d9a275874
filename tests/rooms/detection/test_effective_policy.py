"""Policy by scope: what inherits from what, what a change would have done, and that it is written down."""

from argparse import Namespace
from datetime import timedelta

import pytest

from monitor.audit.models import AuditEvent
from monitor.commands import policy as command
from monitor.detection.effective import Scope, broadest_sensitivity, effective_policy, policy_for
from monitor.detection.findings import build_findings
from monitor.detection.models import Finding, PolicyChange
from monitor.detection.policy import current_policy
from monitor.detection.policy_changes import PolicyStale, do_change_policy, dry_run, history
from monitor.domain.category import Category
from monitor.domain.policy import PolicyError
from monitor.domain.sensitivity import Sensitivity
from monitor.domain.severity import Severity
from monitor.domain.source import Direction
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.intake.reading import Reading
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount
from monitor.triage.why import explain
from tests.rooms import factories
from tests.rooms.detection.marker import MarkerClassifier

pytestmark = pytest.mark.django_db
POINTS = {"lower": 0.95, "standard": 0.8, "higher": 0.6}


class Levelled(MarkerClassifier):
    """A marker classifier with levels of sensitivity."""

    def at(self, sensitivity: dict) -> "Levelled":
        other = Levelled(self.id)
        other.thresholds = {
            channel: {
                name: {**point, "alert": POINTS[sensitivity.get(Category(name), "standard")]}
                for name, point in points.items()
            }
            for channel, points in self.thresholds.items()
        }
        return other


@pytest.fixture
def account(settings, tmp_path) -> MonitoredAccount:
    text = settings.HEED_POLICY_FILE.read_text()
    settings.HEED_POLICY_FILE = tmp_path / "policy.toml"
    settings.HEED_POLICY_FILE.write_text(text + '\n[age_bands.high]\nsites = ["oak"]\norg_units = ["/Elsewhere"]\n')
    account = factories.make_account(factories.make_site("oak"))
    account.org_unit_path = "/Students/Oak/Grade 9"
    account.save()
    return account


def change(kind: str, key: str, document: dict, reason: str = "The board decided so") -> PolicyChange:
    return do_change_policy(dry_run(Scope(kind, key), document), actor="user:1", reason=reason)


def bullying(at_alert: str) -> dict:
    return {"severity": {"bullying": {"at_alert": at_alert}}}


def sources(account: MonitoredAccount) -> dict[str, str]:
    return {value.key: value.source for value in effective_policy(account).values}


def test_without_changes_the_file_holds_and_says_so(account):
    found = effective_policy(account)
    assert found.policy is current_policy() is policy_for(account)
    assert set(sources(account).values()) == {"policy file"}
    assert found.age_band == "high"
    assert [str(scope) for scope in found.scopes] == [
        "district", "age band high", "site oak", "org unit /", "org unit /Students", "org unit /Students/Oak",
        "org unit /Students/Oak/Grade 9",
    ]  # fmt: skip


def test_the_nearer_scope_wins_key_by_key_and_each_value_names_its_place(account):
    steps = [
        ("district", "", "low"), ("age_band", "high", "severe"), ("site", "oak", "concern"),
        ("org_unit", "/Students", "low"), ("org_unit", "/Students/Oak", "severe"),
    ]  # fmt: skip
    for kind, key, severity in steps:
        change(kind, key, bullying(severity))
        policy = policy_for(account)
        assert policy.rules[Category.BULLYING].at_alert == severity
        assert policy.rules[Category.BULLYING].levels, "the table of levels is inherited"
        assert sources(account)["severity.bullying.at_alert"] == str(Scope(kind, key))
        assert sources(account)["severity.violence.at_alert"] == "policy file"
        assert policy.version == f"{current_policy().version}+{PolicyChange.objects.latest('id').pk}"
    other = factories.make_account(factories.make_site("elm"))
    assert policy_for(other).rules[Category.BULLYING].at_alert == "low", "it inherits from the district and /Students"
    change("org_unit", "/Students/Oak", {})
    assert policy_for(account).rules[Category.BULLYING].at_alert == "low"


@pytest.mark.parametrize(
    ("kind", "key", "document"),
    [
        ("site", "", {}),
        ("district", "oak", {}),
        ("planet", "x", {}),
        ("district", "", {"escalation": {"imminent_minutes": 0}}),
        ("district", "", {"severity": {"bullying": {"at_alert": "loud"}}}),
        ("district", "", {"sensitivity": {"bulying": "lower"}}),
        ("district", "", {"rules": [{"name": "x", "age_bands": ["infants"], "raise": 1}]}),
        ("district", "", {"rules": [{"name": "x", "raise": 1, "lower": 1}]}),
        ("district", "", {"rules": [{"raise": 1}]}),
        ("district", "", {"rules": [{"name": "x", "raise": 9}]}),
        ("district", "", {"rules": [{"name": "x", "at_least": "dire"}]}),
        ("district", "", {"rules": [{"name": "x", "raise": 1, "colour": "red"}]}),
        ("district", "", {"rules": "none"}),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(account, kind, key, document):
    with pytest.raises(PolicyError):
        dry_run(Scope(kind, key), document)
    assert not PolicyChange.objects.exists()


def test_a_dry_run_counts_the_alerts_of_thirty_days_and_changes_nothing(account):
    elm = factories.make_account(factories.make_site("elm"))
    now = clock.now()
    for days in (1, 2, 10, 20):  # two findings close together are one case
        factories.make_finding(account, severity=Severity.CONCERN, found_at=now - timedelta(days=days))
    factories.make_finding(account, severity=Severity.CONCERN, found_at=now - timedelta(days=40))
    factories.make_finding(elm, severity=Severity.CONCERN, found_at=now)
    tried = dry_run(Scope("site", "oak"), bullying("low"))
    assert (tried.alerts_before, tried.alerts_after) == (3, 0)
    assert tried.sentence == "This would have been 0 alerts, not 3."
    assert (dict(tried.before), dict(tried.after)) == ({"concern": 4}, {"low": 4})
    assert tried.is_whole
    assert set(Finding.objects.values_list("severity", flat=True)) == {"concern"}
    assert dry_run(Scope("district"), bullying("low")).alerts_before == 4


def test_a_dry_run_of_sensitivity_drops_what_would_not_be_found_and_counts_what_might(account):
    factories.make_finding(account, probability=0.9, severity=Severity.CONCERN)
    factories.make_finding(account, probability=0.99, severity=Severity.CONCERN)
    item = factories.make_item(account)
    factories.make_scoring(item, scores={"bullying": 0.7, "violence": 0.1})
    fewer = dry_run(Scope("site", "oak"), {"sensitivity": {"bullying": "lower"}}, Levelled())
    assert dict(fewer.after) == {"dropped": 1, "concern": 1}
    more = dry_run(Scope("site", "oak"), {"sensitivity": {"bullying": "higher"}}, Levelled())
    assert (more.possible_more, fewer.possible_more) == (1, 0)
    assert "and up to 1 more" in more.sentence


def test_a_change_is_numbered_attributed_and_on_the_chain_and_a_stale_one_is_refused(account):
    first, second = (dry_run(Scope("site", "oak"), bullying(severity)) for severity in ("low", "severe"))
    with pytest.raises(PolicyError, match="reason"):
        do_change_policy(first, actor="user:1", reason=" . ")
    made = do_change_policy(first, actor="user:1", reason="Too many alerts about jokes")
    with pytest.raises(PolicyStale):
        do_change_policy(second, actor="user:1", reason="And now the other way")
    event = AuditEvent.objects.get()
    assert (event.tag, event.actor, event.site_code, event.subject) == (
        "config:policy:change", "user:1", "oak", f"policy:{made.pk}",
    )  # fmt: skip
    assert history() == history(Scope("site", "oak")) == [made]
    assert history(Scope("district")) == []


def found(account: MonitoredAccount, text: str, direction: Direction = Direction.RECEIVED) -> list[Finding]:
    """The findings, saved, of one new mail, as a scan makes them: scored at the broadest sensitivity."""
    span = Span(SpanKind.NEW, text, "body")
    classifier = Levelled().at(broadest_sensitivity())
    reading = Reading(Extraction(ExtractStatus.OK, "text/plain", (span,)), direction, clock.now(), "Title")
    scoring = factories.make_scoring(factories.make_item(account))
    pairs = [(span, classifier.score([text])[0])]
    return Finding.objects.bulk_create(build_findings(scoring, reading, pairs, classifier, policy_for(account)))


def test_one_pass_serves_sites_of_different_sensitivity(account):
    elm = factories.make_account(factories.make_site("elm"))
    change("site", "oak", {"sensitivity": {"bullying": "lower"}})
    change("site", "elm", {"sensitivity": {"bullying": "higher"}})
    assert broadest_sensitivity() == {Category.BULLYING: Sensitivity.HIGHER}
    assert found(account, "sign-bullying is said.") == []
    (kept,) = found(account, "sign-bullying! is said.")
    assert kept.threshold == POINTS["lower"]
    (other,) = found(elm, "sign-bullying is said.")
    assert other.threshold == POINTS["higher"]


def test_rules_see_repetition_and_a_finding_keeps_their_names(account):
    rule = {"name": "bullied again", "categories": ["bullying"], "roles": ["received"], "repeated": 3, "raise": 1}
    change("site", "oak", {"rules": [rule]})
    severities = []
    for number in range(3):
        with clock.standing_at(clock.now() + timedelta(days=number)):
            (finding,) = found(account, f"sign-bullying2 number {number}.")
        severities.append(finding.severity)
    assert severities == ["concern", "concern", "severe"]
    assert finding.rules == ["bullied again"]
    with_rule = explain(finding)
    assert "bullied again" in with_rule.severity_reason or "in force then" in with_rule.severity_reason


def run(action: str, **given: object) -> int:
    usual = {"file": None, "account": "", "district": False, "age_band": "", "site": "", "org_unit": "", "reason": ""}
    return command.run(Namespace(action=action, **(usual | given)))


def test_the_command_shows_tries_and_applies(account, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "get_classifier", Levelled)
    factories.make_finding(account, severity=Severity.CONCERN)
    file = tmp_path / "change.toml"
    file.write_text('[severity.bullying]\nat_alert = "low"\n')
    assert run("try", file=file, site="oak") == 0
    assert "This would have been 0 alerts, not 1." in capsys.readouterr().out
    assert run("apply", file=file, site="oak") == 1
    assert "write a reason" in capsys.readouterr().err
    assert run("apply", file=file, site="oak", reason="Too many jokes") == 0
    assert run("history") == 0
    assert "site oak: 0 alerts instead of 1. Too many jokes" in capsys.readouterr().out
    assert run("show", account=account.address) == 0
    assert 'severity.bullying.at_alert = "low"  (site oak)' in capsys.readouterr().out
    assert run("show", account="nobody@x.example") == run("try", file=file) == 1
    assert run("try", site="oak") == run("try", file=tmp_path / "none.toml", district=True) == 1
