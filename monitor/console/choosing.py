"""Which cases of a list somebody asks for: what the address says, as far as they may ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from monitor.accounts.models import User
from monitor.console.doors import SignedIn
from monitor.console.rows import unsealed_nothing
from monitor.domain.severity import Severity
from monitor.roster.models import Site
from monitor.roster.people import active_sites_of
from monitor.triage.access import with_keys
from monitor.triage.models import Case

CASES_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """What the query string asks for, as far as this person may ask for it."""

    sites: list[Site]
    site: Site | None
    severity: Severity | None

    def at_site(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        """`cases` of the chosen site."""
        return cases.filter(site=self.site) if self.site else cases

    def of_severity(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        """`cases` of the chosen severity."""
        return cases.filter(severity=self.severity.value) if self.severity else cases

    @property
    def query(self) -> str:
        """The choice as a query string without its question mark; empty where nothing is chosen."""
        chosen = {"site": self.site.code if self.site else "", "severity": self.severity.value if self.severity else ""}
        return urlencode({name: value for name, value in chosen.items() if value})


def read_choice(request: SignedIn) -> Choice:
    """What the address asks for."""
    return choice_from(request.user, request.GET)


def choice_from(user: User, given: Mapping[str, str]) -> Choice:
    """Read the filters; one that names nothing, or another's site, is left out."""
    sites = list(active_sites_of(user))
    code, severity = given.get("site", ""), given.get("severity", "")
    return Choice(
        sites=sites,
        site=next((site for site in sites if site.code == code), None),
        severity=Severity(severity) if severity in set(Severity) else None,
    )


def page_of(request: SignedIn, cases: QuerySet[Case]) -> tuple[Page[int], list[Case]]:
    """The asked-for page, and its cases in their order.

    Which cases are on it is asked of an index alone; joined to school, student and holder are these few only.
    """
    page = Paginator(cases.values_list("pk", flat=True), CASES_PER_PAGE).get_page(request.GET.get("page"))
    found = {case.pk: case for case in unsealed_nothing(with_keys(page))}
    return page, [found[key] for key in page if key in found]
