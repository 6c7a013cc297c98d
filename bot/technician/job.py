"""A job's card and the steps along it. The card always offers exactly what comes next."""

from bot.shared.reasons import PAUSE, reason_text
from bot.shared.stale import or_show
from bot.technician.identity import from_card, known, me, my_job, pressed, seen_job, show
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.orders import actions as orders
from core.orders.queries import my_jobs
from core.orders.rules import MAX_REASON

LIVELY = ("on_site", "travelling", "paused", "assigned")


@routes.press("job.open")
@known
async def opened(turn: Turn) -> None:
    job_id, _ = pressed(turn)
    turn.dialogue.go(None)
    await redraw_card(turn, job_id)


@routes.command("job")
@menu.item("technician.menu.job")
@known
async def current_job(turn: Turn) -> None:
    """The job at hand: the running one, else the next."""
    turn.dialogue.forget()
    job_id = await job_at_hand(turn)
    if job_id is None:
        turn.say("technician.job.none", {})
    else:
        await redraw_card(turn, job_id)


async def job_at_hand(turn: Turn) -> int | None:
    """The technician's liveliest open job."""
    jobs = [job for job in await my_jobs(me(turn)) if job.state in LIVELY]
    return min(jobs, key=lambda job: LIVELY.index(job.state)).id if jobs else None


def went_on(turn: Turn) -> None:
    """The job took another step: why it ended or stopped is asked no more, and the next words are no answer to it."""
    if turn.dialogue.step in ("finish", "pause"):
        turn.dialogue.go(None)


async def redraw_card(turn: Turn, job_id: int) -> None:
    """Bring the job's card down: there is one of it, it is the last thing in the chat, and events keep it current.

    Whatever was pressed goes away. A job that is over or another's has no card any more and is only shown.
    """
    facts = await seen_job(turn, job_id)
    mine = (facts["job"].get("assignee") or {}).get("id") == me(turn).id
    if not mine or facts["job"]["state"] in ("closed", "cancelled"):
        turn.redraw("technician.job", facts)
        return
    card = {"card": f"job:{job_id}", "revision": facts["revision"]}
    if turn.press is not None:
        turn.say("technician.job", op="erase", message_id=turn.message_id)
    turn.say("technician.job", op="erase", **card)
    turn.say("technician.job", facts, **card)


async def redraw_pressed(turn: Turn) -> None:
    """The card as it is now, even when the job is another's by now."""
    job_id, _ = pressed(turn)
    await redraw_card(turn, job_id)


@routes.press("job.more")
@known
async def more(turn: Turn) -> None:
    """What is needed now and then: pause, correct the step, write to somebody."""
    job_id, _ = pressed(turn)
    show(turn, "technician.more", await my_job(turn, job_id))


@routes.press("job.pause")
@known
@or_show(redraw_pressed)
async def pause(turn: Turn) -> None:
    job_id, code = pressed(turn)
    await my_job(turn, job_id)
    if code in PAUSE:
        await orders.pause(job_id, reason_text("pause", code, turn.locale))
        went_on(turn)
        await redraw_card(turn, job_id)
    elif code == "other":
        turn.dialogue.go("pause", job_id=job_id)
        turn.redraw("technician.pause.own", {"job_id": job_id})
    else:
        turn.redraw("technician.pause", {"job_id": job_id})


@routes.step("pause")
@menu.first
@known
async def own_pause(turn: Turn) -> None:
    job_id = int(turn.dialogue.data["job_id"])
    reason = " ".join(turn.text.split())
    if not reason or turn.longer_than(MAX_REASON):
        turn.say("technician.pause.own", {"job_id": job_id, "note": "long" if reason else "text"})
        return
    turn.dialogue.go(None)
    await orders.pause(job_id, reason)
    await redraw_card(turn, job_id)


@routes.press("job.resume")
@known
@or_show(redraw_pressed)
async def resume(turn: Turn) -> None:
    job_id, _ = pressed(turn)
    await orders.resume(job_id)
    went_on(turn)
    if not from_card(turn):
        await redraw_card(turn, job_id)


@routes.press("job.back")
@known
@or_show(redraw_pressed)
async def back(turn: Turn) -> None:
    """A mistaken step: one back."""
    job_id, _ = pressed(turn)
    await orders.step_back(job_id)
    went_on(turn)
    turn.toast("technician.job.stepped_back")
    await redraw_card(turn, job_id)


@routes.press("job.call")
@known
async def call(turn: Turn) -> None:
    """The customer's number as a contact card, that one press calls."""
    job_id, _ = pressed(turn)
    contact = (await seen_job(turn, job_id)).get("contact") or {}
    if not contact.get("phone"):
        turn.toast("technician.call.none", alert=True)
        return
    turn.say("technician.contact", {"name": contact.get("name") or "", "phone": contact["phone"]})


@routes.press("job.pin")
@known
async def pin(turn: Turn) -> None:
    """The place on the map, for any navigator."""
    job_id, _ = pressed(turn)
    facts = await seen_job(turn, job_id)
    if facts.get("lat") is None:
        turn.toast("technician.pin.none", alert=True)
        return
    name = (facts.get("site") or {}).get("name") or ""
    place = {"lat": facts["lat"], "lon": facts["lon"], "title": name, "address": facts.get("address") or ""}
    turn.say("technician.pin", {**place, "number": facts["number"]})
