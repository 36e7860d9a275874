"""The very same text in many accounts: a class text, a chain mail, thirty copies of one document.

Cases belong together when their whole set of passages is the same (`Case.signature`), each said by the same kind of
speaker. A case that holds anything else has another signature: what a person added is never decided along with the
others. Texts are compared by keyed hashes that stand with the findings; nothing is unsealed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, QuerySet

from monitor.accounts.models import User
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.access import PUBLIC_ID, CaseNotFound, cases_for
from monitor.triage.models import BulkDecision, Case, CaseCategory, CaseFinding, CaseState, Cluster

CLUSTERS_SHOWN = 50
CASES_SHOWN = 200
NEW_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """A cluster as one person sees it: only cases of their own sites are counted. Nothing in it is sealed."""

    cluster: Cluster
    waiting: int  # undecided cases
    sites: int
    severity: Severity  # of the most urgent of them
    opened_at: datetime  # of the oldest of them
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClusterPage:
    """Everything about one cluster that one person may see.

    `example` is the case to read before deciding. `partly` holds undecided cases with this text *and* something of
    their own; they are decided one by one. `cases` are the undecided ones, most urgent first, at most `CASES_SHOWN`.
    """

    row: ClusterRow
    example: Case
    cases: tuple[Case, ...]
    partly: tuple[Case, ...]
    earlier: tuple[BulkDecision, ...]  # acts upon this cluster at the person's sites


def find_clusters(accounts: int) -> int:
    """Write a row for each text that stands in undecided cases of so many `accounts`; how many were new."""
    waiting = Case.objects.exclude(state=CaseState.DECIDED).exclude(signature="")
    unknown = waiting.filter(~Exists(Cluster.objects.filter(signature=OuterRef("signature"))))
    counted = unknown.order_by().values("signature").annotate(people=Count("account", distinct=True))
    found = list(counted.filter(people__gte=accounts).values_list("signature", flat=True)[:NEW_AT_ONCE])
    now = clock.now()
    Cluster.objects.bulk_create([Cluster(signature=key, found_at=now) for key in found], ignore_conflicts=True)
    return len(found)


def waiting_cases(user: User, cluster: Cluster) -> QuerySet[Case]:
    """The undecided cases of `cluster` that `user` may see, most urgent first."""
    cases = cases_for(user).filter(signature=cluster.signature).exclude(state=CaseState.DECIDED)
    return cases.order_by("-severity_rank", "opened_at", "id")


def clusters_for(user: User) -> list[ClusterRow]:
    """The clusters with at least two cases that wait for `user`, most urgent first, at most `CLUSTERS_SHOWN`.

    Three queries, however many cases there are.
    """
    undecided = cases_for(user).exclude(state=CaseState.DECIDED).exclude(signature="").order_by()
    counted = undecided.filter(Exists(Cluster.objects.filter(signature=OuterRef("signature")))).values("signature")
    figures = counted.annotate(
        waiting=Count("id"), sites=Count("site", distinct=True), rank=Max("severity_rank"), oldest=Min("opened_at")
    ).filter(waiting__gte=2)
    rows = list(figures.order_by("-rank", "oldest")[:CLUSTERS_SHOWN])
    return _rows(rows)


def access_cluster(user: User, public_id: str) -> Cluster:
    """The cluster `public_id` if `user` may see a case of it. Raises `CaseNotFound` otherwise."""
    if PUBLIC_ID.fullmatch(public_id):
        cluster = Cluster.objects.filter(public_id=public_id).first()
        if cluster is not None and cases_for(user).filter(signature=cluster.signature).exists():
            return cluster
    message = "there is no such cluster among those you may see"
    raise CaseNotFound(message)


def build_cluster_page(user: User, cluster: Cluster) -> ClusterPage | None:
    """Everything about `cluster` for `user`, in a fixed number of queries; None when no case of it waits any more."""
    waiting = waiting_cases(user, cluster)
    figures = waiting.order_by().aggregate(
        waiting=Count("id"), sites=Count("site", distinct=True), rank=Max("severity_rank"), oldest=Min("opened_at")
    )
    cases = tuple(_lean(waiting)[:CASES_SHOWN])
    if not cases:
        return None
    (row,) = _rows([{"signature": cluster.signature, **figures}])
    return ClusterPage(row, cases[0], cases, _partly(user, cases[0]), _earlier(user, cluster))


def cluster_of(case: Case) -> Cluster | None:
    """The cluster that `case` belongs to, if any; one query."""
    return Cluster.objects.filter(signature=case.signature).first() if case.signature else None


def _rows(figures: Sequence[Mapping[str, Any]]) -> list[ClusterRow]:
    keys = [str(figure["signature"]) for figure in figures]
    clusters = {cluster.signature: cluster for cluster in Cluster.objects.filter(signature__in=keys)}
    pairs = CaseCategory.objects.filter(case__signature__in=keys).values_list("case__signature", "category").distinct()
    categories: dict[str, list[str]] = {}
    for signature, category in pairs:
        categories.setdefault(signature, []).append(category)
    return [_row(clusters[key], figure, categories) for key, figure in zip(keys, figures, strict=True)]


def _row(cluster: Cluster, figure: Mapping[str, Any], categories: dict[str, list[str]]) -> ClusterRow:
    return ClusterRow(
        cluster=cluster,
        waiting=figure["waiting"],
        sites=figure["sites"],
        severity=list(Severity)[figure["rank"]],
        opened_at=figure["oldest"],
        categories=tuple(sorted(categories.get(cluster.signature, []))),
    )


def _partly(user: User, example: Case) -> tuple[Case, ...]:
    # The passages are few and are asked for first, so that the index by passage finds the cases.
    passages = list(CaseFinding.objects.filter(case=example).exclude(passage="").values_list("passage", flat=True))
    holding = CaseFinding.objects.filter(passage__in=passages).values("case")
    others = cases_for(user).exclude(state=CaseState.DECIDED).exclude(signature=example.signature)
    return tuple(_lean(others.filter(pk__in=holding).order_by("-severity_rank", "opened_at", "id"))[:CASES_SHOWN])


def _earlier(user: User, cluster: Cluster) -> tuple[BulkDecision, ...]:
    own = cases_for(user).filter(decisions__bulk=OuterRef("pk"))
    acts = BulkDecision.objects.filter(Exists(own), cluster=cluster).select_related("actor")
    return tuple(acts.order_by("-at")[:20])


def _lean(cases: QuerySet[Case]) -> QuerySet[Case]:
    joined = cases.select_related("site", "account", "claimed_by")
    return joined.defer("account__address", "account__full_name")
