"""What follows when a shift begins or ends."""

from core import events
from core.orders import actions as orders
from tests.reactions.ground import Ground


async def test_who_comes_to_work_makes_waiting_orders_looked_at_again(ground: Ground) -> None:
    await ground.forget("tasks_tasks")
    assert await ground.after(events.ShiftOpened(ground.world.svetlana)) == set()
    await ground.changes(orders.ask_help, ground.order, "nobody_fits")
    assert "task+ dispatch.seek" in await ground.after(events.ShiftOpened(ground.world.svetlana))


async def test_who_goes_home_goes_off_the_map(ground: Ground) -> None:
    assert await ground.after(events.ShiftClosed(ground.world.pyotr)) == {"task+ presence.forget"}
