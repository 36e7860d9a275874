"""Signing in with a password and a code, and signing out. Google's way is beside this file."""

from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from monitor.accounts.google_sign_in import google_client
from monitor.accounts.models import User, Way
from monitor.accounts.second_factor import accept_code, has_second_factor
from monitor.accounts.sessions import forget_session
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.console.forms import CodeForm, SignInForm
from monitor.console.sign_in_limit import is_over_limit, record_refusal
from monitor.console.signing_in import onward, open_session, wait_for_code, waiting_for_code

WRONG = _("This address and password do not belong together. Check both, or ask your IT staff for a new password.")
WRONG_CODE = _("This code is not right, or it was used already. Wait for your app's next code, or use a recovery code.")
TOO_OFTEN = _("Too many tries. Wait 15 minutes, then try again, or ask your IT staff for help.")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page."""
    if isinstance(request.user, User):
        return redirect(onward(request, request.user, _wanted(request)))
    if request.method != "POST":
        return _page(request, SignInForm(), 200)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    if is_over_limit(request, form.cleaned_data["email"]):
        form.add_error(None, TOO_OFTEN)
        return _page(request, form, 429)
    user = _person(request, form)
    return _page(request, form, 422) if user is None else _enter(request, user)


def _person(request: HttpRequest, form: SignInForm) -> User | None:
    """Whose address and password these are; None after `form` was told that they are nobody's."""
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    user = authenticate(request, username=email, password=password)
    if isinstance(user, User):
        return user
    record_refusal(request, email)
    form.add_error(None, WRONG)
    return None


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    """The password was right: in, or on to the second step."""
    if has_second_factor(user):
        wait_for_code(request, user, _wanted(request))
        return redirect("console:sign_in_code")
    open_session(request, user, Way.PASSWORD)
    return redirect(onward(request, user, _wanted(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """The second step: the code of the authenticator app, or one from paper."""
    waiting = waiting_for_code(request)
    if waiting is None:
        return redirect("console:sign_in")
    user, wanted = waiting
    form, status = CodeForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if is_over_limit(request, user.email):
            form.add_error(None, TOO_OFTEN)
            status = 429
        elif form.is_valid() and accept_code(user, form.cleaned_data["code"]):
            open_session(request, user, Way.PASSWORD)
            return redirect(onward(request, user, wanted))
        elif form.is_valid():
            record_refusal(request, user.email)
            form.add_error("code", WRONG_CODE)
    return render(request, "console/sign_in_code.html", {"form": form}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and everything it had unveiled."""
    if isinstance(request.user, User):
        record(Tag.SIGNED_OUT, actor=request.user.actor)
        forget_session(request.session.session_key or "")
    logout(request)
    return redirect("console:sign_in")


def _page(request: HttpRequest, form: SignInForm, status: int) -> HttpResponse:
    context = {"form": form, "next": _wanted(request), "with_google": google_client("") is not None}
    return render(request, "console/sign_in.html", context, status=status)


def _wanted(request: HttpRequest) -> str:
    return request.POST.get("next") or request.GET.get("next") or ""
