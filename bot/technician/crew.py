"""Colleagues who did the job together with its technician: each a press, and a press again takes it back."""

from bot.shared.paging import number
from bot.technician.identity import known, me, my_job, pressed
from bot.technician.routes import routes
from bot.turn import Turn
from core.reports import actions as reports
from core.reports.queries import colleagues, helpers


@routes.press("job.crew")
@known
async def opened(turn: Turn) -> None:
    """Extra: the page."""
    job_id, extra = pressed(turn)
    await _show(turn, job_id, number(extra))


@routes.press("crew.set")
@known
async def toggle(turn: Turn) -> None:
    """Extra: `<member>.<page>`."""
    job_id, extra = pressed(turn)
    who, _, page = extra.partition(".")
    member_id = number(who)
    await my_job(turn, job_id)
    await reports.set_helper(job_id, member_id, member_id not in await helpers([job_id]))
    await _show(turn, job_id, number(page))


async def _show(turn: Turn, job_id: int, page: int) -> None:
    facts = await my_job(turn, job_id)
    there, others = await helpers([job_id]), await colleagues(me(turn).id)
    people = [{"id": id, "name": name, "there": id in there} for id, name in {**others, **there}.items()]
    turn.redraw("technician.crew", {"number": facts["number"], "job_id": job_id, "people": people, "page": page})
