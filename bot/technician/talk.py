"""The technician writes about a job: to the dispatchers, or to the customer."""

from bot.shared.talk import begun, pass_on
from bot.technician.identity import known, pressed, seen_job
from bot.technician.job import redraw_card
from bot.technician.routes import menu, routes
from bot.turn import Turn

SIDES = ("team", "customer")


@routes.press("job.chat")
@known
async def enter(turn: Turn) -> None:
    """Extra: team or customer."""
    job_id, side = pressed(turn)
    facts = await seen_job(turn, job_id)
    side = side if side in SIDES else "team"
    turn.dialogue.go("talk", job_id=job_id, order_id=facts["number"], side=side, first=None)
    turn.say("technician.talk", {"number": facts["number"], "job_id": job_id, "side": side})


@routes.press("talk.leave")
@known
async def leave(turn: Turn) -> None:
    if turn.dialogue.step == "talk":
        turn.dialogue.go(None)
    job_id, _ = pressed(turn)
    await redraw_card(turn, job_id)


@routes.step("talk")
@menu.first
@known
async def write(turn: Turn) -> None:
    begun(turn)
    await post(turn, *talked_in(turn))


def talked_in(turn: Turn) -> tuple[int, str]:
    """The order and the side."""
    return int(turn.dialogue.data["order_id"]), str(turn.dialogue.data["side"])


async def post(turn: Turn, order_id: int, side: str) -> None:
    await pass_on(turn, order_id, side, too_long="technician.too_long", unreadable="technician.unreadable")
