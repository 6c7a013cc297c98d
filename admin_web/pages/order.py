"""An order's page: all that is known of it, its story and its talk; what a dispatcher does with it is in `steer.py`."""

import asyncio
from datetime import datetime
from typing import Any

from aiohttp import web

from admin_web.entries import Reader, line, member_ids
from admin_web.page import act, actor_of, back, number, page, readable, render, said
from core.assets.queries import plans_at
from core.chats.actions import post
from core.chats.queries import thread
from core.checklists.queries import checklist
from core.company.queries import company
from core.dispatch.queries import choices
from core.documents.queries import documents_of
from core.files.actions import put_clean, store
from core.guests.actions import revoke
from core.guests.queries import links_of
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.ids import token
from core.orders.attendance import Attendance, attendance
from core.orders.queries import access_order, timeline
from core.orders.stints import stints
from core.overview.dossier import attachments, names
from core.overview.jobs import running_job
from core.overview.queries import Facts, order_facts
from core.overview.steering import steps, steps_beside
from core.reports.queries import helpers, report
from core.sla.queries import explain
from core.twins.queries import merges_of, twins_of


@page("GET", "/admin/orders/{id:\\d+}", permission="orders.see_all")
async def order(request: web.Request) -> web.Response:
    """The whole page, or what changes of it for a page that is open."""
    actor = actor_of(request)
    order_id = await access_order(actor, number(request))
    facts, there = await order_facts(order_id, whole=True), await attendance(order_id)
    return await render(
        request,
        "admin/order.html",
        order=facts,
        job=running_job(facts),
        key=token(),
        steps=steps(facts) if actor.may("orders.dispatch") else (),
        jobs=[await _job(job, there) for job in facts["jobs"]],
        beside=steps_beside(facts) if actor.may("orders.dispatch") else {},
        lines=await _lines(request, actor, order_id),
        why=await explain(actor, order_id),
        messages=await thread(actor, order_id),
        files=await attachments(actor, order_id),
        choices=await choices(actor, order_id),
        plans=await plans_at(actor, facts["site"]["id"]) if facts["site"] else [],
        papers=await documents_of(actor, order_id),
        links=await links_of(order_id) if actor.may("orders.dispatch") else [],
        twins=await twins_of(actor, order_id),
        merges=await merges_of(actor, order_id),
    )


@page("POST", "/admin/orders/{id:\\d+}/links/{link:\\d+}/revoke", permission="orders.dispatch")
async def revoke_link(request: web.Request) -> web.Response:
    """A private link of this order opens nothing any more."""
    order_id = await access_order(actor_of(request), number(request))
    link_id = next((one.id for one in await links_of(order_id) if str(one.id) == request.match_info["link"]), None)
    if link_id is None:
        raise NotFound("guests.link")
    async with act(request):
        await revoke(link_id)
    return back(request, f"/admin/orders/{order_id}", note="order.link_revoked")


async def _job(job: Facts, there: list[Attendance]) -> dict[str, Any]:
    """A job with its report, its checklist, how long it stood at each stage, who was on site when, and who helped."""
    spent = stints(job["trail"], datetime.fromisoformat(job["created_at"]), now())
    told: dict[str, Any] = {"stints": spent, "visits": [one for one in there if one.job_id == job["id"]]}
    told["helpers"] = list((await helpers([job["id"]])).values())
    return {**job, "report": await report(job["id"]), "checklist": await checklist(job["id"]), **told}


async def _lines(request: web.Request, actor: Actor, order_id: int) -> list[Any]:
    """The story, the newest first."""
    entries = await timeline(actor, order_id)
    reader = Reader(said(request), (await company()).tz, await names(member_ids(entries)))
    return [line(entry, reader) for entry in reversed(entries)]


@page("POST", "/admin/orders/{id:\\d+}/messages", permission="chats.team")
async def write(request: web.Request) -> web.Response:
    """A message to the team or to the customer, with a file if there is one."""
    order_id, data = number(request), await request.post()
    await access_order(actor_of(request), order_id)
    to_customer = data.get("to") == "customer"
    text, sent = readable(str(data.get("text", ""))).strip(), data.get("file")
    stored = None
    if isinstance(sent, web.FileField) and sent.filename:
        stored = await put_clean(await asyncio.to_thread(sent.file.read), "document", sent.filename)
    async with act(request):
        file_id = None
        if stored is not None:
            file_id = await store(stored, kind=_kind(stored.mime))
        await post(order_id, "customer" if to_customer else "team", text, file_id, to_customer=to_customer)
    return back(request, f"/admin/orders/{order_id}", note="chat.sent")


def _kind(mime: str) -> str:
    known = {"image": "photo", "video": "video", "audio": "audio"}
    return known.get(mime.partition("/")[0], "document")
