"""The live map, on its own page and as a part of the board."""

from dataclasses import asdict

from aiohttp import web

from admin_web.data import answer
from admin_web.page import actor_of, page, render, said
from core.company.queries import company
from core.overview.board import STAGE_OF
from core.overview.map import picture


@page("GET", "/admin/map", permission="orders.see_all")
async def whole(request: web.Request) -> web.Response:
    return await render(request, "admin/map.html")


@page("GET", "/admin/map.json", permission="orders.see_all")
async def places(request: web.Request) -> web.Response:
    """Pins of open orders with their stage, technicians where they were last seen."""
    shown, t, zone = await picture(actor_of(request)), said(request), (await company()).tz
    people = [
        {
            **asdict(one),
            "at": t.time(one.at, zone),
            "eta_at": t.time(one.eta_at, zone) if one.eta_at else None,
        }
        for one in shown.people
    ]
    pins = [{**asdict(pin), "stage": STAGE_OF[pin.state]} for pin in shown.pins]
    return answer({"pins": pins, "people": people, "cut": shown.cut})
