"""What is decided about an order as a whole: its words and time, its priority, its end."""

from datetime import datetime
from typing import Any

from core import events, ports
from core.customers.rules import check_place
from core.kernel.errors import NotAllowed, Refusal
from core.kernel.work import current, emit
from core.orders.actions.create import check_window
from core.orders.actions.store import LockedJob, allow, check_guards, locked_job, locked_jobs, locked_order, move, touch
from core.orders.actions.timeline import note
from core.orders.queries import WORK_LEFT, access_order
from core.orders.rules import KINDS, LEVELS, OPEN, RUNNING, order_state, summary_of

DESK_FIELDS = frozenset({"words", "kind", "urgency", "address", "lat", "lon", "contact_id", "site_id", "asset_ids"})
CONTACT_FIELDS = frozenset({"words", "urgency", "address", "lat", "lon"})
WAITING = ("new", "offered", "assigned")


async def change(order_id: int, **fields: Any) -> None:
    """Change words, kind, urgency, address, lat, lon, contact_id, site_id or asset_ids. By dispatchers while the order
    is open; by the customer's people (not kind, contact, site, assets) until somebody is on the way. What is the same
    already is no change. Machines that don't stand on a new site come off the order. `customers.bad_place` for half a
    point.
    """
    actor = current().actor
    order = {**await _held(order_id), "asset_ids": await _linked(order_id)}
    is_contact = actor.kind == "contact"
    if not is_contact:
        actor.require("orders.dispatch")
    _require_state(order, WAITING if is_contact else OPEN, "change")
    if unknown := fields.keys() - (CONTACT_FIELDS if is_contact else DESK_FIELDS):
        raise Refusal("orders.bad_field", fields=sorted(unknown))
    changed = {name: value for name, value in _clean(fields).items() if order[name] != value}
    if not changed:
        return
    await _check_place(order, changed, fields)
    if changed.keys() & {"lat", "lon"}:
        check_place(*(changed.get(name, order[name]) for name in ("lat", "lon")))
    await _check_assets(order, changed, fields.get("asset_ids"))
    columns = {name: value for name, value in changed.items() if name != "asset_ids"}
    if "words" in changed:
        columns["summary"] = summary_of(changed["words"])
    await _write(order_id, columns)
    if "asset_ids" in changed:
        await _link(order_id, changed["asset_ids"])
    await note(order_id, "order.changed", {"fields": dict(changed)}, public=True)
    await emit(events.OrderChanged(order_id, tuple(changed)))


def _clean(fields: dict[str, Any]) -> dict[str, Any]:
    if "words" in fields:
        fields["words"] = str(fields["words"]).strip()
        if not fields["words"]:
            raise Refusal("orders.empty")
    if "asset_ids" in fields:
        fields["asset_ids"] = sorted(set(fields["asset_ids"]))
    if "urgency" in fields and fields["urgency"] not in LEVELS:
        raise Refusal("orders.bad_urgency", urgency=fields["urgency"])
    if "kind" in fields and fields["kind"] not in KINDS:
        raise Refusal("orders.bad_kind", kind=fields["kind"])
    return fields


_LOOKED_UP = """
SELECT kind = 'order.located' FROM orders_entries WHERE order_id = $1
  AND (kind = 'order.located' OR kind = 'order.changed' AND facts -> 'fields' ? 'lat') ORDER BY id DESC LIMIT 1
"""


async def _check_place(order: Any, changed: dict[str, Any], fields: dict[str, Any]) -> None:
    """Site and contact stay within the order's customer; a new site brings its address and point. A point that was
    looked up by another address, or was a former site's, is not this one's: it goes where a new one can be looked up.
    One that a person put stays until that has found another place."""
    w, customer_id = current(), order["customer_id"]
    if changed.get("contact_id") is not None:
        sql = "SELECT 1 FROM customers_contacts WHERE id = $1 AND customer_id = $2"
        if not await w.fetch(sql, changed["contact_id"], customer_id):
            raise Refusal("orders.bad_contact")
    if changed.get("site_id") is not None:
        sql = "SELECT address, lat, lon FROM customers_sites WHERE id = $1 AND customer_id = $2"
        site = await w.fetchrow(sql, changed["site_id"], customer_id)
        if site is None:
            raise Refusal("orders.bad_site")
        changed.update({name: changed.get(name, site[name]) for name in ("address", "lat", "lon")})
    elif "address" in changed and "lat" not in fields and order["lat"] is not None and ports.geocoder():
        of_site = order["site_id"] is not None
        if "site_id" in changed if of_site else await w.fetchval(_LOOKED_UP, order["id"]):
            changed.update(lat=None, lon=None)


