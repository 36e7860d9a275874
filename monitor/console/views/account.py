"""A person's own account: where they are signed in, their second factor, and proving again who they are."""

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitor.accounts.google_sign_in import google_client
from monitor.accounts.languages import choose_language
from monitor.accounts.second_factor import accept_code, begin_second_factor, confirm_second_factor, has_second_factor
from monitor.accounts.sessions import end_all_sessions, end_session, open_sessions
from monitor.accounts.totp import provisioning_uri
from monitor.console import sudo
from monitor.console.doors import MUST_SET_UP, SignedIn, own_account
from monitor.console.forms import CodeForm, LanguageForm, ProofForm
from monitor.console.sign_in_limit import is_over_limit, record_refusal
from monitor.roster.models import District

TOO_OFTEN = gettext_lazy("Too many tries. Wait 15 minutes, then try again.")


@require_safe
@own_account
def account(request: SignedIn) -> HttpResponse:
    """Who one is here, and in which browsers one is signed in."""
    district = District.objects.first()
    context = {
        "tab": "account",
        "sessions": open_sessions(request.user),
        "this_session": request.session.session_key,
        "has_factor": has_second_factor(request.user),
        "has_password": request.user.has_usable_password(),
        "languages": settings.LANGUAGES,
        "zone": district.time_zone if district else "UTC",
        "sites": list(request.user.site_access.values_list("site__name", flat=True).order_by("site__name")),
    }
    return render(request, "console/account.html", context)


@require_POST
@own_account
def language(request: SignedIn) -> HttpResponse:
    """Speak to this person in another language from now on, also on the page on which they sign in."""
    form = LanguageForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose one of the languages."))
        return redirect("console:account")
    code = form.cleaned_data["language"]
    choose_language(request.user, code)
    response = redirect("console:account")
    if code:
        translation.activate(code)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    messages.success(request, _("The language is kept with your account."))
    return response


@require_POST
@own_account
def end(request: SignedIn, key: int) -> HttpResponse:
    """Sign out one browser elsewhere."""
    if end_session(request.user, key, actor=request.user):
        messages.success(request, _("That browser is signed out."))
    return redirect("console:account")


@require_POST
@own_account
def end_others(request: SignedIn) -> HttpResponse:
    """Sign out every other browser."""
    if end_all_sessions(request.user, actor=request.user.actor, keep=request.session.session_key or ""):
        messages.success(request, _("Every other browser is signed out."))
    return redirect("console:account")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
@own_account
def second_factor(request: SignedIn) -> HttpResponse:
    """Set up the authenticator app; the recovery codes are shown this once."""
    if has_second_factor(request.user) or not request.user.has_usable_password():
        return redirect("console:account")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        codes = None
        if not is_over_limit(request, request.user.email):
            codes = confirm_second_factor(request.user, form.cleaned_data["code"])
        if codes:
            request.session.pop(MUST_SET_UP, None)
            end_all_sessions(request.user, actor=request.user.actor, keep=request.session.session_key or "")
            return render(request, "console/recovery_codes.html", {"tab": "account", "codes": codes})
        record_refusal(request, request.user.email)
        form.add_error("code", _("This is not the code that your app shows now. Wait for the next one and try it."))
    secret = begin_second_factor(request.user).secret
    uri = provisioning_uri(secret, request.user.email)
    context = {
        "tab": "account",
        "form": form,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "drawing": _qr_code(uri),
        "must": MUST_SET_UP in request.session,
    }
    return render(request, "console/second_factor.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("proof")
@own_account
def confirm(request: SignedIn) -> HttpResponse:
    """Prove again who sits here, then go on to what needed it."""
    with_code = has_second_factor(request.user)
    form = ProofForm(request.POST if request.method == "POST" else None)
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if request.method == "POST" and form.is_valid():
        if is_over_limit(request, request.user.email):
            form.add_error("proof", TOO_OFTEN)
        elif _is_proved(request, form.cleaned_data["proof"], with_code=with_code):
            sudo.grant(request)
            is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
            return redirect(wanted if is_ours else resolve_url("console:account"))
        else:
            record_refusal(request, request.user.email)
            form.add_error("proof", _("That is not right. Try once more."))
    context = {
        "tab": "account",
        "form": form,
        "next": wanted,
        "with_code": with_code,
        "with_password": request.user.has_usable_password(),
        "with_google": google_client("") is not None,
    }
    return render(request, "console/confirm.html", context, status=422 if form.errors else 200)


def _is_proved(request: SignedIn, proof: str, *, with_code: bool) -> bool:
    return accept_code(request.user, proof) if with_code else request.user.check_password(proof)


def _qr_code(uri: str) -> str:
    """The address as a drawing in a `data:` URL: it passes no other host and rests in no file."""
    return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="#ffffff", dark="#000000"))
