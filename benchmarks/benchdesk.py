"""A desk to measure: the three bots behind their webhooks, with their own screens and all that follows from them.

500 dispatchers, each of whom steers one order nobody has yet, and 500 technicians, each on a job that is paused; every
order has a customer who is told. A dispatcher's press on «Приоритет» changes the order and its three deadlines; a
technician's on «Продолжить» takes the job up again, once: `pause_all` makes it possible again.

`python -m benchmarks.benchdesk DATABASE_URL API_URL [door]` says its port and the webhook's secret; with `door` it only
takes updates, as a web process does whose bots are owned elsewhere.
"""

import asyncio
import sys

import uvloop
from aiohttp import web

import core.reactions  # noqa: F401
from benchmarks.peers import BOTS, FIRST_CHAT, FIRST_JOB, FIRST_ORDER, tell_parent
from benchmarks.processes import run_sql
from bot.customer import app as customer
from bot.dispatcher import app as dispatcher
from bot.technician import app as technician
from bot.telegram.limits import Limits
from bot.telegram.service import BotService, BotSettings
from bot.telegram.webhook import WebhookDoor, secret_of
from core.company import actions as company
from core.customers import actions as customers
from core.kernel import garbage, ids, words
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
    """Dispatchers, technicians and customers known to their bots; an order for each of the staff."""
    ids.use(ids.Keys([SECRET]))
    words.load()
    async with database(database_url, pool=1):
        async with work():
            await company.ensure()
            await people.ensure_roles()
        for first in range(0, 2 * CHATS, 50):
            async with work():
                numbers = [await _order(n) for n in range(first, first + 50)]
            if numbers != list(range(FIRST_ORDER + first, FIRST_ORDER + first + 50)):
                raise RuntimeError("orders are not numbered as the presses expect")
            if first >= CHATS:
                async with work():
                    for n in range(first, first + 50):
                        await _paused(n)
        await _link()


async def _order(n: int) -> int:
    """One of the staff, one customer with a site and a contact, and what they ask for."""
    await people.add_member("dispatcher" if n < CHATS else "technician", f"Сотрудник {n}", f"+7916{n:07}")
    served = await customers.add_customer(f"Кофейня {n}")
    site = await customers.add_site(served, "Зал", address=f"Лесная, {n + 1}", lat=55.75, lon=37.6)
    contact = await customers.add_contact(served, f"Управляющая {n}", f"+7926{n:07}")
    said = "Не морозит витрина у входа, температура растёт"
    return await orders.create(customer_id=served, site_id=site, contact_id=contact, words=said, source="desk")


async def _paused(n: int) -> None:
    """The order's job is given to its technician, who came and has paused."""
    job = FIRST_JOB + n
    await orders.assign(job, n + 1)
    await orders.travel(job)
    await orders.arrive(job)
    await orders.pause(job, "обед")


async def _link() -> None:
    """Everybody gets a chat with their bot: after all that was done, so that nobody is told of it."""
    staff = [("dispatcher" if n < CHATS else "technician", f"member:{n + 1}", n % CHATS) for n in range(2 * CHATS)]
    known = [*staff, *(("customer", f"contact:{n + 1}", n) for n in range(2 * CHATS))]
    at = now()
    await Account.bulk_create(Account(bot=b, user_id=FIRST_CHAT + n, party=p, linked_at=at) for b, p, n in known)
    await Address.bulk_create(Address(party=p, bot=b, chat_id=FIRST_CHAT + n) for b, p, n in known)


async def pause_all(database_url: str) -> None:
    """The technicians' jobs are paused again, by their rows alone."""
    paused = "SET state = 'paused', stage = 'paused' WHERE state = 'on_site'"
    await run_sql(database_url, f"UPDATE orders_jobs {paused}")
    await run_sql(database_url, "UPDATE orders_orders SET state = 'paused' WHERE state = 'on_site'")


async def main(database_url: str, api: str, door: str = "") -> None:
    ids.use(ids.Keys([SECRET]))
    words.load()
    stop = asyncio.Event()
    # An address for setWebhook only: the measurement brings the updates itself.
    options = BotSettings(api=api, webhook_url="https://desk.invalid", limits=Limits.none())
    apps = dict(zip(BOTS, (dispatcher.routes, technician.routes, customer.routes), strict=True))
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
        garbage.begun()  # as a running desk does
        tell_parent(" ".join([str(runner.addresses[0][1]), *map(secret_of, BOTS)]))
        await stop.wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
