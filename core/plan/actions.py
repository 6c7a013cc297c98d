"""Move visits, pin them, take a plan over, and take the last change back. A day's row is locked before any order.

Whoever changes a day says which revision they looked at; `plan.changed` tells the later of two who was first. A whole
day is reckoned in a thread: the loop goes on.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from core import events
from core.company.queries import company
from core.kernel.errors import NotFound, Refusal, Stale
from core.kernel.hints import broadcast
from core.kernel.read import parsed
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.plan.queries import Frame, frame, today
from core.plan.rules import (
    HARD,
    MOVABLE,
    MOVED_SECONDS,
    OVER,
    RUNNING,
    Day,
    Visit,
    all_timed,
    difference,
    is_news,
    placed,
    routes_of,
    timed,
)
from core.tasks.actions import forget

TOPIC = "plan"
PUT_OFF = "planner"
MANUAL = "manual"
UNDO_WITHIN = timedelta(hours=12)
SAME = timedelta(minutes=1)
Shape = dict[str, Any]
"""A plan as it is kept: `routes` {member: [job…]}, `pins` {job: start seconds}, `out` [job…] to the reserve."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a move would do, for the page: `told` as `rules.difference`, `visits` of everybody concerned."""

    revision: int
    told: dict[str, Any]
    visits: Mapping[int, Sequence[Visit]]

    @property
    def needs_yes(self) -> bool:
        return any(one["fresh"] and one["code"] in HARD for one in self.told["conflicts"])


def preview(here: Frame, job_id: int, member_id: int | None, start: int | None) -> Preview:
    """What a move would do to the day. Refusals as `move`."""
    _check_move(here.facts, job_id, member_id)
    after, changed = placed(here.facts, job_id, member_id, start)
    return Preview(here.revision, difference(here.facts, after, changed), all_timed(after, changed))


def _check_move(facts: Day, job_id: int, member_id: int | None) -> None:
    job = facts.jobs.get(job_id)
    if job is None:
        raise NotFound("plan.job", id=job_id)
    if job.state not in MOVABLE:
        raise Refusal("plan.running", order=job.order_id, state=job.state)
    if member_id is not None and member_id not in facts.people:
        raise Refusal("plan.bad_member", member_id=member_id)
    if job.state == "paused" and member_id is None and job.member_id is None:
        raise Refusal("plan.running", order=job.order_id, state=job.state)


async def move(
    day: date, revision: int, job_id: int, member_id: int | None, start: int | None = None, *, sure: bool = False
) -> int:
    """Give a job to `member_id` (None: the reserve), pinned to `start` seconds of the day or where it costs least; the
    change's id. `plan.changed` when the plan has moved on, `plan.conflicts` (with the first conflict's `conflict`) for
    what must be confirmed by `sure`, `plan.running` for a job that is under way or over."""
    here = await held(day, revision)
    _check_day(here, await today())
    seen = preview(here, job_id, member_id, start)
    if seen.needs_yes and not sure:
        first = next(one for one in seen.told["conflicts"] if one["fresh"] and one["code"] in HARD)
        raise Refusal("plan.conflicts", conflict=first["code"])
    after, changed = placed(here.facts, job_id, member_id, start)
    return await apply(here, after, changed, "move", job_id)


async def pin(day: date, revision: int, job_id: int, pinned: bool) -> int:
    """Hold a visit where it is, or let the planner move it again."""
    here = await held(day, revision)
    job = here.facts.jobs.get(job_id)
    if job is None or job.member_id is None or job.state not in MOVABLE:
        raise Refusal("plan.not_planned")
    visits = timed(here.facts, here.facts.people[job.member_id], routes_of(here.facts)[job.member_id])
    start = next(visit.start for visit in visits if visit.job_id == job_id)
    stays = job._replace(pinned=pinned, planned=start)
    after = replace(here.facts, jobs={**here.facts.jobs, job_id: stays})
    return await apply(here, after, {job.member_id: routes_of(here.facts)[job.member_id]}, "pin", job_id)


