"""The pages of reporters: a form for each school, their conversation behind a code, and Twilio's call.

Nothing here asks who somebody is, sets a cookie, or needs a script. The code of a conversation travels in the body of
a form, never in an address. The check against forged forms is left out, because it needs a cookie and protects a
session's rights, of which there are none here; each form carries a signed token instead.
"""

import logging
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import dateformat, translation
from django.utils.translation import pgettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.calendars.notice import crisis_lines, wakes
from monitor.console.report_forms import TRAP, ReportForm
from monitor.console.sign_in_limit import network_address
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.tips.codes import StaleForm, code_index, code_of, new_form_token, read_form_token
from monitor.tips.limits import count_refusal, is_over, place_of, take
from monitor.tips.models import MessageDirection, Tip, TipChannel, TipMessage
from monitor.tips.receive import TEXT_CHARACTERS, ConversationFull, Hurry, Report, add_message, open_tip
from monitor.tips.sms import Answer, Malformed, is_signed, receive_sms
from monitor.tips.words import SMS_NO_LINE, SMS_TOO_MANY, SMS_WELCOME, WORDS, language_of

logger = logging.getLogger(__name__)


@require_safe
def schools(request: HttpRequest) -> HttpResponse:
    """Which school?"""
    return _page(request, "schools", _language(request), sites=list(Site.objects.filter(is_active=True)))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def report(request: HttpRequest, code: str) -> HttpResponse:
    """The form of one school; after sending, the reporter's code."""
    site = Site.objects.filter(code=code, is_active=True).first()
    if site is None:
        raise Http404
    language = _language(request)
    words = WORDS[language]
    if request.method != "POST":
        return _form(request, site, language, ReportForm(words))
    form = ReportForm(words, request.POST)
    if not form.is_valid():
        return _form(request, site, language, form, status=422)
    if form.cleaned_data[TRAP]:
        count_refusal("robot")
        form.add_error(None, f"{words['trap']}: {TRAP}")
        return _form(request, site, language, form, status=422)
    return _send(request, site, language, form)


def _send(request: HttpRequest, site: Site, language: str, form: ReportForm) -> HttpResponse:
    given, words = form.cleaned_data, WORDS[language]
    try:
        nonce = read_form_token(given["token"])
    except StaleForm:
        form.add_error(None, words["stale"])
        return _form(request, site, language, form, status=422)
    external_id = f"web:{nonce}"
    is_known = TipMessage.objects.filter(external_id=external_id).exists()
    if not is_known and not take("tip", network_address(request)):
        form.add_error(None, words["too_many"])
        return _form(request, site, language, form, status=429)
    code = code_of(nonce)
    open_tip(
        Report(
            site=site,
            channel=TipChannel.WEB,
            text=given["text"],
            external_id=external_id,
            hurry=Hurry(given["hurry"]),
            about=given["about"],
            reporter=given["reporter"] if given["identity"] == "confidential" else "",
            language=language,
            code_index=code_index(code),
            is_about_staff=given["staff"],
        )
    )
    return _page(request, "sent", language, site=site, code=code, is_about_staff=given["staff"])


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def talk(request: HttpRequest) -> HttpResponse:
    """The conversation of whoever has its code."""
    language = _language(request)
    if request.method != "POST":
        return _page(request, "talk", language)
    words, address = WORDS[language], network_address(request)
    if is_over("code", address):
        return _page(request, "talk", language, status=429, mistake=words["too_many_codes"])
    code = request.POST.get("code", "")[:100]
    index = code_index(code)
    tip = Tip.objects.select_related("site", "case").filter(code_index=index).first() if index else None
    if tip is None:
        take("code", address)
        record(Tag.TIP_CODE_REFUSED, actor=f"visitor:{place_of('code', address)[:16]}")
        return _page(request, "talk", language, status=422, mistake=words["wrong_code"])
    return _conversation(request, tip, code, language)


