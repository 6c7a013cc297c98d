"""Who comes in. Every answer carries a strict policy; every page but the public ones needs a session; every change
needs the session's token and comes from our own pages.
"""

import hmac
import logging
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from admin_web.forms import field_of
from admin_web.page import ACTOR, CSRF, Handler, Route, message_of, render, said
from admin_web.public import public_words
from core.kernel.errors import Away, Gone, NotAllowed, NotFound, Outage, Refusal
from core.kernel.ids import keys
from core.kernel.work import work
from core.people.actions import see_web_session
from core.people.queries import actor_for_session

COOKIE = "naryad_session"
TILES: web.AppKey[str] = web.AppKey("tiles", str)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

log = logging.getLogger(__name__)


def csrf_of(session: str) -> str:
    """The token that forms and htmx send back: useless without the cookie it belongs to."""
    return keys().mac("csrf", session, size=16)


def guarded(route: Route) -> Handler:
    """The route's handler behind the door."""

    async def handle(request: web.Request) -> web.StreamResponse:
        session = request.cookies.get(COOKIE, "")
        actor = await actor_for_session(session) if session else None
        if actor is not None:
            request[ACTOR] = actor
            request[CSRF] = csrf_of(session)
        if not route.public:
            if actor is None:
                return _to_sign_in(request)
            if request.method not in SAFE:
                await _check_origin(request, session)
            if route.permission and not actor.may(route.permission):
                return await _refused(request, NotAllowed(route.permission))
            if any("\0" in text for text in (request.path, *request.query.values())):
                return await _refused(request, NotFound("page"))  # no table could look for it
            async with work():
                await see_web_session(session)
        try:
            return await route.handler(request)
        except Refusal as refusal:
            return await _refused(request, refusal)
        except web.HTTPNotFound:
            if route.public:
                raise
            return await _refused(request, NotFound("page"))
        except Outage as outage:
            log.error("%s", outage, extra={"path": request.path})
            return await _refused(request, Away())

    return handle


def _to_sign_in(request: web.Request) -> web.Response:
    if request.headers.get("HX-Request") == "true":
        return web.Response(status=204, headers={"HX-Redirect": "/admin/login"})
    return web.Response(status=303, headers={"Location": "/admin/login"})


async def _check_origin(request: web.Request, session: str) -> None:
    """Our own page, our own token. Browsers send Origin with every change; a foreign one is refused outright."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="origin")
    given = request.headers.get("X-CSRF") or str((await request.post()).get("csrf", ""))
    if not given.isascii() or not hmac.compare_digest(given, csrf_of(session)):
        raise web.HTTPForbidden(text="csrf")


async def _refused(request: web.Request, refusal: Refusal) -> web.Response:
    kinds = ((Gone, 410), (NotFound, 404), (NotAllowed, 403), (Away, 503))
    status = next((status for kind, status in kinds if isinstance(refusal, kind)), 409)
    text = message_of(request, refusal)
    if request.headers.get("HX-Request") == "true":
        headers = {
            "HX-Reswap": "none",
            "X-Naryad-Note": _header(text),
            "X-Naryad-Field": _header(field_of(refusal) or ""),
        }
        return web.Response(status=status, headers=headers, text=text)
    return await render(request, "admin/refused.html", status=status, message=text)


def _header(text: str) -> str:
    """Texts travel in a header as ASCII: percent-encoded UTF-8."""
    from urllib.parse import quote

    return quote(text)


@web.middleware
async def policy(request: web.Request, handler: Any) -> web.StreamResponse:
    """Security headers on every answer; a mistake of ours is logged and said in one line."""
    try:
        response: web.StreamResponse = await handler(request)
    except web.HTTPException as error:
        _secure(request, error)
        raise
    except Exception:
        log.exception("page failed", extra={"path": request.path})
        t = said(request) if ACTOR in request else public_words(request)
        response = web.Response(status=500, text=t.text("error.ours"))
    if not response.prepared:
        _secure(request, response)
    return response


def _secure(request: web.Request, response: web.StreamResponse) -> None:
    tiles = request.app.get(TILES, "")
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; img-src 'self' data: blob: {tiles}".rstrip()
        + "; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