async def _check_assets(order: Any, changed: dict[str, Any], asked: list[int] | None) -> None:
    """Those asked for stand on the order's site; unless asked for, those of a former site come off."""
    if asked is None:
        if "site_id" in changed and order["asset_ids"]:
            changed["asset_ids"] = []
        return
    sql = "SELECT count(*) FROM assets_assets WHERE id = ANY($1::bigint[]) AND site_id = $2"
    if await current().fetchval(sql, asked, changed.get("site_id", order["site_id"])) != len(asked):
        raise Refusal("orders.bad_asset")


async def _linked(order_id: int) -> list[int]:
    rows = await current().fetch("SELECT asset_id FROM orders_order_assets WHERE order_id = $1", order_id)
    return sorted(row["asset_id"] for row in rows)


async def _link(order_id: int, asset_ids: list[int]) -> None:
    w = current()
    await w.execute("DELETE FROM orders_order_assets WHERE order_id = $1", order_id)
    sql = "INSERT INTO orders_order_assets (order_id, asset_id) SELECT $1, unnest($2::bigint[])"
    await w.execute(sql, order_id, asset_ids)


async def give_to_groups(chosen: dict[int, int]) -> None:
    """Order to the dispatch group that reads it from now on; the desk's own choice."""
    current().actor.require("*")
    sql = """UPDATE orders_orders o SET group_id = c.group_id
             FROM unnest($1::bigint[], $2::bigint[]) AS c(id, group_id) WHERE o.id = c.id"""
    if chosen:
        await current().execute(sql, list(chosen), list(chosen.values()))


async def set_priority(order_id: int, priority: str) -> None:
    """What the desk works by; the deadlines follow (reaction on OrderChanged priority)."""
    current().actor.require("orders.dispatch")
    if priority not in LEVELS:
        raise Refusal("orders.bad_urgency", urgency=priority)
    order = await _held(order_id)
    _require_state(order, OPEN, "set_priority")
    if order["priority"] == priority:
        return
    await _write(order_id, {"priority": priority})
    await note(order_id, "order.priority", {"before": order["priority"], "priority": priority})
    await emit(events.OrderChanged(order_id, ("priority",)))


_MOVES = """
SELECT EXISTS (SELECT FROM orders_orders WHERE id = $1
               AND (wanted_from, wanted_to) IS DISTINCT FROM ($3::timestamptz, $4::timestamptz))
  OR EXISTS (SELECT FROM orders_jobs WHERE id = ANY($2::bigint[])
             AND (planned_from, planned_to) IS DISTINCT FROM ($3::timestamptz, $4::timestamptz))
"""


async def reschedule(order_id: int, wanted_from: datetime | None, wanted_to: datetime | None, reason: str = "") -> None:
    """Another time window, also the plan of every job that nobody has set out for. By dispatchers and the customer's
    people; `orders.wrong_state` once all open jobs are under way. What is wished and planned already is no change."""
    w = current()
    order = await _held(order_id)
    if w.actor.kind != "contact":
        w.actor.require("orders.dispatch")
    check_window(wanted_from, wanted_to)
    if wanted_to is not None and wanted_to <= w.now:
        raise Refusal("orders.bad_window")
    jobs = [job for job in await locked_jobs(order_id) if job.state in (*WAITING, "paused")]
    if not jobs:
        raise Refusal("orders.wrong_state", state=order["state"], verb="reschedule")
    ids = [job.id for job in jobs]
    if not await w.fetchval(_MOVES, order_id, ids, wanted_from, wanted_to):
        return
    await _write(order_id, {"wanted_from": wanted_from, "wanted_to": wanted_to})
    sql = """UPDATE orders_jobs SET planned_from = $2, planned_to = $3, eta_at = NULL, revision = revision + 1
             WHERE id = ANY($1::bigint[])"""
    await w.execute(sql, ids, wanted_from, wanted_to)
    facts = {"wanted_from": _iso(wanted_from), "wanted_to": _iso(wanted_to), "reason": reason.strip()}
    await note(order_id, "order.moved", facts, public=True)
    await emit(events.OrderChanged(order_id, ("wanted_from", "wanted_to")))
    for job in jobs:
        await emit(events.JobMoved(order_id, job.id))


