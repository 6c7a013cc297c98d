"""On the way, the live location, and being there."""

from bot.shared.stale import or_show
from bot.technician.identity import from_card, known, me, my_job, pressed
from bot.technician.job import job_at_hand, redraw_card, redraw_pressed, went_on
from bot.technician.routes import routes
from bot.turn import Turn
from core.orders import actions as orders
from core.presence import actions as presence


@routes.press("job.go")
@known
@or_show(redraw_pressed)
async def go(turn: Turn) -> None:
    """On the way; then ask for the live location, and say how to share it."""
    job_id, _ = pressed(turn)
    await orders.travel(job_id)
    went_on(turn)
    if not from_card(turn):
        await redraw_card(turn, job_id)
    turn.say("technician.share", {"number": (await my_job(turn, job_id))["number"]})


@routes.press("job.share")
@known
async def how_to_share(turn: Turn) -> None:
    job_id, _ = pressed(turn)
    turn.say("technician.share", {"number": (await my_job(turn, job_id))["number"]})


@routes.press("job.arrive")
@known
@or_show(redraw_pressed)
async def arrive(turn: Turn) -> None:
    """There, said by hand: how far the phone was from the site is recorded."""
    job_id, _ = pressed(turn)
    await my_job(turn, job_id)
    await presence.arrive(job_id)
    went_on(turn)
    if not from_card(turn):
        await redraw_card(turn, job_id)


@routes.live
@known
async def take_spot(turn: Turn) -> None:
    """A location that was shared: a live one is followed, a single one tells where the technician is now."""
    assert turn.spot is not None
    job_id = await job_at_hand(turn)
    if turn.spot.live:
        await presence.share_started(turn.bot, turn.chat_id, turn.message_id, me(turn).id, turn.spot.live, job_id)
    here, live = turn.spot, bool(turn.spot.live)
    await presence.note_place(me(turn).id, here.lat, here.lon, here.accuracy, turn.at, job_id, shared=live)
    turn.say("technician.shared" if turn.spot.live else "technician.spotted", {"job_id": job_id})
