"""Cases: findings about one person, or a tip, under review until somebody decides."""

import secrets
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitor.detection.models import CATEGORIES, SEVERITIES, Finding
from monitor.roster.models import MonitoredAccount, Site
from monitor.sealed.fields import SealedTextField
from monitor.triage.reasons import Outcome, ReasonCode

__all__ = [
    "BulkDecision",
    "Case",
    "CaseCategory",
    "CaseFinding",
    "CaseState",
    "Cluster",
    "Decision",
    "HarmlessText",
    "Note",
    "Outcome",
    "ProposalState",
    "SetAside",
    "StaffMatter",
    "ThresholdProposal",
    "WhyEnded",
]


def new_case_id() -> str:
    """A random public id (12 hex characters); knowing it opens nothing."""
    return secrets.token_hex(6)


class CaseState(models.TextChoices):
    """Where a case stands."""

    OPEN = "open", "Waiting"
    CLAIMED = "claimed", "Somebody has it"
    DECIDED = "decided", "Decided"


STEPS = ("look", "acknowledge", "close")


class Origin(models.TextChoices):
    """What opened a case."""

    FINDINGS = "findings", "Findings"
    TIP = "tip", "Tip"


class Case(models.Model):
    """Findings about one person close in time, or what somebody reported.

    `severity` is the most urgent of either, one step more where `is_raised`: the case follows one in which somebody
    found the danger real. `fingerprint` stands for the whole set of its passages (see `triage.passage_keys`); cases
    with the same fingerprint hold the very same text and nothing else. The seconds run from `opened_at`.

    A case that a tip opened holds no findings, is never the current one, and has no account until a person has said
    whom the tip is about.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_case_id)
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.FINDINGS)
    account = models.ForeignKey(MonitoredAccount, on_delete=models.PROTECT, null=True, related_name="cases")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cases")
    severity = models.CharField(max_length=16, choices=SEVERITIES)
    severity_rank = models.PositiveSmallIntegerField()  # so that the database can order by urgency
    state = models.CharField(max_length=16, choices=CaseState.choices, default=CaseState.OPEN)
    opened_at = models.DateTimeField()
    last_finding_at = models.DateTimeField()
    # New findings join the current case; opening another closes this one to newcomers.
    is_current = models.BooleanField(default=True)
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="claims")
    claimed_until = models.DateTimeField(null=True)
    first_claimed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")  # of the last decision
    follows = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="followers")
    is_raised = models.BooleanField(default=False)
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    passed_on = models.PositiveSmallIntegerField(default=0)  # how often other people got it, who must be told of it
    opened_on = models.DateField(null=True)  # the day at the site; empty in rows from before 2026-11-25
    first_looked_at = models.DateTimeField(null=True)
    seconds_to_look = models.PositiveIntegerField(null=True)
    seconds_to_acknowledge = models.PositiveIntegerField(null=True)
    seconds_to_close = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "site"],
                condition=Q(is_current=True),
                name="one_current_case_per_account_and_site",
            ),
            models.CheckConstraint(
                condition=Q(origin="tip") | Q(account__isnull=False), name="findings_are_always_about_an_account"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "state", "-severity_rank", "opened_at"], name="cases_in_queue_order"),
            models.Index(fields=["account", "opened_at"], name="cases_by_account"),
            models.Index(fields=["fingerprint", "state", "site"], name="cases_by_fingerprint"),
            models.Index(fields=["site", "decided_at"], name="cases_by_decision"),
            # Few cases wait however many were decided: whatever asks for the undecided ones reads only this.
            models.Index(
                fields=["-severity_rank", "opened_at", "id"], name="cases_waiting", condition=~Q(state="decided")
            ),
            models.Index(
                fields=["site", "-severity_rank", "opened_at", "id"],
                name="cases_waiting_at_site",
                condition=~Q(state="decided"),
            ),
            models.Index(fields=["state", "decided_at", "id"], name="cases_decided"),
            models.Index(fields=["site", "state", "decided_at", "id"], name="cases_decided_at_site"),
            models.Index(fields=["opened_at", "site"], name="cases_by_opening"),
            models.Index(
                fields=["site", "opened_on", "severity_rank", *(f"seconds_to_{step}" for step in STEPS)],
                name="cases_by_waits",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.public_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Fill in the day of the opening, by which figures are counted."""
        if self.opened_on is None:
            self.opened_on = self.opened_at.astimezone(ZoneInfo(self.site.time_zone)).date()
        super().save(*args, **kwargs)


class StaffMatter(models.Model):
    """That a case is about a member of staff: until `ended_at` it is kept from its school (see `triage.access`).

    `person` is whom it is about, where that is somebody who signs in; `by` is who said so, nobody for a reporter.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="staff_matter")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"case {self.case_id} about a member of staff"


class CaseFinding(models.Model):
    """A finding belongs to exactly one case. `passage` is the key of its text; see `triage.passage_keys`."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="case_findings")
    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="case_finding")
    added_at = models.DateTimeField()
    passage = models.CharField(max_length=64, blank=True, default="", db_index=True)

    def __str__(self) -> str:
        return f"finding {self.finding_id} in case {self.case_id}"


COUNTED = ("hour", "weekday", "grade", "judgement", "account")  # with these in the index, no row itself is read


