"""The private link of an order: what happens and when, a chat, the act to sign, the stars. No login: the address is the
key, it opens this order alone and can be revoked."""

import asyncio
import base64
import binascii
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp_sse import sse_response

from admin_web.guests import begin_upload, guest_api, json_of, take_piece, text, tokens
from admin_web.handed import file_answer
from admin_web.page import page
from admin_web.public import public_message, public_page, public_words
from core.chats import actions as chats
from core.chats.queries import thread
from core.company.queries import company
from core.documents import actions as documents
from core.documents.queries import document_view, documents_of, lines_of
from core.documents.stroke import stroke_png
from core.files import actions as files
from core.files.queries import file_view
from core.guests import actions as guests
from core.guests.queries import Opened, file_of, opened, technician_spot
from core.guests.rules import MAX_FILES, PIECE
from core.guests.uploads import whole
from core.kernel.clock import now
from core.kernel.errors import Gone, NotFound, Refusal
from core.kernel.hints import listen
from core.kernel.words import words
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.jobs import shown_job
from core.overview.queries import order_facts
from core.ratings import actions as ratings
from core.sources.queries import request_row

FOLLOW = "/follow/{secret}"
STEPS = ("accepted", "assigned", "travelling", "on_site", "done")
REACHED = {"new": 0, "offered": 0, "assigned": 1, "travelling": 2, "on_site": 3, "paused": 3, "done": 4, "closed": 4}
MOVABLE = ("new", "offered", "assigned", "paused")
CANCELLABLE = (*MOVABLE, "travelling")
OVER = ("done", "closed", "cancelled")
HOURS = ((9, 12), (12, 15), (15, 18), (18, 21))
DAYS = 14
CANCEL = ("fixed", "later", "other_company", "mistake")
REFUSE = ("work", "price", "quantity", "not_mine")
MARKS = ("speed", "accuracy", "communication")
PNG = "data:image/png;base64,"
PING_S = 20.0


async def _link(request: web.Request) -> Opened:
    return await opened(request.match_info["secret"][:64])


async def _order(request: web.Request) -> tuple[Opened, int]:
    """The link and the number of its order. NotFound guests.link while it is only a request."""
    link = await _link(request)
    if link.order_id is None:
        raise NotFound("guests.link")
    return link, link.order_id


@page("GET", FOLLOW, public=True)
async def shown(request: web.Request) -> web.Response:
    try:
        link = await _link(request)
    except NotFound as refusal:
        status, code = (410, "follow.gone") if isinstance(refusal, Gone) else (404, "follow.lost")
        title, said = public_words(request).text(code), public_message(request, refusal)
        return await public_page(request, "public/message.html", status, title=title, text=said, good=False)
    async with work(link.actor):
        await guests.seen(link)
    return await public_page(request, "public/follow.html", **await _context(link), t=words("admin", link.locale))


async def _context(link: Opened) -> dict[str, Any]:
    base: dict[str, Any] = {"link": link, "order": None, "limits": {"files": MAX_FILES, "piece": PIECE}}
    if link.order_id is None:
        return {**base, "request": await request_row(link.request_id or 0)}
    facts = await order_facts(link.order_id)
    ours = await company()
    papers = [one for one in await documents_of(link.actor, link.order_id) if one.file_id]
    waiting = next((one for one in papers if one.state == "ready" and not one.replaced_by), None)
    local = now().astimezone(ours.tz).date()
    return {
        **base,
        "order": facts,
        "job": shown_job(facts) or {},
        "reached": REACHED.get(facts["state"], -1),
        "steps": STEPS,
        "said": words("bot", link.locale),
        "messages": [one for one in await thread(link.actor, link.order_id) if one.text or one.file],
        "papers": [one for one in papers if not one.replaced_by],
        "waiting": waiting,
        "lines": await lines_of(link.actor, waiting.id) if waiting else [],
        "rating": facts["rating"],
        "marks": MARKS,
        "may": {
            "move": facts["state"] in MOVABLE,
            "cancel": facts["state"] in CANCELLABLE,
            "reopen": facts["state"] in OVER and not facts["merged_into"],
        },
        "cancel_reasons": CANCEL,
        "refuse_reasons": REFUSE,
        "days": [local + timedelta(days=n) for n in range(DAYS)],
        "hours": HOURS,
    }


@page("GET", FOLLOW + "/where", public=True)
async def where(request: web.Request) -> web.Response:
    """The technician on the way and the place they go to."""
    link, number = await _order(request)
    facts, spot = await order_facts(number), await technician_spot(link)
    there = [facts["lat"], facts["lon"]] if facts["lat"] is not None else None
    return web.json_response({"there": there, "here": [spot.lat, spot.lon] if spot else None})


@page("GET", FOLLOW + "/live", public=True)
async def live(request: web.Request) -> web.StreamResponse:
    """`data: order` when something of this order changed; the page asks for itself anew."""
    link = await _link(request)
    changed = asyncio.Event()
    wanted = (str(link.order_id), "all") if link.order_id else ()
    stops = [
        listen("orders", lambda payload: changed.set() if not wanted or payload in wanted else None),
        listen("requests", lambda payload: changed.set() if payload == str(link.request_id) else None),
    ]
    response: web.StreamResponse = web.Response(status=204)
    try:
        async with sse_response(request, ping_interval=PING_S) as events:
            response = events
            while events.is_connected():
                try:
                    async with asyncio.timeout(PING_S):
                        await changed.wait()
                except TimeoutError:
                    continue
                changed.clear()
                await events.send("order")
    except (ConnectionResetError, asyncio.CancelledError):
        pass
    finally:
        for stop in stops:
            stop()
    return response


