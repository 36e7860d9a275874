"""What every answer of the console carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from monitor.accounts.languages import chosen_language
from monitor.accounts.models import User

Answer = Callable[[HttpRequest], HttpResponse]


def no_store(answer: Answer) -> Answer:
    """Keep every page out of browser and proxy caches: after signing out nothing is left to look back at.

    The console's own static files are answered by WhiteNoise before this middleware and stay cacheable.
    """

    def answer_without_storing(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response["Cache-Control"] = "no-store"
        return response

    return answer_without_storing


def closed(answer: Answer) -> Answer:
    """Say on every answer, files included, that no other site may load it and that no page uses a device."""

    def answer_closed(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return response

    return answer_closed


def by_account(answer: Answer) -> Answer:
    """Answer whoever is signed in, in the language of their account.

    Everybody else, and who chose none, is answered as Django's `LocaleMiddleware` found before: by the cookie of an
    earlier choice in this browser, by what the browser asks for, else in the language of the installation.
    """

    def answer_in_their_language(request: HttpRequest) -> HttpResponse:
        chosen = chosen_language(request.user) if isinstance(request.user, User) else ""
        with translation.override(chosen or translation.get_language()):
            response = answer(request)
            response.headers.setdefault("Content-Language", str(translation.get_language()))
        return response

    return answer_in_their_language