def _check_day(here: Frame, first: date) -> None:
    if here.day < first:
        raise Refusal("plan.past_day")


async def held(
    day: date, revision: int | None, members: Sequence[int] | None = None, jobs: Sequence[int] = ()
) -> Frame:
    """The day, locked; `revision` as the dispatcher saw it (None: whatever it is). `members` and `jobs` as in `frame`,
    for a change that concerns nobody else."""
    w = current()
    w.actor.require("orders.dispatch")
    await w.execute("INSERT INTO plan_days (day, revision) VALUES ($1, 0) ON CONFLICT DO NOTHING", day)
    at = await w.fetchval("SELECT revision FROM plan_days WHERE day = $1 FOR UPDATE", day)
    if revision is not None and at != revision:
        sql = "SELECT who FROM plan_changes WHERE day = $1 AND state IN ('applied', 'undone') ORDER BY id DESC LIMIT 1"
        raise Stale("plan", who=await w.fetchval(sql, day) or "")
    return await frame(day, members, jobs)


_APPLIED = """
INSERT INTO plan_changes (day, cause, state, revision, job_id, plan, before, told, progress, who, at)
VALUES ($1, $2, 'applied', $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, 100, $8, $9) RETURNING id
"""
_ACCEPTED = """
UPDATE plan_changes SET state = 'applied', revision = $3, plan = $5::jsonb, before = $6::jsonb, told = $7::jsonb,
  progress = 100, who = $8, at = $9 WHERE id = $10 AND day = $1 AND cause = $2 AND job_id IS NOT DISTINCT FROM $4
RETURNING id
"""


async def apply(
    here: Frame,
    after: Day,
    changed: Mapping[int, Sequence[int]],
    cause: str,
    job_id: int | None = None,
    *,
    change_id: int | None = None,
) -> int:
    """Make the plan so, tell whom it concerns, and remember how it was (in `change_id`, if that proposed it). The day
    is `held`."""
    w = current()
    told = await asyncio.to_thread(difference, here.facts, after, changed)
    before = _shape(here.facts, [*changed, *_losers(here.facts, changed)])
    await _hand_over(here, after)
    await write(here, after, changed, asked=True)
    sql = "UPDATE plan_days SET revision = revision + 1 WHERE day = $1 RETURNING revision"
    revision = await w.fetchval(sql, here.day)
    values = (here.day, cause, revision, job_id, kept(_shape(after, list(changed))), kept(before), kept(told))
    more = (w.actor.name, w.now)
    if change_id is None:
        row = await w.fetchval(_APPLIED, *values, *more)
    else:
        row = await w.fetchval(_ACCEPTED, *values, *more, change_id)
    changed_day(here.day)
    return int(row)


def _losers(facts: Day, changed: Mapping[int, Sequence[int]]) -> list[int]:
    """People outside `changed` from whom a job is taken."""
    jobs = {job for route in changed.values() for job in route}
    return sorted({one for job in jobs if (one := facts.jobs[job].member_id) and one not in changed})


def _shape(facts: Day, people: Sequence[int]) -> Shape:
    routes = routes_of(facts)
    kept = {one: routes[one] for one in people}
    jobs = [facts.jobs[job] for route in kept.values() for job in route]
    return {
        "routes": {str(one): list(route) for one, route in kept.items()},
        "pins": {str(job.id): job.planned for job in jobs if job.pinned and job.planned is not None},
        "out": [job.id for job in facts.jobs.values() if job.member_id is None and job.state not in OVER],
    }


def kept(value: Any) -> str:
    """As a JSON column takes it."""
    return orjson.dumps(value).decode()


def changed_day(day: date) -> None:
    """Open pages look again after the commit."""
    current().on_commit(lambda: broadcast(TOPIC, str(day)))


