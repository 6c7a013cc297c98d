"""A morning a week ago, as it was lived."""

from datetime import datetime, timedelta

from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.read import fetch, fetchval
from core.kernel.work import acting, work
from core.orders import actions as orders
from core.people.queries import actor_of
from core.schedule.models import Shift
from tests.world import World

MINUTE = timedelta(minutes=1)


class Past:
    """Pyotr and Rashid worked eight hours, and Pyotr did all three orders: two in the south, where Rashid lives, with
    one in the centre between them."""

    def __init__(self, world: World, admin: Actor) -> None:
        self.world, self.admin = world, admin
        self.at = (now() - timedelta(days=7)).replace(hour=7, minute=0, second=0, microsecond=0)
        self.day = self.at.date()
        self.jobs: list[int] = []

    async def live(self) -> None:
        w, start = self.world, self.at - 60 * MINUTE
        for who in (w.pyotr, w.rashid):
            end = start + 480 * MINUTE
            await Shift.create(member_id=who, starts_at=start, ends_at=end, opened_at=start, closed_at=end)
        for n, site in enumerate((w.kashirka, w.arbat, w.kashirka)):
            came = self.at + 10 * n * MINUTE
            self.jobs.append(await self.order(site, came, self.at + (60 + 120 * n) * MINUTE))

    async def order(self, site: int, came: datetime, arrives: datetime) -> int:
        technician = await actor_of(f"member:{self.world.pyotr}")
        assert technician is not None
        async with work(self.admin) as w:
            w.now = came
            number = await orders.create(
                customer_id=self.world.azbuka, site_id=site, words="Не холодит", source="desk", urgency="high"
            )
            job = int(await fetchval("SELECT id FROM orders_jobs WHERE order_id = $1", number) or 0)
            w.now += 5 * MINUTE
            await orders.assign(job, technician.id)
            async with acting(technician):
                await orders.travel(job)
                w.now = arrives
                await orders.arrive(job, "hand", None)
            sql = "UPDATE orders_jobs SET state = 'done', done_at = $2, outcome = 'done' WHERE id = $1"
            await w.execute(sql, job, w.now + 40 * MINUTE)
        return job


async def everything() -> dict[str, str]:
    """A digest of every table."""
    tables = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    sql = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
    return {row["tablename"]: str(await fetchval(sql.format(f'"{row["tablename"]}"'))) for row in tables}
