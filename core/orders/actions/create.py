"""How orders and jobs come to be: a request, one more job of it, a return visit, a reopened order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from core import events
from core.company.queries import company
from core.customers.rules import check_place
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.work import current, emit
from core.orders.actions.lifecycle import current_lifecycle
from core.orders.actions.store import locked_job, locked_jobs, locked_order
from core.orders.actions.timeline import keyed, note, noted
from core.orders.queries import access_order
from core.orders.rules import (
    KINDS,
    LEVELS,
    MOST_JOBS,
    OPEN,
    OVER,
    PRECEDENCE,
    TITLE_LENGTH,
    order_state,
    summary_of,
)

_PLACE = """
SELECT c.id AS customer, s.id AS site, s.address, s.lat, s.lon, s.customer_id AS site_customer,
       k.id AS contact, k.customer_id AS contact_customer
FROM customers_customers c LEFT JOIN customers_sites s ON s.id = $2 LEFT JOIN customers_contacts k ON k.id = $3
WHERE c.id = $1
"""

_CREATE = """
WITH ordered AS (
  INSERT INTO orders_orders (customer_id, site_id, contact_id, kind, source, summary, words, urgency, priority, state,
    address, lat, lon, wanted_from, wanted_to, revision, created_by, created_at, request_key)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $23, 'new', $9, $10, $11, $12, $13, 1, $14, $15, $16)
  ON CONFLICT (customer_id, request_key) DO NOTHING RETURNING id
), job AS (
  INSERT INTO orders_jobs (order_id, state, stage, lifecycle_id, planned_from, planned_to, duration, comment, revision,
    created_at)
  SELECT id, 'new', $17, $18, $12, $13, 60, '', 1, $15 FROM ordered RETURNING id, order_id
), assets AS (
  INSERT INTO orders_order_assets (order_id, asset_id) SELECT id, unnest($19::bigint[]) FROM ordered
), files AS (
  INSERT INTO orders_attachments (order_id, file_id, phase, party, caption, public, at)
  SELECT id, unnest($20::bigint[]), 'request', $14, '', true, $15 FROM ordered
), line AS (
  INSERT INTO orders_entries (order_id, job_id, kind, party, who, facts, public, at)
  SELECT order_id, id, 'order.created', $14, $21, $22::jsonb, true, $15 FROM job
)
SELECT order_id, id AS job_id FROM job
"""


async def create(
    *,
    customer_id: int,
    site_id: int | None = None,
    contact_id: int | None = None,
    words: str,
    urgency: str = "normal",
    asset_ids: Sequence[int] = (),
    file_ids: Sequence[int] = (),
    kind: str = "repair",
    wanted_from: datetime | None = None,
    wanted_to: datetime | None = None,
    address: str = "",
    lat: float | None = None,
    lon: float | None = None,
    source: str,
    key: str | None = None,
) -> int:
    """A new order with its first job; the order's number.

    With a `key` that the customer has used before, the order of that time is returned and nothing happens.
    Refusals: orders.empty, orders.bad_urgency, orders.bad_kind, orders.bad_window, orders.bad_asset,
    customers.bad_place.
    """
    w = current()
    words = words.strip()
    _check_request(words, bool(file_ids), urgency, kind)
    check_window(wanted_from, wanted_to)
    check_place(lat, lon)
    place = await _place(customer_id, site_id, contact_id)
    lifecycle_id, stage = await current_lifecycle()
    assets = await _assets(asset_ids, site_id)
    priority = await _priority(urgency, assets)
    row = await w.fetchrow(
        _CREATE,
        customer_id,
        site_id,
        contact_id,
        kind,
        source,
        summary_of(words),
        words,
        urgency,
        (address or place["address"] or "")[:300],
        place["lat"] if lat is None else lat,
        place["lon"] if lon is None else lon,
        wanted_from,
        wanted_to,
        w.actor.party,
        w.now,
        key,
        stage,
        lifecycle_id,
        assets,
        list(dict.fromkeys(file_ids)),
        w.actor.name,
        orjson.dumps({"urgency": urgency, "source": source}).decode(),
        priority,
    )
    if row is None:
        known = "SELECT id FROM orders_orders WHERE customer_id = $1 AND request_key = $2"
        return int((await w.fetch(known, customer_id, key))[0]["id"])
    await emit(events.OrderCreated(row["order_id"]))
    await emit(events.JobCreated(row["order_id"], row["job_id"]))
    return int(row["order_id"])


def _check_request(words: str, has_files: bool, urgency: str, kind: str) -> None:
    if not words and not has_files:
        raise Refusal("orders.empty")
    if urgency not in LEVELS:
        raise Refusal("orders.bad_urgency", urgency=urgency)
    if kind not in KINDS:
        raise Refusal("orders.bad_kind", kind=kind)


def check_window(wanted_from: datetime | None, wanted_to: datetime | None) -> None:
    if wanted_from and wanted_to and wanted_to <= wanted_from:
        raise Refusal("orders.bad_window")


async def _place(customer_id: int, site_id: int | None, contact_id: int | None) -> Any:
    """Customer, site and contact of one another, and within the actor's reach."""
    actor = current().actor
    if actor.kind == "contact":
        if actor.customer_id != customer_id:
            raise NotFound("customers", id=customer_id)
        if site_id is not None and actor.site_ids is not None and site_id not in actor.site_ids:
            raise NotFound("customers.site", id=site_id)
    else:
        actor.require("orders.create")
    row = await current().fetchrow(_PLACE, customer_id, site_id, contact_id)
    if row is None:
        raise NotFound("customers", id=customer_id)
    if site_id is not None and row["site_customer"] != customer_id:
        raise NotFound("customers.site", id=site_id)
    if contact_id is not None and row["contact_customer"] != customer_id:
        raise NotFound("customers.contact", id=contact_id)
    return row


