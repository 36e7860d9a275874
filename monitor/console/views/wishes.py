"""How a person wants the console to be: named filters of the queue, and texts that stand open or folded."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitor.accounts.wishes import (
    NAME_CHARACTERS,
    VIEWS_AT_MOST,
    NameMissing,
    TooManyViews,
    do_delete_view,
    do_keep_texts,
    do_save_view,
)
from monitor.console.choosing import choice_from
from monitor.console.doors import SignedIn, sees_cases


@require_POST
@sees_cases
def save_view(request: SignedIn) -> HttpResponse:
    """Keep the filter that the queue shows now under a name."""
    query = choice_from(request.user, request.POST.dict()).query
    try:
        view = do_save_view(request.user, name=request.POST.get("name", "").replace("\0", ""), query=query)
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    except NameMissing:
        messages.warning(request, _("Give the view a name of at most %(most)d characters.") % {"most": NAME_CHARACTERS})
    except TooManyViews:
        messages.warning(request, _("There are %(most)d views already. Delete one first.") % {"most": VIEWS_AT_MOST})
    return _to_queue(query)


@require_POST
@sees_cases
def delete_view(request: SignedIn, key: int) -> HttpResponse:
    """Forget one of one's own saved views; another person's is not there."""
    if do_delete_view(request.user, key):
        messages.success(request, _("The view is deleted. No case has changed."))
    return _to_queue(choice_from(request.user, request.POST.dict()).query)


@require_POST
@sees_cases
def reading(request: SignedIn) -> HttpResponse:
    """Whether unveiled texts stand open or are folded."""
    is_open = request.POST.get("texts") == "open"
    do_keep_texts(request.user, is_open=is_open)
    messages.success(
        request,
        _("Texts stand open once you have said why you look.")
        if is_open
        else _("Texts are folded, and you open them one by one."),
    )
    return redirect("console:account")


def _to_queue(query: str) -> HttpResponse:
    return redirect(reverse("console:queue") + (f"?{query}" if query else ""))
