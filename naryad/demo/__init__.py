"""`naryad demo`: the desk of «Холод-Сервис» with Telegram in a box, from one command and without a token."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvloop
from aiohttp import web

from core.chats.actions import bind_group
from core.company import queries as companies
from core.company.actions import set_clock_offset
from core.kernel.actor import SYSTEM
from core.kernel.clock import clock
from core.kernel.links import links
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.people import actions as people
from naryad.app import PARTS, Running, serve, stop_on_signals
from naryad.demo import company as demo
from naryad.demo.screen import addresses, steps
from naryad.demo.seed import quick_offers, seed, seeded
from naryad.demo.story import story
from naryad.errors import OperatorError
from naryad.settings import Settings, load
from naryad.wiring import desk, servers_for
from simulator.app import Simulator, build_app

LOOPBACK = "127.0.0.1"


def run(settings: Settings) -> None:
    """Until Ctrl-C."""
    uvloop.run(_run(settings))


async def _run(given: Settings) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    settings = settings_of(given)
    with steps() as step:
        step("servers")
        async with servers_for(settings, owner=True) as servers:
            step("schema")
            async with desk(settings, servers):
                if not await seeded():
                    step("seed")
                    await seed()
                    async with work():
                        await quick_offers()
                step("telegram")
                async with telegram_in_a_box(settings) as sim:
                    links.boxed = True
                    running = Running(settings, PARTS, stop)
                    nursery = asyncio.create_task(serve(running, servers, frames=simulator_url(settings)))
                    ready = asyncio.create_task(running.ready.wait())
                    await asyncio.wait((nursery, ready), return_when=asyncio.FIRST_COMPLETED)
                    if ready.done():
                        await move_in(sim)
                        sim.give_story(story)
                        step(None)
                        page = simulator_url(settings)
                        addresses(page, f"{page}/desk/admin", settings.home)
                    else:
                        ready.cancel()
                    await nursery


def settings_of(given: Settings) -> Settings:
    """The demo's own tokens, ports that are free, and addresses that point at them."""
    web_port = given.web_port if "web_port" in given.model_fields_set else free_port(given.web_port)
    sim_port = given.simulator_port if "simulator_port" in given.model_fields_set else free_port(given.simulator_port)
    web_port, sim_port = web_port or free_port(0), sim_port or free_port(0)
    tokens = {f"{bot}_token": token for bot, (token, *_) in demo.BOTS.items()}
    return load(
        **{
            **{name: getattr(given, name) for name in given.model_fields_set},
            **tokens,
            "home": given.home,
            "web_port": web_port,
            "simulator_port": sim_port,
            "telegram_api": f"http://{LOOPBACK}:{sim_port}",
            "public_url": f"http://{LOOPBACK}:{web_port}",
            "updates": "polling",
        }
    )


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OperatorError("demo.no_port")


def simulator_url(settings: Settings) -> str:
    return f"http://{LOOPBACK}:{settings.simulator_port}"


@asynccontextmanager
async def telegram_in_a_box(settings: Settings) -> AsyncIterator[Simulator]:
    """The simulator on loopback with the demo's people and bots; its clock moves the desk's."""

    async def on_clock(offset: float) -> None:
        async with work(SYSTEM):
            await set_clock_offset(offset)
        clock.offset = offset

    sim = Simulator(settings.home / "simulator", on_clock=on_clock)
    populate(sim)
    sim.zone = (await companies.company()).zone
    sim.links = {**sim.links, "admin": "/desk/admin"}
    app = build_app(sim)
    app.router.add_get("/desk/admin", _admin_link(settings))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, settings.simulator_port).start()
        await sim.set_clock(clock.offset)
        yield sim
    finally:
        await runner.cleanup()


def populate(sim: Simulator) -> None:
    """Bots and people of the demo; those who are there already stay as they are."""
    for token, username, name in demo.BOTS.values():
        sim.add_bot(token, username, name)
    for person in demo.PEOPLE:
        first, _, last = person.name.partition(" ")
        role = "technician" if person.role == "technician" else "dispatcher"
        sim.add_person(person.user_id, first, last or None, phone=person.phone, role=role)
    for customer in demo.CUSTOMERS:
        for contact in customer.contacts:
            if contact.user_id:
                first, _, last = contact.name.partition(" ")
                sim.add_person(contact.user_id, first, last or None, phone=contact.phone, role="customer")
    user_id, name, phone = demo.STRANGER
    sim.add_person(user_id, name, phone=phone, role="customer")


async def move_in(sim: Simulator) -> None:
    """The first time: everyone of the staff opens their bots, the dispatchers' group is made and bound."""
    staff = {row["phone"]: row["id"] for row in await fetch("SELECT id, phone FROM people_members")}
    dispatchers = [person.user_id for person in demo.PEOPLE if person.role != "technician"]
    bot_ids = {bot: int(token.partition(":")[0]) for bot, (token, *_) in demo.BOTS.items()}
    chat_id = sim.add_group(demo.GROUP, True, dispatchers, [bot_ids["dispatcher"]])
    bound = await fetchval("SELECT 1 FROM chats_dispatch_groups WHERE chat_id = $1", chat_id)
    if bound:
        return
    async with work(SYSTEM):
        await bind_group(chat_id, demo.GROUP, True)
        for person in demo.PEOPLE:
            bot = "technician" if person.role == "technician" else "dispatcher"
            await people.link(bot, person.user_id, person.user_id, f"member:{staff[person.phone]}", "ru")
    for person in demo.PEOPLE:
        bot = "technician" if person.role == "technician" else "dispatcher"
        await sim.act(person.user_id, bot_ids[bot], "start")


def _admin_link(settings: Settings) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def admin(_: web.Request) -> web.Response:
        """The demo's shortcut to the admin page: a one-time link for the chief dispatcher."""
        chief = demo.PEOPLE[0]
        async with work(SYSTEM):
            member = await fetchval("SELECT id FROM people_members WHERE name = $1", chief.name)
            token = await people.open_web_login(int(member or 0))
        raise web.HTTPFound(f"http://{LOOPBACK}:{settings.web_port}/admin/login/{token}")

    return admin
