"""From a text message to a closed hand-over, and from the web form to an answer: real browser, real HTTP, real mail."""

import re
import urllib.request
from urllib.parse import urlencode

import pytest

from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.send import send_due
from monitor.audit.chain import verify
from monitor.audit.models import AuditEvent
from monitor.handovers.models import Handover, Kind
from monitor.roster.models import Site
from monitor.tips.models import Tip, TipClosing
from monitor.tips.scoring import score_messages
from monitor.tips.send import send_replies
from tests.browser.conftest import PHONE, keep_picture
from tests.browser.looks import FITS
from tests.fakes.web import web_server
from tests.rooms.detection.marker import MarkerClassifier
from tests.rooms.factories import PASSWORD, make_account
from tests.rooms.handovers.forms import make_recipient
from tests.rooms.tips.reporting import LINE, NUMBER, TOKEN, make_line, signature_of, text_message

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
FIRST = "a girl in my class, Wren, says she does not want to be here any more. sign-self_harm2"
SECOND = "library, second floor. her friend is with her"


def bring(url: str, fields: dict[str, str]) -> str:
    """What Twilio does: a signed call over HTTP."""
    request = urllib.request.Request(
        f"{url}/report/sms/", urlencode(fields).encode(),
        {"X-Twilio-Signature": signature_of(fields, url=f"{url}/report/sms/")},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


def fits(page) -> None:
    page.wait_for_load_state("domcontentloaded")  # a click ends when the answer begins: there may be no element yet
    assert page.evaluate(FITS), page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_from_a_text_message_to_a_closed_hand_over(
    valley, open_page, live_server, mailbox, settings, screenshots, scripts
):
    settings.HEED_CONSOLE_URL, settings.HEED_TIPS_SMS_URL = live_server.url, f"{live_server.url}/report/sms/"
    settings.HEED_TWILIO_TOKEN, settings.HEED_TWILIO_ACCOUNT = TOKEN, "AC1"
    site = Site.objects.get(code="cedar-high")
    make_line(site)
    make_recipient(Kind.SCREENING, site, name="Nurse Odalys Finch")
    wren = make_account(site, name="Wren Castellan-Moss", address="wren.cm@cedarvalley.example")

    page = open_page(PHONE, java_script_enabled=scripts)
    tip = _arrives(live_server.url, mailbox, page, valley)
    keep_picture(page, screenshots, f"tip-open-{'scripts' if scripts else 'plain'}")
    _talks(live_server.url, settings, page)
    _hands_over(page, wren, valley)
    keep_picture(page, screenshots, f"hand-over-closed-{'scripts' if scripts else 'plain'}")
    _closes(page)

    handover = Handover.objects.get()
    assert (handover.state, handover.case.account, handover.result) == ("closed", wren, "linked")
    assert TipClosing.objects.get().tip == tip
    assert TipClosing.objects.get().actions == ["called_family", "screening"]
    tags = set(AuditEvent.objects.values_list("tag", flat=True))
    assert {"tip:message:view", "tip:conversation:close", "handover:record:sign", "handover:record:export"} <= tags
    verify()


def _arrives(url: str, mailbox, page, valley) -> Tip:
    """A student writes and is answered at once; a contact is mailed without a word of it, and follows the link."""
    assert "988" in bring(url, text_message(FIRST))
    assert score_messages(classifier=MarkerClassifier()) == 1
    prepare_deliveries()
    send_due()
    tip = Tip.objects.get()
    mail = next(mail for mail in mailbox.read() if tip.case.public_id in mail.as_string())
    assert "Wren" not in mail.as_string()
    link = re.search(r"http://\S+/cases/\w+/", mail.get_body(("plain",)).get_content())[0]
    page.goto(link)
    page.get_by_label("E-mail address").fill(valley.administrator.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tip: self-harm or suicide")
    expect(page.get_by_text("does not want to be here")).to_have_count(0)
    fits(page)
    page.get_by_role("button", name="Take this case").click()
    page.get_by_role("button", name="Triage this case").click()
    expect(page.get_by_text("does not want to be here")).to_be_visible()
    return tip


def _talks(url: str, settings, page) -> None:
    """Somebody asks back by text message, and gets an answer."""
    with web_server() as twilio:
        settings.HEED_TWILIO_ENDPOINT = twilio.url
        page.get_by_label("Your words").fill("Thank you. Where is she now?")
        page.get_by_role("button", name="Send the answer").click()
        expect(page.get_by_text("Your answer is on its way.")).to_be_visible()
        assert send_replies() == 1
        (call,) = twilio.calls
        assert call.form == {"To": NUMBER, "From": LINE, "Body": "Thank you. Where is she now?"}
    assert "<Message>" not in bring(url, text_message(SECOND))
    page.reload()
    expect(page.get_by_text("1 more message since you looked")).to_be_visible()
    page.get_by_role("button", name="Follow-up").click()
    expect(page.get_by_text(SECOND)).to_be_visible()


def _hands_over(page, wren, valley) -> None:
    """The student is named; the hand-over is written, signed, taken along and closed."""
    page.get_by_label("School e-mail address of the student").fill(wren.address)
    page.get_by_role("button", name="Name the student").click()
    page.get_by_role("link", name="Hand over to those who help").click()
    page.get_by_role("link", name="Begin: suicide screening").click()
    fits(page)
    page.get_by_label("Nurse Odalys Finch").check()
    page.get_by_label("What the student said, wrote or did").fill("That she does not want to be here any more.")
    page.get_by_label(re.compile("^When ")).fill("This morning")
    page.get_by_label("Who noticed it, and when").fill("A classmate, by text message")
    page.get_by_label("Where the student is now").fill("Library, second floor")
    page.get_by_label("Is an adult with the student now?").select_option("yes")
    page.get_by_label("Was a guardian reached?").select_option("no")
    page.get_by_label("Who is asked to screen, by when").fill("Nurse Finch, within the hour")
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_label("Sign by typing your name").fill(valley.administrator.name)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Wren Castellan-Moss")).to_be_visible()
    fits(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    page.get_by_label("What happened").select_option("returned")
    page.get_by_label("Words", exact=True).fill("Screened at ten; guardian called; safety plan made.")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_label("How did it go?").select_option("linked")
    page.get_by_label("In a few words").fill("Sees the counselor every Monday.")
    page.get_by_role("button", name="Close the hand-over").click()
    expect(page.get_by_text("Sees the counselor every Monday.")).to_be_visible()


def _closes(page) -> None:
    """The tip is closed with what was done."""
    page.get_by_role("link", name=re.compile("^Case")).click()
    page.get_by_label("Handed over to care").check()
    page.get_by_label("Referred for suicide screening").check()
    page.get_by_label("Called the family").check()
    page.get_by_label("Why?").fill("The nurse has screened her; the family knows.")
    page.get_by_role("button", name="Close the tip").click()
    expect(page.get_by_text("is closed: Handed over to care")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_reporter_writes_and_reads_the_answer_on_a_phone(valley, open_page, live_server, screenshots, scripts):
    asked: list[str] = []
    page = open_page(PHONE, java_script_enabled=scripts, locale="es-MX")
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/report/to/lakeside/")  # which sleeps
    expect(page.get_by_text("está de vacaciones hasta el")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("is on a break until")).to_be_visible()
    expect(page.get_by_text("Nobody may be reading this at the moment. Call 911.")).to_be_visible()
    fits(page)
    keep_picture(page, screenshots, f"report-form-{'scripts' if scripts else 'plain'}")
    page.get_by_label("What is happening?").fill("Somebody writes mean things on the wall of locker room B.")
    page.get_by_label("It can wait a few days").check()
    page.get_by_label("No, stay anonymous").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="It has arrived")).to_be_visible()
    code = page.locator(".report-code").inner_text()
    page.get_by_role("link", name="Read the answer, or add something").click()
    page.get_by_label("Your code").fill(code.lower())
    page.get_by_role("button", name="Open").click()
    page.get_by_label("Add something").fill("It is about Kai.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Added.")).to_be_visible()
    fits(page)
    assert page.context.cookies() == []
    assert all(url.startswith(live_server.url) for url in asked)
    assert code.replace("-", "") not in "".join(asked)
    assert Tip.objects.get().messages.count() == 2
