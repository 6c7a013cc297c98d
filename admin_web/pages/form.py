"""An order without a login: the company's page, and the page behind a machine's label."""

from typing import Any

from aiohttp import web

from admin_web.guests import begin_upload, guest_api, json_of, sender, take_piece, text, tokens
from admin_web.page import page
from admin_web.public import public_page, public_words
from core.assets.queries import asset_by_payload
from core.company.queries import company
from core.files.rules import MAX_BYTES
from core.guests import actions as guests
from core.guests.rules import KEY_LENGTH, MAX_FILES, MAX_WORDS, PIECE, Form, check_stamp, stamp
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.links import links
from core.kernel.work import work
from core.orders.rules import MAX_ADDRESS

TRAP = "website"
"""A field that people do not see; robots fill it."""


@page("GET", "/form", public=True)
async def form(request: web.Request) -> web.Response:
    return await _shown(request, None)


@page("GET", "/form/{payload}", public=True)
async def form_of_machine(request: web.Request) -> web.Response:
    """What a label's code opens. A label that is no good still leads to the form."""
    return await _shown(request, request.match_info["payload"][:64])


async def _shown(request: web.Request, payload: str | None) -> web.Response:
    asset, note = None, None
    if payload is not None:
        try:
            asset = await asset_by_payload(payload)
        except Refusal as refusal:
            note = refusal.code
    ours = await company()
    return await public_page(
        request,
        "public/form.html",
        200 if note is None else 404,
        asset=asset,
        note=note,
        payload=payload if asset else "",
        bot=links.start("customer", f"q_{payload}" if asset else "form"),
        open=bool(ours.rule("form_orders")),
        stamp=stamp(now().timestamp()),
        trap=TRAP,
        limits={"words": MAX_WORDS, "address": MAX_ADDRESS, "files": MAX_FILES, "bytes": MAX_BYTES, "piece": PIECE},
    )


@page("GET", "/company.css", public=True)
async def colour(request: web.Request) -> web.Response:
    """The company's colour for pages that may have no style of their own inside."""
    css = f":root {{ --accent: {(await company()).colour}; }}\n"
    return web.Response(text=css, content_type="text/css", headers={"Cache-Control": "public, max-age=60"})


@guest_api
async def fresh_stamp(request: web.Request) -> dict[str, Any]:
    """A draft may be hours old when its sender finds a signal."""
    return {"stamp": stamp(now().timestamp() - 3)}


@guest_api
async def submit(request: web.Request) -> dict[str, Any]:
    body = await json_of(request)
    if text(body, TRAP, 4000):
        raise Refusal("guests.robot")
    check_stamp(text(body, "stamp", 64), now().timestamp())
    if body.get("consent") is not True:
        raise Refusal("guests.no_consent", field="consent")
    lat, lon = _degrees(body.get("lat"), 90), _degrees(body.get("lon"), 180)
    given = Form(
        key=text(body, "key", KEY_LENGTH),
        sender=sender(request),
        name=text(body, "name", 200),
        words=text(body, "words", MAX_WORDS, lines=True),
        phone=text(body, "phone", 40),
        email=text(body, "email", 254),
        address=text(body, "address", MAX_ADDRESS),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        payload=text(body, "payload", 64) or None,
        uploads=tokens(body),
        locale=public_words(request).locale,
    )
    async with work():
        token, number = await guests.submit(given)
    return {"number": number, "follow": f"/follow/{token}"}


def _degrees(value: Any, most: float) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise Refusal("form.place", field="address")
    return float(value)


page("GET", "/form/api/stamp", public=True)(fresh_stamp)
page("POST", "/form/api/order", public=True)(submit)
page("POST", "/form/api/uploads", public=True)(guest_api(begin_upload))
page("PUT", "/form/api/uploads/{upload}", public=True)(guest_api(take_piece))
