"""A technician's calendar for their phone, behind a secret address. Where a secret is wrong, there is nothing."""

import hashlib

from aiohttp import web

from admin_web.forms import row_of
from admin_web.page import act, back, page
from core.overview.feed import feed
from core.schedule.actions import close_calendar
from core.schedule.queries import calendar_owner


@page("GET", r"/calendar/{secret:[A-Za-z0-9_-]{1,64}}.ics", public=True)
async def calendar(request: web.Request) -> web.Response:
    owner = await calendar_owner(request.match_info["secret"])
    if owner is None:
        raise web.HTTPNotFound
    body = await feed(owner)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "X-Robots-Tag": "noindex, nofollow",
        "Referrer-Policy": "no-referrer",
        "Content-Disposition": 'inline; filename="naryad.ics"',
    }
    known = [part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")]
    if tag in known or "*" in known:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers, content_type="text/calendar", charset="utf-8")


@page("POST", r"/admin/people/{id:\d+}/calendar/revoke", permission="people.see")
async def revoke(request: web.Request) -> web.Response:
    """The phone was lost, say: a dispatcher ends the address, a new one is made in the bot."""
    number = row_of(request)
    async with act(request):
        await close_calendar(number)
    return back(request, f"/admin/people/{number}", note="calendar.revoked")
