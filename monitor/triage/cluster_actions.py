"""One decision about one text, applied to all its cases by one act; each case keeps a record of its own."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.triage.clusters import access_cluster, waiting_cases
from monitor.triage.deciding import check_reason, close_case, write_decision
from monitor.triage.facts import note_decision
from monitor.triage.learning import learn_from
from monitor.triage.models import BulkDecision, Case, Cluster, Decision, Outcome
from monitor.triage.reasons import ReasonCode

BULK_LIMIT = 200  # cases of one act: it is one transaction, and others wait for it


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What one act did: the cases it decided, and those it left because somebody else has them or they grew."""

    bulk: BulkDecision | None  # None where nothing was left to decide
    decided: tuple[str, ...]  # public ids
    left: tuple[str, ...]
    is_more: bool  # more than `BULK_LIMIT` cases waited: the act can be done again


def do_decide_cluster(
    cluster: Cluster,
    *,
    actor: User,
    outcome: Outcome,
    reason: str,
    reason_code: ReasonCode | None = None,
    only: Collection[str] | None = None,
) -> BulkResult:
    """Decide the waiting cases of `cluster` that `actor` may see, or of these `only` some (public ids).

    All or nothing: whoever is killed in between has decided none of them. A case that somebody else has, or that
    holds more than the cluster's text by now, is left as it is and named in the result.
    Raises `ReasonMissing`, `WrongReasonCode`, and `CaseNotFound` for strangers.
    """
    check_reason(reason, outcome, reason_code)
    access_cluster(actor, cluster.public_id)
    waiting = waiting_cases(actor, cluster).select_related("site").order_by("id")
    if only is not None:
        waiting = waiting.filter(public_id__in=list(only))
    cases = list(waiting[: BULK_LIMIT + 1])
    with transaction.atomic():
        result = _decide(cluster, cases[:BULK_LIMIT], actor, Outcome(outcome), reason.strip(), reason_code)
    return BulkResult(result.bulk, result.decided, result.left, is_more=len(cases) > BULK_LIMIT)


def _decide(
    cluster: Cluster, cases: list[Case], actor: User, outcome: Outcome, reason: str, code: ReasonCode | None
) -> BulkResult:
    now = clock.now()
    # A case that grew since it was listed has another signature by now, and is not closed.
    closed = [case for case in cases if close_case(case, actor, outcome, now, signature=cluster.signature)]
    decided = tuple(case.public_id for case in closed)
    left = tuple(case.public_id for case in cases if case not in closed)
    if not closed:
        return BulkResult(None, (), left, is_more=False)
    bulk = BulkDecision.objects.create(cluster=cluster, actor=actor, outcome=outcome.value, cases=len(closed), at=now)
    decisions: list[Decision] = []
    for case in closed:
        decisions.append(write_decision(case, actor, outcome, reason, now, reason_code=code, bulk=bulk))
        note_decision(case, outcome, decisions[0].pk)
    learn_from(decisions)
    record(
        Tag.CLUSTER_DECIDED,
        actor=actor.actor,
        subject=cluster.public_id,
        outcome=outcome.value,
        bulk=bulk.public_id,
        cases=list(decided),
        left=list(left),
    )
    return BulkResult(bulk, decided, left, is_more=False)
