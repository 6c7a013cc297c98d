"""What the vendors of SMS, calls and messengers share: an account written as a URL, and asking over the guarded web.

`twilio://SID:token@/?from=+7…`: who we are before the «@», what else is needed in the query. A «+» is a plus.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from core.kernel.errors import Outage, Unanswered, Unfit
from core.kernel.links import links
from core.ports import Web, WebAnswer, WebCall

SMS_MOST = 268
"""Four SMS in Cyrillic: 67 letters each once there are several."""
VOICE_MOST = 600
"""Not much more than half a minute."""
LANGUAGES = {"ru": "ru-RU", "en": "en-US"}
NUMBER = r"\+\d{7,15}"
SOURCE = r"[a-z][a-z0-9-]{0,30}[a-z0-9]"
ADDRESS = r"https?://[A-Za-z0-9.:\[\]-]{3,200}"
LOST = ("timeout", "broken")
"""What the web says when the vendor may have had the request."""
MOST_REASON = 200


class BadAccount(ValueError):
    """A vendor's URL that cannot be used. `part`: vendor, user, secret, an option's name, or options where there is one
    that the vendor does not know (it may be a piece of a secret, so it is not named)."""

    def __init__(self, part: str, example: str) -> None:
        super().__init__(part)
        self.part = part
        self.example = example


@dataclass(frozen=True, slots=True)
class Shape:
    """What a vendor's URL must hold: patterns of its parts; `needed` of the options."""

    example: str
    user: str
    secret: str
    options: Mapping[str, str]
    needed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    vendor: str
    user: str
    secret: str = field(repr=False)
    options: Mapping[str, str] = field(repr=False)


def read_account(url: str, shapes: Mapping[str, Shape]) -> Account:
    """BadAccount names the first part that is wrong."""
    examples = ", ".join(shape.example for shape in shapes.values())
    try:
        parts = urlsplit(url.strip())
        said = parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise BadAccount("vendor", examples) from None
    shape = shapes.get(parts.scheme)
    if shape is None:
        raise BadAccount("vendor", examples)
    user, secret, options = unquote(parts.username or ""), unquote(parts.password or ""), dict(said)
    given = {"user": user, "secret": secret, **options}
    patterns = {"user": shape.user, "secret": shape.secret, **shape.options}
    if not given.keys() <= patterns.keys():
        raise BadAccount("options", shape.example)
    for part in (*given, *shape.needed):
        if re.fullmatch(patterns[part], given.get(part, "")) is None:
            raise BadAccount(part, shape.example)
    return Account(parts.scheme, user, secret, options)


def report_page(account: Account, key: str) -> str | None:
    """Where the vendor tells what became of the notice: the page of the source that the option `report` names."""
    source = account.options.get("report")
    return links.page(f"hooks/{source}?notice={key}") if source else None


@dataclass(frozen=True, slots=True)
class Answer:
    """Any status but 429 and 5xx. `said` is empty where the body is no JSON object."""

    status: int
    said: Mapping[str, Any]

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


class Line:
    """To one vendor. `hidden` never gets into a reason."""

    def __init__(self, channel: str, web: Web, *hidden: str) -> None:
        self._channel = channel
        self._web = web
        self._hidden = [one for one in hidden if one]

    async def post(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """A form. Outages are temporary: what is wrong with a number only the vendor's own words can tell."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.ask("POST", url, {**kind, **(headers or {})}, urlencode(fields).encode())

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        patience_s: float | None = None,
    ) -> Answer:
        known = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        answer = await self.call(WebCall(method, url, known, body, patience_s=patience_s))
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError):
            said = None
        return Answer(answer.status, said if isinstance(said, dict) else {})

    async def call(self, wanted: WebCall) -> WebAnswer:
        """Any status but 429 and 5xx, which are temporary outages."""
        try:
            answer = await self._web.call(wanted)
        except Outage as outage:
            raise self.outage(outage.reason, unanswered=outage.reason in LOST) from outage
        if answer.status == 429 or answer.status >= 500:
            raise self.outage(f"HTTP {answer.status}")
        return answer

    def outage(self, why: str, *, permanent: bool = False, unanswered: bool = False) -> Outage:
        """With `why` on one line, short and without our secrets."""
        why = self._told(why)
        return Unanswered(self._channel, why) if unanswered else Outage(self._channel, why, permanent=permanent)

    def unfit(self, why: str) -> Unfit:
        return Unfit(self._channel, self._told(why))

    def _told(self, why: str) -> str:
        for secret in self._hidden:
            why = why.replace(secret, "…")
        return " ".join(why.split())[:MOST_REASON]

    def unread(self, answer: Answer) -> Outage:
        """An answer that is not the vendor's: a good status may mean that it was done."""
        return self.outage(f"HTTP {answer.status}, not understood", unanswered=answer.good)


def whole(value: Any) -> int:
    """A vendor's code, whether it is written as a number or as a text; 0 for none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0
