"""The technician writes about a job: to the dispatchers, or to the customer."""

from bot.shared.files import take
from bot.technician.identity import known, pressed, seen_job
from bot.technician.job import redraw_card
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.chats import actions as chats

SIDES = ("team", "customer")


@routes.press("job.chat")
@known
async def enter(turn: Turn) -> None:
    """Extra: team or customer."""
    job_id, side = pressed(turn)
    facts = await seen_job(turn, job_id)
    side = side if side in SIDES else "team"
    turn.dialogue.go("talk", job_id=job_id, order_id=facts["number"], side=side)
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
    data = turn.dialogue.data
    await post(turn, int(data["order_id"]), str(data["side"]))


async def post(turn: Turn, order_id: int, side: str) -> None:
    """Pass on whatever it is; a reaction says that it went."""
    text = turn.text
    if turn.spot is not None:
        text = f"https://yandex.ru/maps/?pt={turn.spot.lon:.6f},{turn.spot.lat:.6f}&z=16"
    if turn.contact is not None:
        text = turn.contact[0]
    if len(text) > chats.MAX_TEXT:
        turn.say("technician.too_long", {"limit": chats.MAX_TEXT})
        return
    taken = await take(turn, f"chat.{side}", order_id)
    went = bool(taken or text.strip())
    for file in taken:
        await chats.post(order_id, side, text, file.id, to_customer=side == "customer")
        text = ""
    if text.strip():
        await chats.post(order_id, side, text, to_customer=side == "customer")
    if went:
        turn.react()
    elif not turn.files:
        turn.say("technician.unreadable", {})
