"""SMS and calls by Twilio: `twilio://AC…:auth-token@/?from=+7…`.

`from` is a number in E.164; for SMS also a messaging service (`MG…`) or a sender's name. `report` is the id of a source
of the kind twilio on the desk's page of other systems: what Twilio reports there, signed with the same auth token, has
an undelivered word told by the next channel. `api` is the address of another region. The API has no idempotency key: a
request that nobody answered is not sent again.

Sources: Twilio's pages on the Message and the Call resource, on TwiML and on errors.
"""

import base64
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from xml.sax.saxutils import escape

from core.adapters.telephone import (
    ADDRESS,
    LANGUAGES,
    NUMBER,
    SMS_MOST,
    SOURCE,
    VOICE_MOST,
    Account,
    Answer,
    Line,
    Shape,
    report_page,
    whole,
)
from core.kernel.clip import clip
from core.ports import Balance, Web

API = "https://api.twilio.com"
EXAMPLE = "twilio://ACxxxxxxxx:auth-token@/?from=+74951234567"
_USER, _SECRET = r"AC[0-9A-Za-z]{8,64}", r"[!-~]{8,128}"
_OPTIONS = {"report": SOURCE, "api": ADDRESS}
SMS_SHAPE = Shape(
    EXAMPLE,
    _USER,
    _SECRET,
    {"from": rf"{NUMBER}|MG[0-9A-Za-z]{{8,64}}|(?=.*[A-Za-z])[A-Za-z0-9 ]{{2,11}}", **_OPTIONS},
    ("from",),
)
VOICE_SHAPE = Shape(EXAMPLE, _USER, _SECRET, {"from": NUMBER, **_OPTIONS}, ("from",))
REFUSED = frozenset({13224, 21211, 21214, 21217, 21265, 21401, 21610, 21612, 21614, 21635})
"""Codes for good for this number: no number, no mobile, a short code or a landline, no way to it, unsubscribed."""
PRINTABLE = {code: " " for code in (*range(32), 127, 0xFFFE, 0xFFFF) if code not in (9, 10, 13)}
"""What XML has no place for."""


class _Twilio:
    channel: str
    most: int

    def __init__(self, account: Account, web: Web) -> None:
        self._from = account.options["from"]
        self._account = account
        self._base = f"{account.options.get('api', API)}/2010-04-01/Accounts/{account.user}"
        proof = base64.b64encode(f"{account.user}:{account.secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {proof}"}
        self._line = Line(self.channel, web, account.secret, proof)

    async def check(self) -> Balance | None:
        answer = await self._line.ask("GET", f"{self._base}/Balance.json", self._headers)
        try:
            return Balance(Decimal(str(answer.said["balance"])), str(answer.said.get("currency") or "")[:3])
        except (KeyError, InvalidOperation):
            raise self._line.outage(_why(answer)) from None

    async def _create(self, what: str, fields: Mapping[str, str], key: str) -> None:
        answer = await self._line.post(f"{self._base}/{what}.json", {**fields, **self._reported(key)}, self._headers)
        code = whole(answer.said.get("code") or answer.said.get("error_code"))
        if answer.good and answer.said.get("sid") and code == 0:
            return
        if not answer.said:
            raise self._line.unread(answer)
        raise self._line.outage(_why(answer), permanent=code in REFUSED)

    def _reported(self, key: str) -> dict[str, str]:
        page = report_page(self._account, key)
        return {"StatusCallback": page} if page else {}


class TwilioSms(_Twilio):
    """A port of `Texter`."""

    channel = "sms"
    most = SMS_MOST

    async def send(self, phone: str, text: str, locale: str, key: str) -> None:
        sender = "MessagingServiceSid" if self._from.startswith("MG") else "From"
        await self._create("Messages", {"To": phone, sender: self._from, "Body": clip(text, self.most)}, key)


class TwilioVoice(_Twilio):
    """A port of `Texter`: the call says it twice, for the first words are often lost."""

    channel = "voice"
    most = VOICE_MOST

    async def send(self, phone: str, text: str, locale: str, key: str) -> None:
        await self._create(
            "Calls", {"To": phone, "From": self._from, "Twiml": spoken(clip(text, self.most), locale)}, key
        )


def spoken(text: str, locale: str) -> str:
    """TwiML that says it."""
    said = f'<Say language="{LANGUAGES.get(locale, "ru-RU")}">{escape(text.translate(PRINTABLE))}</Say>'
    return f'<Response><Pause length="1"/>{said}<Pause length="1"/>{said}</Response>'


def _why(answer: Answer) -> str:
    code = answer.said.get("code") or answer.said.get("error_code") or f"HTTP {answer.status}"
    return f"{code} {answer.said.get('message') or answer.said.get('error_message') or ''}"