async def _hand_over(here: Frame, after: Day) -> None:
    """Give, take and pass on jobs, in the order in which rows are locked everywhere."""
    affected = [job for job in here.facts.jobs.values() if job.member_id != after.jobs[job.id].member_id]
    for job in sorted(affected, key=lambda one: (one.order_id, one.id)):
        member_id = after.jobs[job.id].member_id
        if member_id is not None:
            await orders.assign(job.id, member_id, job.revision)
            continue
        await orders.unassign(job.id, PUT_OFF)
        await orders.ask_help(job.id, MANUAL)
        await forget("dispatch.seek", job.id)


_WRITE = """
INSERT INTO plan_visits
  (job_id, member_id, day, seq, starts_at, ends_at, travel, pinned, store_id, takes, told_at, agreed)
SELECT x.job_id, x.member_id, $1, x.seq, x.starts_at, x.ends_at, x.travel, x.pinned, x.store_id, x.takes, NULL, false
FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::int[], $8::bool[],
  $9::int[], $10::jsonb[]) AS x(job_id, member_id, seq, starts_at, ends_at, travel, pinned, store_id, takes)
ON CONFLICT (job_id) DO UPDATE SET member_id = excluded.member_id, day = excluded.day, seq = excluded.seq,
  starts_at = excluded.starts_at, ends_at = excluded.ends_at, travel = excluded.travel, pinned = excluded.pinned,
  store_id = excluded.store_id, takes = excluded.takes
"""


async def write(here: Frame, after: Day, changed: Mapping[int, Sequence[int]], *, asked: bool) -> bool:
    """Keep the times of these routes; True when any moved. Customers hear of news (`asked`: somebody decided it, so
    that also those who know no time yet are told one)."""
    w, ours = current(), await company()
    threshold = ours.rule("eta_threshold_minutes") * 60
    rows: list[tuple[Any, ...]] = []
    news: list[tuple[int, int, datetime]] = []
    for member_id, visits in (await asyncio.to_thread(all_timed, after, changed)).items():
        for seq, visit in enumerate(visits):
            job = after.jobs[visit.job_id]
            start = here.at(visit.start)
            times = (start, here.at(visit.end), visit.travel)
            rows.append((job.id, member_id, seq, *times, job.pinned, *_counts_on(visit)))
            first = asked and job.told is None
            if job.state not in RUNNING and (first or is_news(visit.start, job.told, job.window, threshold)):
                news.append((job.id, job.order_id, start))
    if not rows:
        return False
    known = {row["job_id"]: row for row in await w.fetch(_KNOWN, [row[0] for row in rows])}
    moved = [row for row in rows if row[0] not in known or _differs(row, known[row[0]], here.day)]
    if moved:
        await w.execute(_WRITE, here.day, *(list(column) for column in zip(*moved, strict=True)))
    for job_id, order_id, start in news:
        await tell(job_id, order_id, start)
    return bool(moved)


_KNOWN = """
SELECT job_id, member_id, day, seq, starts_at, ends_at, travel, pinned, store_id, takes FROM plan_visits
WHERE job_id = ANY($1::bigint[])
"""


def _counts_on(visit: Visit) -> tuple[int | None, str | None]:
    """The store that the way to a visit leads by, and what is taken there, as JSON by item."""
    stop = visit.pickup
    if stop is None or stop.store is None:
        return None, None
    return stop.store.id, kept({str(item): str(quantity) for item, quantity in sorted(stop.takes.items())})


def _differs(row: tuple[Any, ...], known: Any, day: date) -> bool:
    """Another place in the plan, a minute earlier or later, quite another way there, or other parts on it."""
    _, member_id, seq, start, end, travel, pinned, store_id, takes = row
    same = (day, member_id, seq, pinned) == (known["day"], known["member_id"], known["seq"], known["pinned"])
    same = same and store_id == known["store_id"] and (takes and parsed(takes)) == parsed(known["takes"])
    same = same and abs(travel - known["travel"]) < MOVED_SECONDS
    return not same or max(abs(start - known["starts_at"]), abs(end - known["ends_at"])) >= SAME


