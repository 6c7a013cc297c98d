"""/orders, /find and /who: what is going on, in one message each."""

from bot.dispatcher.routes import routes
from bot.shared.paging import number
from bot.turn import Turn
from core.kernel.errors import Refusal
from core.orders.queries import access_order
from core.overview.lists import open_orders, search
from core.overview.queries import order_facts
from core.people.queries import who

PAGE = 10


@routes.command("orders")
async def orders(turn: Turn) -> None:
    await _orders(turn, 0)


@routes.press("list.orders")
async def orders_page(turn: Turn) -> None:
    await _orders(turn, number(turn.press.extra) if turn.press else 0)


async def _orders(turn: Turn, page: int) -> None:
    if turn.actor is None:
        raise Refusal("people.stranger")
    found = await open_orders(turn.actor, limit=PAGE + 1, offset=page * PAGE)
    facts = {"orders": found[:PAGE], "page": page, "more": len(found) > PAGE, "now": turn.work.now.isoformat()}
    turn.redraw("dispatcher.orders", facts)


@routes.command("find")
async def find(turn: Turn) -> None:
    """By number, words, customer, site or telephone."""
    if turn.actor is None:
        raise Refusal("people.stranger")
    words = turn.args.strip()[:100]
    if not words:
        turn.say("dispatcher.note", {"key": "dispatcher.find.what"})
        return
    found = await search(turn.actor, words, limit=PAGE)
    turn.say("dispatcher.found", {"orders": found, "words": words, "now": turn.work.now.isoformat()})


@routes.press("list.open")
async def open_card(turn: Turn) -> None:
    """Show an order's card right here; the one in its topic stays the current one."""
    if turn.actor is None or turn.press is None:
        raise Refusal("people.stranger")
    await access_order(turn.actor, turn.press.id)
    turn.say("dispatcher.card", await order_facts(turn.press.id, whole=True))


@routes.command("who")
async def who_works(turn: Turn) -> None:
    if turn.actor is None:
        raise Refusal("people.stranger")
    turn.actor.require("people.see")
    people = [
        {
            "name": one.name,
            "on_duty": one.on_duty_at is not None,
            "state": one.job_state,
            "order": one.order_id,
            "seen_seconds": one.place_seconds,
        }
        for one in await who()
    ]
    turn.say("dispatcher.who", {"people": people})
