"""Signing in with the district's Google accounts, and proving with Google again who one is."""

from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from monitor.accounts.google_sign_in import google_client, person_behind
from monitor.accounts.models import User, Way
from monitor.console import sudo
from monitor.console.doors import SignedIn
from monitor.console.sign_in_limit import is_over_limit, record_refusal
from monitor.console.signing_in import onward, open_session
from monitor.google.sign_in import Attempt, SignInClient, SignInRefused, authorization_url, identify, new_attempt
from monitor.roster.models import District

KEY = "google_attempt"
PLACE = "google"  # refusals are counted by network address; whose they are is not known
WHY = {
    "access_denied": _("You stopped at Google. Nothing happened; try again whenever you like."),
    "domain": _("This is not an account of your district. Choose your school account and try again."),
    "not_invited": _("Nobody has invited this account to Heed. Ask your IT staff for an invitation."),
    "other_person": _("This address belonged to somebody else before. Ask your IT staff for a new invitation."),
    "unverified": _("Google has not verified this address. Ask your IT staff."),
    "unreachable": _("Google did not answer. Try again in a minute."),
    "too_often": _("Too many tries. Wait 15 minutes, then try again."),
}
OTHERWISE = _("The sign-in took too long or was begun elsewhere. Begin it here again.")


@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to Google. With `prove=1` Google asks the person to sign in anew."""
    client, domain = _client()
    attempt, again = new_attempt(), "prove" in request.GET
    wanted = request.GET.get("next", "")
    request.session[KEY] = {
        "state": attempt.state, "nonce": attempt.nonce, "verifier": attempt.verifier, "next": wanted, "again": again,
    }  # fmt: skip
    return redirect(authorization_url(client, attempt, domain, again=again))


@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Google sent the browser back: who is it? One attempt is good for one answer."""
    client, domain = _client()
    kept = request.session.pop(KEY, None)
    try:
        if kept is None:
            raise SignInRefused("state")
        if "error" in request.GET:
            raise SignInRefused("access_denied")
        if is_over_limit(request, PLACE):
            raise SignInRefused("too_often")
        attempt = Attempt(kept["state"], kept["nonce"], kept["verifier"])
        given = {"code": request.GET.get("code", ""), "state": request.GET.get("state", "")}
        user = person_behind(identify(client, attempt, domain=domain, **given))
        return _prove(request, user, kept["next"]) if kept["again"] else _enter(request, user, kept["next"])
    except SignInRefused as refused:
        return _refuse(request, str(refused))


def _enter(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    open_session(request, user, Way.GOOGLE)
    return redirect(onward(request, user, wanted))


def _prove(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    """Only the person who is signed in can prove it is them."""
    if request.user != user:
        raise SignInRefused("other_person")
    sudo.grant(cast("SignedIn", request))
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if is_ours else resolve_url("console:account"))


def _refuse(request: HttpRequest, reason: str) -> HttpResponse:
    if reason not in {"access_denied", "too_often", "unreachable"}:
        record_refusal(request, PLACE)
    return render(request, "console/sign_in_refused.html", {"why": WHY.get(reason, OTHERWISE)}, status=403)


def _client() -> tuple[SignInClient, str]:
    client = google_client(f"{settings.HEED_CONSOLE_URL}{resolve_url('console:sign_in_google_back')}")
    domain = District.objects.values_list("domain", flat=True).first()
    if client is None or domain is None:
        message = "Google sign-in is not set up"
        raise Http404(message)
    return client, domain
