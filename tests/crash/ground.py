"""What a campaign stands on: PostgreSQL and Valkey that keep what they committed, the simulator with a crowd of people
in it, and the desk's database filled with the company of `tests/world.py`.

The servers are the desk's own embedded ones, durable and supervised: they are killed too.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from core.chats.actions import bind_group
from core.company import actions as company
from core.customers import actions as customers
from core.dispatch.models import RuleVersion
from core.kernel import ids
from core.kernel.actor import contact, member
from core.kernel.database import database
from core.kernel.read import fetch
from core.kernel.words import load as load_words
from core.kernel.work import work
from core.people import actions as people
from core.schedule import actions as schedule
from naryad.embedded import Servers, embedded
from naryad.migrate import migrate
from simulator.app import Simulator, build_app
from simulator.box import Call
from tests.template import fill
from tests.world import World, build_world

SECRET = "the-secret-of-a-desk-that-dies"
TOKENS = {"customer": "501:customer", "technician": "502:technician", "dispatcher": "503:dispatcher"}
BOT = {name: int(token.partition(":")[0]) for name, token in TOKENS.items()}
GROUP = "Диспетчерская"
MORE_CONTACTS, MORE_TECHNICIANS = 7, 2
OFFER_S = 3
LADDERS = {"reminders": [[1, "chat"], [2, "sms"]], "escalation": [[4, "group"], [8, "voice"]]}
COMPILES_ANEW = "PYTHONDONTWRITEBYTECODE"
"""With it each of forty processes would compile all our modules for itself."""
PROMISED_MINUTES = {"response": 1, "arrival": 1, "resolution": 2}


@dataclass
class Ground:
    """`calls` is every call that the simulator carried out since the last look; `updates` every update it made."""

    home: Path
    servers: Servers
    sim: Simulator
    url: str
    world: World
    group: int
    customers: list[int]
    technicians: list[int]
    dispatchers: list[int]
    calls: list[Call] = field(default_factory=list)
    updates: dict[str, set[str]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a desk's process is told."""
        tokens = {f"NARYAD_{name.upper()}_TOKEN": token for name, token in TOKENS.items()}
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("NARYAD_", COMPILES_ANEW))},
            **tokens,
            "NARYAD_HOME": str(self.home / "desk"),
            "NARYAD_DATABASE_URL": self.servers.database_url,
            "NARYAD_REDIS_URL": self.servers.redis_url,
            "NARYAD_TELEGRAM_API": self.url,
            "NARYAD_UPDATES": "polling",
            "NARYAD_WEB_PORT": "0",
            "NARYAD_SECRET": SECRET,
            "NARYAD_LOG_FORMAT": "json",
            "NARYAD_STRICT_WORDS": "1",
        }

    def pending(self) -> int:
        """Updates that no desk has taken yet."""
        return sum(len(self.sim.updates.box(bot).updates) for bot in BOT.values())

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await fetch(sql, *args)]


def memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@asynccontextmanager
async def ground(schema_cache: Path | None = None) -> AsyncIterator[Ground]:
    """Everything but the desk itself. `schema_cache` spares a migration, as in `tests/template.py`."""
    with tempfile.TemporaryDirectory(prefix="naryad-crash-", dir=memory()) as folder:
        home = Path(folder)
        home.chmod(0o755)
        async with embedded(home / "servers") as servers:
            await (fill(servers.database_url, schema_cache) if schema_cache else migrate(servers.database_url))
            load_words()
            ids.use(ids.Keys([SECRET]))
            async with database(servers.database_url, pool=4), _telegram(home) as (sim, url):
                yield await _settled(home, servers, sim, url)


@asynccontextmanager
async def _telegram(home: Path) -> AsyncIterator[tuple[Simulator, str]]:
    sim = Simulator(home / "simulator")
    runner = web.AppRunner(build_app(sim), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield sim, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _settled(home: Path, servers: Servers, sim: Simulator, url: str) -> Ground:
    """People move in: into the database as the company, into the simulator with their telephones."""
    async with work():
        await company.ensure()
        await people.ensure_roles()
    world = await build_world()
    contacts, technicians = await _crowd(world)
    for name, token in TOKENS.items():
        sim.add_bot(token, f"crash_{name}_bot", name)
    dispatchers = [World.tg(member(number)) for number in (world.admin, world.dispatcher)]
    for number in (*contacts, *technicians, *dispatchers):
        sim.add_person(number, f"P{number}", phone=f"+7916{number:07}")
    made = Ground(home, servers, sim, url, world, 0, contacts, technicians, dispatchers)
    _record(made)
    made.group = sim.add_group(GROUP, True, dispatchers, [BOT["dispatcher"]])
    async with work():
        await bind_group(made.group, GROUP, True)
    return made


async def _crowd(world: World) -> tuple[list[int], list[int]]:
    """More people than the world has, on shift, and offers that end soon, so that timers have work too."""
    skills = {"cold": 3, "heat": 3}
    contacts, members = [world.olga, world.ivan, world.marat], [world.pyotr, world.rashid, world.svetlana]
    async with work():
        for number in range(MORE_CONTACTS):
            customer = (world.azbuka, world.bakery)[number % 2]
            contacts.append(await customers.add_contact(customer, f"Контакт {number}", f"+7917000{number:04}"))
            party = contact(contacts[-1])
            await people.link("customer", World.tg(party), World.tg(party), party, ("ru", "en")[number % 2])
        for number in range(MORE_TECHNICIANS):
            home = {"home_lat": 55.75 + number / 50, "home_lon": 37.61}
            made = await people.add_member("technician", f"Мастер {number}", f"+7918000{number:04}", **home)
            await people.set_skills(made, skills)
            await people.link("technician", World.tg(member(made)), World.tg(member(made)), member(made), "ru")
            members.append(made)
        for one in members:
            await people.set_areas(one, [world.centre_area, world.south_area])
            await people.set_skills(one, skills)
    async with work() as w:
        for one in members:
            await schedule.open_shift(one)
        await company.set_rule("sla", dict.fromkeys(("low", "normal", "high", "urgent"), PROMISED_MINUTES))
        how = {"mode": "offer", "width": 2, "offer_seconds": OFFER_S, **LADDERS}
        await RuleVersion.create(code="usual", name={"ru": "Крах", "en": "Crash"}, data=how, created_at=w.now)
    return [World.tg(contact(one)) for one in contacts], [World.tg(member(one)) for one in members]


def _record(made: Ground) -> None:
    """Remember each call that was carried out and each update that was made; the simulator's own log is short."""
    sim, names = made.sim, {number: name for name, number in BOT.items()}
    log, queue = sim.log, sim.updates.queue

    def keep_call(bot: Any, method: str, params: Any, error: Any, ms: float) -> None:
        made.calls.append(Call(0.0, bot, method, params, error.description if error else None, ms))
        log(bot, method, params, error, ms)

    def keep_update(bot: Any, kind: str, body: Any) -> None:
        before = set(sim.updates.box(bot.id).updates)
        queue(bot, kind, body)
        if "live_period" in ((body.get("location") or {}) if kind == "edited_message" else {}):
            return
        for number in sim.updates.box(bot.id).updates.keys() - before:
            made.updates.setdefault(f"tg:{names[bot.id]}", set()).add(str(number))

    sim.log = keep_call  # type: ignore[method-assign]
    sim.updates.queue = keep_update  # type: ignore[method-assign]


async def until(true: Any, seconds: float, what: str = "") -> None:
    """Wait for a condition (a function or a coroutine function); a TimeoutError names it."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = true()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise TimeoutError(what or "a condition did not come true") from None
