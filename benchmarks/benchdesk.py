"""A desk to measure: the dispatchers' and the customers' bot behind their webhooks, with their own screens and all
that follows from them. 500 dispatchers, each of whom steers one order: a press on «Приоритет» reads the order, changes
it and its deadlines, writes its timeline, settles the question and brings the customer's card up to date.

`python -m benchmarks.benchdesk DATABASE_URL API_URL [door]` says its port and the webhook's secret; with `door` it only
takes updates, as a web process does whose bots are owned elsewhere.
"""

import asyncio
import sys

import uvloop
from aiohttp import web

import core.reactions  # noqa: F401
from benchmarks.peers import BOT, FIRST_CHAT, FIRST_ORDER, tell_parent
from bot.customer import app as customer
from bot.dispatcher import app as dispatcher
from bot.telegram.limits import Limits
from bot.telegram.service import BotService, BotSettings
from bot.telegram.webhook import WebhookDoor, secret_of
from core.company import actions as company
from core.customers import actions as customers
from core.kernel import ids, words
from core.kernel.clock import now
from core.kernel.database import database
from core.kernel.work import work
from core.orders import actions as orders
from core.outbox.models import Address
from core.people import actions as people
from core.people.models import Account

CHATS = 500
SECRET = "a secret for the measurement only"


async def seed(database_url: str) -> None:
    """Dispatchers and customers known to their bots; an order for each pair."""
    ids.use(ids.Keys([SECRET]))
    words.load()
    async with database(database_url, pool=1):
        async with work():
            await company.ensure()
            await people.ensure_roles()
        for first in range(0, CHATS, 50):
            async with work():
                numbers = [await _order(n) for n in range(first, first + 50)]
            if numbers != list(range(FIRST_ORDER + first, FIRST_ORDER + first + 50)):
                raise RuntimeError("orders are not numbered as the presses expect")


async def _order(n: int) -> int:
    """One dispatcher, one customer with a site and a contact, and what they ask for."""
    steers = await people.add_member("dispatcher", f"Диспетчер {n}", f"+7916{n:07}")
    served = await customers.add_customer(f"Кофейня {n}")
    site = await customers.add_site(served, "Зал", address=f"Лесная, {n + 1}", lat=55.75, lon=37.6)
    contact = await customers.add_contact(served, f"Управляющая {n}", f"+7926{n:07}")
    for bot, party in (("dispatcher", f"member:{steers}"), ("customer", f"contact:{contact}")):
        await Account.create(bot=bot, user_id=FIRST_CHAT + n, party=party, linked_at=now())
        await Address.create(party=party, bot=bot, chat_id=FIRST_CHAT + n)
    said = "Не морозит витрина у входа, температура растёт"
    return await orders.create(customer_id=served, site_id=site, contact_id=contact, words=said, source="desk")


async def main(database_url: str, api: str, door: str = "") -> None:
    ids.use(ids.Keys([SECRET]))
    words.load()
    stop = asyncio.Event()
    # An address for setWebhook only: the measurement brings the updates itself.
    options = BotSettings(api=api, webhook_url="https://desk.invalid", limits=Limits.none())
    apps = {"dispatcher": dispatcher.routes, "customer": customer.routes}
    services = [BotService(bot, f"100:{bot}", routes, options) for bot, routes in apps.items()]
    app = web.Application()
    WebhookDoor({service.name: service.intake for service in services}).add_to(app)
    async with database(database_url), asyncio.TaskGroup() as nursery:
        if not door:
            for service in services:
                nursery.create_task(service.run(stop))
                await service.owns.wait()
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        tell_parent(f"{runner.addresses[0][1]} {secret_of(BOT)}")
        await stop.wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
