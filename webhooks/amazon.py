"""Amazon's notices at our door: the certificate that proves one, and the letter that one carries.

A certificate is fetched once from where Amazon keeps them and remembered; whoever does not know our topic makes us
fetch nothing, and a place that gave none is left alone for a while.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from core import ports
from core.kernel.errors import Outage
from core.ports import WebCall
from core.sources.queries import SourceView
from webhooks.fields import text
from webhooks.intake import Intake
from webhooks.letterbox import Letterbox
from webhooks.publickeys import certificate
from webhooks.request import Malformed, Request, read_object
from webhooks.signatures import same
from webhooks.vendors.ses_sns import CERTIFICATE_URL, letter_in
from webhooks.verdict import Outcome, process

MOST_CERTIFICATE = 64 << 10
PATIENCE_S = 5.0
REMEMBERED = 20
KEEP_S, AVOID_S = 24 * 3600.0, 60.0


class Certificates:
    """Of one process: the text served at each address, empty where there was none, and until when that counts."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._one = asyncio.Lock()

    async def at(self, url: str) -> str:
        """Nothing where there is no certificate. Outage: it can't be known now."""
        async with self._one:
            pem, until = self._known.get(url, ("", 0.0))
            if time.monotonic() >= until:
                pem = await self._fetch(url)
                self._known[url] = (pem, time.monotonic() + (KEEP_S if pem else AVOID_S))
                self._known.move_to_end(url)
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
            return pem

    async def _fetch(self, url: str) -> str:
        answer = await ports.web().call(WebCall("GET", url, {}, most=MOST_CERTIFICATE, patience_s=PATIENCE_S))
        if answer.status >= 500 or answer.status == 429:
            raise Outage("web", f"status {answer.status}")
        pem = answer.body.decode("utf-8", "replace")
        return pem if answer.status == 200 and certificate(pem) is not None else ""


_certificates = Certificates()


async def proof(source: SourceView, request: Request) -> Mapping[str, Any]:
    """What the check of this delivery needs; nothing for one that is none of our topic's."""
    try:
        said = read_object(request.text())
    except Malformed:
        return {}
    url = text(said.get("SigningCertURL"))
    if not same(text(said.get("TopicArn")), str(source.config.get("topic_arn") or "")):
        return {}
    if CERTIFICATE_URL.fullmatch(url) is None:
        return {}
    return {"cert_pem_served_at": {url: await _certificates.at(url)}}


async def answer(intake: Intake, source: SourceView, request: Request, outcome: Outcome) -> Outcome | None:
    """A letter goes the way of all letters, once by its own Message-ID. A notice whose letter is put aside, or lies
    elsewhere (see `webhooks.stored`), is kept as it is."""
    if outcome.action != "process" or outcome.normalized.get("event") != "mail.received":
        return None
    letter = letter_in(request)
    if letter is None:
        return None
    await Letterbox(intake).take(source, letter.raw, letter.sender, letter.recipients)
    return process()
