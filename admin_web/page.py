"""What a page is. A new page is one module in `admin_web/pages/`, one template, and one decorator:

    @page("GET", "/admin/orders", permission="orders.see_all")
    async def orders(request: Request) -> Response:
        return await render(request, "admin/orders.html", rows=…)

The decorator checks the session and the permission before the handler runs; `act()` opens the work in which a page
changes something; refusals come back as a message over the page, never as a stack trace.
"""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web

from core.company.queries import CompanyView, company
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.words import Words, words
from core.kernel.work import Work, work

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ACTOR: web.RequestKey[Actor] = web.RequestKey("actor", Actor)
CSRF: web.RequestKey[str] = web.RequestKey("csrf", str)


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a page. `permission` None: any member who is signed in; `public`: anybody."""

    method: str
    path: str
    handler: Handler
    permission: str | None
    public: bool
    name: str


ROUTES: list[Route] = []


def page(
    method: str, path: str, *, permission: str | None = None, public: bool = False
) -> Callable[[Handler], Handler]:
    """Register a handler. The door (session, permission, CSRF) is `admin_web.door`."""

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, path, handler, permission, public, f"{handler.__module__}.{handler.__name__}"))
        return handler

    return register


def load_pages() -> list[Route]:
    """Import every module of `admin_web.pages`; the routes they registered."""
    from admin_web import pages

    for module in sorted(found.name for found in pkgutil.iter_modules(pages.__path__)):
        importlib.import_module(f"admin_web.pages.{module}")
    return ROUTES


def actor_of(request: web.Request) -> Actor:
    """The member who looks. Only on pages that are not public."""
    return request[ACTOR]


def said(request: web.Request) -> Words:
    """The texts of pages in the reader's language."""
    actor = request.get(ACTOR)
    return words("admin", actor.locale if actor else "ru")


@asynccontextmanager
async def act(request: web.Request) -> AsyncIterator[Work]:
    """The transaction in which this member changes something."""
    async with work(actor_of(request)) as w:
        yield w


async def render(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    """A page, or the part of it that htmx asked for: templates decide by `partial`."""
    ours = await company()
    actor = request.get(ACTOR)
    common = {
        "company": ours,
        "actor": actor,
        "t": said(request),
        "zone": ours.tz,
        "now": now(),
        "csrf": request.get(CSRF, ""),
        "path": request.path,
        "partial": request.headers.get("HX-Request") == "true",
    }
    return await aiohttp_jinja2.render_template_async(template, request, {**common, **context}, status=status)


def zone_of(ours: CompanyView) -> ZoneInfo:
    """Pages show times as the company's clocks do."""
    return ours.tz


def number(request: web.Request, name: str = "id") -> int:
    """A number from the address; whatever else it is, there is no such page."""
    text = request.match_info.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise web.HTTPNotFound
    return int(text)


async def form(request: web.Request) -> dict[str, str]:
    """The fields of a form, trimmed and without control characters but those of several lines. Files are not read
    here."""
    data = await request.post()
    return {name: readable(value).strip() for name, value in data.items() if isinstance(value, str)}


def readable(text: str) -> str:
    """What was typed, without control characters but those of several lines."""
    return "".join(c for c in text if c.isprintable() or c in "\r\n\t\u200d")


def back(request: web.Request, path: str, *, note: str | None = None) -> web.Response:
    """After a change: to that page, with a short word over it (a key of the `admin` catalogue). htmx follows too."""
    response = web.Response(status=303, headers={"Location": path})
    if request.headers.get("HX-Request") == "true":
        response = web.Response(status=204, headers={"HX-Redirect": path})
    if note:
        response.set_cookie("naryad_note", note, max_age=20, httponly=False, samesite="Lax", path="/admin")
    return response


def message_of(request: web.Request, refusal: Refusal) -> str:
    """A refusal in the reader's language: the pages' own words for it, else those of the bots."""
    locale = said(request).locale
    for domain in ("admin", "bot"):
        texts = words(domain, locale)
        if texts.has(key := f"error.{refusal.code}"):
            return texts.text(key, **refusal.data)
    return words("admin", locale).text("error.generic", code=refusal.code)
