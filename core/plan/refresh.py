"""Times are kept current: whenever a job of somebody's day changes, and every few minutes for those who work."""

from datetime import date, timedelta
from typing import Any

from core.company.queries import company
from core.kernel.work import current
from core.plan.actions import changed_day, write
from core.plan.queries import frame, today
from core.plan.rules import all_timed, is_news, routes_of, with_new
from core.tasks.actions import TaskRun, later, task
from core.timers.actions import Due, on_timer, set_timer

REFRESH = "plan.refresh"
TICK = "plan.tick"
EVERY = timedelta(minutes=5)
AGAIN = timedelta(hours=2)
"""A delay that was answered once is not brought up again for so long."""

_DAYS = """
SELECT v.day, j.planned_from, j.planned_to, j.state FROM orders_jobs j LEFT JOIN plan_visits v ON v.job_id = j.id
WHERE j.id = $1
"""
_THOUGHT = """
SELECT 1 FROM plan_changes WHERE day = $1 AND job_id = $2 AND cause = 'delay' AND (state = 'ready' OR at > $3) LIMIT 1
"""
_ANSWERED = """
UPDATE plan_changes SET state = 'dropped' WHERE job_id = $1 AND state = 'ready' AND cause IN ('urgent', 'refusal')
  AND $2 NOT IN ('new', 'offered')
"""


@task(REFRESH)
async def _refresh(run: TaskRun) -> None:
    """One technician's days: today, and the days that the job that changed was and is planned for."""
    async with run.commit() as w:
        days = {await today()}
        if job_id := run.args.get("job_id"):
            row = await w.fetchrow(_DAYS, job_id)
            if row is not None:
                days |= await _days(row, job_id)
                await w.execute(_ANSWERED, job_id, row["state"])
        for day in sorted(days):
            await refresh(day, [run.args["member_id"]])


async def _days(row: Any, job_id: int) -> set[date]:
    """A visit whose window is on other days leaves its day."""
    found, zone = set[date](), (await company()).tz
    first = row["planned_from"].astimezone(zone).date() if row["planned_from"] else None
    last = row["planned_to"].astimezone(zone).date() if row["planned_to"] else first
    if row["day"] is not None:
        found.add(row["day"])
        if first is not None and last is not None and not first <= row["day"] <= last:
            sql = "DELETE FROM plan_visits WHERE job_id = $1"
            await current().execute(sql, job_id)
    if first is not None and first > await today():
        found.add(first)
    return found


async def refresh(day: date, members: list[int] | None = None) -> bool:
    """Keep the times of these people's routes (None: all who have one); whether any changed. The running work must
    not hold an order: the day is locked first."""
    w = current()
    await w.execute("INSERT INTO plan_days (day, revision) VALUES ($1, 0) ON CONFLICT DO NOTHING", day)
    await w.execute("SELECT 1 FROM plan_days WHERE day = $1 FOR UPDATE", day)
    here = await frame(day, members)
    routes = routes_of(here.facts)
    chosen = [one for one in (routes if members is None else members) if routes.get(one)]
    routes = {one: with_new(here.facts, one, routes[one]) for one in chosen}
    moved = await write(here, here.facts, {one: routes[one] for one in chosen}, asked=False)
    if moved:
        changed_day(day)
    threshold = (await company()).rule("eta_threshold_minutes") * 60
    for visits in all_timed(here.facts, {one: routes[one] for one in chosen}).values():
        for visit in visits:
            job = here.facts.jobs[visit.job_id]
            broken = job.state == "assigned" and job.window and is_news(visit.start, None, job.window, threshold)
            if broken and not await w.fetchval(_THOUGHT, day, job.id, w.now - AGAIN):
                args = {"cause": "delay", "day": str(day), "job_id": job.id}
                await later("plan.react", args, key=f"delay:{job.id}")
    return moved


@on_timer(TICK)
async def _tick(_: Due) -> None:
    """Time alone makes people late: all routes of today are looked at again, one technician at a time."""
    w = current()
    day = await today()
    rows = await w.fetch("SELECT DISTINCT member_id FROM plan_visits WHERE day = $1", day)
    for row in rows:
        await later(REFRESH, {"member_id": row["member_id"]}, key=f"{row['member_id']}")
    if rows or await w.fetchval("SELECT 1 FROM people_members WHERE on_duty_at IS NOT NULL LIMIT 1"):
        await set_timer(TICK, "day", w.now + EVERY)
