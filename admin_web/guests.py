"""What the pages of people without a login share: who asks, JSON in and out, and pieces of files."""

import json
import logging
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from admin_web.public import public_message
from core.guests import uploads
from core.guests.rules import PIECE, sender_of
from core.kernel.errors import Away, Gone, NotFound, Outage, Refusal
from core.kernel.work import work

MAX_JSON = 3 * 1024 * 1024
PART = 64 * 1024

log = logging.getLogger(__name__)

Answer = Callable[[web.Request], Awaitable[dict[str, Any]]]


def guest_api(handler: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """JSON from our own pages only. A refusal is {code, message, field}; 4xx is final, anything else may be sent again:
    what was done is not done twice."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin and urlsplit(origin).netloc != request.host:
            return web.json_response({"code": "origin"}, status=403)
        try:
            answer, status = await handler(request), 200
        except Refusal as refusal:
            told = {"code": refusal.code, "message": public_message(request, refusal)}
            answer, status = {**told, "field": refusal.data.get("field") or _field(refusal)}, _status(refusal)
        except Outage as outage:
            log.error("%s", outage, extra={"path": request.path})
            answer, status = {"code": "away", "message": public_message(request, Away())}, 503
        return web.json_response(
            answer, status=status, headers={"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
        )

    guarded.__name__, guarded.__module__ = handler.__name__, handler.__module__
    return guarded


def _field(refusal: Refusal) -> str:
    fields = {"people.bad_phone": "phone", "customers.bad_email": "email", "people.no_name": "name"}
    return fields.get(refusal.code, "words" if refusal.code == "orders.empty" else "")


def _status(refusal: Refusal) -> int:
    if isinstance(refusal, NotFound):
        return 410 if isinstance(refusal, Gone) else 404
    return {"guests.too_often": 429, "guests.flood": 429, "files.too_large": 413}.get(refusal.code, 422)


def sender(request: web.Request) -> str:
    """Whose line this is. A proxy of ours stands on this machine and says it last in X-Forwarded-For; anybody else may
    say there what they like."""
    address = request.remote or ""
    try:
        behind_proxy = ip_address(address).is_loopback
    except ValueError:
        behind_proxy = False
    if behind_proxy and (told := request.headers.get("X-Forwarded-For", "")):
        address = told.rpartition(",")[2].strip()
    return sender_of(address)


async def body_of(request: web.Request, limit: int = MAX_JSON) -> bytes:
    """At most `limit` bytes; `app.too_large` at the first part too many."""
    body = bytearray()
    async for part in request.content.iter_chunked(PART):
        body += part
        if len(body) > limit:
            raise Refusal("app.too_large")
    return bytes(body)


async def json_of(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await body_of(request))
    except (ValueError, RecursionError) as error:
        raise Refusal("app.bad_request") from error
    if not isinstance(body, dict):
        raise Refusal("app.bad_request")
    return body


def text(body: dict[str, Any], name: str, limit: int, *, lines: bool = False) -> str:
    """What somebody typed, without control characters; `form.too_long` with the field."""
    raw = body.get(name)
    if raw is None:
        return ""
    if not isinstance(raw, str):
        raise Refusal("app.bad_request")
    tidy = raw.encode("utf-8", "replace").decode().replace("\r\n", "\n")
    shown = "".join(c if c.isprintable() or c == "\u200d" or (lines and c == "\n") else " " for c in tidy)
    shown = shown.strip() if lines else " ".join(shown.split())
    if len(shown) > limit:
        raise Refusal("form.too_long", field=name, limit=limit)
    return shown


def tokens(body: dict[str, Any], name: str = "uploads") -> tuple[str, ...]:
    given = body.get(name) or []
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise Refusal("app.bad_request")
    return tuple(given)


async def begin_upload(request: web.Request) -> dict[str, Any]:
    body = await json_of(request)
    size = body.get("size")
    if type(size) is not int:
        raise Refusal("app.bad_request")
    async with work():
        return {"token": await uploads.begin(sender(request), text(body, "name", 300)[-200:], size)}


async def take_piece(request: web.Request) -> dict[str, Any]:
    """`?at=` bytes from the beginning; what is here already is told, so that the page goes on from there. The last
    piece has the file looked at."""
    token, at = request.match_info["upload"][:64], request.query.get("at", "")
    if not (at.isascii() and at.isdigit() and len(at) < 10):
        raise Refusal("app.bad_request")
    data = await body_of(request, PIECE)
    async with work():
        have = await uploads.put(token, int(at), data)
    return {"have": have, "done": await uploads.finish(token, "system") is not None}
