"""What is written down for seating some jobs only says the same of them as the whole day does."""

from decimal import Decimal
from random import Random

import pytest

from core.dispatch.planning.insert import insert_urgent
from core.plan.fetching import Store, Supply
from core.plan.instance import Locks, instance_of
from core.plan.kits import Asked, Kits
from core.plan.proposals import by_insertion
from core.plan.rules import Day, Job, Person

H = 3600
PEOPLE, EACH, KINDS = 5, 4, 7


def day_of(seed: int) -> tuple[Day, int]:
    """A full day of everybody, vans with some parts, stores with others, and one more job, which nobody has."""
    chance = Random(seed)

    def spot() -> tuple[float, float]:
        return 55.6 + chance.random() / 4, 37.4 + chance.random() / 4

    def goods(share: float) -> dict[int, Decimal]:
        return {item: Decimal(chance.randint(1, 3)) for item in range(KINDS) if chance.random() < share}

    people = {n: Person(n, f"Мастер {n}", (8 * H, 16 * H), start=spot(), van=goods(0.4)) for n in range(1, PEOPLE + 1)}
    jobs = {}
    for n in range(PEOPLE * EACH + 1):
        opens = chance.randint(8, 14) * H
        jobs[100 + n] = Job(
            100 + n,
            200 + n,
            "assigned",
            1,
            chance.randint(2, 5) * 1200,
            member_id=1 + n % PEOPLE,
            place=spot(),
            window=(opens, opens + 3 * H) if chance.random() < 0.5 else None,
            seq=n // PEOPLE,
            priority=chance.choice(("low", "normal", "high")),
            needs=tuple(goods(0.2).items()),
        )
    new = 100 + PEOPLE * EACH
    jobs[new] = jobs[new]._replace(state="new", member_id=None, seq=None, priority="urgent", window=(10 * H, 15 * H))
    stores = tuple(Store(n, f"Склад {n}", place=spot(), holds=goods(0.6)) for n in (1, 2, 3))
    return Day(8 * H, people, jobs, Supply(stores, 900)), new


@pytest.mark.parametrize("seed", range(40))
def test_a_job_goes_where_it_would_go_if_all_were_written_down(seed: int) -> None:
    day, new = day_of(seed)
    locks = Locks(free=[new])
    whole = insert_urgent(instance_of(day, locks)[0], str(new))
    near = insert_urgent(instance_of(day, locks, [new])[0], str(new), most_moved=0)
    if near is not None:
        assert near == whole
    else:
        assert whole is None or whole.moved or whole.put_off


def test_there_are_days_of_both_kinds_and_stores_count_in_them() -> None:
    """Otherwise the test above would look at nothing."""
    found, fetched = set[bool](), 0
    for seed in range(40):
        day, new = day_of(seed)
        instance, _ = instance_of(day, Locks(free=[new]), [new])
        column = [order.id for order in instance.orders].index(str(new))
        if instance.pickups:
            fetched += any(kit >= 0 for kit in instance.pickups.lacks[column :: len(instance.orders)])
        found.add(insert_urgent(instance, str(new), most_moved=0) is None)
    assert found == {True, False}
    assert fetched > 5


async def test_where_nobody_may_stay_another_goes_elsewhere(desk: str, optimiser: None) -> None:
    """The desk's own way asks twice then: first for a place that moves nobody."""
    seated = 0
    for seed in range(40):
        day, new = day_of(seed)
        whole = insert_urgent(instance_of(day, Locks(free=[new]))[0], str(new))
        found = await by_insertion(day, day, [new])
        assert (found is None) == (whole is None)
        if found and whole:
            assert int(whole.technician) in found.changed
            assert new in found.changed[int(whole.technician)]
            assert all(str(one) in whole.put_off for one in found.dropped)
            seated += bool(whole.moved or whole.put_off)
    assert seated


def test_others_are_not_compared_with_every_van() -> None:
    day, new = day_of(0)
    jobs = list(day.jobs.values())
    few, all_of_them = (Asked(jobs, Kits(day.supply.stores), seekers) for seekers in ([new], None))
    for person in day.people.values():
        few.row(person.van)
        all_of_them.row(person.van)
    assert few.filled <= 1 + PEOPLE < all_of_them.filled
