"""Getting in, the home screen, the shift."""

from typing import Any

from bot.technician.identity import become, known, me, stranger
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.kernel.errors import Refusal
from core.orders.queries import my_jobs
from core.people import actions as people
from core.people.queries import member_view
from core.schedule import actions as schedule


@routes.command("start")
async def start(turn: Turn) -> None:
    """`/start i_<invite>` makes the sender a member; a bad invite leaves a known person as they are."""
    note = None
    if turn.args:
        try:
            await people.redeem(turn.bot, turn.args.strip().removeprefix("i_"), turn.sender, turn.chat_id)
            await become(turn)
        except Refusal:
            note = "bad_invite"
    if turn.actor is None or turn.actor.kind != "member" or not turn.actor.may("orders.work"):
        await stranger(turn, note)
        return
    turn.dialogue.forget()
    await home(turn, note)


@routes.command("menu", "cancel")
@menu.item("technician.menu.home")
@known
async def go_home(turn: Turn) -> None:
    turn.dialogue.forget()
    await home(turn)


async def home(turn: Turn, note: str | None = None) -> None:
    turn.say("technician.home", {**await _state(turn), "note": note})


async def _state(turn: Turn) -> dict[str, Any]:
    card = await member_view(me(turn).id)
    jobs = [job for job in await my_jobs(me(turn)) if job.state not in ("done", "closed", "cancelled")]
    running = next((job for job in jobs if job.state in ("travelling", "on_site")), None)
    return {
        "name": card.name,
        "on_duty_at": card.on_duty_at.isoformat() if card.on_duty_at else None,
        "jobs": len(jobs) - (running is not None),
        "running": running.order_id if running else None,
    }


@routes.command("shift")
@known
async def shift(turn: Turn) -> None:
    """Begin when off duty, end when on duty."""
    card = await member_view(me(turn).id)
    await (close_shift if card.on_duty else open_shift)(turn)


@menu.item("technician.menu.shift_open")
@known
async def open_shift(turn: Turn) -> None:
    turn.dialogue.forget()
    await schedule.open_shift(me(turn).id)
    await home(turn, "opened")


@menu.item("technician.menu.shift_close")
@known
async def close_shift(turn: Turn) -> None:
    """Refused by `schedule` while a job is running."""
    turn.dialogue.forget()
    await schedule.close_shift(me(turn).id)
    await home(turn, "closed")


@routes.press("shift.open")
@known
async def press_open(turn: Turn) -> None:
    await open_shift(turn)


@routes.press("shift.close")
@known
async def press_close(turn: Turn) -> None:
    await close_shift(turn)
