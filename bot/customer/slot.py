"""The planned arrival: it suits, or another time that the plan has room for."""

from bot.customer.identity import known, me
from bot.customer.my_orders import bring_card, pressed, seen
from bot.customer.routes import routes
from bot.shared.stale import or_show
from bot.turn import Turn
from core.orders import actions as orders
from core.overview.jobs import shown_job
from core.plan import actions as plan
from core.plan.slots import free_slots

CODE = "%Y%m%d%H"


async def redraw_order(turn: Turn) -> None:
    order_id, _ = pressed(turn)
    await bring_card(turn, order_id, away=True)


@routes.press("slot.yes")
@known
@or_show(redraw_order)
async def suits(turn: Turn) -> None:
    """Extra: the job whose time was told; the job that the order's state speaks of when the button is of old."""
    order_id, extra = pressed(turn)
    order = await seen(me(turn), order_id)
    job = next((one for one in order["jobs"] if str(one["id"]) == extra), None) if extra else shown_job(order)
    if job is None or not await plan.agree(job["id"], order_id):
        turn.toast("customer.slot.over", alert=True)
        await redraw_order(turn)
        return
    turn.toast("customer.slot.thanks")
    turn.redraw("customer.slot.agreed", {"order": order, "job": job})


@routes.press("slot.other")
@known
@or_show(redraw_order)
async def other(turn: Turn) -> None:
    """The free times as buttons; with none of them any day may be asked for."""
    order_id, _ = pressed(turn)
    await _offer(turn, order_id)


async def _offer(turn: Turn, order_id: int) -> None:
    order, slots = await seen(me(turn), order_id), await free_slots(me(turn), order_id)
    told = [[start.isoformat(), end.isoformat()] for start, end in slots]
    turn.redraw("customer.slots", {"order": order, "slots": told})


@routes.press("slot.take")
@known
@or_show(redraw_order)
async def take(turn: Turn) -> None:
    """Extra: the hour in which the window begins, on the company's clock: `2026112509`. Taken meanwhile: the times
    that are left."""
    order_id, extra = pressed(turn)
    slots = {f"{start:{CODE}}": (start, end) for start, end in await free_slots(me(turn), order_id)}
    if extra not in slots:
        turn.toast("customer.slots.gone", alert=True)
        await _offer(turn, order_id)
        return
    await orders.reschedule(order_id, *slots[extra])
    turn.toast("customer.order.note.moved")
    await bring_card(turn, order_id, away=True)
