"""What other systems may hear of, and what dispatchers hear when they no longer do."""

from core.chats.actions import bind_group, post
from core.events import HookStopped
from core.hooks.actions import subscribe
from core.hooks.models import Event, Subscription
from core.kernel.actor import contact, member
from core.kernel.clock import now
from core.kernel.work import emit, work
from core.orders import actions as orders
from core.orders.models import Job
from core.outbox.models import Notice
from tests.world import World


async def test_dispatchers_hear_of_a_receiver_that_was_turned_off(world: World) -> None:
    async with work():
        await bind_group(-100500, "Диспетчерская", True)
        row = await Subscription.create(
            name="CRM", url="https://crm.example.com/x", secret=b"", created_by="system", created_at=now()
        )
        await emit(HookStopped(row.id, "gone"))
    notice = await Notice.get(screen="dispatcher.hook_off")
    assert (notice.facts["name"], notice.facts["host"], notice.facts["why"]) == ("CRM", "crm.example.com", "gone")


async def test_a_visit_is_told_step_by_step(world: World) -> None:
    olga, pyotr = await world.actor(contact(world.olga)), await world.actor(member(world.pyotr))
    async with work():
        await subscribe("CRM", "https://crm.example.com/x", ["order.closed"])
    async with work():
        number = await orders.create(
            customer_id=world.azbuka, site_id=world.arbat, contact_id=world.olga, words="Шумит", source="desk"
        )
        job = (await Job.get(order_id=number)).id
        await orders.assign(job, world.pyotr)
    async with work(pyotr):
        await orders.travel(job)
        await orders.arrive(job)
        await orders.pause(job, "Обед")
        await orders.resume(job)
        await post(number, "team", "Только между нами")
    async with work(olga):
        await post(number, "customer", "Долго ещё?")
    rows = await Event.all().order_by("id")
    assert [row.type.removeprefix("order.") for row in rows] == [
        "created", "assigned", "travelling", "arrived", "paused", "resumed", "commented"
    ]  # fmt: skip
    assert rows[2].data["technician"] == {"id": world.pyotr, "name": "Пётр Ким"}
    assert (rows[6].data["comment"]["text"], rows[6].data["comment"]["by"]) == ("Долго ещё?", "contact")
    assert rows[6].data["order"]["state"] == "on_site"
