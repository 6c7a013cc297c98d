"""Plans that wait for a yes: a day by the optimiser, and what to do about an urgent order, a refusal, an absence or a
delay. With the company's `plan_auto` the latter are done at once, unless something stands against them.

Disturbing people has a price: each customer who knew another time and each job that changes hands count as minutes of
travel, and the cheapest of the ways found is proposed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from core import events
from core.company.queries import company
from core.dispatch.planning.instance import MOST_MOVED, PENALTIES
from core.kernel.errors import NotFound, Refusal, Stale
from core.kernel.read import fetchrow, parsed
from core.kernel.work import current, emit, work
from core.plan import solver
from core.plan.actions import apply, changed_day, held, kept, shaped
from core.plan.instance import Locks, instance_of
from core.plan.queries import Frame, frame, today
from core.plan.rules import HARD, MOVABLE, OVER, Day, Job, all_timed, difference, placed, price, routes_of
from core.tasks.actions import TaskRun, later, task

SOLVE, REACT = "plan.solve", "plan.react"
REPLAN_SECONDS = 2.0
LARGEST_REPLAN = 400
RELAXED_SHARE = 0.2
CUSTOMER, HANDS = 1_800, 600
"""What it costs to tell a customer of another time, and to give a job to somebody else: seconds of travel."""
TOLD = ("absence", "delay")
"""Causes of which dispatchers hear in chat; for the others the robot asks around meanwhile."""
LATE = 3
"""A second of lateness in seconds of travel."""


class Stopped(Exception):
    """Somebody does not want the plan any more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A way: the day after it, the routes that change, and jobs that find no room with the reason."""

    after: Day
    changed: dict[int, list[int]]
    dropped: dict[int, str]


async def plan_day(day: date) -> int:
    """Ask for a plan of the day; the proposal's id. It is thought out in the background."""
    w = current()
    here = await held(day, None)
    if here.day < await today():
        raise Refusal("plan.past_day")
    if not any(one.shift and one.shift[1] > here.facts.now for one in here.facts.people.values()):
        raise Refusal("plan.no_shifts")
    sql = "SELECT 1 FROM plan_changes WHERE day = $1 AND state = 'solving' LIMIT 1"
    if await w.fetchval(sql, day):
        raise Refusal("plan.solving")
    await _drop_ready(day)
    made = await _propose(here, "day", "solving", None, {}, {})
    await later(SOLVE, {"change": made}, key=made)
    return made


async def _drop_ready(day: date, job_id: int | None = None) -> None:
    """A newer proposal takes the place of an older one."""
    sql = """UPDATE plan_changes SET state = 'dropped' WHERE day = $1 AND state = 'ready'
             AND job_id IS NOT DISTINCT FROM $2"""
    await current().execute(sql, day, job_id)


async def _propose(
    here: Frame, cause: str, state: str, job_id: int | None, plan: dict[str, Any], told: dict[str, Any]
) -> int:
    w = current()
    sql = """INSERT INTO plan_changes (day, cause, state, revision, job_id, plan, before, told, progress, who, at)
             VALUES ($1, $2, $3, $4, $5, $6::jsonb, '{}', $7::jsonb, 0, $8, $9) RETURNING id"""
    made = await w.fetchval(
        sql, here.day, cause, state, here.revision, job_id, kept(plan), kept(told), w.actor.name, w.now
    )
    changed_day(here.day)
    return int(made)


async def drop(change_id: int) -> None:
    """Not this one; one that is still being thought out is stopped."""
    w = current()
    w.actor.require("orders.dispatch")
    sql = "UPDATE plan_changes SET state = 'dropped' WHERE id = $1 AND state IN ('ready', 'solving') RETURNING day"
    day = await w.fetchval(sql, change_id)
    if day is None:
        raise Refusal("plan.not_ready")
    changed_day(day)