class CaseCategory(models.Model):
    """One category of one case: the narrow row by which figures are counted, without a name, a word or a join.

    `day` and `hour` are the site's own, of the case's opening and of when the words were written. `judgement` is
    equal for all cases that one act decided, so that thirty copies of one text are one judgement.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="categories")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    # To count people by, without a join.
    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, null=True, related_name="+")
    category = models.CharField(max_length=16, choices=CATEGORIES)
    severity_rank = models.PositiveSmallIntegerField()  # of the most urgent finding of this category
    day = models.DateField()
    hour = models.PositiveSmallIntegerField()  # 0 to 23
    weekday = models.PositiveSmallIntegerField()  # 0 = Monday, of when the words were written
    grade = models.PositiveSmallIntegerField(null=True)  # 0 = kindergarten; empty where the roster names none
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    judgement = models.PositiveBigIntegerField(null=True)  # number of the decision; the first one of a bulk decision

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "category"], name="one_row_per_case_and_category")]
        indexes = [
            models.Index(
                fields=["site", "day", "category", "severity_rank", "outcome", *COUNTED],
                name="case_figures_by_site",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} of case {self.case_id}"


class Cluster(models.Model):
    """The very same text in many accounts: all cases with this fingerprint. A case that holds more has another one."""

    public_id = models.CharField(max_length=12, unique=True, default=new_case_id)
    fingerprint = models.CharField(max_length=64, unique=True)
    found_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"cluster {self.public_id}"


class BulkDecision(models.Model):
    """One act that decided many cases of a cluster; each of them has a `Decision` of its own beside it."""

    public_id = models.CharField(max_length=12, unique=True, default=new_case_id)
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="bulk_decisions")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_decisions")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    cases = models.PositiveIntegerField()  # how many it decided
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"bulk decision {self.public_id}"


class Decision(models.Model):
    """What a person concluded about a case, and why. Never changed; a later one stands beside it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    reason = SealedTextField()
    reason_code = models.CharField(max_length=32, choices=ReasonCode.choices, blank=True, default="")
    bulk = models.ForeignKey(BulkDecision, on_delete=models.PROTECT, null=True, related_name="decisions")
    severity = models.CharField(max_length=16, choices=SEVERITIES)
    policy_version = models.CharField(max_length=40)
    classifier_id = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.outcome} on case {self.case_id}"


class Note(models.Model):
    """What somebody wrote down about a case. A private note is its author's alone; nobody else ever reads it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notes")
    is_private = models.BooleanField()
    text = SealedTextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "at"], name="notes_by_case")]

    def __str__(self) -> str:
        return f"note on case {self.case_id}"


class WhyEnded(models.TextChoices):
    """Why a harmless text is put aside no longer; one that merely expired has no reason."""

    BY_PERSON = "by_person", _("A person ended it")
    CONTRADICTED = "contradicted", _("The same text was decided to be a real danger")


class HarmlessText(models.Model):
    """A passage that decisions at one site showed to be harmless: until `expires_at` later copies are put aside there.

    `people` is for how many students it was decided so, `learned_from` the decision that completed the evidence,
    `used` how many findings were put aside by it. There is no text in it, only the passage's key.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_case_id)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="harmless_texts")
    passage = models.CharField(max_length=64)
    category = models.CharField(max_length=16, choices=CATEGORIES)
    learned_from = models.ForeignKey(Decision, on_delete=models.SET_NULL, null=True, related_name="harmless_texts")
    people = models.PositiveIntegerField()
    learned_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    why_ended = models.CharField(max_length=16, choices=WhyEnded.choices, blank=True, default="")
    ended_reason = SealedTextField()  # empty until a person ends it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "passage"], condition=Q(ended_at=None), name="one_harmless_text_per_site_and_passage"
            )
        ]
        indexes = [models.Index(fields=["passage", "site"], name="harmless_texts_by_passage")]

    def __str__(self) -> str:
        return f"harmless text {self.public_id}"


class ProposalState(models.TextChoices):
    """Where a proposal stands."""

    OPEN = "open", "Waiting for a person"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    OUTDATED = "outdated", "The figures or the policy have changed"


class ThresholdProposal(models.Model):
    """That a category's sensitivity be changed, with the figures that speak for it. Only a person accepts it.

    `evidence` holds counts and shares only; `triage.proposals.Evidence` says which.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_case_id)
    category = models.CharField(max_length=16, choices=CATEGORIES)
    present = models.CharField(max_length=16)  # levels of sensitivity
    proposed = models.CharField(max_length=16)
    evidence = models.JSONField()
    classifier_id = models.CharField(max_length=80)
    policy_version = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=ProposalState.choices, default=ProposalState.OPEN)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = SealedTextField()  # empty until a person accepts or declines

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["category"], condition=Q(state="open"), name="one_open_proposal_per_category"
            )
        ]

    def __str__(self) -> str:
        return f"proposal {self.public_id}"


class SetAside(models.Model):
    """A finding that opened no case because its text is known to be harmless. It can be given back at any time."""

    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="set_aside")
    text = models.ForeignKey(HarmlessText, on_delete=models.CASCADE, related_name="set_aside")
    at = models.DateTimeField()
    restored_at = models.DateTimeField(null=True)
    restored_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["text", "-at"], name="set_aside_by_text")]

    def __str__(self) -> str:
        return f"finding {self.finding_id} set aside"
