"""What every answer of the console carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
