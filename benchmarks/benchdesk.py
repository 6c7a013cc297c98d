"""A desk to measure: one bot behind its webhook, a handler made of real reads and writes, 500 customers who press.

`python -m benchmarks.benchdesk DATABASE_URL API_URL [door]` says its port and the webhook's secret; with `door` it only
takes updates, as a web process does whose bot is owned elsewhere.
"""

import asyncio
import sys
from datetime import tzinfo
from typing import Any

import uvloop
from aiohttp import web

from benchmarks.peers import FIRST_CHAT, tell_parent
from bot.routes import Routes, screen
from bot.telegram.limits import Limits
from bot.telegram.service import BotService, BotSettings
from bot.telegram.webhook import WebhookDoor, secret_of
from bot.turn import Turn
from bot.view import Button, View
from core.company.models import Company
from core.customers.models import Contact, Customer
from core.kernel import ids
from core.kernel.clock import now
from core.kernel.database import database
from core.orders.actions.timeline import note
from core.orders.models import Order
from core.orders.queries import access_order
from core.outbox.actions import tell
from core.outbox.models import Address
from core.people.models import Account

CHATS = 500
TOKEN = "100:customer"
SECRET = "a secret for the measurement only"


async def seed(database_url: str) -> None:
    """Customers with one order each, every one of them known to the bot."""
    at, each = now(), range(1, CHATS + 1)
    async with database(database_url, pool=1):
        await Company.create(id=1, name="Bench")
        await Customer.bulk_create(Customer(id=n, name=f"Customer {n}", created_at=at) for n in each)
        await Contact.bulk_create(Contact(id=n, customer_id=n, name=f"Person {n}", created_at=at) for n in each)
        await Account.bulk_create(
            Account(bot="customer", user_id=FIRST_CHAT + n - 1, party=f"contact:{n}", linked_at=at) for n in each
        )
        await Address.bulk_create(
            Address(party=f"contact:{n}", bot="customer", chat_id=FIRST_CHAT + n - 1) for n in each
        )
        await Order.bulk_create(
            Order(
                id=1000 + n,
                customer_id=n,
                contact_id=n,
                summary="Не морозит витрина",
                words="Не морозит витрина у входа, температура растёт",
                created_by=f"contact:{n}",
                created_at=at,
            )
            for n in each
        )


@screen("bench.order")
def order(facts: dict[str, Any], locale: str, zone: tzinfo) -> View:
    text = f"<b>Заявка № {facts['number']}</b>\n{facts['summary']}\nИзменена {facts['revision']} раз"
    buttons = tuple(
        Button(label, "bench.press", facts["number"], facts["revision"]) for label in ("Напомнить", "Отменить")
    )
    return View(text, (buttons,))


def routes() -> Routes:
    table = Routes("customer")

    @table.press("bench.press")
    async def press(turn: Turn) -> None:
        """Look whether they may, change the order, say so in its timeline, redraw the card, tell the other side."""
        assert turn.press is not None
        assert turn.actor is not None
        number = await access_order(turn.actor, turn.press.id)
        row = await turn.work.fetchrow(
            "UPDATE orders_orders SET revision = revision + 1 WHERE id = $1 AND state = 'new'"
            " RETURNING revision, summary, state",
            number,
        )
        assert row is not None
        await note(number, "order.reminded", {"by": turn.actor.party}, public=True)
        facts = {"number": number, "summary": row["summary"], "revision": row["revision"]}
        turn.redraw("bench.order", facts)
        tell(f"contact:{number % CHATS + 1}", "customer", "bench.order", facts)
        turn.toast("telegram.stale")

    return table


async def main(database_url: str, api: str, door: str = "") -> None:
    ids.use(ids.Keys([SECRET]))
    stop = asyncio.Event()
    # An address for setWebhook only: the measurement brings the updates itself.
    options = BotSettings(api=api, webhook_url="https://desk.invalid", limits=Limits.none())
    service = BotService("customer", TOKEN, routes(), options)
    app = web.Application()
    WebhookDoor({"customer": service.intake}).add_to(app)
    async with database(database_url):
        running = asyncio.create_task(stop.wait() if door else service.run(stop))
        if not door:
            await service.owns.wait()
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        tell_parent(f"{runner.addresses[0][1]} {secret_of('customer')}")
        await running


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
