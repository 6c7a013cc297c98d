"""The desk's pages as one aiohttp application: the admin page, Mini Apps, proof of acts, uploads, static files."""

from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from admin_web import assets, filters, live
from admin_web.door import TILES, guarded, policy
from admin_web.miniapp import app as miniapp
from admin_web.page import Route, load_pages
from core.kernel.errors import NotFound

TEMPLATES = Path(__file__).parent / "templates"
MAX_BODY = 110 * 1024 * 1024


def setup(
    app: web.Application, *, tokens: dict[str, str], frames: str = miniapp.TELEGRAM_FRAMES, tiles: str = ""
) -> None:
    """Add every page to `app`. `tokens`: the bots' tokens, which prove who opened a Mini App; `frames`: who may frame
    Mini Apps; `tiles`: the address template of map tiles (empty: a blank grid)."""
    app[TILES] = tiles.split("{", 1)[0] if tiles else ""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        enable_async=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals.update(static=assets.static, tiles=tiles)
    filters.install(environment)
    app.router.add_get("/static/{path:.+}", assets.serve)
    app.router.add_get("/", _home)
    app.router.add_get("/admin", _home)
    for route in load_pages():
        app.router.add_route(route.method, route.path, guarded(route))
    live.setup(app)
    miniapp.setup(app, tokens, frames)
    app.router.add_get(LOST.path, guarded(LOST))


def application(**options: Any) -> web.Application:
    """A web application with the desk's pages and nothing else; the process adds its own routes."""
    app = web.Application(middlewares=[policy], client_max_size=MAX_BODY)
    setup(app, **options)
    return app


async def _lost(_: web.Request) -> web.StreamResponse:
    raise NotFound("page")


LOST = Route("GET", "/admin/{lost:.*}", _lost, permission=None, public=False, name="lost")
"""The last of all routes: whatever no page answers to."""


async def _home(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/admin/"})
