"""What follows when a shift begins or ends."""

from datetime import timedelta

from core import events
from core.kernel.work import work
from core.orders import actions as orders
from core.schedule import actions as schedule
from tests.reactions.ground import Ground


async def test_who_comes_to_work_makes_waiting_orders_looked_at_again(ground: Ground) -> None:
    await ground.forget("tasks_tasks")
    assert await ground.after(events.ShiftOpened(ground.world.svetlana)) == set()
    await ground.changes(orders.ask_help, ground.job, "nobody_fits")
    assert "task+ dispatch.seek" in await ground.after(events.ShiftOpened(ground.world.svetlana))


async def test_who_goes_home_goes_off_the_map(ground: Ground) -> None:
    assert await ground.after(events.ShiftClosed(ground.world.pyotr)) == {"task+ presence.forget"}


async def test_days_off_and_swaps_are_told_to_those_who_decide(ground: Ground) -> None:
    """AbsenceChanged and SwapChanged: the dispatchers' card, the person's card."""
    world = ground.world
    async with work() as w:
        first = w.now.date() + timedelta(days=3)
        absence = await schedule.enter_absence(world.svetlana, "vacation", first, first)
        starts = w.now + timedelta(days=2)
        shift = await schedule.plan_shift(world.pyotr, starts, starts + timedelta(hours=8))
        swap = await schedule.offer_swap(shift, world.rashid)
    told = await ground.after(events.AbsenceChanged(absence))
    assert {"dispatcher.absence", "technician.absence"} <= {one.split()[-1] for one in told}
    told = await ground.after(events.SwapChanged(swap))
    assert {one.split()[-1] for one in told} == {"technician.swap"}


async def test_whoever_works_by_it_hears_of_a_change_that_is_near(ground: Ground) -> None:
    """RotaChanged: one's own changes and those that are far away are told to nobody."""
    world = ground.world
    async with work() as w:
        near, far = ((w.now + timedelta(days=days)).date().isoformat() for days in (2, 40))
    told = await ground.after(events.RotaChanged(world.pyotr, (near, far)))
    assert [one.split()[-1] for one in told] == ["technician.rota.changed"]
    assert await ground.after(events.RotaChanged(world.pyotr, (far,))) == set()
    assert await ground.after(events.RotaChanged(world.pyotr, (near,)), by="pyotr") == set()
