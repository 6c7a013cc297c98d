"""Sign in by a one-time link from the dispatcher bot; see and end one's sessions."""

from aiohttp import web

from admin_web.door import COOKIE
from admin_web.page import act, actor_of, back, number, page, render
from core.kernel.links import links
from core.kernel.work import work
from core.people import actions as people
from core.people.queries import web_sessions

MAX_AGE = 30 * 24 * 3600


@page("GET", "/admin/login", public=True)
async def sign_in(request: web.Request) -> web.Response:
    """How to get in: there is no password to forget."""
    return await render(request, "admin/login.html", token=None, bot=links.bots.get("dispatcher"))


@page("GET", "/admin/login/{token}", public=True)
async def confirm(request: web.Request) -> web.Response:
    """A press makes the session: a messenger's preview of the link must not use it up."""
    return await render(request, "admin/login.html", token=request.match_info["token"][:64], bot=None)


@page("POST", "/admin/login/{token}", public=True)
async def enter(request: web.Request) -> web.Response:
    agent = request.headers.get("User-Agent", "")[:200]
    async with work():
        session, _ = await people.start_web_session(request.match_info["token"][:64], agent)
    response = back(request, "/admin/")
    secure = request.headers.get("X-Forwarded-Proto", request.scheme) == "https"
    response.set_cookie(COOKIE, session, max_age=MAX_AGE, httponly=True, secure=secure, samesite="Lax", path="/")
    return response


@page("POST", "/admin/logout")
async def leave(request: web.Request) -> web.Response:
    current = request.cookies.get(COOKIE, "")
    async with act(request):
        await people.end_session_of(current)
    response = back(request, "/admin/login")
    response.del_cookie(COOKIE, path="/")
    return response


@page("GET", "/admin/sessions")
async def sessions(request: web.Request) -> web.Response:
    rows = await web_sessions(actor_of(request).id)
    return await render(request, "admin/sessions.html", sessions=rows)


@page("POST", "/admin/sessions/{id}/end")
async def end(request: web.Request) -> web.Response:
    async with act(request):
        await people.end_web_session(number(request))
    return back(request, "/admin/sessions", note="sessions.ended")
