"""Times that a customer may be offered: only those in which the plan has room."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.company.queries import company
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.read import fetchrow
from core.orders.queries import access_order
from core.plan.goods import needs_of
from core.plan.queries import Frame, frame, today
from core.plan.rules import HARD, MOVABLE, Day, Job, Person, price, routes_of, timed, way

HOURS = ((9, 12), (12, 15), (15, 18), (18, 21))
DAYS = 5
NEAREST = 15
NOTICE = timedelta(hours=1)
Slot = tuple[datetime, datetime]

_JOB = """
SELECT j.id, j.state, j.duration, j.planned_from, coalesce(o.lat, s.lat) AS lat, coalesce(o.lon, s.lon) AS lon,
  (SELECT array_agg(DISTINCT k.code) FROM orders_order_assets l JOIN assets_assets a ON a.id = l.asset_id
   JOIN assets_types t ON t.id = a.type_id JOIN people_skills k ON k.id = t.skill_id WHERE l.order_id = o.id) AS skills
FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id LEFT JOIN customers_sites s ON s.id = o.site_id
WHERE o.id = $1 AND j.state = ANY($2::text[]) ORDER BY j.id DESC LIMIT 1
"""


async def free_slots(actor: Actor, order_id: int, most: int = 8) -> list[Slot]:
    """The next windows, soonest first, in which somebody who can do it has room; empty when none has, or when the
    order's job is under way. For whoever may see the order."""
    await access_order(actor, order_id)
    row = await fetchrow(_JOB, order_id, list(MOVABLE))
    if row is None:
        return []
    place = None if row["lat"] is None else (row["lat"], row["lon"])
    zone, first = (await company()).tz, await today()
    needs = (await needs_of([row["id"]], first)).get(row["id"], ())
    skills = frozenset[str](row["skills"] or ())
    job = Job(row["id"], order_id, "new", 0, row["duration"] * 60, place=place, skills=skills, needs=needs)
    found: list[Slot] = []
    for n in range(DAYS):
        here = await frame(first + timedelta(days=n))
        facts = without(here.facts, job.id)
        found += [slot for slot in _windows(here, zone) if _has_room(here, facts, job, slot)]
        if len(found) >= most:
            break
    return found[:most]


def without(day: Day, job_id: int) -> Day:
    return replace(day, jobs={one: job for one, job in day.jobs.items() if one != job_id})


def _windows(here: Frame, zone: ZoneInfo) -> list[Slot]:
    ends = [tuple(datetime(*here.day.timetuple()[:3], hour, tzinfo=zone) for hour in pair) for pair in HOURS]
    return [(start, end) for start, end in ends if start > now() + NOTICE]


def _has_room(here: Frame, facts: Day, job: Job, slot: Slot) -> bool:
    wanted = job._replace(window=(here.seconds(slot[0]), here.seconds(slot[1])))
    day = replace(facts, jobs={**facts.jobs, job.id: wanted})
    routes = routes_of(facts)
    able = [one for one in day.people.values() if one.shift and not job.skills - one.skills]
    able.sort(key=lambda one: way(one.start, job.place))
    return any(fits(day, one, routes[one.id], job.id) for one in able[:NEAREST])


def fits(day: Day, person: Person, route: Sequence[int], job_id: int) -> bool:
    """Whether the job finds a place in a route without making anything worse."""
    before = price(timed(day, person, route))[0]
    for at in range(len(route) + 1):
        visits = timed(day, person, [*route[:at], job_id, *route[at:]])
        mine = next(visit for visit in visits if visit.job_id == job_id)
        if price(visits)[0] <= before and not {code for code, _ in mine.wrong} & set(HARD) - {"no_place"}:
            return True
    return False
