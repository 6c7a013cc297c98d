"""A plan that was marked for somebody comes into their chat."""

import core.reactions  # noqa: F401
from core.events import PlanMarked
from core.kernel.actor import member
from core.kernel.read import fetch, parsed
from core.kernel.work import emit, work
from core.orders import actions as orders
from tests.world import World


async def test_whoever_asked_gets_the_picture(world: World) -> None:
    async with work():
        number = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Течёт", source="desk")
    [job] = await fetch("SELECT id FROM orders_jobs WHERE order_id = $1", number)
    async with work():
        await emit(PlanMarked(7, "Зал", member(world.pyotr), job["id"], ("Витрина",)))
    [notice] = await fetch("SELECT chat_id, facts FROM outbox_notices WHERE screen = 'technician.plan'")
    assert notice["chat_id"] == World.tg(member(world.pyotr))
    told = {"file_id": 7, "plan": "Зал", "number": number, "labels": ["Витрина"]}
    assert told.items() <= parsed(notice["facts"]).items()
