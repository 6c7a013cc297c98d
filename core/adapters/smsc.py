"""SMS by SMSC.ru: `smsc://login:password@/?from=SENDER`; without `from` the account's own sender. `api` is the address
of the reserve server.

The `id` that a client may give is not held unique, so it is no idempotency key, and a request that nobody answered is
not sent again. We give the notice's number: reports of delivery, which come to the address in the account's settings,
name it. Source: the vendor's pages on its HTTP API.
"""

from decimal import Decimal, InvalidOperation

from core.adapters.telephone import ADDRESS, SMS_MOST, Account, Line, Shape, whole
from core.kernel.clip import clip
from core.outbox.keys import notice_of
from core.ports import Balance, Web

API = "https://smsc.ru"
SHAPE = Shape(
    "smsc://login:password@/?from=COMPANY",
    r"[^\s]{1,64}",
    r"[^\s]{4,128}",
    {"from": r"[A-Za-z0-9А-Яа-яЁё ._+-]{2,15}", "api": ADDRESS},
)
MOST_ID = (1 << 31) - 1
REFUSED = frozenset({7, 8})
"""Error codes for good for this number: 7 it is none, 8 nothing can be delivered to it. Others are ours: 1 parameters,
2 login, 3 money, 4 our address, 6 the text or the sender's name, 9 too many at once."""


class Smsc:
    """A port of `Texter`."""

    most = SMS_MOST

    def __init__(self, account: Account, web: Web) -> None:
        self._base = account.options.get("api", API)
        self._sender = account.options.get("from", "")
        self._who = {"login": account.user, "psw": account.secret, "fmt": "3", "charset": "utf-8"}
        self._line = Line("sms", web, account.secret)

    async def send(self, phone: str, text: str, locale: str, key: str) -> None:
        words = {"phones": phone.removeprefix("+"), "mes": clip(text, self.most)}
        sender = {"sender": self._sender} if self._sender else {}
        number = notice_of(key)
        named = {"id": str(number)} if number and number <= MOST_ID else {}
        answer = await self._line.post(f"{self._base}/sys/send.php", {**self._who, **words, **sender, **named})
        code = whole(answer.said.get("error_code"))
        if code or answer.said.get("error"):
            raise self._line.outage(f"{code} {answer.said.get('error') or ''}", permanent=code in REFUSED)
        if not (answer.good and whole(answer.said.get("cnt")) >= 1):
            raise self._line.unread(answer)

    async def check(self) -> Balance | None:
        answer = await self._line.post(f"{self._base}/sys/balance.php", {**self._who, "cur": "1"})
        try:
            return Balance(Decimal(str(answer.said["balance"])), str(answer.said.get("currency") or "")[:3])
        except (KeyError, InvalidOperation):
            code = answer.said.get("error_code") or f"HTTP {answer.status}"
            raise self._line.outage(f"{code} {answer.said.get('error') or ''}") from None
