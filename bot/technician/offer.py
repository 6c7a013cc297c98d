"""An offered job: take it or say why not. What becomes of the offer's card is told by the reactions."""

from bot.shared.reasons import DECLINE, reason_text
from bot.technician.identity import known, pressed
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.dispatch import actions as dispatch
from core.orders.rules import MAX_REASON


@routes.press("offer.accept")
@known
async def accept(turn: Turn) -> None:
    """Of many who press at once one wins; the others hear `orders.already_taken`."""
    offer_id, _ = pressed(turn)
    await dispatch.accept(offer_id)
    turn.toast("technician.offer.yours")


@routes.press("offer.decline")
@known
async def decline(turn: Turn) -> None:
    """First press: why? Then a ready reason, or the person's own words."""
    offer_id, code = pressed(turn)
    if code in DECLINE:
        await dispatch.decline(offer_id, reason_text("decline", code, turn.locale))
        turn.redraw("technician.declined", {"reason": reason_text("decline", code, turn.locale)})
    elif code == "other":
        turn.dialogue.go("decline", offer_id=offer_id)
        turn.redraw("technician.decline.own", {"offer_id": offer_id})
    else:
        turn.say("technician.decline", {"offer_id": offer_id})


@routes.press("offer.keep")
@known
async def keep(turn: Turn) -> None:
    """Thought better of declining."""
    if turn.dialogue.step == "decline":
        turn.dialogue.go(None)
    turn.redraw("technician.offer.kept", {})


@routes.step("decline")
@menu.first
@known
async def own_reason(turn: Turn) -> None:
    offer_id = int(turn.dialogue.data["offer_id"])
    reason = " ".join(turn.text.split())
    if not reason or turn.longer_than(MAX_REASON):
        turn.say("technician.decline.own", {"offer_id": offer_id, "note": "long" if reason else "text"})
        return
    turn.dialogue.go(None)
    await dispatch.decline(offer_id, reason)
    turn.say("technician.declined", {"reason": reason})
