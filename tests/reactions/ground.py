"""One order of «Азбука» that everybody watches, and what each event leaves behind: rows, told as short words.

told olga customer.eta          a notice to somebody (the dispatchers' group is `group`)
told group dispatcher.alert late   an alert with its kind
timer+ sla.near arrival         a timer was set; `timer-`: it is gone
task+ dispatch.seek             work was promised
clock arrival met               a deadline ended; `clock arrival runs`: it runs again
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import core.reactions  # noqa: F401
from core.chats.actions import bind_group
from core.kernel.actor import SYSTEM, Actor, contact, member
from core.kernel.read import fetch, parsed
from core.kernel.work import emit, work
from core.orders import actions as orders
from core.orders.models import Job
from core.schedule import actions as schedule
from tests.world import World

GROUP = -1007
CARDS = frozenset({"told group dispatcher.card", "told olga customer.order", "told pyotr technician.job"})
NOBODYS = CARDS - {"told pyotr technician.job"}
TOPIC = "told group dispatcher.topic"
STEPS = ("new", "assigned", "travelling", "on_site")
WHEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def alert(kind: str) -> str:
    return f"told group dispatcher.alert {kind}"


def timers(sign: str, *kinds: str) -> set[str]:
    """The timers that warn of these clocks."""
    return {f"timer{sign} sla.near {kind}" for kind in kinds}


@dataclass
class Ground:
    """The order, its job, and who is who. `extra` holds what a test made besides."""

    world: World
    order: int
    job: int
    extra: dict[str, Any] = field(default_factory=dict)

    async def at(self, state: str) -> None:
        """Take the job as far as this; it is Pyotr's from `assigned` on."""
        verbs: tuple[Callable[[], Any], ...] = (
            lambda: orders.assign(self.job, self.world.pyotr),
            lambda: orders.travel(self.job),
            lambda: orders.arrive(self.job, "hand", None),
        )
        so_far = STEPS.index((await Job.get(id=self.job)).state)
        for verb in verbs[so_far : STEPS.index(state)]:
            async with work(SYSTEM):
                await verb()

    async def done(self, outcome: str = "done") -> None:
        """The work is over; nothing follows yet."""
        await self.at("on_site")
        await Job.filter(id=self.job).update(state="done", outcome=outcome, done_at=WHEN)

    async def actor(self, who: str) -> Actor:
        """`system`, or one of the world's people by name."""
        if who == "system":
            return SYSTEM
        kind = contact if who in ("olga", "ivan", "marat") else member
        return await self.world.actor(kind(getattr(self.world, who)))

    async def after(self, event: Any, by: str = "system") -> set[str]:
        """What an event leaves behind that was not there before."""
        return await self.changes(emit, event, by=by)

    async def changes(self, act: Callable[..., Any], *args: Any, by: str = "system") -> set[str]:
        before = await self._rows()
        [seen] = await fetch("SELECT coalesce(max(id), 0) AS id FROM outbox_notices")
        actor = await self.actor(by)
        async with work(actor):
            await act(*args)
        after = await self._rows()
        told = await fetch("SELECT bot, chat_id, screen, facts FROM outbox_notices WHERE id > $1", seen["id"])
        timed = {name for name in before | after if name.startswith("timer")}
        return {
            *(self.notice(row) for row in told),
            *(name.replace("timer", "timer+", 1) for name in timed & (after - before)),
            *(name.replace("timer", "timer-", 1) for name in timed & (before - after)),
            *(name for name in (after - before) - timed),
        }

    async def _rows(self) -> set[str]:
        timed = await fetch("SELECT kind, split_part(key, ':', 2) AS what FROM timers_timers")
        tasks = await fetch("SELECT kind FROM tasks_tasks")
        clocks = await fetch("SELECT kind, met_at, cancelled_at FROM sla_deadlines")
        return {
            *(f"timer {row['kind']} {row['what']}".strip() for row in timed),
            *(f"task+ {row['kind']}" for row in tasks),
            *(f"clock {row['kind']} {_state(row)}" for row in clocks),
        }

    def notice(self, row: Any) -> str:
        names = {self.world.tg(contact(getattr(self.world, name))): name for name in ("olga", "ivan", "marat")}
        names |= {self.world.tg(member(getattr(self.world, name))): name for name in ("pyotr", "rashid", "svetlana")}
        kind = parsed(row["facts"]).get("kind") if row["screen"] == "dispatcher.alert" else None
        return " ".join(filter(None, ("told", names.get(row["chat_id"], "group"), row["screen"], kind)))

    async def forget(self, *tables: str) -> None:
        """Rows of the way here that would hide new ones of the same kind."""
        async with work() as w:
            for table in tables:
                await w.execute(f"DELETE FROM {table}")


def _state(row: Any) -> str:
    return "met" if row["met_at"] else "cancelled" if row["cancelled_at"] else "runs"


@pytest.fixture
async def ground(world: World) -> Ground:
    """A fresh order of Olga's on Arbat; Pyotr and Rashid are at work, the dispatchers have a forum."""
    async with work():
        await bind_group(GROUP, "Диспетчерская", True)
    for name in ("pyotr", "rashid"):
        async with work(await world.actor(member(getattr(world, name)))):
            await schedule.open_shift(getattr(world, name))
    async with work(await world.actor(contact(world.olga))) as w:
        order = await orders.create(
            customer_id=world.azbuka,
            site_id=world.arbat,
            contact_id=world.olga,
            words="Витрина не холодит",
            urgency="high",
            asset_ids=[world.fridge],
            wanted_from=w.now + timedelta(hours=2),
            wanted_to=w.now + timedelta(hours=5),
            source="telegram",
        )
    return Ground(world, order, (await Job.get(order_id=order)).id)
