"""The same text in many accounts: read once, decided once, recorded for each case."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from monitor.console.case_page import words_of
from monitor.console.doors import SignedIn, sees_cases
from monitor.console.folding import is_first_open, note_press
from monitor.console.forms import LOOK_REASONS, DecisionForm, LookForm
from monitor.console.reveal import unveil, unveiled
from monitor.console.rows import build_rows, title_of
from monitor.console.words import TOO_FEW_WORDS
from monitor.lib import clock
from monitor.triage.access import PUBLIC_ID, CaseNotFound
from monitor.triage.actions import ReasonMissing, do_view_content
from monitor.triage.cluster_actions import BulkResult, do_decide_cluster
from monitor.triage.clusters import CASES_SHOWN, access_cluster, build_cluster_page, clusters_for
from monitor.triage.leading import leading_findings
from monitor.triage.models import Cluster, Outcome


@require_safe
@sees_cases
def cluster_list(request: SignedIn) -> HttpResponse:
    """Every text with several waiting cases, most urgent first."""
    rows = [(row, title_of(row.categories)) for row in clusters_for(request.user)]
    return render(request, "console/texts/clusters.html", {"tab": "queue", "rows": rows})


@require_safe
@sees_cases
def show(request: SignedIn, public_id: str) -> HttpResponse:
    """One text: its words behind a reason, its cases, and the decision for all that are ticked."""
    return _page(request, _cluster(request, public_id), DecisionForm())


@require_POST
@sees_cases
def look(request: SignedIn, public_id: str) -> HttpResponse:
    """Unveil the words by one of the cases; the look is on the audit chain with that case."""
    cluster = _cluster(request, public_id)
    page = build_cluster_page(request.user, cluster)
    form = LookForm(request.POST)
    if page is None:
        return _nothing_waits(request)
    if not form.is_valid():
        messages.warning(request, _("Choose why you want to read the words."))
    else:
        reason = form.cleaned_data["reason"]
        views = do_view_content(page.example, actor=request.user, reason=reason)
        unveil(request.session, page.example, views, reason)
        note_press(request.session, page.example.public_id)
    return redirect(reverse("texts:cluster", args=[cluster.public_id]) + "#words")


@require_POST
@sees_cases
def decide(request: SignedIn, public_id: str) -> HttpResponse:
    """One decision for all ticked cases; those that joined after the page was shown are not among them."""
    cluster = _cluster(request, public_id)
    form = DecisionForm(request.POST)
    chosen = [given for given in request.POST.getlist("case") if PUBLIC_ID.fullmatch(given)][:CASES_SHOWN]
    if form.is_valid():
        if not chosen:
            form.add_error(None, _("Tick at least one case."))
        elif result := _decide(request, cluster, form, chosen):
            _tell(request, result, Outcome(form.cleaned_data["outcome"]))
            return redirect("texts:clusters")
    return _page(request, cluster, form, chosen, status=422)


def _decide(request: SignedIn, cluster: Cluster, form: DecisionForm, chosen: list[str]) -> BulkResult | None:
    given = form.cleaned_data
    try:
        return do_decide_cluster(
            cluster,
            actor=request.user,
            outcome=Outcome(given["outcome"]),
            reason=given["reason"],
            reason_code=form.code(),
            only=chosen,
        )
    except ReasonMissing:
        form.add_error("reason", TOO_FEW_WORDS)
        return None


def _tell(request: SignedIn, result: BulkResult, outcome: Outcome) -> None:
    if result.decided:
        count = len(result.decided)
        words = ngettext("One case is decided: {outcome}.", "{count} cases are decided: {outcome}.", count)
        messages.success(request, words.format(count=count, outcome=outcome.label))
    if result.left or not result.decided:
        words = (
            _("{count} left as they were: somebody else has them, decided them, or more was found in them.")
            if result.left
            else _("Nothing was left to decide: somebody else has them, decided them, or more was found in them.")
        )
        messages.warning(request, words.format(count=len(result.left)))


def _cluster(request: SignedIn, public_id: str) -> Cluster:
    try:
        return access_cluster(request.user, public_id)
    except CaseNotFound:
        raise Http404 from None


def _page(
    request: SignedIn, cluster: Cluster, form: DecisionForm, chosen: list[str] | None = None, status: int = 200
) -> HttpResponse:
    page, now = build_cluster_page(request.user, cluster), clock.now()
    if page is None:
        return _nothing_waits(request)
    shown = unveiled(request.session, page.example)
    rows = build_rows(page.cases, now)
    context = {
        "tab": "queue",
        "page": page,
        "title": title_of(page.row.categories),
        "words": words_of(list(leading_findings(page.example)), shown.findings) if shown else [],
        "is_open": bool(shown) and is_first_open(request.session, page.example.public_id, request.user),
        "look_reasons": LOOK_REASONS,
        "form": form,
        "rows": [(row, chosen is None or row.case.public_id in chosen) for row in rows],
        "partly": build_rows(page.partly, now),
        "zone": page.example.site.time_zone,
    }
    return render(request, "console/texts/cluster.html", context, status=status)


def _nothing_waits(request: SignedIn) -> HttpResponse:
    messages.warning(request, _("No case of this text waits any more."))
    return redirect("texts:clusters")
