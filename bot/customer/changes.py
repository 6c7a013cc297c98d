"""What a customer may change in an order: another time, not needed any more, the trouble is back."""

from bot.customer.identity import known, me
from bot.customer.my_orders import bring_card, pressed, seen, show
from bot.customer.routes import menu, routes
from bot.shared.calendar import day_code, read_day, read_window
from bot.shared.reasons import CANCEL, REOPEN, reason_text
from bot.shared.stale import or_show
from bot.turn import Turn
from core.orders import actions as orders
from core.orders.rules import MAX_REASON


async def redraw_order(turn: Turn) -> None:
    order_id, _ = pressed(turn)
    await bring_card(turn, order_id, away=True)


@routes.press("order.move")
@known
@or_show(redraw_order)
async def move(turn: Turn) -> None:
    """Another time: a day (`20261125`), another month (`m20261201`), a window (`20261125-0912`) or `soon`."""
    order_id, extra = pressed(turn)
    if extra == "soon":
        await orders.reschedule(order_id, None, None)
        await _moved(turn, order_id)
    elif window := read_window(extra, turn.zone):
        await orders.reschedule(order_id, *window)
        await _moved(turn, order_id)
    else:
        facts = {"order": await seen(me(turn), order_id), "now": turn.work.now.isoformat()}
        day = read_day(extra)
        if day is not None and day >= turn.work.now.astimezone(turn.zone).date():
            show(turn, "customer.move.window", {**facts, "day": day_code(day)})
        else:
            show(turn, "customer.move", {**facts, "day": extra.removeprefix("m")})


async def _moved(turn: Turn, order_id: int) -> None:
    turn.toast("customer.order.note.moved")
    await bring_card(turn, order_id, away=True)


@routes.press("order.cancel", "order.reopen")
@known
@or_show(redraw_order)
async def ask_reason(turn: Turn) -> None:
    """First press: why? Second press, with a reason's code: do it. `other` waits for the person's own words."""
    order_id, code = pressed(turn)
    verb = turn.press.verb.partition(".")[2] if turn.press else ""
    codes = CANCEL if verb == "cancel" else REOPEN
    if code in codes:
        await _do(turn, verb, order_id, reason_text(verb, code, turn.locale))
    elif code == "other":
        turn.dialogue.go("reason", verb=verb, order_id=order_id)
        turn.redraw("customer.reason.own", {"verb": verb, "number": order_id})
    else:
        show(turn, f"customer.{verb}", {"order": await seen(me(turn), order_id)})


@routes.step("reason")
@menu.first
@known
async def own_reason(turn: Turn) -> None:
    verb, order_id = turn.dialogue.data["verb"], turn.dialogue.data["order_id"]
    reason = " ".join(turn.text.split())
    if not reason or turn.longer_than(MAX_REASON):
        turn.say("customer.reason.own", {"verb": verb, "number": order_id, "note": "long" if reason else "text"})
        return
    turn.dialogue.go(None)
    await _do(turn, verb, order_id, reason)


async def _do(turn: Turn, verb: str, order_id: int, reason: str) -> None:
    if verb == "cancel":
        await orders.cancel(order_id, reason)
    else:
        await orders.reopen(order_id, reason)
    turn.toast(f"customer.order.note.{'cancelled' if verb == 'cancel' else 'reopened'}")
    await bring_card(turn, order_id, away=True)
