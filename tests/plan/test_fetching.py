"""A stop at a store on paper: which one, before which visit, and what it does to the times of the day."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dispatch.planning.instance import Break
from core.dispatch.planning.solve import plan
from core.plan.fetching import Claim, Pickup, Store, Supply, best_store, errand, short
from core.plan.instance import instance_of
from core.plan.rules import Day, Job, Person, Visit, all_timed, difference, placed, price, routes_of, timed, way

H = 3600
HERE, THERE, FAR = (55.75, 37.60), (55.80, 37.70), (55.60, 37.30)
ON_WAY, ASIDE = (55.78, 37.66), (55.76, 37.68)
RELAY, FREON = 5, 6
ONE = Decimal(1)
PYOTR = Person(1, "Пётр", shift=(9 * H, 18 * H), start=HERE)
JOB = Job(10, 110, "assigned", 1, H, member_id=1, place=THERE, needs=((RELAY, ONE),))
NEAR = Store(1, "Ближний", place=ON_WAY, holds={RELAY: ONE})
FULL = Store(2, "Полный", place=ASIDE, holds={RELAY: Decimal(9), FREON: Decimal(9)})
DISTANT = Store(3, "Дальний", place=FAR, holds={RELAY: Decimal(9), FREON: Decimal(9)})
NOWHERE = Store(4, "Без места", holds={RELAY: Decimal(9), FREON: Decimal(9)})
STAY = 15 * 60


def day_of(*jobs: Job, stores: tuple[Store, ...] = (NEAR,), person: Person = PYOTR, now: int = 0) -> Day:
    return Day(now, {1: person}, {job.id: job for job in jobs}, Supply(stores, STAY))


def visits(day: Day, *route: int) -> list[Visit]:
    return timed(day, day.people[1], route or tuple(day.jobs))


def test_the_way_by_the_store_is_in_the_times() -> None:
    [visit] = visits(day_of(JOB))
    to, on = way(HERE, ON_WAY), way(ON_WAY, THERE)
    assert visit.pickup == Pickup({RELAY: ONE}, NEAR, 9 * H + to, 9 * H + to + STAY, to)
    assert (visit.start, visit.travel, visit.wrong) == (9 * H + to + STAY + on, to + on, ())
    assert price([visit]) == (0, to + on + STAY)


def test_a_van_that_has_it_goes_straight() -> None:
    [visit] = visits(day_of(JOB, person=replace(PYOTR, van={RELAY: ONE})))
    assert (visit.pickup, visit.start) == (None, 9 * H + way(HERE, THERE))


def test_one_stop_before_the_first_visit_that_lacks_something() -> None:
    """A relay lies in the van: the second visit needs one too, the third freon; both are fetched at once."""
    second, third = JOB._replace(id=11), JOB._replace(id=12, needs=((FREON, Decimal("2.5")),))
    day = day_of(JOB, second, third, stores=(FULL,), person=replace(PYOTR, van={RELAY: ONE}))
    found = visits(day)
    assert [visit.pickup is not None for visit in found] == [False, True, False]
    assert found[1].pickup is not None
    assert found[1].pickup.lacks == {RELAY: ONE, FREON: Decimal("2.5")}


@pytest.mark.parametrize("state", ["travelling", "on_site"])
def test_for_what_runs_nobody_turns_back(state: str) -> None:
    assert visits(day_of(JOB._replace(state=state, began=9 * H)))[0].pickup is None


@pytest.mark.parametrize(
    ("stores", "lacks", "chosen"),
    [
        ((NEAR, DISTANT), {RELAY: ONE}, NEAR),
        ((NEAR, DISTANT), {RELAY: ONE, FREON: ONE}, NEAR),
        ((NEAR, FULL), {RELAY: ONE, FREON: ONE}, FULL),
        ((NEAR, FULL), {RELAY: Decimal(2)}, FULL),
        ((NOWHERE, FULL), {RELAY: ONE}, FULL),
        ((NOWHERE, DISTANT), {RELAY: ONE}, NOWHERE),
        ((NEAR,), {FREON: ONE}, None),
        ((), {RELAY: ONE}, None),
    ],
)
def test_the_store_that_costs_least(stores: tuple[Store, ...], lacks: dict[int, Decimal], chosen: Store | None) -> None:
    """A short way outweighs little, what is missing half an hour a kind, an unknown place an hour."""
    assert best_store(stores, lacks, HERE, THERE) == chosen


@pytest.mark.parametrize(
    ("store", "code"),
    [(None, "no_parts"), (NOWHERE, "no_store_place"), (replace(NEAR, holds={RELAY: Decimal("0.5")}), "few_parts")],
)
def test_what_stands_against_it_is_told_and_stops_nobody(store: Store | None, code: str) -> None:
    [visit] = visits(day_of(JOB, stores=(store,) if store else ()))
    assert visit.wrong == ((code, 0),)
    assert visit.start <= 9 * H + way(HERE, ON_WAY) + way(ON_WAY, THERE) + STAY


def test_the_break_is_before_the_store_when_it_is_due() -> None:
    """Noon comes on the way to the store: the stop there begins after the break, and the visit after both."""
    rested = replace(PYOTR, shift=(12 * H - 600, 20 * H), rest=Break(45 * 60, (12 * H, 12 * H + 60)))
    [visit] = visits(day_of(JOB, person=rested))
    to = way(HERE, ON_WAY)
    assert visit.pickup is not None
    assert visit.pickup.start == 12 * H - 600 + to + 45 * 60
    assert visit.start == visit.pickup.end + way(ON_WAY, THERE)


def test_what_the_way_makes_late_is_seen_before_a_move_is_done() -> None:
    job = JOB._replace(window=(9 * H, 9 * H + way(HERE, THERE)))
    rashid = replace(PYOTR, id=2, van={RELAY: ONE})
    day = replace(day_of(job._replace(member_id=None)), people={1: PYOTR, 2: rashid})
    codes = {}
    for member in (1, 2):
        after, changed = placed(day, 10, member, None)
        codes[member] = {one["code"] for one in difference(day, after, changed)["conflicts"]}
    assert codes == {1: {"late"}, 2: set()}


goods = st.dictionaries(st.integers(1, 4), st.integers(1, 5).map(Decimal), max_size=4)


@given(van=goods, route=st.lists(goods, max_size=6))
def test_what_lacks_and_what_is_left_add_up(van: dict[int, Decimal], route: list[dict[int, Decimal]]) -> None:
    """Item by item: asked = taken from the van + lacking; the stop is before the first that lacks."""
    needs = [(job, tuple(one.items())) for job, one in enumerate(route)]
    lacking, left = short(van, needs)
    for item in {*van, *(item for one in route for item in one)}:
        asked = sum(one.get(item, Decimal()) for one in route)
        lacks = sum(one.get(item, Decimal()) for one in lacking.values())
        assert asked == van.get(item, 0) - left.get(item, 0) + lacks
    found = errand(van, needs)
    assert (found.job_id if found else None) == min(lacking, default=None)
    assert all(quantity > 0 for quantity in found.lacks.values()) if found else not lacking


def test_the_optimiser_counts_as_the_timeline_does() -> None:
    """Three jobs ask for a relay; Rashid has one in the van, Pyotr none. The travel that the plan tells is that of the
    timeline, the stays at stores included, and what was locked to whom lacks it leads by the store."""
    rashid = replace(PYOTR, id=2, start=THERE, van={RELAY: ONE})
    jobs = {
        n: JOB._replace(id=n, place=(55.70 + n / 100, 37.60 + n / 90), member_id=None, needs=needs)
        for n, needs in enumerate([((RELAY, ONE),), (), ((RELAY, ONE),), ((RELAY, Decimal(2)), (FREON, ONE)), ()], 1)
    }
    jobs[3] = jobs[3]._replace(member_id=1, seq=0, pinned=True, planned=11 * H)
    day = Day(0, {1: PYOTR, 2: rashid}, jobs, Supply((NEAR, FULL, NOWHERE), STAY))
    instance, out = instance_of(day)
    assert instance.pickups is not None
    found = plan(instance, 0, most=200)
    assert (out, dict(found.dropped)) == ({}, {})
    taken = {
        int(job): jobs[int(job)]._replace(member_id=int(one), seq=n)
        for one, route in found.routes.items()
        for n, job in enumerate(route)
    }
    after = replace(day, jobs=taken)
    routes = {one: timed(after, after.people[one], route) for one, route in routes_of(after).items()}
    assert found.travel == sum(visit.travel + visit.stay for route in routes.values() for visit in route)
    assert any(visit.pickup and visit.pickup.store for visit in routes[1])


def test_without_needs_or_places_the_optimiser_hears_of_no_store() -> None:
    assert instance_of(day_of(JOB._replace(needs=())))[0].pickups is None
    assert instance_of(day_of(JOB, stores=(NOWHERE,)))[0].pickups is None
    assert instance_of(day_of(JOB, person=replace(PYOTR, van={RELAY: ONE})))[0].pickups is None


RASHID = replace(PYOTR, id=2, name="Рашид")
LAST = replace(FULL, holds={RELAY: ONE})


def two(*, stores: tuple[Store, ...] = (LAST,), claims: tuple[Claim, ...] = ()) -> tuple[Day, dict[int, list[int]]]:
    """Both are to fetch a relay before their first visit; Rashid sets out an hour later."""
    jobs = [JOB, JOB._replace(id=20, member_id=2)]
    later = replace(RASHID, shift=(10 * H, 19 * H))
    day = Day(0, {1: PYOTR, 2: later}, {job.id: job for job in jobs}, Supply(stores, STAY, claims=claims))
    return day, routes_of(day)


def codes(day: Day, routes: dict[int, list[int]]) -> dict[int, list[str]]:
    return {one: [code for visit in route for code, _ in visit.wrong] for one, route in all_timed(day, routes).items()}


def test_two_routes_do_not_count_on_the_same_last_part() -> None:
    """Whoever comes there first has it; the other is shown a conflict and is not sent for nothing."""
    day, routes = two()
    assert codes(day, routes) == {1: [], 2: ["taken_parts"]}
    assert all_timed(day, routes)[2][0].travel == way(HERE, THERE)


def test_who_counted_on_it_before_keeps_it() -> None:
    day, routes = two(claims=(Claim(2, 2, {RELAY: ONE}),))
    assert codes(day, routes) == {1: ["taken_parts"], 2: []}
    assert [visit.wrong for visit in timed(day, day.people[1], routes[1])] == [(("taken_parts", 0),)]
    assert [visit.wrong for visit in timed(day, day.people[2], routes[2])] == [()]


def test_the_later_one_goes_to_another_store() -> None:
    day, routes = two(stores=(NEAR, DISTANT))
    stops = {one: route[0].pickup for one, route in all_timed(day, routes).items()}
    assert {one: stop.store.id for one, stop in stops.items() if stop and stop.store} == {1: NEAR.id, 2: DISTANT.id}
    assert codes(day, routes) == {1: [], 2: []}


def test_enough_for_both_is_no_conflict() -> None:
    day, routes = two(stores=(replace(LAST, holds={RELAY: Decimal(2)}),))
    assert codes(day, routes) == {1: [], 2: []}


def test_what_another_day_counts_on_is_nobodys_today() -> None:
    day, routes = two(claims=(Claim(0, 2, {RELAY: ONE}),))
    assert codes(day, routes) == {1: ["taken_parts"], 2: ["taken_parts"]}


def test_a_job_that_changes_hands_brings_its_part_along() -> None:
    """And a move that would take somebody's last part is shown before it is done."""
    day, _ = two(claims=(Claim(1, 2, {RELAY: ONE}),))
    alone = replace(day, jobs={10: day.jobs[10]})
    after, changed = placed(alone, 10, 2, None)
    assert difference(alone, after, changed)["conflicts"] == []
    reserve = replace(day, jobs={**day.jobs, 20: day.jobs[20]._replace(member_id=None)})
    after, changed = placed(reserve, 20, 2, None)
    assert [(one["job"], one["code"]) for one in difference(reserve, after, changed)["conflicts"]] == [
        (20, "taken_parts")
    ]


