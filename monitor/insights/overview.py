"""Cases by school over the last twelve months, as counts; whoever shows them hides the small ones."""

from datetime import timedelta

from django.db.models import Count, Q

from monitor.insights.scope import Scope
from monitor.lib import clock
from monitor.roster.models import AccountState, Site
from monitor.triage.models import CaseState, Outcome

PERIOD = timedelta(days=365)


def overview(scope: Scope) -> list[tuple[str, tuple[int, ...]]]:
    """For each school: accounts watched, cases opened, decided, ending in support, ending as harmless; two queries."""
    recent = Q(cases__opened_at__gte=clock.now() - PERIOD)
    decided = recent & Q(cases__state=CaseState.DECIDED)
    active = Q(monitored_accounts__state=AccountState.ACTIVE)
    sites = Site.objects.filter(pk__in=scope.keys)
    watched = dict(sites.annotate(count=Count("monitored_accounts", filter=active)).values_list("pk", "count"))
    found = sites.annotate(
        opened=Count("cases", filter=recent, distinct=True),
        decided=Count("cases", filter=decided, distinct=True),
        acted=Count(
            "cases",
            filter=recent & Q(cases__decisions__outcome__in=[Outcome.SUPPORT, Outcome.HANDED_OVER]),
            distinct=True,
        ),
        harmless=Count("cases", filter=recent & Q(cases__decisions__outcome=Outcome.FALSE_ALARM), distinct=True),
    ).order_by("name")
    return [
        (site.name, (watched.get(site.pk, 0), site.opened, site.decided, site.acted, site.harmless)) for site in found
    ]
