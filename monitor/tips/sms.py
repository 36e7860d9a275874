"""Text messages that Twilio brings: is the call really Twilio's, and which conversation does it belong to?

The signature covers the address that Twilio called and every field, so a call cannot be altered; a call that is played
again has the same MessageSid and changes nothing. https://www.twilio.com/docs/usage/security describes it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from django.db import IntegrityError

from monitor.roster.models import Site
from monitor.sealed.keys import blind_index
from monitor.tips.limits import count_refusal, take
from monitor.tips.models import Tip, TipChannel, TipLine, TipMessage
from monitor.tips.receive import ConversationFull, Report, add_message, open_tip

Fields = Mapping[str, Sequence[str]]

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
MESSAGE_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
STAFF_WORDS = {"#staff", "#personal"}  # as posters say it, with the sign: no message begins so by chance
OPT_OUT = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ALTO"}


class Answer(StrEnum):
    """What the reporter is told at once."""

    NOTHING = ""
    WELCOME = "welcome"
    TOO_MANY = "too_many"
    NO_LINE = "no_line"


class Malformed(Exception):
    """A signed call that is no text message."""


def is_signed(url: str, fields: Fields, signature: str, token: str) -> bool:
    """Whether `signature` is Twilio's for a call of `url` with the form `fields`; never without a token."""
    if not token:
        return False
    payload = url + "".join(f"{name}{value}" for name in sorted(fields) for value in sorted(set(fields[name])))
    wanted = base64.b64encode(hmac.new(token.encode(), payload.encode(), hashlib.sha1).digest()).decode()
    return hmac.compare_digest(wanted.encode(), signature.encode())


def receive_sms(fields: Mapping[str, str]) -> tuple[Answer, Tip | None]:
    """Keep one signed text message; what to answer at once, and the tip it belongs to. Raises `Malformed`."""
    sid, sender, body = fields.get("MessageSid", ""), fields.get("From", ""), fields.get("Body", "").strip()
    if not MESSAGE_SID.fullmatch(sid) or not NUMBER.fullmatch(sender):
        message = "MessageSid or From is missing or no such thing"
        raise Malformed(message)
    external_id = f"sms:{sid}"
    known = TipMessage.objects.select_related("tip").filter(external_id=external_id).first()
    if known is not None:
        return Answer.NOTHING, known.tip
    to = fields.get("To", "")
    lines = TipLine.objects.select_related("site").filter(number=to, is_active=True)
    line = lines.first() if NUMBER.fullmatch(to) else None
    if line is None:
        count_refusal("line")
        return Answer.NO_LINE, None
    if not take("sms", sender):
        return Answer.TOO_MANY, None
    return _keep(line, sender, body, external_id, _pictures(fields))


def _keep(line: TipLine, sender: str, body: str, external_id: str, pictures: int) -> tuple[Answer, Tip | None]:
    index = blind_index(f"tip number:{sender}")
    for _ in range(2):
        tip = Tip.objects.select_related("site", "case").filter(line=line, number_index=index, closed_at=None).first()
        if tip is not None:
            return _add(tip, body, external_id, pictures)
        if body.upper() in OPT_OUT and not pictures:
            return Answer.NOTHING, None  # Twilio itself stops the answers; there is no tip in it
        try:
            return Answer.WELCOME, open_tip(_report(line, sender, index, body, external_id, pictures))
        except IntegrityError:
            continue  # another message of the same number opened the tip at this moment: join that one
    message = "a conversation was opened and closed at the same moment; the next try of Twilio is taken"
    raise RuntimeError(message)


def _add(tip: Tip, body: str, external_id: str, pictures: int) -> tuple[Answer, Tip | None]:
    try:
        add_message(tip, body, external_id, pictures=pictures)
    except ConversationFull:
        return Answer.TOO_MANY, tip
    return Answer.NOTHING, tip


def _report(line: TipLine, sender: str, index: str, body: str, external_id: str, pictures: int) -> Report:
    site, is_about_staff = _first_words(body)
    return Report(
        site=site or line.site,
        channel=TipChannel.SMS,
        text=body,
        external_id=external_id,
        line=line,
        number=sender,
        number_index=index,
        pictures=pictures,
        is_about_staff=is_about_staff,
    )


def _first_words(body: str) -> tuple[Site | None, bool]:
    """What the first two words say, as posters may ask for: the code of a school, and that it is about its staff."""
    words = [word.casefold().rstrip(":,.") for word in body.split(maxsplit=2)[:2]]
    if not words:
        return None, False
    # Compared here: PostgreSQL refuses some characters with an error of its own, and people may send any.
    sites = {site.code: site for site in Site.objects.filter(is_active=True)}
    if words[0] in STAFF_WORDS:
        return sites.get(words[-1]), True
    site = sites.get(words[0])
    return site, site is not None and words[-1] in STAFF_WORDS


def _pictures(fields: Mapping[str, str]) -> int:
    given = fields.get("NumMedia", "0")
    return min(int(given), 99) if given.isdecimal() and given.isascii() else 0
