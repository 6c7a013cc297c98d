"""Ways to run the same day: our robot, the robot with a dispatcher who has the day planned anew, the nearest free
technician, and people with telephones and a table."""

import heapq
import math
from random import Random
from typing import Any

from core.dispatch.queries import ranking
from core.kernel.read import fetch, fetchval, parsed
from core.kernel.work import work
from core.plan import proposals
from core.plan.queries import today
from naryad.simulation.day import CENTRE, OPENING, Place, travel_seconds
from naryad.simulation.life import Life

_JOB = """
SELECT j.order_id, j.state, k.code AS skill FROM orders_jobs j JOIN orders_order_assets l USING (order_id)
JOIN assets_assets a ON a.id = l.asset_id JOIN assets_types t ON t.id = a.type_id
JOIN people_skills k ON k.id = t.skill_id WHERE j.id = $1
"""
_GIVEN = """
SELECT count(*) FROM orders_jobs WHERE assignee_id = $1 AND state NOT IN ('done', 'closed', 'cancelled')
"""
THINKS = 900.0
PLANS_EVERY = 3600.0
LOOKS_AGAIN = 60.0
DECISION = (math.log(200.0), 0.5)
PEOPLE_A_DISPATCHER = 25


class Robot:
    """The desk's own rules. A dispatcher looks at what it gives up a quarter of an hour later: the best whom only load
    or hours speak against, by telephone."""

    mode = "auto"
    tells = True
    plans = True
    SOFT = ("full", "off_shift", "declined", "no_answer")

    async def begin(self, life: Life) -> None:
        """The robot waits for orders."""

    async def asked(self, life: Life, job_id: int) -> None:
        life.at(life.now + THINKS, self._decide, life, job_id)

    async def _decide(self, life: Life, job_id: int) -> None:
        job = await _job(job_id)
        if job["state"] != "new":
            return
        life.touches["nobody fits"] += 1
        ranked = await ranking(await life.actor(life.town.dispatcher), job_id)
        able = [one for one in ranked if one.rejected is None]
        able += [one for one in ranked if one.rejected in self.SOFT and one.member_id in life.on_shift]
        if able:
            await life.assign(job_id, able[0].member_id)
        else:
            life.at(life.now + 4 * THINKS, self._decide, life, job_id)

    async def freed(self, life: Life, member_id: int) -> None:
        """The robot knows by itself."""


class Planner(Robot):
    """The robot, and every hour a dispatcher asks for a plan of what is left of the day, and says yes where that saves
    time. Each time counts as stepping in."""

    async def begin(self, life: Life) -> None:
        life.at(OPENING, self._ask, life)

    async def _ask(self, life: Life) -> None:
        life.at(life.now + PLANS_EVERY, self._ask, life)
        if not life.on_shift:
            return
        life.touches["plan"] += 1
        async with work(await life.actor(life.town.dispatcher)):
            made = await proposals.plan_day(await today())
        life.at(life.now, self._look, life, made)

    async def _look(self, life: Life, made: int) -> None:
        """On a busy machine it may take longer; what came to nothing is let be."""
        [change] = await fetch("SELECT state, told FROM plan_changes WHERE id = $1", made)
        if change["state"] == "solving":
            life.at(life.now + LOOKS_AGAIN, self._look, life, made)
        if change["state"] != "ready":
            return
        told = parsed(change["told"])
        saves = told["travel"] + told["late"] < 0
        async with work(await life.actor(life.town.dispatcher)):
            await (proposals.accept if saves else proposals.drop)(made)
        for id in sorted(life.free):
            await life.go_on(id)


class Greedy:
    """Whoever is free and nearest, at once; otherwise the nearest that waits goes to the first who gets free."""

    mode = "manual"
    tells = True
    plans = False

    def __init__(self) -> None:
        self._waiting: dict[int, Any] = {}

    async def begin(self, life: Life) -> None:
        """Nobody thinks ahead."""

    async def asked(self, life: Life, job_id: int) -> None:
        job = await _job(job_id)
        there = life.requests[job["order_id"]].place
        able = [id for id in life.free if job["skill"] in life.workers[id].skills and await _idle(id)]
        if able:
            await life.assign(job_id, min(able, key=lambda id: (travel_seconds(life.place[id], there), id)))
        else:
            self._waiting[job_id] = job

    async def freed(self, life: Life, member_id: int) -> None:
        here, skills = life.place[member_id], life.workers[member_id].skills
        fit = [id for id, job in self._waiting.items() if job["skill"] in skills]
        if fit:
            ways = {id: travel_seconds(here, life.requests[self._waiting[id]["order_id"]].place) for id in fit}
            job_id = min(fit, key=lambda id: (ways[id], id))
            del self._waiting[job_id]
            await life.assign(job_id, member_id)


class Manual:
    """One dispatcher for 25 technicians takes the calls in turn. They know skills, who is on shift, roughly in which
    quarter of the town somebody lives, and how much each was given; not where anybody is now."""

    mode = "manual"
    tells = False
    plans = False

    def __init__(self, seed: int, technicians: int) -> None:
        self._dice = Random(f"manual:{seed}")
        self._busy_until = [0.0] * math.ceil(technicians / PEOPLE_A_DISPATCHER)

    async def begin(self, life: Life) -> None:
        """They wait for calls."""

    async def asked(self, life: Life, job_id: int) -> None:
        begins = max(heapq.heappop(self._busy_until), life.now)
        ends = begins + self._dice.lognormvariate(*DECISION)
        heapq.heappush(self._busy_until, ends)
        life.at(ends, self._decide, life, job_id)

    async def _decide(self, life: Life, job_id: int) -> None:
        job = await _job(job_id)
        if job["state"] != "new":
            return
        quarter = _quarter(life.requests[job["order_id"]].place)
        able = [
            (await _given(id), _quarter(worker.home) != quarter, self._dice.random(), id)
            for id, worker in life.workers.items()
            if job["skill"] in worker.skills and life.now < worker.ends - 3600
        ]
        life.touches["assign"] += 1
        if able:
            await life.assign(job_id, min(able)[-1])
        else:
            life.at(life.now + 4 * THINKS, self._decide, life, job_id)

    async def freed(self, life: Life, member_id: int) -> None:
        """They do not know until somebody rings up."""


async def _job(job_id: int) -> Any:
    return (await fetch(_JOB, job_id))[0]


async def _idle(id: int) -> bool:
    return await _given(id) == 0


async def _given(id: int) -> int:
    return int(await fetchval(_GIVEN, id) or 0)


def _quarter(place: Place) -> tuple[bool, bool]:
    return place[0] > CENTRE[0], place[1] > CENTRE[1]
