"""What the customer sent, and where on the floor it is: seen before one leaves."""

from itertools import groupby

from bot.technician.identity import known, me, pressed, seen_job
from bot.technician.routes import routes
from bot.turn import Turn
from core.assets.drawing import Mark
from core.assets.queries import PinView, pins_of
from core.assets.showing import look_for_place
from core.overview.dossier import attachments

MOST = 30


@routes.press("job.files")
@known
async def show_files(turn: Turn) -> None:
    """Photos, videos, voices and documents of the request, as albums."""
    job_id, _ = pressed(turn)
    facts = await seen_job(turn, job_id)
    came = [file for file in await attachments(me(turn), facts["number"]) if file.phase == "request"]
    files = [{"id": file.file_id, "kind": file.kind} for file in came if file.error is None]
    turn.say("technician.files", {"number": facts["number"], "job_id": job_id, "files": files[:MOST]})


@routes.press("job.plan")
@known
async def show_plan(turn: Turn) -> None:
    """The floor plan with a ring around the machines of the job, as a picture; it is drawn after this answer."""
    job_id, _ = pressed(turn)
    facts = await seen_job(turn, job_id)
    names = {asset["id"]: asset["name"] for asset in facts["assets"] if asset["plan"]}
    pins = [pin for pin in await pins_of(facts["number"]) if pin.asset_id in names or (pin.order_id and facts["plan"])]
    for plan_id, there in groupby(pins, lambda pin: pin.plan_id):
        marks = [_mark(pin, names, facts["number"]) for pin in there]
        await look_for_place(me(turn).party, job_id, plan_id, marks)
    turn.toast("technician.plan.soon" if pins else "technician.plan.none", alert=not pins)


def _mark(pin: PinView, names: dict[int, str], number: int) -> Mark:
    return Mark(pin.x, pin.y, names.get(pin.asset_id or 0) or f"№ {number}")
