"""Orders: take one in, look, change, cancel; what was said about it, and what happened to it."""

from typing import Any

from api.door import check_match
from api.endpoint import Call, endpoint
from api.models import (
    Cancel,
    CommentOut,
    Comments,
    EntryOut,
    NewComment,
    NewJob,
    NewOrder,
    OrderOut,
    OrderPatch,
    Orders,
    OrderShort,
    OrdersQuery,
    Timeline,
    read_cursor,
    write_cursor,
)
from core.chats import actions as chats
from core.chats.queries import MessageView, thread
from core.kernel.actor import Actor
from core.orders import actions as orders
from core.orders.queries import access_order, orders_list, timeline
from core.orders.rules import OPEN, OVER
from core.overview.queries import order_facts

GROUPS = {"open": OPEN, "over": OVER}
SOURCE = "api"
MOST_SAID = 200


@endpoint("GET", "/orders", scope="orders:read", query=OrdersQuery, answer=Orders)
async def list_orders(call: Call) -> Orders:
    asked: OrdersQuery = call.query
    states = GROUPS.get(asked.state or "", (asked.state,) if asked.state else ())
    rows = await orders_list(
        call.actor,
        states=states,
        search=asked.q or "",
        customer_id=asked.customer_id,
        before=read_cursor(asked.cursor),
        limit=asked.limit,
    )
    items = [
        OrderShort.model_validate({**{name: getattr(row, name) for name in row.__slots__}, "technician": row.assignee})
        for row in rows
    ]
    return Orders(items=items, next=write_cursor(rows[-1].id) if len(rows) == asked.limit else None)


@endpoint(
    "POST", "/orders", scope="orders:write", body=NewOrder, answer=OrderOut, status=201, writes=True, conflicts=True
)
async def create_order(call: Call) -> OrderOut:
    wanted: NewOrder = call.body
    order_id = await orders.create(**wanted.model_dump(), source=SOURCE)
    return await _order(call.actor, order_id)


@endpoint("GET", "/orders/{id}", scope="orders:read", answer=OrderOut, tagged=True)
async def get_order(call: Call) -> OrderOut:
    return await _order(call.actor, call.number("orders.order"))


@endpoint(
    "PATCH",
    "/orders/{id}",
    scope="orders:write",
    body=OrderPatch,
    answer=OrderOut,
    writes=True,
    guarded=True,
    conflicts=True,
)
async def change_order(call: Call) -> OrderOut:
    """The order is held while its tag is compared: of two who saw the same one comes too late."""
    order_id, wanted = call.number("orders.order"), call.body
    await access_order(call.actor, order_id)
    await orders.locked_order(order_id)
    before = await _order(call.actor, order_id)
    check_match(call, before)
    given: dict[str, Any] = wanted.model_dump(exclude_unset=True)
    priority, reason = given.pop("priority", None), given.pop("reason", "")
    window = {name: given.pop(name, getattr(before, name)) for name in ("wanted_from", "wanted_to") if name in given}
    if given:
        await orders.change(order_id, **given)
    if priority is not None:
        await orders.set_priority(order_id, priority)
    if window:
        start, end = (window.get(name, getattr(before, name)) for name in ("wanted_from", "wanted_to"))
        await orders.reschedule(order_id, start, end, reason)
    return await _order(call.actor, order_id)


@endpoint(
    "POST", "/orders/{id}/cancel", scope="orders:write", body=Cancel, answer=OrderOut, writes=True, conflicts=True
)
async def cancel_order(call: Call) -> OrderOut:
    order_id = call.number("orders.order")
    await orders.cancel(order_id, call.body.reason)
    return await _order(call.actor, order_id)


@endpoint(
    "POST", "/orders/{id}/jobs", scope="orders:write", body=NewJob, answer=OrderOut, status=201, writes=True,
    conflicts=True,
)  # fmt: skip
async def add_job(call: Call) -> OrderOut:
    order_id, wanted = call.number("orders.order"), call.body
    await orders.add_job(order_id, wanted.title, wanted.wanted_from, wanted.wanted_to)
    return await _order(call.actor, order_id)


@endpoint("GET", "/orders/{id}/timeline", scope="orders:read", answer=Timeline)
async def get_timeline(call: Call) -> Timeline:
    rows = await timeline(call.actor, call.number("orders.order"))
    return Timeline(items=[EntryOut.model_validate({n: getattr(row, n) for n in row.__slots__}) for row in rows])


@endpoint("GET", "/orders/{id}/comments", scope="orders:read", answer=Comments)
async def list_comments(call: Call) -> Comments:
    rows = await thread(call.actor, call.number("orders.order"), limit=MOST_SAID)
    return Comments(items=[_comment(row) for row in rows])


@endpoint(
    "POST", "/orders/{id}/comments", scope="orders:write", body=NewComment, answer=CommentOut, status=201, writes=True
)
async def add_comment(call: Call) -> CommentOut:
    order_id, said = call.number("orders.order"), call.body
    number = await chats.post(order_id, said.to, said.text, to_customer=said.to == "customer")
    rows = await thread(call.actor, order_id, said.to, limit=MOST_SAID)
    return _comment(next(row for row in rows if row.id == number))


async def _order(actor: Actor, order_id: int) -> OrderOut:
    """NotFound orders.order."""
    await access_order(actor, order_id)
    facts = await order_facts(order_id)
    jobs = [{**job, "technician": job["assignee"]} for job in facts["jobs"]]
    clocks = [
        {**one, "kind": "stage" if one["stage"] else one["kind"], "stage": (one["stage"] or {}).get("code")}
        for one in facts["deadlines"]
    ]
    made = {**facts, "id": facts["number"], "jobs": jobs, "deadlines": clocks, "acts": facts["documents"]}
    return OrderOut.model_validate(made)


def _comment(row: MessageView) -> CommentOut:
    file_id = row.file["id"] if row.file else None
    return CommentOut(
        id=row.id,
        to="customer" if row.side == "customer" else "team",
        who=row.who,
        text=row.text,
        file_id=int(file_id) if file_id is not None else None,
        at=row.at,
    )
