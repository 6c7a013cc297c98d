"""What the oracle counts is what the desk rightly does."""

from typing import Any

import core.reactions  # noqa: F401
from core.kernel.actor import member
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.twins import actions as twins
from tests.crash import oracle
from tests.world import World


class Here:
    """The part of the campaign's ground that most of its questions need: the test's own database."""

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await fetch(sql, *args)]


async def test_who_comes_is_told_again_when_a_merge_is_undone(world: World) -> None:
    boss = await world.actor(member(world.dispatcher))
    async with work(boss):
        usual = {"customer_id": world.azbuka, "site_id": world.arbat, "contact_id": world.olga, "source": "desk"}
        kept, dropped = [await orders.create(words="Не холодит", **usual) for _ in range(2)]
    job = int(await fetchval("SELECT id FROM orders_jobs WHERE order_id = $1", dropped) or 0)
    for verb, args in (
        (orders.assign, (job, world.pyotr)),
        (twins.merge, (kept, dropped)),
        (twins.unmerge, (dropped,)),
    ):
        async with work(boss):
            await verb(*args)  # type: ignore[operator]
    told = "SELECT count(*) FROM outbox_notices WHERE screen = 'customer.assigned'"
    assert await fetchval(told) == 2
    assert await oracle._untold(Here()) == []  # type: ignore[arg-type]
    async with work() as w:
        await w.execute("DELETE FROM outbox_notices WHERE screen = 'customer.assigned'")
    assert len(await oracle._untold(Here())) == 1  # type: ignore[arg-type]
