"""Tokens of the API: make one, told once; see what each may do and when it was last used; revoke it."""

from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from admin_web.forms import Typed, row_of, typed
from admin_web.page import act, back, page, render
from core.company.queries import company
from core.kernel.links import links
from core.kernel.work import work
from core.overview.names import names
from core.tokens import actions
from core.tokens.queries import tokens
from core.tokens.rules import MOST_PER_MINUTE, PER_MINUTE, SCOPES

TOKENS = "/admin/tokens"
MAY = "company.edit"
BASE = "/api/v1"


@page("GET", TOKENS, permission=MAY)
async def listed(request: web.Request) -> web.Response:
    rows = await tokens()
    async with work():
        makers = await names([row.created_by for row in rows])
    return await render(
        request,
        "admin/tokens.html",
        rows=rows,
        makers=makers,
        scopes=list(SCOPES),
        per_minute=PER_MINUTE,
        most=MOST_PER_MINUTE,
        base=(links.public or "") + BASE,
    )


@page("POST", TOKENS, permission=MAY)
async def add(request: web.Request) -> web.Response:
    """The token is shown now and never again."""
    values = await typed(request)
    expires = await _expiry(values)
    name, rate = values.text("name", 100, required=True), values.whole("per_minute", 1, MOST_PER_MINUTE)
    async with act(request):
        _, text = await actions.make(name, values.all("scope"), expires, rate)
    return await render(request, "admin/token_told.html", text=text, base=(links.public or "") + BASE)


@page("POST", TOKENS + r"/{id:\d+}/revoke", permission=MAY)
async def revoke(request: web.Request) -> web.Response:
    async with act(request):
        await actions.revoke(row_of(request))
    return back(request, TOKENS, note="tokens.revoked")


async def _expiry(values: Typed) -> datetime | None:
    """The end of the chosen day, as the company's clocks show it; None when no day was chosen."""
    if not values.text("expires", 20):
        return None
    day = values.day("expires") + timedelta(days=1)
    return datetime.combine(day, time(), (await company()).tz).astimezone(UTC)