def _conversation(request: HttpRequest, tip: Tip, code: str, language: str) -> HttpResponse:
    """The thread, after adding what was sent with it."""
    text, words, note, mistake, status = request.POST.get("text", "").strip(), WORDS[language], "", "", 200
    if text:
        problem = _add(request, tip, text[:TEXT_CHARACTERS])
        note, mistake, status = ("", words[problem], 422) if problem else (words["added"], "", 200)
    spoken = [MessageDirection.FROM_REPORTER, MessageDirection.TO_REPORTER]
    messages = list(TipMessage.objects.filter(tip=tip, direction__in=spoken).order_by("at", "id"))
    context = {
        "site": tip.site,
        "code": code,
        "thread": messages,
        "has_answer": any(message.direction == MessageDirection.TO_REPORTER for message in messages),
        "is_closed": Tip.objects.filter(pk=tip.pk).exclude(closed_at=None).exists(),
        "note": note,
        "mistake": mistake,
        "kept_text": text if mistake else "",
    }
    return _page(request, "thread", language, status=status, **context)


def _add(request: HttpRequest, tip: Tip, text: str) -> str:
    """Add a message; the key of what to say when it could not be kept."""
    try:
        nonce = read_form_token(request.POST.get("token", ""))
    except StaleForm:
        return "stale"
    external_id = f"web:{nonce}"
    if TipMessage.objects.filter(external_id=external_id).exists():
        return ""
    if not take("message", network_address(request)):
        return "too_many"
    try:
        add_message(tip, text, external_id)
    except ConversationFull:
        return "full"
    return ""


@csrf_exempt
@require_POST
@sensitive_post_parameters()
def sms(request: HttpRequest) -> HttpResponse:
    """Twilio brings a text message. Only its signature opens this door."""
    fields = {name: request.POST.getlist(name) for name in request.POST}
    signature = request.headers.get("X-Twilio-Signature", "")
    if not is_signed(settings.HEED_TIPS_SMS_URL, fields, signature, settings.HEED_TWILIO_TOKEN):
        return _refuse(request)
    try:
        answer, tip = receive_sms({name: values[-1] for name, values in fields.items()})
    except Malformed as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain")
    site = tip.site.name if tip else ""
    said = {
        Answer.WELCOME: SMS_WELCOME.format(site=site),
        Answer.TOO_MANY: SMS_TOO_MANY,
        Answer.NO_LINE: SMS_NO_LINE,
        Answer.NOTHING: "",
    }[answer]
    message = f"<Message>{escape(said)}</Message>" if said else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
    return HttpResponse(body, content_type="text/xml")


def _refuse(request: HttpRequest) -> HttpResponse:
    """A call that Twilio did not make: counted, logged, and once an hour and address on the audit chain."""
    address = network_address(request)
    place = place_of("forged", address)[:16]
    logger.warning("a call of the text message address without a right signature was refused (visitor:%s)", place)
    if take("forged", address):
        count_refusal("forged")
        why = "unsigned" if settings.HEED_TWILIO_TOKEN else "no HEED_TWILIO_TOKEN"
        record(Tag.TIP_CALL_REFUSED, actor=f"visitor:{place}", why=why)
    return HttpResponse("the signature does not fit\n", status=403, content_type="text/plain")


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang") or request.POST.get("lang")
    # Nobody chose on this page: what the console chose by account, cookie, browser or settings.
    return language_of(asked if asked is not None else translation.get_language() or "")


def _form(request: HttpRequest, site: Site, language: str, form: ReportForm, status: int = 200) -> HttpResponse:
    asleep = ""
    now = clock.now()
    if (wakes_at := wakes(site, now)) > now:
        until = wakes_at.astimezone(ZoneInfo(site.time_zone))
        with translation.override(language):
            day = dateformat.format(until, pgettext("date format", "l, F j"))
        asleep = WORDS[language]["asleep"].format(site=site.name, until=day)
    return _page(request, "form", language, status=status, site=site, form=form, asleep=asleep)


def _page(request: HttpRequest, name: str, language: str, status: int = 200, **context: Any) -> HttpResponse:
    words, site = WORDS[language], context.get("site")
    named = {key: text.format(site=site.name, until="") if site else text for key, text in words.items()}
    with translation.override(language):
        base = {
            "words": named,
            "page_language": language,
            "other_language": "es" if language == "en" else "en",
            "token": new_form_token(),
            "lines": crisis_lines(),
        }
        response = render(request, f"console/tips/report_{name}.html", {**base, **context}, status=status)
        response.headers["Content-Language"] = language
    return response
