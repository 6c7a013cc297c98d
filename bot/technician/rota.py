"""One's own rota in the chat: look at it, take it into a calendar."""

from datetime import date, datetime, time, timedelta
from typing import Any

from bot.technician.identity import known, me
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.kernel.errors import Refusal
from core.kernel.links import links
from core.orders.queries import my_jobs
from core.schedule import actions as schedule
from core.schedule import queries

DAYS = 14


@routes.command("rota")
@menu.item("technician.menu.rota")
@known
async def rota(turn: Turn) -> None:
    turn.dialogue.forget()
    turn.say("technician.rota", await _facts(turn))


@routes.press("rota.show")
@known
async def show(turn: Turn) -> None:
    turn.redraw("technician.rota", await _facts(turn))


async def _facts(turn: Turn) -> dict[str, Any]:
    """Two weeks from today; a shift belongs to the day on which it begins."""
    member_id = me(turn).id
    today = await queries.today()
    start = datetime.combine(today, time(), turn.zone)
    end = start + timedelta(days=DAYS)
    shifts = await queries.working(member_id, start, end)
    away = await queries.absences(start, end, member_id, ("approved",))
    jobs: dict[date, int] = {}
    for job in await my_jobs(me(turn)):
        if job.planned_from and job.state not in ("done", "closed", "cancelled"):
            day = job.planned_from.astimezone(turn.zone).date()
            jobs[day] = jobs.get(day, 0) + 1
    days = []
    for day in (today + timedelta(days=n) for n in range(DAYS)):
        begun = [one for one in shifts if one.starts_at.astimezone(turn.zone).date() == day]
        days.append({
            "day": day.isoformat(),
            "shifts": [[one.starts_at.isoformat(), one.ends_at.isoformat()] for one in begun],
            "absence": next((one.kind for one in away if one.first_day <= day <= one.last_day), None),
            "jobs": jobs.get(day, 0),
        })  # fmt: skip
    duties = await queries.duties(start, end, member_id)
    return {
        "days": days,
        "duties": [[one.starts_at.isoformat(), one.ends_at.isoformat()] for one in duties],
        "waiting": len(await queries.swaps_open(member_id)),
    }


@routes.press("rota.calendar")
@known
async def calendar(turn: Turn) -> None:
    since = await queries.calendar_since(me(turn).id)
    turn.redraw("technician.calendar", {"since": since.isoformat() if since else None})


@routes.press("calendar.make")
@known
async def make_calendar(turn: Turn) -> None:
    """The address is told this once; the one before is good no more."""
    if links.public is None:
        raise Refusal("schedule.no_address")
    url = links.page(f"calendar/{await schedule.open_calendar(me(turn).id)}.ics")
    turn.redraw("technician.calendar", {"since": None, "url": url})


@routes.press("calendar.revoke")
@known
async def revoke_calendar(turn: Turn) -> None:
    await schedule.close_calendar(me(turn).id)
    turn.redraw("technician.calendar", {"since": None, "revoked": True})