async def cancel(order_id: int, reason: str) -> None:
    """End every open job. Work that was done stays done: then the order is done (or closed again, if it was reopened),
    not cancelled. The customer's people may cancel until somebody works on site; a dispatcher at any time."""
    actor, reason = current().actor, reason.strip()
    order = await _held(order_id)
    if actor.kind != "contact":
        actor.require("orders.dispatch")
    elif order["state"] == "on_site":
        raise Refusal("orders.wrong_state", state=order["state"], verb="cancel")
    if not reason:
        raise Refusal("orders.reason_needed", verb="cancel")
    jobs = [job for job in await locked_jobs(order_id) if job.state in OPEN]
    if not jobs:
        raise Refusal("orders.wrong_state", state=order["state"], verb="cancel")
    await _give_up(order_id, jobs, reason)


async def cancel_job(job_id: int, reason: str) -> None:
    """One of several jobs is not to be done. By dispatchers; `orders.last_job` when no other of the order's jobs was
    done or is to be: that is the order's end."""
    current().actor.require("orders.dispatch")
    job, reason = await locked_job(job_id), reason.strip()
    allow(job, "cancel")
    if not reason:
        raise Refusal("orders.reason_needed", verb="cancel")
    if not any(one.id != job_id and one.state != "cancelled" for one in await locked_jobs(job.order_id)):
        raise Refusal("orders.last_job", order=job.order_id)
    await _give_up(job.order_id, [job], reason)


async def _give_up(order_id: int, jobs: list[LockedJob], reason: str) -> None:
    """End these jobs, and with the last of them the order."""
    w = current()
    for job in jobs:
        state = await move(job, "cancel", facts={"reason": reason})
    if state == "cancelled":
        await _write(order_id, {"cancel_reason": reason[:300], "closed_at": w.now})
        await note(order_id, "order.cancelled", {"reason": reason}, public=True)
    elif state == "closed":
        await _write(order_id, {"closed_at": w.now})
        await note(order_id, "order.closed", {"reason": reason}, public=True)
    for job in jobs:
        await emit(events.JobCancelled(order_id, job.id, job.assignee_id, reason))
    if state == "cancelled":
        await emit(events.OrderCancelled(order_id, reason))
    elif state == "closed":
        await emit(events.OrderClosed(order_id))


async def close(order_id: int) -> None:
    """All is done and the guards of closing (a signed act, where one is required) are content.

    `orders.wrong_state` while a job is open, `orders.not_ready` with `missing` from the guards. For reactions and
    dispatchers."""
    current().actor.require("orders.dispatch")
    order = await locked_order(order_id)
    jobs = await locked_jobs(order_id)
    if order_state(job.state for job in jobs) != "done":
        raise Refusal("orders.wrong_state", state=order["state"], verb="close")
    done = [job for job in jobs if job.state == "done"]
    if missing := await _missing(done):
        raise Refusal("orders.not_ready", missing=missing)
    await _close(order_id, done)


async def settle(order_id: int) -> bool:
    """Close the order if nothing stands against it; False, and nothing changes, while a job is open (a return visit,
    say), something is missing, work is left for which nobody has decided on another visit, or it is over already. For
    reactions."""
    current().actor.require("orders.dispatch")
    await locked_order(order_id)
    jobs = await locked_jobs(order_id)
    done = [job for job in jobs if job.state == "done"]
    if order_state(job.state for job in jobs) != "done" or await _missing(done) or await _left(order_id):
        return False
    await _close(order_id, done)
    return True