async def accept(change_id: int) -> int:
    """Do what was proposed. `plan.not_ready`, or `plan.changed` when the plan has moved on since."""
    w = current()
    w.actor.require("orders.dispatch")
    day = await w.fetchval("SELECT day FROM plan_changes WHERE id = $1", change_id)
    if day is None:
        raise NotFound("plan.change", id=change_id)
    here = await held(day, None)
    row = await w.fetchrow("SELECT * FROM plan_changes WHERE id = $1 FOR UPDATE", change_id)
    if row is None or row["state"] != "ready":
        raise Refusal("plan.not_ready")
    if row["revision"] != here.revision:
        raise Stale("plan", who="")
    after, changed = shaped(here.facts, parsed(row["plan"]))
    return await apply(here, after, changed, row["cause"], row["job_id"], change_id=change_id)


@task(SOLVE, attempts=2)
async def _solve(run: TaskRun) -> None:
    """Search outside any transaction, keep the proposal in one; if the plan was changed meanwhile, search once more."""
    change_id = run.args["change"]
    for attempt in range(3):
        row = await fetchrow("SELECT day, state FROM plan_changes WHERE id = $1", change_id)
        if row is None or row["state"] != "solving":
            return
        here = await frame(row["day"])
        try:
            found = await best_day(here, _progress(change_id, here.day))
        except Stopped:
            return
        except Exception:
            if run.attempt > 1:
                await _failed(run, change_id, here.day)
                return
            raise
        if attempt < 2 and (await frame(here.day)).revision != here.revision:
            continue
        told = await asyncio.to_thread(_told, here, found)
        async with run.commit() as w:
            sql = """UPDATE plan_changes SET state = 'ready', revision = $2, plan = $3::jsonb, told = $4::jsonb,
                     progress = 100 WHERE id = $1 AND state = 'solving'"""
            await w.execute(sql, change_id, here.revision, kept(shape(found)), kept(told))
            changed_day(here.day)
        return


async def _failed(run: TaskRun, change_id: int, day: date) -> None:
    async with run.commit() as w:
        await w.execute("UPDATE plan_changes SET state = 'failed' WHERE id = $1 AND state = 'solving'", change_id)
        changed_day(day)


def shape(found: Found) -> dict[str, Any]:
    """Only what the proposal changes is kept, so that everything else may go on meanwhile."""
    jobs = [found.after.jobs[job] for route in found.changed.values() for job in route]
    return {
        "routes": {str(one): route for one, route in found.changed.items()},
        "pins": {str(job.id): job.planned for job in jobs if job.pinned and job.planned is not None},
        "out": [job.id for job in found.after.jobs.values() if job.member_id is None and job.state not in OVER],
    }


def _told(here: Frame, found: Found) -> dict[str, Any]:
    """What a dispatcher is shown of it."""
    return {**difference(here.facts, found.after, found.changed), "dropped": _dropped(here, found)}


def _dropped(here: Frame, found: Found) -> list[dict[str, Any]]:
    return [{"job": job, "order": here.facts.jobs[job].order_id, "why": why} for job, why in found.dropped.items()]


def _progress(change_id: int, day: date) -> Callable[[float], Awaitable[None]]:
    async def told(share: float) -> None:
        async with work() as w:
            sql = "UPDATE plan_changes SET progress = $2 WHERE id = $1 AND state = 'solving'"
            if not await w.execute(sql, change_id, round(100 * share)):
                raise Stopped
            changed_day(day)

    return told


def seconds_for(jobs: int) -> float:
    """CPU seconds that a day is worth; up to some six hundred jobs enough to choose among the routes that were seen."""
    return min(30.0, 1.0 + jobs / 20)


async def best_day(here: Frame, told: Callable[[float], Awaitable[None]] | None = None) -> Found:
    """The day by the optimiser. What finds no room because of a deadline may be late instead; who has something keeps
    it rather than nobody."""
    return await search(here.facts, here.facts, Locks(), seconds_for(len(here.facts.jobs)), told)


