"""Hand-overs: choose a kind, fill in its form, sign it, export or send it, keep its log, close it."""

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitor.accounts.models import User
from monitor.console.doors import SignedIn, sees_cases
from monitor.console.handover_page import build_form, build_record, formats_of
from monitor.handovers.access import HandoverNotFound, access_handover, handovers_for, is_allowed
from monitor.handovers.actions import (
    TEXT_CHARACTERS,
    Changed,
    KindOff,
    NotReleased,
    SamePerson,
    WordsMissing,
    WrongName,
    do_close,
    do_edit,
    do_export,
    do_log,
    do_look,
    do_second,
    do_sign,
    do_start,
)
from monitor.handovers.cap import NotCap, export_cap
from monitor.handovers.document import Incomplete, export_json, given_fields, problems_of
from monitor.handovers.family import export_csv
from monitor.handovers.kinds import SPECS, Spec, spec_of
from monitor.handovers.meetings import NoOwner, do_add_step
from monitor.handovers.models import EntryKind, Handover, HandoverState, Kind, Result
from monitor.handovers.pdf import export_pdf
from monitor.handovers.send import NoWebhook, do_send
from monitor.triage.access import CaseNotFound, access_case
from monitor.triage.models import Case

PER_PAGE = 50
MADE = {
    "pdf": (export_pdf, "application/pdf"),
    "json": (export_json, "application/json"),
    "csv": (export_csv, "text/csv; charset=utf-8"),
    "cap": (export_cap, "application/cap+xml"),
}
REFUSED: dict[type[Exception], str | Promise] = {
    Changed: _("Somebody changed this hand-over meanwhile. Look at it again; nothing was done."),
    KindOff: _("The district does not allow emergency disclosures. IT staff can set HEED_EMERGENCY_DISCLOSURE."),
    NotReleased: _("Nothing leaves before the hand-over is signed, and approved where that is needed."),
    SamePerson: _("The second person must be somebody else than the author."),
    WordsMissing: _("Write a few words."),
    WrongName: _("Type your own name as it stands at the top of the page."),
    NoWebhook: _("No webhook is set up for this. IT staff can set HEED_HANDOVER_WEBHOOK_URL."),
    NoOwner: _("Choose somebody who may see this case."),
}
KEPT = _("Kept.")


@require_safe
@sees_cases
def handover_list(request: SignedIn) -> HttpResponse:
    """The hand-overs of a person's schools, latest first; nothing sealed is opened."""
    rows = handovers_for(request.user).select_related("case__site", "created_by", "sending")
    rows = rows.defer("fields", "document")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "console/handovers/list.html", {"tab": "care", "page": page})


