"""Reports for tests: by web form, and by text message as Twilio signs it. Everybody in them is invented."""

import base64
import hashlib
import hmac
import itertools
from typing import Any

from django.test import Client

from monitor.roster.models import Site
from monitor.sealed.keys import blind_index
from monitor.tips.codes import code_index, code_of
from monitor.tips.models import Tip, TipChannel, TipLine
from monitor.tips.receive import Hurry, Report, open_tip

TOKEN = "a-token-for-tests"
URL = "https://heed.district.example/report/sms/"
LINE = "+15055550100"
NUMBER = "+15055550177"
WORDS = "Wilhelmina in 8b says she does not want to be here any more."
_numbers = itertools.count(1)


def make_line(site: Site, number: str = LINE) -> TipLine:
    return TipLine.objects.create(number=number, site=site)


def make_web_tip(site: Site, text: str = WORDS, *, nonce: str = "", hurry: Hurry = Hurry.SOON, **fields: Any) -> Tip:
    nonce = nonce or f"{next(_numbers):032x}"
    code = code_index(code_of(nonce))
    return open_tip(Report(site, TipChannel.WEB, text, f"web:{nonce}", hurry, code_index=code, **fields))


def make_sms_tip(line: TipLine, text: str = WORDS, number: str = NUMBER) -> Tip:
    external_id, index = f"sms:{new_sid()}", blind_index(f"tip number:{number}")
    return open_tip(Report(line.site, TipChannel.SMS, text, external_id, line=line, number=number, number_index=index))


def new_sid() -> str:
    return f"SM{next(_numbers):032x}"


def signature_of(fields: dict[str, str], url: str = URL, token: str = TOKEN) -> str:
    """Twilio's signature, computed from its documentation: https://www.twilio.com/docs/usage/security."""
    payload = url + "".join(key + fields[key] for key in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), payload.encode(), hashlib.sha1).digest()).decode()


def text_message(body: str = WORDS, **changes: str) -> dict[str, str]:
    return {"MessageSid": new_sid(), "From": NUMBER, "To": LINE, "Body": body, "NumMedia": "0", **changes}


def bring(fields: dict[str, str], signature: str | None = None, client: Client | None = None):
    """Call the address as Twilio does."""
    signed = signature_of(fields) if signature is None else signature
    return (client or Client()).post("/report/sms/", fields, headers={"X-Twilio-Signature": signed})
