"""The day as a list and as a way through the town, and what is behind."""

from datetime import datetime
from typing import Any

from bot.shared.paging import number
from bot.shared.stale import or_show
from bot.technician.identity import known, me, pressed
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.orders.queries import JobView, my_jobs
from core.orders.rules import OVER, RUNNING
from core.plan.pickups import Items, Stop, fetched, pickup
from core.plan.queries import RouteStop, route_of
from core.presence.queries import last_position
from core.presence.rules import haversine
from core.sla.queries import next_due

PAGE = 6
MOST_PINS = 8
WAITING = ("assigned", "paused")
KINDS = ("all", "late", "fresh")


@routes.command("day")
@menu.item("technician.menu.day")
@known
async def day(turn: Turn) -> None:
    kind = _kind(turn)
    turn.dialogue.forget()
    turn.dialogue.go(None, day=kind)
    await _show(turn)


@routes.press("day.list")
@known
async def press_day(turn: Turn) -> None:
    """Extra: which jobs are shown from now on (all, late, fresh); nothing: those that were."""
    _, extra = pressed(turn)
    if extra in KINDS:
        turn.dialogue.go(turn.dialogue.step, day=extra)
    await _show(turn)


@routes.press("day.fetched")
@known
@or_show(lambda turn: _show(turn))
async def press_fetched(turn: Turn) -> None:
    """The id is the store's, the extra what was shown: what the route lacks and the store has lies in the van now."""
    await fetched(*pressed(turn))
    turn.toast("technician.day.fetched")
    await _show(turn)


@routes.press("day.pins")
@known
async def pins(turn: Turn) -> None:
    """The places of the jobs that are shown, in their order, for any navigator."""
    stops = [
        job for job in _shown(await _day(turn), _kind(turn)) if job["state"] not in OVER and job["lat"] is not None
    ]
    if not stops:
        turn.toast("technician.pin.none", alert=True)
    for n, job in enumerate(stops[:MOST_PINS], 1):
        place = {name: job[name] for name in ("lat", "lon", "number")}
        turn.say("technician.pin", {**place, "n": n, "title": job["site"] or "", "address": job["address"] or ""})


def _kind(turn: Turn) -> str:
    kept = turn.dialogue.data.get("day")
    return kept if kept in KINDS else "all"


def _shown(jobs: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Late: open, and its nearest clock has run out. Fresh: nobody has begun."""
    kept = {"late": lambda job: job["late"], "fresh": lambda job: job["state"] == "assigned"}.get(kind)
    return [job for job in jobs if kept is None or kept(job)]


async def _show(turn: Turn) -> None:
    jobs, kind = await _day(turn), _kind(turn)
    stop = await pickup(me(turn))
    jobs = [_from_store(job, stop) for job in jobs]
    facts = {"now": turn.work.now.isoformat(), "jobs": _shown(jobs, kind), "pickup": _stop(stop)}
    turn.redraw("technician.day", facts | {"kind": kind, "all": len(jobs)})


async def _day(turn: Turn) -> list[dict[str, Any]]:
    """All jobs of the day, in the order of the route."""
    today = turn.work.now.astimezone(turn.zone).date()
    stops = await route_of(me(turn), me(turn).id, today)
    jobs = sorted(await my_jobs(me(turn), day=today), key=lambda job: _in_route(job, stops))
    due = await next_due([job.id for job in jobs])
    told = [_planned(one, stops.get(one["id"])) for one in _with_distances(jobs, await _here(turn))]
    return [one | _late(one, due.get(one["id"]), turn.work.now) for one in told]


def _late(told: dict[str, Any], due: datetime | None, now: datetime) -> dict[str, Any]:
    over = told["state"] in OVER
    return {"due_at": due.isoformat() if due and not over else None, "late": bool(due and not over and due <= now)}


def _in_route(job: JobView, stops: dict[int, RouteStop]) -> tuple[Any, ...]:
    """What runs, then the plan's order, then what has no time yet, then what is over."""
    stop = stops.get(job.id)
    return (job.state not in RUNNING, job.state in OVER, stop is None, stop.starts_at.timestamp() if stop else 0)


def _planned(told: dict[str, Any], stop: RouteStop | None) -> dict[str, Any]:
    """With the planned arrival and the seconds of the way there."""
    if stop is None or told["state"] not in WAITING:
        return told
    return told | {"starts_at": stop.starts_at.isoformat(), "travel": stop.travel}


def _from_store(told: dict[str, Any], stop: Stop | None) -> dict[str, Any]:
    """The way to the job alone, where that to the store is told by itself."""
    if stop is None or stop.job_id != told["id"] or told.get("travel", 0) <= stop.travel:
        return told
    return told | {"travel": told["travel"] - stop.travel}


def _stop(found: Stop | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "job": found.job_id,
        "id": found.store_id,
        "store": found.store or None,
        "address": found.address,
        "lat": found.lat,
        "lon": found.lon,
        "starts_at": found.starts_at.isoformat() if found.starts_at else None,
        "travel": found.travel,
        "mark": found.mark,
        "items": _items(found.items),
        "left": _items(found.left),
    }


def _items(items: Items) -> list[list[str]]:
    return [[name, f"{quantity.normalize():f}", unit] for name, quantity, unit in items]


async def _here(turn: Turn) -> tuple[float, float] | None:
    found = await last_position(me(turn).id)
    return (found.lat, found.lon) if found else None


def _with_distances(jobs: list[JobView], here: tuple[float, float] | None) -> list[dict[str, Any]]:
    """Metres from where one is to the first job, then from each job to the next."""
    told = []
    for job in jobs:
        there = (job.lat, job.lon) if job.lat is not None and job.lon is not None else None
        open_job = job.state not in ("done", "closed", "cancelled")
        metres = haversine(*here, *there) if here and there and open_job else None
        told.append(_brief(job) | {"metres": metres})
        if open_job:
            here = there or here
    return told


def _brief(job: JobView) -> dict[str, Any]:
    return {
        "id": job.id,
        "number": job.order_id,
        "state": job.state,
        "summary": job.summary,
        "site": job.site or job.customer,
        "address": job.address,
        "lat": job.lat,
        "lon": job.lon,
        "priority": job.priority,
        "outcome": job.outcome,
        "planned_from": job.planned_from.isoformat() if job.planned_from else None,
        "planned_to": job.planned_to.isoformat() if job.planned_to else None,
        "done_at": job.done_at.isoformat() if job.done_at else None,
    }


@routes.command("archive")
@known
async def archive(turn: Turn) -> None:
    await _show_archive(turn, None)


@routes.press("day.archive")
@known
async def press_archive(turn: Turn) -> None:
    """Extra: the id of the job below which the page begins."""
    _, extra = pressed(turn)
    await _show_archive(turn, number(extra) or None)


async def _show_archive(turn: Turn, before: int | None) -> None:
    jobs = await my_jobs(me(turn), archive=True, before=before, limit=PAGE + 1)
    facts = {"jobs": [_brief(job) for job in jobs[:PAGE]], "more": len(jobs) > PAGE}
    turn.redraw("technician.archive", facts)