async def tell(job_id: int, order_id: int, start: datetime) -> None:
    """The customer hears of this start; what they said to another one counts no more."""
    await current().execute("UPDATE plan_visits SET told_at = $2, agreed = false WHERE job_id = $1", job_id, start)
    await orders.note(order_id, "plan.told", {"starts_at": start.isoformat()}, job_id=job_id)
    await emit(events.VisitTimed(order_id, job_id))


async def agree(job_id: int, order_id: int) -> bool:
    """The customer says that the time they were told suits them; False when there is none any more."""
    actor = current().actor
    if actor.kind != "contact":
        actor.require("orders.dispatch")
    sql = """UPDATE plan_visits v SET agreed = true FROM orders_jobs j WHERE v.job_id = $1 AND j.id = v.job_id
             AND j.order_id = $2 AND v.told_at IS NOT NULL AND j.state IN ('assigned', 'new', 'offered', 'paused')"""
    done = bool(await current().execute(sql, job_id, order_id))
    if done:
        await orders.note(order_id, "plan.agreed", {}, job_id=job_id)
        changed_day(await today())
    return done


async def undo(change_id: int) -> int:
    """Take back the last change of a day, as long as nothing was changed since; the new change's id.

    `plan.undo_late` when it is not the last one (any more) or half a day has passed, `plan.undo_running` when one of
    its jobs has begun since."""
    w = current()
    row = await w.fetchrow("SELECT * FROM plan_changes WHERE id = $1", change_id)
    if row is None:
        raise NotFound("plan.change", id=change_id)
    here = await held(row["day"], None)
    if row["state"] != "applied" or row["revision"] != here.revision or w.now - row["at"] > UNDO_WITHIN:
        raise Refusal("plan.undo_late")
    shape = parsed(row["before"])
    after, changed = shaped(here.facts, shape)
    if _begun(here.facts, after):
        raise Refusal("plan.undo_running")
    made = await apply(here, after, changed, "undo", row["job_id"])
    await w.execute("UPDATE plan_changes SET state = 'undone' WHERE id = ANY($1::bigint[])", [change_id, made])
    return made


def _begun(before: Day, after: Day) -> bool:
    """A job that runs or is over would change hands."""
    return any(
        job.state not in MOVABLE and job.member_id != after.jobs[job.id].member_id for job in before.jobs.values()
    )


def shaped(facts: Day, shape: Shape) -> tuple[Day, dict[int, list[int]]]:
    """The day with a kept plan, and its routes. What is over or gone since is passed over; what a technician got in
    the meantime stays with them, at the end."""
    jobs = dict(facts.jobs)
    wanted = {
        int(one): [int(job) for job in route] for one, route in shape["routes"].items() if int(one) in facts.people
    }
    pins = {int(job): start for job, start in shape["pins"].items()}
    for one, route in wanted.items():
        for seq, job_id in enumerate(route):
            if job_id in jobs and jobs[job_id].state not in OVER:
                start = pins.get(job_id)
                planned = start if start is not None else jobs[job_id].planned
                jobs[job_id] = jobs[job_id]._replace(member_id=one, seq=seq, pinned=start is not None, planned=planned)
    for job_id in shape["out"]:
        if job_id in jobs and jobs[job_id].state in MOVABLE:
            jobs[job_id] = jobs[job_id]._replace(member_id=None, seq=None, pinned=False)
    after = replace(facts, jobs=jobs)
    routes = routes_of(after)
    losers = {job.member_id for job in facts.jobs.values() if job.member_id != jobs[job.id].member_id and job.member_id}
    return after, {one: routes[one] for one in sorted({*wanted, *losers}) if one in routes}