async def _assets(asset_ids: Sequence[int], site_id: int | None) -> list[int]:
    """The assets, each once; they must stand on the order's site."""
    wanted = list(dict.fromkeys(asset_ids))
    if wanted:
        sql = "SELECT count(*) AS n FROM assets_assets WHERE id = ANY($1::bigint[]) AND site_id = $2"
        if (await current().fetch(sql, wanted, site_id))[0]["n"] != len(wanted):
            raise Refusal("orders.bad_asset")
    return wanted


async def _priority(urgency: str, asset_ids: list[int]) -> str:
    """What the company's matrix makes of the urgency on the most critical of the machines; the urgency without any."""
    if not asset_ids:
        return urgency
    most = "SELECT max(criticality) FROM assets_assets WHERE id = ANY($1::bigint[])"
    matrix = (await company()).rule("priorities")
    return str(matrix[str(await current().fetchval(most, asset_ids))][urgency])


_ADD_JOB = """
WITH job AS (
  INSERT INTO orders_jobs (order_id, state, stage, lifecycle_id, return_of_id, planned_from, planned_to, duration,
    comment, revision, created_at, title)
  VALUES ($1, 'new', $2, $3, $4, $5, $6, 60, '', 1, $7, $9::text) RETURNING id, order_id
), moved AS (
  UPDATE orders_orders o SET revision = o.revision + 1, closed_at = NULL, cancel_reason = NULL,
    state = (SELECT s.state FROM (SELECT state FROM orders_jobs WHERE order_id = o.id UNION ALL SELECT 'new') s
             ORDER BY array_position($8::text[], s.state) LIMIT 1)
  FROM job WHERE o.id = job.order_id
)
SELECT id FROM job
"""


async def _add_job(
    order_id: int, return_of: int | None, planned: tuple[datetime | None, datetime | None], title: str = ""
) -> int:
    """A titled job stands beside the others; one without a title comes after them."""
    w = current()
    lifecycle_id, stage = await current_lifecycle()
    row = await w.fetchrow(_ADD_JOB, order_id, stage, lifecycle_id, return_of, *planned, w.now, list(PRECEDENCE), title)
    return int(row["id"])  # type: ignore[index]


