"""Signing in and out."""

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.console.doors import first_page
from monitor.console.forms import SignInForm
from monitor.console.sign_in_limit import is_over_limit, record_refusal

WRONG = "This address and password do not belong together. Check both, or ask your IT staff for a new password."
TOO_OFTEN = "Too many tries. Wait 15 minutes, then try again, or ask your IT staff for help."


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page."""
    if isinstance(request.user, User):
        return redirect(_onward(request, request.user))
    if request.method != "POST":
        return render(request, "console/sign_in.html", {"form": SignInForm(), "next": request.GET.get("next", "")})
    form = SignInForm(request.POST)
    status = 422
    if form.is_valid():
        email, password = form.cleaned_data["email"], form.cleaned_data["password"]
        if is_over_limit(request, email):
            form.add_error(None, TOO_OFTEN)
            status = 429
        else:
            user = authenticate(request, username=email, password=password)
            if isinstance(user, User):
                login(request, user)
                record(Tag.SIGNED_IN, actor=user.actor)
                return redirect(_onward(request, user))
            record_refusal(request, email)
            form.add_error(None, WRONG)
    context = {"form": form, "next": request.POST.get("next", "")}
    return render(request, "console/sign_in.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and everything it had unveiled."""
    if isinstance(request.user, User):
        record(Tag.SIGNED_OUT, actor=request.user.actor)
    logout(request)
    return redirect("console:sign_in")


def _onward(request: HttpRequest, user: User) -> str:
    """The page that was asked for before signing in, if it is ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return first_page(user)
