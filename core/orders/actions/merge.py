"""One trouble, two orders: the one goes into the other, and comes out again as it was."""

from typing import Any

from core import events
from core.kernel.errors import Refusal
from core.kernel.work import current, emit
from core.orders.actions.store import LockedJob, locked_jobs, locked_order, move
from core.orders.actions.timeline import note
from core.orders.queries import access_order
from core.orders.rules import OPEN

WAITING = ("new", "offered", "assigned")

Moved = dict[str, Any]
"""What went along: `jobs` [[id, state, assignee_id]], `attachments` and `assets` (ids)."""


async def fold(into: int, order_id: int) -> Moved:
    """End an order that nobody has set out for, since it goes on as `into`; its files and machines go along.

    Refusals: orders.merge_itself, orders.merge_customers, orders.merged, orders.merge_over (the one to go on is over),
    orders.merge_started (somebody works on the one to go, or has)."""
    w = current()
    w.actor.require("orders.dispatch")
    if into == order_id:
        raise Refusal("orders.merge_itself")
    keep, drop = await _both(into, order_id)
    for order in (keep, drop):
        if order["merged_into"] is not None:
            raise Refusal("orders.merged", number=order["id"], into=order["merged_into"])
    if keep["customer_id"] != drop["customer_id"]:
        raise Refusal("orders.merge_customers")
    if keep["state"] not in OPEN:
        raise Refusal("orders.merge_over", number=into, state=keep["state"])
    jobs = [job for job in await locked_jobs(order_id) if job.state != "cancelled"]
    if not jobs or any(job.state not in WAITING for job in jobs):
        raise Refusal("orders.merge_started", number=order_id, state=drop["state"])
    await _end(into, order_id, jobs)
    moved = {
        "jobs": [[job.id, job.state, job.assignee_id] for job in jobs],
        "attachments": await _carry_files(order_id, into),
        "assets": await _carry_assets(order_id, keep),
    }
    await note(into, "order.absorbed", {"number": order_id})
    return moved


async def _both(one: int, other: int) -> tuple[Any, Any]:
    """Both orders, locked, always the older first."""
    for order_id in (one, other):
        await access_order(current().actor, order_id)
    rows = {order_id: await locked_order(order_id) for order_id in sorted((one, other))}
    return rows[one], rows[other]


async def _end(into: int, order_id: int, jobs: list[LockedJob]) -> None:
    w, reason = current(), f"→ № {into}"
    for job in jobs:
        await move(job, "cancel", facts={"reason": reason})
    sql = """UPDATE orders_orders SET merged_into = $2, cancel_reason = $3, closed_at = $4, needs_help = NULL,
             revision = revision + 1 WHERE id = $1"""
    await w.execute(sql, order_id, into, reason, w.now)
    await note(order_id, "order.merged", {"into": into}, public=True)
    for job in jobs:
        await emit(events.JobCancelled(order_id, job.id, job.assignee_id, reason))


async def _carry_files(out_of: int, into: int, ids: list[int] | None = None) -> list[int]:
    """Files of the order itself; those of its jobs stay with them."""
    sql = """WITH moved AS (
               UPDATE orders_attachments SET order_id = $2
               WHERE order_id = $1 AND job_id IS NULL AND ($3::bigint[] IS NULL OR id = ANY($3::bigint[])) RETURNING id
             ), touched AS (UPDATE orders_orders SET revision = revision + 1 WHERE id IN ($1, $2))
             SELECT id FROM moved ORDER BY id"""
    return [row["id"] for row in await current().fetch(sql, out_of, into, ids)]


async def _carry_assets(out_of: int, keep: Any) -> list[int]:
    """Machines that stand on the other order's site and are not on it yet."""
    sql = """UPDATE orders_order_assets l SET order_id = $2 FROM assets_assets a
             WHERE l.order_id = $1 AND a.id = l.asset_id AND a.site_id = $3 AND NOT EXISTS (
               SELECT FROM orders_order_assets k WHERE k.order_id = $2 AND k.asset_id = l.asset_id)
             RETURNING l.asset_id"""
    return sorted(row["asset_id"] for row in await current().fetch(sql, out_of, keep["id"], keep["site_id"]))


async def unfold(out_of: int, order_id: int, moved: Moved) -> None:
    """Give back what `fold` moved, unless it is gone from there by now, and let the jobs stand where they stood: one
    that was offered looks for a technician anew, as does one whose technician has left. What came to the order that
    went on after the merge stays there.

    Refusals: orders.not_merged, orders.merge_closed (what went on is closed or cancelled)."""
    w = current()
    w.actor.require("orders.dispatch")
    keep, drop = await _both(out_of, order_id)
    if drop["merged_into"] != out_of:
        raise Refusal("orders.not_merged", number=order_id)
    if keep["state"] in ("closed", "cancelled"):
        raise Refusal("orders.merge_closed", number=out_of)
    merged_at = drop["closed_at"]
    await _give_back(out_of, order_id, moved)
    sql = """UPDATE orders_orders SET merged_into = NULL, cancel_reason = NULL, closed_at = NULL,
             revision = revision + 1 WHERE id = $1"""
    await w.execute(sql, order_id)
    stood = {job_id: (state, member_id) for job_id, state, member_id in moved["jobs"]}
    found = [job for job in await locked_jobs(order_id) if job.id in stood and job.state == "cancelled"]
    active = await _active([member_id for _, member_id in stood.values() if member_id is not None])
    told = [await _restore(job, *stood[job.id], active) for job in found]
    await note(order_id, "order.unmerged", {"out_of": out_of}, public=True)
    await note(out_of, "order.gave_back", {"number": order_id})
    await emit(events.OrderUnmerged(order_id, out_of, merged_at))
    for event in told:
        await emit(event)


async def _restore(
    job: LockedJob, state: str, member_id: int | None, active: set[int]
) -> events.JobAssigned | events.JobCreated:
    if state == "assigned" and member_id in active:
        await move(job, "restore", "assigned")
        return events.JobAssigned(job.order_id, job.id, member_id, current().actor.party)
    await move(job, "restore", "new", clears=("assignee_id", "accepted_at"))
    return events.JobCreated(job.order_id, job.id)


async def _give_back(out_of: int, order_id: int, moved: Moved) -> None:
    await _carry_files(out_of, order_id, moved["attachments"])
    sql = "UPDATE orders_order_assets SET order_id = $2 WHERE order_id = $1 AND asset_id = ANY($3::bigint[])"
    await current().execute(sql, out_of, order_id, moved["assets"])


async def _active(member_ids: list[int]) -> set[int]:
    sql = "SELECT id FROM people_members WHERE id = ANY($1::bigint[]) AND active"
    return {row["id"] for row in await current().fetch(sql, member_ids)}
