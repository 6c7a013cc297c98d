"""The act: signed by a finger on this screen, or by the customer in their own bot."""

from bot.technician.identity import known, my_job, pressed, show
from bot.technician.routes import routes
from bot.turn import Turn
from core.documents import actions as documents
from core.kernel.links import links

WAITING = ("draft", "rendering")


@routes.press("job.sign")
@known
async def sign(turn: Turn) -> None:
    """Show the newest act and both ways to sign it; make one when there is none yet."""
    job_id, _ = pressed(turn)
    facts = await my_job(turn, job_id)
    papers = facts["documents"]
    if not papers:
        await documents.draft_act(facts["number"])
        facts = await my_job(turn, job_id)
        papers = facts["documents"]
    show(turn, "technician.sign", {**facts, "document": papers[-1], "app": links.apps is not None})


@routes.press("job.redo")
@known
async def redo(turn: Turn) -> None:
    """The report changed after the act was made: make a new version of it."""
    job_id, _ = pressed(turn)
    facts = await my_job(turn, job_id)
    await documents.draft_act(facts["number"])
    facts = await my_job(turn, job_id)
    show(turn, "technician.sign", {**facts, "document": facts["documents"][-1], "app": links.apps is not None})
