"""What the optimiser is told about parts: the same as by looking at each job and van, for a fraction of the looks."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.plan.fetching import MISSING, Goods, Needs, Store, Supply, missing, short
from core.plan.kits import Asked, Kits, pickups
from core.plan.rules import Day, Job, Person

JOBS, TEAM, KINDS, IN_VAN = 1000, 200, 241, 30
JOB = Job(0, 0, "new", 1, 3600)
SOME, MANY = Decimal(1), Decimal(9)


def choice(stores: list[Store], lacks: Goods) -> tuple[tuple[int, int], ...] | None:
    """Asked of every store, as one would by hand."""
    few = [(n, missing(store, lacks)) for n, store in enumerate(stores)] if lacks else []
    return tuple((n, MISSING * kinds) for n, kinds in few if kinds is not None) or None


goods = st.dictionaries(st.integers(1, 5), st.integers(0, 4).map(Decimal), max_size=5)
needs = st.dictionaries(st.integers(1, 5), st.integers(1, 4).map(Decimal), max_size=3).map(
    lambda one: tuple(one.items())
)


@given(
    shelves=st.lists(goods, min_size=1, max_size=4),
    vans=st.lists(goods, min_size=1, max_size=4),
    asked=st.lists(st.tuples(needs, st.integers(0, 5)), min_size=1, max_size=9),
)
def test_every_job_in_every_van(shelves: list[Goods], vans: list[Goods], asked: list[tuple[Needs, int]]) -> None:
    """Some jobs are somebody's: those are looked at as the route empties the van, others beside what it leaves."""
    stores = [Store(n, str(n), place=(55.0, 37.0 + n), holds=holds) for n, holds in enumerate(shelves)]
    jobs = [JOB._replace(id=n, needs=one, member_id=owner) for n, (one, owner) in enumerate(asked)]
    team = [Person(n, str(n), van=van) for n, van in enumerate(vans)]
    routes = {one.id: [job.id for job in jobs if job.member_id == one.id] for one in team}
    day = Day(0, {one.id: one for one in team}, {job.id: job for job in jobs}, Supply(tuple(stores), 900))
    found = pickups(day, team, jobs, routes)
    told = [found.kits[kit] if kit >= 0 else None for kit in found.lacks] if found else [None] * len(team) * len(jobs)
    wanted = []
    for one in team:
        lacking, left = short(one.van, [(job, jobs[job].needs) for job in routes[one.id]])
        for job in jobs:
            alone, _ = short(left, [(job.id, job.needs)])
            wanted.append(choice(stores, (lacking if job.member_id == one.id else alone).get(job.id, {})))
    assert told == wanted


def test_many_kinds_of_parts_cost_little_more_than_few() -> None:
    """A thousand jobs, two hundred vans: what a van holds is compared only with those who ask for that (one kind out of
    eight here), and stores are asked about each quantity of an item once, not for each job and van."""
    work = {}
    for kinds in (1, KINDS):
        jobs = [JOB._replace(id=n, needs=((n % kinds, SOME + n // kinds % 2),)) for n in range(JOBS)]
        kits = Kits([Store(n, str(n), place=(55.0, 37.0), holds=dict.fromkeys(range(KINDS), MANY)) for n in range(5)])
        asked = Asked(jobs, kits)
        for n in range(TEAM):
            row = asked.row({(n * 31 + one * 17) % KINDS: SOME for one in range(IN_VAN)})
            assert len(row) == JOBS
        work[kinds] = asked.filled, kits.looked
    assert work[1][0] <= 2 + 2 * TEAM
    assert work[KINDS][0] <= 2 * KINDS + 2 * TEAM * IN_VAN < KINDS * TEAM
    assert work[KINDS][1] <= 3 * KINDS


def test_a_van_without_any_of_it_costs_no_comparison() -> None:
    kits = Kits([Store(1, "Склад", place=(55.0, 37.0), holds={1: MANY})])
    asked = Asked([JOB._replace(needs=((1, SOME),))], kits)
    done = asked.filled
    assert list(asked.row({2: MANY, 1: Decimal(0)})) == [0]
    assert asked.filled == done
