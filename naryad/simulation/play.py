"""Play days in databases of their own, one after another."""

from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

from core.dispatch.rulesets import USUAL, Rules
from core.dispatch.settle import save_ruleset
from core.kernel.clock import clock
from core.kernel.database import database, migrate
from core.kernel.work import work
from core.presence.follower import follower
from naryad.embedded import embedded
from naryad.simulation.day import Day, make_day
from naryad.simulation.figures import Figures, measure
from naryad.simulation.hands import Greedy, Manual, Planner, Robot
from naryad.simulation.kept import Which
from naryad.simulation.life import NIGHT, Hand, Life
from naryad.simulation.town import build

MIDNIGHT = datetime(2027, 3, 1, tzinfo=ZoneInfo("Europe/Moscow"))
OFFER_SECONDS = 300
Told = Callable[[str, int, float], None]


def _hand(name: str, seed: int, technicians: int) -> Hand:
    match name:
        case "robot":
            return Robot()
        case "planner":
            return Planner()
        case "greedy":
            return Greedy()
    return Manual(seed, technicians)


async def play(
    folder: Path, wanted: Iterable[Which], technicians: int, orders: int, told: Told
) -> AsyncGenerator[Figures]:
    """Each of these days as soon as it is over, on an embedded PostgreSQL under `folder`. `told` hears hand, seed and
    the part of that day that is over."""
    async with embedded(folder) as servers:
        await migrate(servers.database_url)
        for name, seed in wanted:
            url = await _fresh(servers.database_url)
            yield await play_day(url, name, seed, technicians, orders, partial(told, name, seed))


async def play_day(
    url: str, name: str, seed: int, technicians: int, orders: int, progress: Callable[[float], None]
) -> Figures:
    """One day under one hand, in an empty desk."""
    async with database(url, pool=3):
        found, _ = await live(_hand(name, seed, technicians), make_day(seed, technicians, orders), progress)
        return found


async def live(hand: Hand, day: Day, progress: Callable[[float], None] = lambda _: None) -> tuple[Figures, Life]:
    """Fill the running, empty desk and let the day go by. The clock is set back afterwards."""
    offset = clock.offset
    try:
        clock.offset = (MIDNIGHT - datetime.now(MIDNIGHT.tzinfo)).total_seconds()
        town = await build(day, MIDNIGHT)
        async with work():
            await save_ruleset(Rules(USUAL, {"ru": "Обычные", "en": "Usual"}, hand.mode, 1, OFFER_SECONDS))
        life = Life(day, town, MIDNIGHT, hand)
        await life.run(progress)
        return await measure(type(hand).__name__.lower(), life, NIGHT), life
    finally:
        clock.offset = offset
        follower.reset()


async def _fresh(url: str) -> str:
    """A copy of the migrated, empty database; the one before it is dropped."""
    base, _, name = url.partition("?")[0].rpartition("/")
    rest = url.removeprefix(f"{base}/{name}")
    connection = await asyncpg.connect(f"{base}/postgres{rest}")
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}_day" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}_day" TEMPLATE "{name}"')
        await connection.execute(f'ALTER DATABASE "{name}_day" SET synchronous_commit = off')  # nobody will miss it
    finally:
        await connection.close()
    return f"{base}/{name}_day{rest}"
