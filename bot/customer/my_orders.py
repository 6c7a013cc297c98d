"""Orders of a customer: the list, one of them, its papers."""

from typing import Any

from bot.customer.identity import known, me
from bot.customer.routes import menu, routes
from bot.shared.paging import number
from bot.turn import Turn
from core.documents.queries import documents_of
from core.kernel.actor import Actor
from core.orders.queries import access_order, my_orders
from core.overview.queries import order_facts

PAGE = 5
FROM_CARD = "+"
AWAY = "away"


async def seen(actor: Actor, order_id: int) -> dict[str, Any]:
    """The facts of an order that this person may see; NotFound otherwise."""
    await access_order(actor, order_id)
    return await order_facts(order_id)


def pressed(turn: Turn) -> tuple[int, str]:
    """The id and the extra of the button; nothing when a command led here."""
    return (turn.press.id, turn.press.extra.removeprefix(FROM_CARD)) if turn.press else (0, "")


def show(turn: Turn, screen: str, facts: dict[str, Any]) -> None:
    """Answer a press in its message; what the card's own buttons open gets a message of its own, for events redraw
    the card whenever they like."""
    if turn.press is not None and turn.press.extra.startswith(FROM_CARD):
        turn.say(screen, facts)
    else:
        turn.redraw(screen, facts)


@routes.command("orders")
@menu.item("customer.menu.orders")
@known
async def mine(turn: Turn) -> None:
    await show_list(turn, open_only=True, before=None)


@routes.press("orders.list")
@known
async def listed(turn: Turn) -> None:
    """Extra: `open` or `all`, then the number below which the page begins: `all.120`."""
    _, extra = pressed(turn)
    kind, _, before = extra.partition(".")
    await show_list(turn, open_only=kind != "all", before=number(before) or None)


async def show_list(turn: Turn, *, open_only: bool, before: int | None) -> None:
    rows = await my_orders(me(turn), open=open_only, limit=PAGE + 1, before=before)
    told = [await order_facts(row.id) for row in rows[:PAGE]]
    facts = {"orders": told, "open": open_only, "more": len(rows) > PAGE, "first": before is None}
    turn.redraw("customer.orders", facts)


@routes.press("order.open")
@known
async def opened(turn: Turn) -> None:
    """Extra `away`: the pressed message was only a question on the way, and goes."""
    order_id, extra = pressed(turn)
    await bring_card(turn, order_id, away=extra == AWAY)


async def bring_card(turn: Turn, order_id: int, *, away: bool) -> None:
    """Bring the order's card down: there is one of it, it is the last thing in the chat, and events keep it current."""
    facts = await seen(me(turn), order_id)
    card = {"card": f"order:{order_id}", "revision": facts["revision"]}
    if away and turn.press is not None:
        turn.say("customer.order", op="erase", message_id=turn.message_id)
    turn.say("customer.order", op="erase", **card)
    turn.say("customer.order", facts, **card)


@routes.press("order.docs")
@known
async def docs(turn: Turn) -> None:
    order_id, _ = pressed(turn)
    papers = await documents_of(me(turn), order_id)
    ready = [paper for paper in papers if paper.file_id and not paper.replaced_by]
    if not ready:
        turn.toast("customer.docs.none", alert=True)
    for paper in ready[:3]:
        turn.say("customer.document", {"number": paper.number, "state": paper.state, "file_id": paper.file_id})
