"""`/hooks/{source}/{tail}`: other systems' deliveries over HTTP. Judged, committed raw, then answered as the vendor
wants it; what follows from them is done afterwards by `webhooks.worker`.

An address that does not exist, a source that is off and a wrong secret in the path look alike. Nothing is read before
the source is known, and never more than its vendor may send.
"""

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from core.kernel.clock import now
from core.kernel.errors import Outage
from core.kernel.links import links
from core.sources.kept import Kept, pack
from core.sources.queries import SourceView, live_sources, remembered_sources, short
from webhooks.away import GONE, Away, later, patience
from webhooks.impatient import Impatient
from webhooks.intake import Intake
from webhooks.judge import judge
from webhooks.lanes import lane_of
from webhooks.request import Request
from webhooks.talks import PROOFS, TALKS
from webhooks.vendors import VENDORS
from webhooks.verdict import Outcome, Source

METHODS = ("GET", "POST", "PUT", "DELETE")
READ_S = 60.0
LARGE = 128 << 10
CHUNK = 1 << 18
MOST_URL = 8 << 10
MOST_KNOWN = 20
KEPT = ("process", "quarantine", "confirm_subscription")
SEEN = ("seen", "seen_tokens", "seen_jti", "seen_message_ids")

log = logging.getLogger(__name__)


class HooksDoor:
    """Takes deliveries of every source that is on, in any process of the desk."""

    def __init__(self) -> None:
        self.away = Away()
        self.intake = Intake(self.away.ends)
        self._reads = Impatient()

    def add_to(self, app: web.Application) -> None:
        for method in METHODS:
            app.router.add_route(method, "/hooks/{source}", self.receive)
            app.router.add_route(method, "/hooks/{source}/{tail:.*}", self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        """As the vendor wants it; 404 no such address, 408 too slow, 413 too long, 415 packed, 503 not kept: it should
        be brought again."""
        if self.away.stands():
            return later()
        try:
            source = (await self._sources()).get(request.match_info["source"])
            if source is None or source.kind not in VENDORS:
                return web.Response(status=404)
            status, body = await _read(request, source.needs.most)
            if body is None:
                self.intake.count("refused", source.id, f"answered {status} unread")
                return web.Response(status=status)
            delivery = Request(request.method, _url(request), _headers(request), body)
            return await self._decide(source, delivery, now())
        except Outage as outage:
            log.warning("a delivery cannot be proved: %s", outage, extra={"source": request.match_info["source"]})
            return later()
        except GONE as error:
            self.away.begins(error)
            return later()
        except Exception:
            log.exception("a delivery cannot be kept", extra={"source": request.match_info["source"]})
            return later()

    async def _sources(self) -> dict[str, SourceView]:
        if (known := remembered_sources()) is not None:
            return known
        known = await self._reads.within(patience(0), live_sources())
        self.away.ends()
        return known

    async def _decide(self, source: SourceView, delivery: Request, at: datetime) -> web.Response:
        """A key that the inbox knows is told to the vendor's check, which says how a copy is answered; a batch of which
        only a part is known comes back under the key of the first that is new. A step of a conversation is done, not
        kept."""
        known: list[str] = []
        proof = await PROOFS[source.kind](source, delivery) if source.kind in PROOFS else {}
        while True:
            outcome = await _judged(source, delivery, at, _state(known), proof)
            talk = TALKS.get(source.kind) if outcome.action in KEPT else None
            done = await talk(self.intake, source, delivery, outcome) if talk else None
            if done is not None or outcome.action not in KEPT:
                self._count(source.id, done or outcome)
                return _answer(done or outcome)
            named = outcome.key if outcome.key and len(known) < MOST_KNOWN else None
            key = short(named or _digest(delivery))
            kept = pack(source.id, _kept(delivery, outcome, at))
            async with asyncio.timeout(patience(len(kept))):
                is_new = await self.intake.take(source.id, (key, lane_of(outcome.normalized, key), kept))
            if is_new or named is None or named in known:
                return _answer(outcome)
            known.append(named)

    def _count(self, source_id: str, outcome: Outcome) -> None:
        if outcome.action == "reject":
            self.intake.count("refused", source_id, outcome.reason)
        elif outcome.action == "ack_ignore":
            self.intake.count("ignored", source_id, outcome.reason)


def _state(known: list[str]) -> dict[str, Any]:
    """What was seen, under every name that a vendor's check asks for."""
    return dict.fromkeys(SEEN, known)


async def _judged(
    source: SourceView, delivery: Request, at: datetime, state: dict[str, Any], proof: Mapping[str, Any]
) -> Outcome:
    """A long body is read beside the loop, so that nobody waits for it."""
    known = Source(at.timestamp(), {**source.secret, **proof}, source.config, state)
    if len(delivery.body) > LARGE:
        return await asyncio.to_thread(judge, source.kind, delivery, known)
    return judge(source.kind, delivery, known)


async def _read(request: web.Request, most: int) -> tuple[int, bytes | None]:
    """The body, or the status to refuse it with, which whoever hung up does not hear. The server would unpack what is
    packed: it is not even begun."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        return 415, None
    if len(request.raw_path) > MOST_URL:
        return 414, None
    if (request.content_length or 0) > most:
        return 413, None
    body = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            while chunk := await request.content.read(CHUNK):
                body += chunk
                if len(body) > most:
                    return 413, None
    except TimeoutError:
        return 408, None
    except OSError:
        return 400, None
    return 200, bytes(body)


def _url(request: web.Request) -> str:
    """The address as the vendor wrote it: signatures cover it, and a proxy may stand between."""
    base = links.public or f"{request.scheme}://{request.host}"
    return base + request.raw_path if request.raw_path.startswith("/") else request.raw_path


def _headers(request: web.Request) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
        for name, value in request.raw_headers
    )


def _digest(delivery: Request) -> str:
    """The key of a delivery whose vendor gives none: its bytes, with the query that came along."""
    said = f"{delivery.method} {delivery.url}\n".encode("utf-8", "surrogateescape")
    return hashlib.sha256(said + delivery.body).hexdigest()


def _kept(delivery: Request, outcome: Outcome, at: datetime) -> Kept:
    return Kept(
        delivery.method,
        delivery.url,
        delivery.headers,
        delivery.body,
        outcome.action,
        at,
        outcome.reason,
        outcome.normalized,
    )


def _answer(outcome: Outcome) -> web.Response:
    status = outcome.http_status or 200
    if outcome.response is None:
        return web.Response(status=status)
    content_type, _, charset = outcome.response[0].partition("; charset=")
    return web.Response(status=status, text=outcome.response[1], content_type=content_type, charset=charset or None)
