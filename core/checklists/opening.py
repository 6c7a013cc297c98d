"""A failed item of a checklist opens an order of its own: the same place and machines, once for an item of a job."""

from decimal import Decimal
from typing import Any

from core.checklists.queries import checklist
from core.checklists.rules import Item, order_key
from core.company.queries import company
from core.events import ItemMended, ItemOpened
from core.kernel.actor import SYSTEM
from core.kernel.errors import NotFound
from core.kernel.words import Words, words
from core.kernel.work import acting, current, emit
from core.orders import actions as orders
from core.orders.actions.reporting import reported_job
from core.orders.actions.store import LockedJob
from core.orders.queries import order_of_key

SOURCE = "checklist"
TOLD = ("text", "type", "unit", "choices")
"""What the timeline keeps of an item beside its answer."""


def told_of(item: Item, value: Any) -> dict[str, Any]:
    return {"item": item["code"], "value": value, **{key: item[key] for key in TOLD if key in item}}


async def confirm(job_id: int, item: str) -> None:
    """Whoever answered is sure: what is off the norm stands and opens its order."""
    job = await reported_job(job_id)
    listed = await checklist(job_id)
    found = next((one for one in listed["items"] if one["code"] == item), None) if listed else None
    if found is None:
        raise NotFound("checklists.item", item=item)
    await open_order(job, found)


async def open_failed(job_id: int) -> None:
    """The work is over: what failed and was not confirmed opens its order now."""
    job, listed = await orders.locked_job(job_id), await checklist(job_id)
    for item in listed["items"] if listed else ():
        await open_order(job, item)


async def open_order(job: LockedJob, item: Item) -> None:
    """An order for an item whose answer is off the norm, unless the item opens none or has opened one before."""
    if not item.get("opens") or item["ok"] is not False:
        return
    key = order_key(job.id, item["code"])
    if await order_of_key(job.customer_id, key) is not None:
        return
    async with acting(SYSTEM):
        number = await orders.create(
            **await _place(job.order_id), words=await _words(job, item), source=SOURCE, key=key
        )
    facts = told_of(item, item["value"])
    await orders.note(job.order_id, "checklist.opened", {**facts, "number": number}, job_id=job.id)
    await orders.note(number, "order.from_checklist", {**facts, "number": job.order_id})
    await orders.touch(job.order_id, job.id)
    await emit(ItemOpened(job.order_id, job.id, item["code"], number))


async def note_mended(job: LockedJob, item: Item) -> None:
    """The answer is within the norm after all, or taken back: the order that it opened stays, and both say so.
    `opened` is set on the line of that order."""
    number = await order_of_key(job.customer_id, order_key(job.id, item["code"]))
    if number is None:
        return
    facts = told_of(item, item["value"])
    await orders.note(job.order_id, "checklist.mended", {**facts, "number": number}, job_id=job.id)
    await orders.note(number, "checklist.mended", {**facts, "number": job.order_id, "opened": True})
    await orders.touch(number)
    await emit(ItemMended(job.order_id, job.id, item["code"], number))


_PLACE = """
SELECT o.customer_id, o.site_id, o.contact_id, o.address, o.lat, o.lon,
       ARRAY(SELECT l.asset_id FROM orders_order_assets l JOIN assets_assets e ON e.id = l.asset_id
             WHERE l.order_id = o.id AND e.site_id = o.site_id ORDER BY l.id) AS asset_ids
FROM orders_orders o WHERE o.id = $1
"""


async def _place(order_id: int) -> dict[str, Any]:
    row = await current().fetchrow(_PLACE, order_id)
    if row is None:
        raise NotFound("orders.order", id=order_id)
    return dict(row)


async def _words(job: LockedJob, item: Item) -> str:
    """In the company's language: whoever takes the order reads what was asked and what was found."""
    t = words("bot", (await company()).locale)
    text = item["text"].get(t.locale) or next(iter(item["text"].values()))
    return t.text("check.opened.words", text=text, value=_value(item, t), number=job.order_id)


def _value(item: Item, t: Words) -> str:
    value = item["value"]
    if item["type"] == "yesno":
        return t.text("shared.check.said.yes" if value else "shared.check.said.no")
    if item["type"] == "number":
        return f"{t.number(Decimal(str(value)))} {t.unit(item.get('unit'))}".strip()
    names = next(one["text"] for one in item["choices"] if one["code"] == value)
    return str(names.get(t.locale) or next(iter(names.values())))
