"""The end of a visit: with what outcome, what is still missing, and when to come again."""

from datetime import datetime

from bot.shared.calendar import day_code, read_day, read_window
from bot.shared.stale import or_show
from bot.technician.identity import known, my_job, pressed, show
from bot.technician.job import redraw_card, redraw_pressed
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.kernel.errors import Refusal
from core.orders import actions as orders
from core.overview.queries import job_facts
from core.reports import actions as reports

OUTCOMES = ("done", "partly", "no_access", "part_needed")
MAX_COMMENT = 2000


@routes.press("job.finish")
@known
@or_show(redraw_pressed)
async def finish(turn: Turn) -> None:
    """First press: how did it end? Any outcome but `done` needs a word about what is left."""
    job_id, outcome = pressed(turn)
    facts = await my_job(turn, job_id)
    if outcome not in OUTCOMES:
        show(turn, "technician.finish", facts)
    elif outcome == "done" or facts["job"]["comment"]:
        await _end(turn, job_id, outcome)
    else:
        turn.dialogue.go("finish", job_id=job_id, outcome=outcome)
        show(turn, "technician.finish.why", {**facts, "outcome": outcome})


@routes.step("finish")
@menu.first
@known
async def why(turn: Turn) -> None:
    job_id, outcome = int(turn.dialogue.data["job_id"]), str(turn.dialogue.data["outcome"])
    facts = await my_job(turn, job_id)
    words = turn.text.strip()
    if not words or turn.longer_than(MAX_COMMENT):
        note = "long" if words else "text"
        turn.say("technician.finish.why", {**facts, "outcome": outcome, "note": note})
        return
    turn.dialogue.go(None)
    await reports.set_comment(job_id, words)
    await _end(turn, job_id, outcome)


async def _end(turn: Turn, job_id: int, outcome: str) -> None:
    """Finish, or list what is missing with buttons that lead right there."""
    turn.dialogue.go(None)
    try:
        await orders.finish(job_id, outcome)
    except Refusal as refusal:
        if refusal.code != "orders.not_ready":
            raise
        facts = await my_job(turn, job_id)
        show(turn, "technician.missing", {**facts, "missing": refusal.data["missing"], "outcome": outcome})
        return
    await redraw_card(turn, job_id)
    if outcome != "done":
        turn.say("technician.again", {**await my_job(turn, job_id), "now": turn.work.now.isoformat()})


@routes.press("again.when")
@known
async def again(turn: Turn) -> None:
    """When to come again: `soon`, `no`, a day, another month or a window, as in `shared.calendar`."""
    job_id, extra = pressed(turn)
    facts = {**await my_job(turn, job_id), "now": turn.work.now.isoformat()}
    if extra == "no":
        turn.redraw("technician.again.no", facts)
    elif extra == "soon":
        await _propose(turn, job_id, None, None)
    elif window := read_window(extra, turn.zone):
        await _propose(turn, job_id, *window)
    else:
        day = read_day(extra)
        today = turn.work.now.astimezone(turn.zone).date()
        shown = day_code(day) if day and day >= today else extra.removeprefix("m")
        screen = "technician.again.window" if day and day >= today else "technician.again.day"
        turn.redraw(screen, {**facts, "day": shown})


async def _propose(turn: Turn, job_id: int, start: datetime | None, end: datetime | None) -> None:
    """What is told is when the visit is: a dispatcher may have planned it already."""
    facts = await my_job(turn, job_id)
    visit = (await job_facts(await orders.add_return(job_id, facts["job"]["comment"], start, end)))["job"]
    told = {"from": visit["planned_from"], "to": visit["planned_to"]}
    turn.redraw("technician.again.set", {"number": facts["number"], **told})