@page("GET", FOLLOW + r"/files/{id:\d{1,12}}", public=True)
async def file(request: web.Request) -> web.StreamResponse:
    link, _ = await _order(request)
    return await file_answer(request, await file_view(await file_of(link, int(request.match_info["id"]))))


@guest_api
async def say(request: web.Request) -> dict[str, Any]:
    """Words and files into the order's thread, once per key."""
    body, (link, number) = await json_of(request), await _order(request)
    said = text(body, "text", chats.MAX_TEXT, lines=True)
    async with work(link.actor):
        if await guests.first_time(link, text(body, "key", 64)):
            sent = await whole(tokens(body))
            if said or not sent:
                await chats.post(number, "customer", said)
            for file_id in sent:
                await chats.post(number, "customer", "", file_id)
    return {"ok": True}


@guest_api
async def cancel(request: web.Request) -> dict[str, Any]:
    return await _once(request, orders.cancel, "cancel")


@guest_api
async def reopen(request: web.Request) -> dict[str, Any]:
    return await _once(request, orders.reopen, "reopen")


async def _once(request: web.Request, verb: Any, name: str) -> dict[str, Any]:
    body, (link, number) = await json_of(request), await _order(request)
    reason = text(body, "reason", 300)
    if not reason:
        raise Refusal("orders.reason_needed", verb=name)
    async with work(link.actor):
        if await guests.first_time(link, text(body, "key", 64)):
            await verb(number, reason)
    return {"ok": True}


@guest_api
async def move(request: web.Request) -> dict[str, Any]:
    """{day: "2026-11-25", hours: "9"}; an empty day is as soon as possible."""
    body, (link, number) = await json_of(request), await _order(request)
    start, end = _window(text(body, "day", 10), text(body, "hours", 2), (await company()).tz)
    async with work(link.actor):
        if await guests.first_time(link, text(body, "key", 64)):
            await orders.reschedule(number, start, end)
    return {"ok": True}


def _window(day: str, hours: str, zone: Any) -> tuple[datetime | None, datetime | None]:
    if not day:
        return None, None
    found = next((pair for pair in HOURS if str(pair[0]) == hours), None)
    try:
        chosen = date.fromisoformat(day)
    except ValueError as error:
        raise Refusal("form.day", field="day") from error
    if found is None:
        raise Refusal("form.choose", field="hours")
    return tuple(datetime(chosen.year, chosen.month, chosen.day, hour, tzinfo=zone) for hour in found)  # type: ignore[return-value]


@guest_api
async def sign(request: web.Request) -> dict[str, Any]:
    """{document, name, image: data URL of a PNG, key}: as on the technician's screen."""
    body, (link, _) = await json_of(request), await _order(request)
    paper = await _paper(link, body)
    key, image = text(body, "key", 64), body.get("image")
    if not isinstance(image, str) or not image.startswith(PNG):
        raise Refusal("documents.signature_unreadable")
    try:
        raw = base64.b64decode(image.removeprefix(PNG), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("documents.signature_unreadable") from error
    stored = await files.put_bytes(await asyncio.to_thread(stroke_png, raw))
    async with work(link.actor):
        file_id = await files.store(stored, kind="signature", name="signature.png", mime="image/png")
        await documents.sign(paper, "screen", text(body, "name", 200), text(body, "post", 100), file_id, key)
    return {"ok": True}


@guest_api
async def refuse(request: web.Request) -> dict[str, Any]:
    body, (link, _) = await json_of(request), await _order(request)
    paper = await _paper(link, body)
    async with work(link.actor):
        if await guests.first_time(link, text(body, "key", 64)):
            await documents.refuse(paper, text(body, "reason", 300))
    return {"ok": True}


async def _paper(link: Opened, body: dict[str, Any]) -> int:
    number = body.get("document")
    if type(number) is not int or not 0 < number < 2**53:
        raise Refusal("app.bad_request")
    return (await document_view(link.actor, number)).id


@guest_api
async def rate(request: web.Request) -> dict[str, Any]:
    body, (link, number) = await json_of(request), await _order(request)
    marks = {name: body[name] for name in MARKS if body.get(name) is not None}
    if any(type(mark) is not int for mark in marks.values()):
        raise Refusal("app.bad_request")
    comment = text(body, "comment", 2000, lines=True)
    async with work(link.actor):
        await ratings.rate(number, **marks, comment=comment or None)
    return {"ok": True}


@guest_api
async def begin(request: web.Request) -> dict[str, Any]:
    await _order(request)
    return await begin_upload(request)


for _verb in (say, cancel, reopen, move, sign, refuse, rate):
    page("POST", f"{FOLLOW}/{_verb.__name__}", public=True)(_verb)
page("POST", FOLLOW + "/uploads", public=True)(begin)
page("PUT", FOLLOW + "/uploads/{upload}", public=True)(guest_api(take_piece))
