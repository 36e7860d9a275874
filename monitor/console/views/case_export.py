"""Taking a case along as a PDF: after proof, veiled unless the words were unveiled for a reason, on the audit chain."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from monitor.console import sudo
from monitor.console.case_file import build_case_file
from monitor.console.case_page import build_case_page
from monitor.console.case_pdf import print_case
from monitor.console.doors import SignedIn, sees_cases
from monitor.console.reveal import unveiled
from monitor.console.tip_rows import to_tip
from monitor.console.views.case import get_case
from monitor.console.work_forms import ExportForm
from monitor.handovers.document import canonical, digest_of
from monitor.triage.exporting import do_export_case


@require_http_methods(["GET", "HEAD", "POST"])
@sees_cases
def export(request: SignedIn, public_id: str) -> HttpResponse:
    """What the PDF will hold; and the PDF itself."""
    case = get_case(request, public_id)
    if elsewhere := to_tip(case):
        return elsewhere  # what a tip holds belongs to its reporter
    if not sudo.is_granted(request.session):
        return sudo.ask_for_proof(reverse("work:export", args=[public_id]))
    shown = unveiled(request.session, case)
    page = build_case_page(case, request.user, request.session)
    if request.method != "POST":
        return render(request, "console/work/export.html", {"tab": "case", "page": page, "case": case})
    form = ExportForm(request.POST)
    form.is_valid()  # two boxes: whatever is sent, ticked or not
    with_words = bool(shown) and form.cleaned_data["with_words"]
    with_private = form.cleaned_data["with_private"]
    content = build_case_file(page, request.user, with_words=with_words, with_private=with_private)
    digest = digest_of(canonical(content))
    do_export_case(
        case,
        actor=request.user,
        digest=digest,
        reason=shown.reason if shown and with_words else "",
        with_words=with_words,
        with_private=with_private,
    )
    return HttpResponse(
        print_case(content, digest),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="case-{public_id}.pdf"'},
    )