async def _left(order_id: int) -> set[int]:
    """The jobs that ended with work left, of which nobody has decided what becomes of it."""
    rows = await current().fetch(f"SELECT j.id FROM orders_jobs j WHERE j.order_id = $1 AND {WORK_LEFT}", order_id)
    return {row["id"] for row in rows}


async def leave(job_id: int) -> None:
    """What this job left is not done any more: nobody comes again, and the order closes as soon as nothing else stands
    against it. By dispatchers; `orders.wrong_state` when nothing is left. Doing it again changes nothing."""
    w, job = current(), await locked_job(job_id)
    w.actor.require("orders.dispatch")
    if job.state == "closed":
        return
    if job.state != "done" or job.outcome in (None, "done"):
        raise Refusal("orders.wrong_state", state=job.state, verb="leave")
    if job_id in await _left(job.order_id):
        await note(job.order_id, "job.left", {}, job_id=job_id)
        await touch(job.order_id, job_id)
    await settle(job.order_id)


async def _close(order_id: int, done: list[LockedJob]) -> None:
    for job in done:
        await move(job, "close")
    await _write(order_id, {"closed_at": current().now})
    await note(order_id, "order.closed", {}, public=True)
    for job in done:
        await emit(events.JobClosed(order_id, job.id))
    await emit(events.OrderClosed(order_id))


async def _missing(jobs: list[LockedJob]) -> list[dict[str, Any]]:
    missing: list[dict[str, Any]] = []
    for job in jobs:
        missing += [item for item in await check_guards(job, "close", "closed") if item not in missing]
    return missing


async def promise(order_id: int, at: datetime | None) -> None:
    """When we said that somebody would be there; for sla."""
    await _write(order_id, {"promised_at": at})


async def set_eta(job_id: int, eta_at: datetime | None, *, tell: bool = False) -> None:
    """The arrival time of a job on its way; for presence. `tell` when it moved far enough to be news: EtaChanged.

    Nothing happens to a job that is not on its way (any more)."""
    job = await locked_job(job_id)
    sql = "UPDATE orders_jobs SET eta_at = $2 WHERE id = $1 AND state = 'travelling'"
    if await current().execute(sql, job_id, eta_at) and tell:
        await touch(job.order_id, job_id)
        await emit(events.EtaChanged(job.order_id, job_id))


async def set_comment(job_id: int, text: str) -> None:
    """The technician's closing word; for reports, which checks who may."""
    job, text = await locked_job(job_id), text.strip()
    if job.state not in (*RUNNING, "paused", "done"):
        raise Refusal("orders.wrong_state", state=job.state, verb="set_comment")
    await current().execute("UPDATE orders_jobs SET comment = $2 WHERE id = $1", job_id, text)
    await touch(job.order_id, job_id)
    await note(job.order_id, "job.comment", {"text": text}, False, job_id)


async def ask_help(job_id: int, code: str) -> None:
    """Mark the job and its order as waiting for a dispatcher's decision (`nobody_fits`…); for dispatch. The next move
    of the job ends it."""
    sql = """WITH job AS (
               UPDATE orders_jobs SET needs_help = $2 WHERE id = $1 AND needs_help IS DISTINCT FROM $2
               RETURNING order_id
             )
             UPDATE orders_orders o SET needs_help = $2, revision = o.revision + 1 FROM job WHERE o.id = job.order_id
             RETURNING o.id"""
    if order := await current().fetchrow(sql, job_id, code):
        await note(order["id"], "order.needs_help", {"code": code}, job_id=job_id)


async def _held(order_id: int) -> Any:
    """The order that the actor may see, locked."""
    actor = current().actor
    await access_order(actor, order_id)
    if actor.kind == "member" and not actor.may("orders.dispatch"):
        raise NotAllowed("orders.dispatch")
    return await locked_order(order_id)


def _require_state(order: Any, states: tuple[str, ...], verb: str) -> None:
    if order["state"] not in states:
        raise Refusal("orders.wrong_state", state=order["state"], verb=verb)


async def _write(order_id: int, columns: dict[str, Any]) -> None:
    names = "".join(f"{name} = ${n}, " for n, name in enumerate(columns, 2))
    sql = f"UPDATE orders_orders SET {names}revision = revision + 1 WHERE id = $1"
    await current().execute(sql, order_id, *columns.values())


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
