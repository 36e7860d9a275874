"""The checks of `worker.py doctor` of who is told and by what: contacts, Twilio, tips, webhooks, returned mail."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from monitor.accounts.models import READS_CONTENT, User
from monitor.alerts.bounces import LATE
from monitor.alerts.coverage import unheard_hours
from monitor.alerts.ladder import last_responders
from monitor.alerts.models import Channel, Contact, Delivery, DeliveryState
from monitor.alerts.returns import mailbox, return_mailbox
from monitor.alerts.transports.errors import TransportError
from monitor.alerts.transports.outside import twilio
from monitor.domain.channel import ChannelKind, address_problem
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.lib.checks import Check
from monitor.lib.http import AddressRefused, Door, NoAnswer
from monitor.lib.imap import MailboxError, count_mails
from monitor.lib.twilio import Line, TwilioAccount, TwilioError
from monitor.roster.models import Site
from monitor.tips.models import TipLine
from monitor.triage.staff import leads_without

SHORTEST_SECRET = 16  # characters
WEEK = 7 * 24
AWAY = frozenset({"127.0.0.1", "localhost", "::1"})
ADDRESS_REMEDY = "correct it in the district file and apply that"
TWILIO_REMEDY = "set HEED_TWILIO_ACCOUNT, HEED_TWILIO_TOKEN and HEED_TWILIO_FROM from Twilio's console"


def check_contacts() -> Iterator[Check]:
    """Has every address and number a form that can work? Nobody is asked."""
    wrong, count = [], 0
    for contact in Contact.objects.filter(is_active=True).select_related("site").prefetch_related("channels"):
        ways = [(ChannelKind.EMAIL, contact.email)]
        ways += [(ChannelKind(row.kind), row.address) for row in contact.channels.all() if row.is_active]
        for kind, address in ways:
            count += 1
            problem = address_problem(kind, address)
            if problem:
                place = contact.site.code if contact.site else "the district"
                wrong.append(Check(f"contact {contact.name}", False, f"{kind} of {place} {problem}", ADDRESS_REMEDY))
    yield from wrong
    if count and not wrong:
        yield Check("contacts", True, f"{count} addresses and numbers have the right form")


def check_quiet_hours() -> Iterator[Check]:
    """Is there a contact who may never be told, or an hour of the next week in which a severe case reaches nobody?"""
    for contact in Contact.objects.filter(is_active=True, is_last_responder=False, disturb_from=""):
        if set(contact.quiet_days) >= set(range(7)):
            remedy = "leave a day out of its quiet_days, or set disturb_from"
            yield Check(f"contact {contact.name}", False, "is quiet on all seven days and so is never told", remedy)
    now, has_last = clock.now().replace(minute=0, second=0, microsecond=0), bool(last_responders())
    for site in Site.objects.filter(is_active=True):
        hours = unheard_hours(site, Severity.SEVERE, now, WEEK)
        if not hours:
            continue
        words = (
            f"in {len(hours)} of the next {WEEK} hours everybody has quiet hours, first {hours[0]:%Y-%m-%d %H:%M} UTC"
        )
        if has_last:
            yield Check(f"quiet hours {site.code}", True, f"{words}; severe cases go to the last responder then")
            continue
        remedy = "give one contact shorter quiet hours or a shift, or name a last_responder in the district file"
        yield Check(f"quiet hours {site.code}", False, f"{words}; a severe case waits until they end", remedy)


def check_twilio() -> Iterator[Check]:
    """Where texts or calls are used: does the account answer, and is it in order?"""
    kinds = [ChannelKind.SMS.value, ChannelKind.VOICE.value]
    ways = Channel.objects.filter(is_active=True, contact__is_active=True, kind__in=kinds)
    lines = TipLine.objects.filter(is_active=True)
    if not ways.exists() and not lines.exists():
        return
    given = settings.HEED_TWILIO_ACCOUNT and settings.HEED_TWILIO_TOKEN
    if not given or (ways.exists() and not settings.HEED_TWILIO_FROM):
        yield Check("twilio", False, "texts or calls are to be sent, but it is not set up", TWILIO_REMEDY)
        return
    if ways.filter(kind=ChannelKind.VOICE.value).exists() and settings.HEED_TWILIO_FROM.startswith("MG"):
        words = "a messaging service (MG…) sends texts, but cannot call, and contacts have `voice`"
        yield Check("twilio", False, words, "set HEED_TWILIO_FROM to a number that can do both")
    account = twilio() if settings.HEED_TWILIO_FROM else _account_without_sender()
    try:
        status, kind = account.standing()
    except (TwilioError, NoAnswer, AddressRefused, TransportError) as error:
        yield Check("twilio", False, f"the account does not answer: {error}", TWILIO_REMEDY)
        return
    yield _standing(status, kind)
    for line in lines.select_related("site").order_by("number"):
        yield _line_check(account, line.number)


def check_tips() -> Iterator[Check]:
    """Where text messages are taken: can their signature be checked, and is the address one that Twilio can call?"""
    if not TipLine.objects.filter(is_active=True).exists():
        return
    if not settings.HEED_TWILIO_TOKEN:
        words = "no HEED_TWILIO_TOKEN, so every text message of a reporter is refused"
        yield Check("tip signature", False, words, "set it to the account's auth token")
    url = settings.HEED_TIPS_SMS_URL
    host = urlsplit(url).hostname or ""
    if host in AWAY or not url.startswith("https://"):
        remedy = "set HEED_CONSOLE_URL or HEED_TIPS_SMS_URL to the public https:// address"
        yield Check("tip address", False, f"{url} is none that Twilio can call", remedy)
        return
    yield _address_check(url, host)


def check_staff_matters() -> Iterator[Check]:
    """Is there somebody who may read a tip about a member of staff, whoever that is?"""
    name, leads = "tips about staff", leads_without(None).count()
    remedy = "worker.py user add EMAIL --name NAME --role safety_lead"
    if not leads:
        words = "nobody has the role safety_lead, and a tip about a member of staff is read by nobody else"
        is_in_use = User.objects.filter(is_active=True, role__in=READS_CONTENT).exists()
        yield Check(name, not is_in_use, words, remedy)
    elif leads == 1:
        yield Check(name, True, f"one safety lead reads them; nobody could read one about that very person ({remedy})")


def check_webhooks() -> Iterator[Check]:
    """Are the secrets there that sign what leaves, and long enough to be worth something?"""
    hooks = Channel.objects.filter(is_active=True, contact__is_active=True, kind=ChannelKind.WEBHOOK.value)
    if hooks.exists():
        yield _secret_check("webhook secret", "HEED_WEBHOOK_SECRET", settings.HEED_WEBHOOK_SECRET)
    url = settings.HEED_HANDOVER_WEBHOOK_URL
    if not url:
        return
    yield _secret_check("hand-over secret", "HEED_HANDOVER_WEBHOOK_SECRET", settings.HEED_HANDOVER_WEBHOOK_SECRET)
    try:
        Door(internal_hosts=settings.HEED_INTERNAL_HOSTS, seconds=10).check(url)
    except (AddressRefused, NoAnswer) as error:
        yield Check("hand-over address", False, f"the address {error}", "correct HEED_HANDOVER_WEBHOOK_URL")


def check_returns() -> Iterator[Check]:
    """Can the mailbox be read that mails come back to, and is any alert late?"""
    place = mailbox()
    if place is None:
        if not settings.HEED_MAIL_FOLDER:
            yield Check("returned mail", True, "no mailbox is read (HEED_IMAP_HOST): a late bounce is not seen")
        return
    try:
        count = count_mails(place)
    except MailboxError as error:
        how = "HEED_IMAP_TOKEN_URL, _CLIENT_ID, _CLIENT_SECRET" if place.token else "HEED_IMAP_PASSWORD"
        remedy = f"check HEED_IMAP_HOST, HEED_IMAP_USER, {how} and HEED_IMAP_FOLDER; it is retried by itself"
        yield Check("returned mail", False, str(error), remedy)
        return
    row = return_mailbox()
    read = f", read up to {row.read_at:%Y-%m-%d %H:%M} UTC" if row and row.read_at else ""
    yield Check("returned mail", True, f"{place.folder} of {place.user} opens, {count} mails lie there{read}")
    if row is not None and row.unreadable:
        yield Check("returned mail", True, f"{row.unreadable} of its mails could not be understood")
    since = clock.now() - timedelta(days=2)
    late = Delivery.objects.filter(state=DeliveryState.SENT, sent_at__gte=since, last_error__startswith=LATE)
    if count_late := late.count():
        yield Check("returned mail", True, f"{count_late} alerts of two days are late on their way to the recipient")


def _account_without_sender() -> TwilioAccount:
    """The account alone: tip lines answer from their own numbers."""
    hosts = settings.HEED_INTERNAL_HOSTS | {urlsplit(settings.HEED_TWILIO_ENDPOINT).hostname or ""}
    account, token = settings.HEED_TWILIO_ACCOUNT, settings.HEED_TWILIO_TOKEN
    return TwilioAccount.at(settings.HEED_TWILIO_ENDPOINT, account, token, sender="", door=Door(internal_hosts=hosts))


def _standing(status: str, kind: str) -> Check:
    if status != "active":
        return Check(
            "twilio", False, f"the account is {status or 'unknown'}", "see Twilio's console: billing, or a block"
        )
    if kind.lower() == "trial":
        words = "a trial account reaches only numbers that were verified in Twilio's console"
        return Check("twilio", False, words, "upgrade the account before anybody relies on it")
    return Check("twilio", True, "the account answers and is active")


def _line_check(account: TwilioAccount, number: str) -> Check:
    name, wanted = f"tip line {number}", settings.HEED_TIPS_SMS_URL
    try:
        line = account.line(number)
    except (TwilioError, NoAnswer, AddressRefused) as error:
        return Check(name, False, f"cannot be looked up: {error}", "try again; then see Twilio's console")
    problem = _line_problem(line, wanted)
    remedy = f"Twilio's console → Phone numbers → {number} → A message comes in: {wanted}, HTTP POST"
    return Check(name, not problem, problem or "takes texts and brings them here", remedy)


def _line_problem(line: Line | None, wanted: str) -> str:
    if line is None:
        return "the account has no such number"
    if not line.takes_texts:
        return "the number cannot take texts"
    if line.calls != wanted:
        where = f"calls {urlsplit(line.calls).hostname or 'something else'}" if line.calls else "calls nobody by itself"
        return f"a text to it {where}, not {wanted}"
    return "" if line.method.upper() in {"POST", ""} else f"it calls by {line.method}, which is refused"


def _address_check(url: str, host: str) -> Check:
    """Ask by GET, which the address refuses without counting anything as forged."""
    remedy = "let /report/ through the web server in front (docs/how-to/tips.md), and compare HEED_TIPS_SMS_URL"
    try:
        answer = Door(internal_hosts=settings.HEED_INTERNAL_HOSTS | {host}, seconds=10).get(url)
    except (AddressRefused, NoAnswer) as error:
        return Check("tip address", False, f"{url}: {error}", remedy)
    if answer.status != 405:
        return Check("tip address", False, f"{url} answers {answer.status}: it is not Heed that answers there", remedy)
    return Check("tip address", True, f"{url} answers, seen from this machine")


def _secret_check(name: str, variable: str, secret: str) -> Check:
    remedy = f"set {variable} to a random value of at least 32 characters, here and at the receiver"
    if not secret:
        return Check(name, False, f"{variable} is not set, so nothing is sent", remedy)
    is_long = len(secret) >= SHORTEST_SECRET
    return Check(name, is_long, "is set" if is_long else f"{variable} has only {len(secret)} characters", remedy)
