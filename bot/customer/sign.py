"""The act in the customer's hands: agree or object. The card of the act is redrawn by the reactions."""

from bot.customer.identity import known, me
from bot.customer.my_orders import pressed
from bot.customer.routes import menu, routes
from bot.shared.reasons import REFUSE, reason_text
from bot.turn import Turn
from core.documents import actions as documents
from core.documents.queries import document_view
from core.orders.rules import MAX_REASON


@routes.press("sign.ok")
@known
async def agree(turn: Turn) -> None:
    document_id, _ = pressed(turn)
    paper = await document_view(me(turn), document_id)
    await documents.sign(document_id, "bot", me(turn).name, key=f"bot:{document_id}")
    turn.toast("customer.sign.thanks", number=paper.number)


@routes.press("sign.no")
@known
async def object_to(turn: Turn) -> None:
    """Why not? A ready reason, or the person's own words."""
    document_id, code = pressed(turn)
    paper = await document_view(me(turn), document_id)
    if code in REFUSE:
        await _refuse(turn, document_id, reason_text("refuse", code, turn.locale))
    elif code == "other":
        turn.dialogue.go("sign.reason", document_id=document_id)
        turn.say("customer.refuse.own", {"number": paper.number})
    else:
        turn.say("customer.refuse", {"number": paper.number, "document_id": document_id})


@routes.step("sign.reason")
@menu.first
@known
async def own_reason(turn: Turn) -> None:
    document_id = int(turn.dialogue.data["document_id"])
    reason = " ".join(turn.text.split())
    if not reason or turn.longer_than(MAX_REASON):
        paper = await document_view(me(turn), document_id)
        turn.say("customer.refuse.own", {"number": paper.number, "note": "long" if reason else "text"})
        return
    turn.dialogue.go(None)
    await _refuse(turn, document_id, reason)


async def _refuse(turn: Turn, document_id: int, reason: str) -> None:
    paper = await document_view(me(turn), document_id)
    await documents.refuse(document_id, reason)
    turn.redraw("customer.refused", {"number": paper.number, "reason": reason})