async def add_job(
    order_id: int,
    title: str,
    wanted_from: datetime | None = None,
    wanted_to: datetime | None = None,
    *,
    key: str = "",
) -> int:
    """One more job of an open order, beside those that it has; its id. `title` says what is to be done in it. With a
    `key` that the order has had before, the job of that time is returned and nothing happens. By dispatchers;
    `orders.title_needed`, `orders.too_many_jobs`, `orders.wrong_state` when the order is over."""
    actor, title = current().actor, " ".join(title.split())[:TITLE_LENGTH]
    await access_order(actor, order_id)
    actor.require("orders.dispatch")
    if not title:
        raise Refusal("orders.title_needed")
    check_window(wanted_from, wanted_to)
    order = await locked_order(order_id)
    if known := await noted(order_id, "job.created", key):
        return int(known["job_id"])
    if order["state"] not in OPEN:
        raise Refusal("orders.wrong_state", state=order["state"], verb="add_job")
    if len([job for job in await locked_jobs(order_id) if job.state in OPEN]) >= MOST_JOBS:
        raise Refusal("orders.too_many_jobs", limit=MOST_JOBS)
    new = await _add_job(order_id, None, (wanted_from, wanted_to), title)
    facts = {"title": title, "wanted_from": _iso(wanted_from), "wanted_to": _iso(wanted_to)}
    await note(order_id, "job.created", facts | keyed(key), True, new)
    await emit(events.JobCreated(order_id, new))
    return new


async def add_return(
    job_id: int, words: str = "", wanted_from: datetime | None = None, wanted_to: datetime | None = None
) -> int:
    """Another visit after a job that is done but not all of it; the new job's id.

    By the job's technician or a dispatcher. A second proposal for the same job gives the visit that there is; one that
    had no time yet, and that nobody has, gets this one."""
    actor = current().actor
    before = await locked_job(job_id)
    if not (actor.may("orders.dispatch") or (actor.may("orders.work") and before.assignee_id == actor.id)):
        raise NotAllowed("orders.dispatch")
    if before.state != "done":
        raise Refusal("orders.wrong_state", state=before.state, verb="add_return")
    check_window(wanted_from, wanted_to)
    known = "SELECT id FROM orders_jobs WHERE return_of_id = $1 AND state <> 'cancelled' ORDER BY id LIMIT 1"
    if row := await current().fetchrow(known, job_id):
        await _wish(before.order_id, int(row["id"]), wanted_from, wanted_to)
        return int(row["id"])
    new = await _add_job(before.order_id, job_id, (wanted_from, wanted_to))
    facts = {"return_of": job_id, "words": words, "outcome": before.outcome, "wanted_from": _iso(wanted_from)}
    await note(before.order_id, "job.created", facts | {"wanted_to": _iso(wanted_to)}, True, new)
    await emit(events.JobCreated(before.order_id, new, job_id))
    return new


_WISH = """
WITH job AS (
  UPDATE orders_jobs SET planned_from = $2, planned_to = $3, revision = revision + 1
  WHERE id = $1 AND state IN ('new', 'offered') AND planned_from IS NULL AND planned_to IS NULL RETURNING order_id
)
UPDATE orders_orders SET revision = revision + 1 WHERE id IN (SELECT order_id FROM job) RETURNING id
"""


async def _wish(order_id: int, job_id: int, wanted_from: datetime | None, wanted_to: datetime | None) -> None:
    w = current()
    if wanted_from is None or await w.fetchval(_WISH, job_id, wanted_from, wanted_to) is None:
        return
    facts = {"wanted_from": _iso(wanted_from), "wanted_to": _iso(wanted_to), "reason": ""}
    await note(order_id, "order.moved", facts, True, job_id)
    await emit(events.JobMoved(order_id, job_id))


async def reopen(order_id: int, reason: str) -> int:
    """The trouble is back, or was never mended: a new job on an order that is over; the job's id.

    By a dispatcher or one of the customer's people."""
    actor, reason = current().actor, reason.strip()
    await access_order(actor, order_id)
    if actor.kind != "contact":
        actor.require("orders.dispatch")
    if not reason:
        raise Refusal("orders.reason_needed", verb="reopen")
    order = await locked_order(order_id)
    if order["merged_into"] is not None:
        raise Refusal("orders.merged", into=order["merged_into"])
    jobs = await locked_jobs(order_id)
    if order_state(job.state for job in jobs) not in OVER:
        raise Refusal("orders.wrong_state", state=order["state"], verb="reopen")
    worked = [job.id for job in jobs if job.state != "cancelled"]
    new = await _add_job(order_id, worked[-1] if worked else None, (None, None))
    await note(order_id, "order.reopened", {"reason": reason, "before": order["state"]}, True, new)
    await emit(events.OrderReopened(order_id, new, reason))
    await emit(events.JobCreated(order_id, new, worked[-1] if worked else None))
    return new


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