async def search(
    before: Day, day: Day, locks: Locks, seconds: float, told: Callable[[float], Awaitable[None]] | None = None
) -> Found:
    """`before` is the day as it stands, `day` the one that is searched (somebody may be missing from it). A large day
    is written down in a thread: the loop goes on."""
    instance, out = await asyncio.to_thread(instance_of, day, locks)
    result = await solver.plan(instance, seconds, told)
    tardy = {int(job) for job in result["dropped"] if _relaxes(day, int(job), locks)}
    if tardy:
        instance, out = await asyncio.to_thread(instance_of, day, replace(locks, relaxed=tardy))
        instance = replace(instance, current=result["routes"])
        result = await solver.plan(instance, max(0.5, seconds * RELAXED_SHARE))
    dropped = {int(job): why for job, why in result["dropped"].items()} | out
    routes = {int(one): [int(job) for job in route] for one, route in result["routes"].items()}
    return await asyncio.to_thread(_found, before, day, routes, dropped)


def _relaxes(day: Day, job_id: int, locks: Locks) -> bool:
    job = day.jobs[job_id]
    return (job.window is None and job.due is not None) or (job.told is not None and locks.hold is not None)


def _found(before: Day, day: Day, routes: Mapping[int, Sequence[int]], dropped: dict[int, str]) -> Found:
    """Routes as the optimiser sees them, with what it knows nothing of: what runs, what has no place, and what
    somebody has already but found no room."""
    now, old, jobs = routes_of(day), routes_of(before), dict(day.jobs)
    wanted: dict[int, list[int]] = {}
    for one, route in now.items():
        running = [job for job in route if job not in dropped and jobs[job].state not in MOVABLE]
        new = [*running, *routes[one]] if one in routes else list(route)
        if new != old[one]:
            wanted[one] = new
            _take(jobs, one, new)
    after = replace(day, jobs=jobs)
    left = {}
    for job, why in dropped.items():
        owner = day.jobs[job].member_id
        if owner is None or owner not in now:
            left[job] = why
        elif job not in wanted.get(owner, ()):
            jobs[job] = jobs[job]._replace(member_id=None, seq=None)
            start = day.jobs[job].planned if day.jobs[job].pinned else None
            after, changed = placed(replace(after, jobs=jobs), job, owner, start)
            jobs = dict(after.jobs)
            wanted[owner] = changed[owner]
            _take(jobs, owner, changed[owner])
            after = replace(after, jobs=jobs)
    return Found(after, {one: route for one, route in wanted.items() if route != old[one]}, left)


def _take(jobs: dict[int, Job], member_id: int, route: Sequence[int]) -> None:
    """In place: the route is theirs, in this order."""
    for seq, job in enumerate(route):
        jobs[job] = jobs[job]._replace(member_id=member_id, seq=seq)


@task(REACT, attempts=3)
async def _react(run: TaskRun) -> None:
    """Something happened to the day: find the cheapest answer, and propose it or do it."""
    cause, job_id, member_id = run.args["cause"], run.args.get("job_id"), run.args.get("member_id")
    day = date.fromisoformat(run.args["day"]) if run.args.get("day") else await today()
    here = await frame(day)
    homeless, facts = _trouble(here.facts, cause, job_id, member_id)
    if not homeless or not any(one.shift for one in facts.people.values()):
        return
    found = await cheapest(here.facts, facts, homeless, cause)
    if found is None or not found.changed:
        return
    told = await asyncio.to_thread(_told, here, found)
    async with run.commit():
        await settle(here, found, told, cause, job_id, homeless)


async def settle(
    here: Frame, found: Found, told: dict[str, Any], cause: str, job_id: int | None, homeless: Sequence[int]
) -> None:
    """Do it (`plan_auto`, and nothing new against it) or propose it, as `told`; nothing when the plan has moved on."""
    clean = not any(one["fresh"] and one["code"] in HARD for one in told["conflicts"])
    if (await company()).rule("plan_auto") and clean:
        await _do(here, found, cause, job_id)
        return
    await _drop_ready(here.day, job_id)
    await _propose(here, cause, "ready", job_id, shape(found), told)
    if cause in TOLD:
        first = found.after.jobs[homeless[0]]
        await emit(events.PlanProposed(first.order_id, first.id, cause))


async def _do(here: Frame, found: Found, cause: str, job_id: int | None) -> None:
    """Only those whom it concerns are read again under the day's lock."""
    jobs = sorted({*(job for route in found.changed.values() for job in route), *found.dropped})
    owners = {here.facts.jobs[job].member_id for job in jobs} | set(found.changed)
    fresh = await held(here.day, here.revision, sorted(one for one in owners if one is not None), jobs)
    fresh = replace(fresh, facts=_freed(fresh.facts, found.after))
    after, changed = shaped(fresh.facts, shape(found))
    await apply(fresh, after, changed, cause, job_id)