def test_the_optimiser_sends_nobody_for_what_others_count_on() -> None:
    day, _ = two(claims=(Claim(1, 2, {RELAY: ONE}),))
    day = replace(day, jobs={**day.jobs, 20: day.jobs[20]._replace(member_id=None)})
    fetch = instance_of(day)[0].pickups
    assert fetch is not None
    assert list(fetch.lacks) == [0, -1, 0, -1]


@given(
    held=st.integers(0, 6).map(Decimal),
    wanted=st.lists(st.integers(1, 3).map(Decimal), min_size=1, max_size=5),
    claimed=st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 3).map(Decimal)), max_size=3, unique_by=lambda c: c[0]
    ),
)
def test_nobody_is_promised_more_than_there_is(
    held: Decimal, wanted: list[Decimal], claimed: list[tuple[int, Decimal]]
) -> None:
    """Together with what other days count on; and whoever got less than asked sees a conflict."""
    jobs = {n: JOB._replace(id=n, member_id=n, needs=((RELAY, asked),)) for n, asked in enumerate(wanted, 1)}
    people = {n: replace(PYOTR, id=n) for n in jobs}
    claims = tuple(Claim(one, 2, {RELAY: quantity}) for one, quantity in claimed)
    day = Day(0, people, jobs, Supply((replace(FULL, holds={RELAY: held} if held else {}),), STAY, claims=claims))
    given_away = sum((one.goods[RELAY] for one in claims if one.member_id not in people), Decimal())
    for route in all_timed(day, routes_of(day)).values():
        [visit] = route
        assert visit.pickup is not None
        got = visit.pickup.takes.get(RELAY, Decimal())
        assert bool(visit.wrong) == (got < visit.pickup.lacks[RELAY])
        given_away += got
    assert given_away <= held or given_away == sum(one.goods[RELAY] for one in claims if one.member_id not in people)