@require_safe
@sees_cases
def choose(request: SignedIn, case_id: str) -> HttpResponse:
    """Which kind of hand-over?"""
    case = _case(request, case_id)
    context = {
        "tab": "care",
        "case": case,
        "specs": [(spec, str(spec.kind.label)) for spec in SPECS.values() if is_allowed(spec.kind)],
        "earlier": handovers_for(request.user)
        .filter(case=case)
        .select_related("created_by")
        .defer("fields", "document"),
    }
    return render(request, "console/handovers/choose.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sees_cases
def new(request: SignedIn, case_id: str, kind: str) -> HttpResponse:
    """A new form, and keeping it as a draft."""
    case = _case(request, case_id)
    spec = SPECS.get(Kind(kind)) if kind in Kind.values and is_allowed(kind) else None
    if spec is None:
        raise Http404
    if request.method != "POST":
        return _form(request, case, spec)
    answers, chosen = _sent(request, spec)
    handover = do_start(case, actor=request.user, kind=spec.kind, fields=answers, recipients=sorted(chosen))
    return redirect("handovers:show", handover.public_id)


@require_safe
@sees_cases
def show(request: SignedIn, public_id: str) -> HttpResponse:
    """A hand-over as it stands; the look goes on the audit chain."""
    handover = do_look(_handover(request, public_id), actor=request.user)
    problems = {}
    if handover.state == HandoverState.DRAFT:
        spec = spec_of(handover.kind)
        problems = problems_of(spec, given_fields(handover), handover.recipients.count())
    labels = [_label(spec_of(handover.kind), key) for key in problems]
    context = {"tab": "care", "page": build_record(handover, request.user), "missing": labels}
    return render(request, "console/handovers/show.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sees_cases
def edit(request: SignedIn, public_id: str) -> HttpResponse:
    """Change a draft."""
    handover = do_look(_handover(request, public_id), actor=request.user)
    spec = spec_of(handover.kind)
    if handover.state != HandoverState.DRAFT:
        messages.warning(request, _("What is signed is never changed. Begin another hand-over instead."))
        return redirect("handovers:show", handover.public_id)
    if request.method != "POST":
        problems = problems_of(spec, given_fields(handover), handover.recipients.count())
        return _form(request, handover.case, spec, handover=handover, problems=problems)
    answers, chosen = _sent(request, spec)
    revision = _number(request, "revision")
    return _do(
        request,
        handover,
        lambda: do_edit(handover, actor=request.user, revision=revision, fields=answers, recipients=sorted(chosen)),
    )


@require_POST
@sees_cases
def sign(request: SignedIn, public_id: str) -> HttpResponse:
    """Sign a draft under one's own name."""
    handover, name = _handover(request, public_id), request.POST.get("name", "")[:200]
    try:
        return _do(
            request,
            handover,
            lambda: do_sign(handover, actor=request.user, typed_name=name, revision=_number(request, "revision")),
            _("Signed. Its content never changes from now on."),
        )
    except Incomplete as error:
        labels = ", ".join(_label(spec_of(handover.kind), key) for key in error.problems)
        messages.warning(request, gettext("Before you sign, fill in: {labels}.").format(labels=labels))
        return redirect("handovers:edit", handover.public_id)


@require_POST
@sees_cases
def second(request: SignedIn, public_id: str) -> HttpResponse:
    """Approve or refuse as the second person."""
    handover, sent = _handover(request, public_id), request.POST
    is_approved = sent.get("answer") == "approve"
    return _do(
        request,
        handover,
        lambda: do_second(
            handover,
            actor=request.user,
            typed_name=sent.get("name", "")[:200],
            digest=sent.get("digest", "")[:64],
            approve=is_approved,
            reason=sent.get("reason", "")[:TEXT_CHARACTERS],
        ),
        _("Approved. It may be handed over.") if is_approved else _("Refused. Nothing is handed over."),
    )


@require_POST
@sees_cases
def export(request: SignedIn, public_id: str) -> HttpResponse:
    """The file of a signed hand-over; the export goes on the audit chain."""
    handover, wanted = _handover(request, public_id), request.POST.get("format", "")
    if wanted not in formats_of(handover.kind):
        raise Http404
    try:
        fresh = do_export(handover, actor=request.user, format_name=wanted)
        make, media_type = MADE[wanted]
        body = make(fresh)
    except NotReleased:
        messages.warning(request, str(REFUSED[NotReleased]))
        return redirect("handovers:show", handover.public_id)
    except NotCap as error:
        messages.warning(request, gettext("This is no CAP message: {error}.").format(error=error))
        return redirect("handovers:show", handover.public_id)
    name = f"handover-{handover.public_id}.{'xml' if wanted == 'cap' else wanted}"
    return HttpResponse(
        body, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_POST
@sees_cases
def send(request: SignedIn, public_id: str) -> HttpResponse:
    """Send a signed hand-over to the district's webhook."""
    handover = _handover(request, public_id)
    return _do(request, handover, lambda: do_send(handover, actor=request.user), _("It is on its way."))


@require_POST
@sees_cases
def log(request: SignedIn, public_id: str) -> HttpResponse:
    """Write a line into the log."""
    handover, kind = _handover(request, public_id), request.POST.get("kind", "")
    if kind not in EntryKind.values or kind == EntryKind.CLOSING:
        raise Http404
    text = request.POST.get("text", "")[:TEXT_CHARACTERS]
    return _do(
        request, handover, lambda: do_log(handover, actor=request.user, kind=EntryKind(kind), text=text), _("Written.")
    )


@require_POST
@sees_cases
def step(request: SignedIn, public_id: str) -> HttpResponse:
    """Write down who does what by when."""
    handover, sent = _handover(request, public_id), request.POST
    try:
        due_on = date.fromisoformat(sent.get("due_on", ""))
    except ValueError:
        messages.warning(request, _("Choose a day."))
        return redirect("handovers:show", handover.public_id)
    owner = User.objects.filter(pk=_number(request, "owner")).first()
    return _do(
        request,
        handover,
        lambda: do_add_step(handover, actor=request.user, text=sent.get("text", "")[:1000], owner=owner, due_on=due_on),
        _("Written."),
    )


@require_POST
@sees_cases
def close(request: SignedIn, public_id: str) -> HttpResponse:
    """End a hand-over."""
    handover, result = _handover(request, public_id), request.POST.get("result", "")
    if result not in Result.values:
        messages.warning(request, _("Choose how it went."))
        return redirect("handovers:show", handover.public_id)
    text = request.POST.get("text", "")[:TEXT_CHARACTERS]
    return _do(
        request,
        handover,
        lambda: do_close(handover, actor=request.user, result=Result(result), text=text),
        _("Closed."),
    )


def _do(request: SignedIn, handover: Handover, act: Callable[[], object], done: str | Promise = KEPT) -> HttpResponse:
    """Carry out `act`, or say what stood in the way; then the hand-over's page."""
    try:
        act()
        messages.success(request, str(done))
    except tuple(REFUSED) as refusal:
        messages.warning(request, str(REFUSED[type(refusal)]))
    return redirect("handovers:show", handover.public_id)


def _form(
    request: SignedIn, case: Case, spec: Spec, handover: Handover | None = None, problems: dict[str, str] | None = None
) -> HttpResponse:
    page = build_form(case, request.user, spec, handover=handover, problems=problems)
    return render(request, "console/handovers/form.html", {"tab": "care", "page": page})


def _sent(request: HttpRequest, spec: Spec) -> tuple[dict[str, str], set[int]]:
    """What the form holds: answers by key, and the recipients chosen. An unknown choice counts as none."""
    answers = {field.key: request.POST.get(field.key, "") for field in spec.fields}
    for field in spec.fields:
        if field.choices and answers[field.key] not in dict(field.choices):
            answers[field.key] = ""
    chosen = {int(key) for key in request.POST.getlist("recipients") if _is_number(key)}
    return answers, chosen


def _label(spec: Spec, key: str) -> str:
    field = spec.field(key)
    return str(field.label) if field else gettext("Who receives it")


def _number(request: HttpRequest, name: str) -> int:
    given = request.POST.get(name, "")
    return int(given) if _is_number(given) else 0


def _is_number(given: str) -> bool:
    return given.isascii() and given.isdecimal() and len(given) < 10


def _case(request: SignedIn, case_id: str) -> Case:
    try:
        return access_case(request.user, case_id)
    except CaseNotFound:
        raise Http404 from None


def _handover(request: SignedIn, public_id: str) -> Handover:
    try:
        return access_handover(request.user, public_id)
    except HandoverNotFound:
        raise Http404 from None