def _freed(day: Day, after: Day) -> Day:
    """Whoever was given another time is not kept to the one they know."""
    jobs = {
        one: job._replace(floor=after.jobs[one].floor) if one in after.jobs else job for one, job in day.jobs.items()
    }
    return replace(day, jobs=jobs)


def _trouble(day: Day, cause: str, job_id: int | None, member_id: int | None) -> tuple[list[int], Day]:
    """The jobs that need a new place, and the day without them in it."""
    people = dict(day.people)
    if cause == "absence" and member_id in people:
        people[member_id] = replace(people[member_id], shift=None)
        homeless = [job for job in routes_of(day)[member_id] if day.jobs[job].state == "assigned"]
    else:
        job = day.jobs.get(job_id or 0)
        homeless = (
            [job.id] if job is not None and job.state in ("new", "offered", "assigned") and not job.pinned else []
        )
    jobs = {
        one: job._replace(member_id=None, seq=None, floor=None) if one in homeless else job
        for one, job in day.jobs.items()
    }
    return homeless, replace(day, people=people, jobs=jobs)


async def cheapest(before: Day, day: Day, homeless: Sequence[int], cause: str) -> Found | None:
    """By insertion; where that puts somebody off, or more than one is homeless, also by a short search that holds told
    times. The cheaper one, disturbances included."""
    ways = [found] if (found := await by_insertion(before, day, homeless)) else []
    enough = ways and not ways[0].dropped and (cause == "urgent" or len(homeless) == 1)
    if not enough and len(day.jobs) <= LARGEST_REPLAN:
        hold = (await company()).rule("eta_threshold_minutes") * 60
        ways.append(await search(before, day, Locks(hold=hold, free=homeless), REPLAN_SECONDS))
    if len(ways) < 2:
        return next(iter(ways), None)
    costs = [await asyncio.to_thread(cost, before, one) for one in ways]
    return ways[costs.index(min(costs))]


async def by_insertion(before: Day, day: Day, homeless: Sequence[int]) -> Found | None:
    """One after the other to the cheapest place; where there is none, at most two others move for each. Mostly there is
    one, so where parts are asked for, what those others would have to fetch elsewhere is written down only then."""
    locks = Locks(hold=(await company()).rule("eta_threshold_minutes") * 60, free=homeless)
    seekers, most_moved = (homeless, 0) if any(job.needs for job in day.jobs.values()) else (None, MOST_MOVED)
    instance, out = await asyncio.to_thread(instance_of, day, locks, seekers)
    routes, dropped = dict(instance.current), dict(out)
    for job in homeless:
        if job in out:
            continue
        found = await solver.insert(replace(instance, current=routes), str(job), most_moved)
        if found is None and not most_moved:
            instance, _ = await asyncio.to_thread(instance_of, day, locks)
            most_moved = MOST_MOVED
            found = await solver.insert(replace(instance, current=routes), str(job), most_moved)
        if found is None:
            dropped[job] = "no_room"
            continue
        routes |= found["routes"]
        dropped |= {int(one): "no_room" for one in found["put_off"]}
    if all(job in dropped for job in homeless):
        return None
    named = {int(one): [int(job) for job in route] for one, route in routes.items()}
    return _found(before, day, named, dropped)


def cost(before: Day, found: Found) -> int:
    """Seconds of travel and of what is as bad: lateness, jobs left out, customers and colleagues disturbed."""
    told = difference(before, found.after, found.changed)
    late: int = sum(price(visits)[0] for visits in all_timed(found.after, found.changed).values())
    hands: int = sum(one["was"] is not None and one["was"] != one["member"] for one in told["moved"])
    left: int = sum(PENALTIES.get(found.after.jobs[job].priority, 0) for job in found.dropped)
    disturbed: int = CUSTOMER * int(told["tell"]) + HANDS * hands
    return int(told["travel"]) + LATE * late + left + disturbed
