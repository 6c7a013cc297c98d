"""The technician's closing word, which goes into the act."""

from bot.technician.identity import known, my_job, pressed, show
from bot.technician.job import redraw_card
from bot.technician.photos import save_stray
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.reports import actions as reports

MAX_COMMENT = 2000


@routes.press("job.comment")
@known
async def ask(turn: Turn) -> None:
    job_id, _ = pressed(turn)
    facts = await my_job(turn, job_id)
    turn.dialogue.go("comment", job_id=job_id)
    show(turn, "technician.comment", facts)


@routes.step("comment")
@menu.first
@known
async def write(turn: Turn) -> None:
    job_id = int(turn.dialogue.data["job_id"])
    facts = await my_job(turn, job_id)
    if turn.files:
        await save_stray(turn, facts)
    if not turn.text.strip() or turn.longer_than(MAX_COMMENT):
        note = "long" if turn.text.strip() else ("saved_file" if turn.files else "text")
        turn.say("technician.comment", {**facts, "note": note})
        return
    turn.dialogue.go(None)
    await reports.set_comment(job_id, turn.text.strip())
    await redraw_card(turn, job_id)
