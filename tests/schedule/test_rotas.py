"""Rotas planned ahead, changed by hand, again and again."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.kernel.actor import member
from core.kernel.clock import clock, now
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.people import actions as people
from core.schedule import actions as schedule
from core.schedule import queries
from core.schedule.actions.days import Cell
from core.schedule.actions.rotas import AHEAD, EXTEND
from core.timers.actions import run_due
from tests.world import World

MOSCOW = ZoneInfo("Europe/Moscow")
NAME = {"ru": "Два через два", "en": "Two by two"}
CYCLE = [[["08:00", "20:00"]], [["20:00", "08:00"]], [], []]
DAY = timedelta(days=1)


def data(**changed: Any) -> dict[str, Any]:
    return {"zone": "Europe/Moscow", "starts_on": "2027-01-01", "cycle": CYCLE} | changed


@pytest.fixture
async def rota(world: World) -> int:
    """Nobody has shifts of their own."""
    async with work() as w:
        await w.execute("DELETE FROM schedule_shifts")
        await w.execute("DELETE FROM schedule_fixed_days")
        return await schedule.save_rota(None, NAME, data())


def today() -> date:
    return now().astimezone(MOSCOW).date()


async def shifts(member_id: int) -> list[tuple[datetime, datetime, int | None]]:
    rows = await fetch(
        "SELECT starts_at, ends_at, rota_id FROM schedule_shifts WHERE member_id = $1 ORDER BY 1", member_id
    )
    return [(row["starts_at"], row["ends_at"], row["rota_id"]) for row in rows]


def told(found: list[tuple[datetime, datetime, int | None]], since: date) -> list[str]:
    """«1 08–20»: on which day after `since`, from and to."""
    return [
        f"{(start.astimezone(MOSCOW).date() - since).days} {start.astimezone(MOSCOW):%H}–{end.astimezone(MOSCOW):%H}"
        for start, end, _ in found
    ]


async def test_a_rota_is_planned_ahead_and_again_to_the_same(world: World, rota: int) -> None:
    since = today() + DAY
    async with work():
        drawn = await schedule.assign_rota(world.pyotr, rota, since, 0)
    before = await shifts(world.pyotr)
    assert told(before, since)[:4] == ["0 08–20", "1 20–08", "4 08–20", "5 20–08"]
    assert (drawn.made, drawn.removed, len(before)) == (len(before), 0, len(before))
    assert all(rota_id == rota for _, _, rota_id in before)
    async with work():
        again = await schedule.draw(world.pyotr)
    assert (again.made, again.removed) == (0, 0)
    assert await shifts(world.pyotr) == before


async def test_each_day_one_more_day_is_planned(world: World, rota: int) -> None:
    async with work():
        await schedule.assign_rota(world.pyotr, rota, today() + DAY, 0)
    last = (await shifts(world.pyotr))[-1][0]
    for _ in range(4):
        clock.offset += 86_400 + 1
        assert await run_due() == 1
    assert (await shifts(world.pyotr))[-1][0] > last
    assert (await shifts(world.pyotr))[-1][0] < now() + AHEAD * DAY
    assert await fetchval("SELECT count(*) FROM timers_timers WHERE kind = $1", EXTEND) == 1


async def test_days_that_were_planned_by_hand_outlive_the_planning(world: World, rota: int) -> None:
    since = today() + DAY
    async with work():
        await schedule.assign_rota(world.pyotr, rota, since, 0)
        before = await schedule.set_days(
            [
                Cell(world.pyotr, since, ()),
                Cell(world.pyotr, since + DAY, ((540, 1080),)),
                Cell(world.pyotr, since + 2 * DAY, ((1200, 1920),)),
            ]
        )
        await schedule.draw(world.pyotr)
        await schedule.save_rota(rota, NAME, data(cycle=[[["07:00", "15:00"]]]))
    assert told(await shifts(world.pyotr), since)[:3] == ["1 09–18", "2 20–08", "4 07–15"]
    assert [cell.hours for cell in before] == [None, None, None]
    async with work():
        await schedule.set_days(before)
    assert told(await shifts(world.pyotr), since)[:3] == ["0 07–15", "1 07–15", "2 07–15"]


async def test_what_was_undone_can_be_done_again(world: World, rota: int) -> None:
    since = today() + DAY
    cells = [Cell(world.pyotr, since + n * DAY, ((480 + n, 1200),)) for n in range(3)]
    async with work():
        first = await schedule.set_days(cells)
        second = await schedule.set_days(first)
        third = await schedule.set_days(second)
    assert second == cells
    assert third == first
    assert len(await shifts(world.pyotr)) == 3


async def test_a_changed_rota_leaves_what_runs_and_what_was(world: World, rota: int) -> None:
    async with work():
        await schedule.assign_rota(world.pyotr, rota, today() - 3 * DAY, 0)
        await schedule.save_rota(rota, NAME, data(cycle=[[["00:00", "24:00"]]]))
    clock.offset = 86_400
    await run_due()
    async with work():
        await schedule.open_shift(world.pyotr)
        await schedule.save_rota(rota, NAME, data(cycle=[[["10:00", "19:00"]]]))
    found = await shifts(world.pyotr)
    opened = await fetchval("SELECT count(*) FROM schedule_shifts WHERE opened_at IS NOT NULL")
    assert opened == 1
    assert found[0][1] - found[0][0] == DAY
    for one, other in pairwise(found):
        assert one[1] <= other[0]


async def test_shifts_that_would_collide_with_others_are_left_out_and_told(world: World, rota: int) -> None:
    since = today() + 2 * DAY
    async with work():
        start = datetime.combine(since - DAY, datetime.min.time(), MOSCOW)
        await schedule.plan_shift(world.pyotr, start + timedelta(hours=20), start + timedelta(hours=33))
        drawn = await schedule.assign_rota(world.pyotr, rota, since, 0)
    assert [one.day for one in drawn.left_out] == [since]


async def test_a_new_rota_ends_the_one_before(world: World, rota: int) -> None:
    since = today() + DAY
    async with work():
        other = await schedule.save_rota(None, NAME, data(cycle=[[["09:00", "18:00"]]]))
        await schedule.assign_rota(world.pyotr, rota, since, 0)
        await schedule.assign_rota(world.pyotr, other, since + 4 * DAY, 0)
    assert told(await shifts(world.pyotr), since)[:4] == ["0 08–20", "1 20–08", "4 09–18", "5 09–18"]
    found = await queries.assignments(world.pyotr)
    assert [(one.rota_id, one.until) for one in found] == [(rota, since + 3 * DAY), (other, None)]
    async with work():
        await schedule.end_assignment(found[1].id, None)
        await schedule.end_assignment(found[0].id, since)
    assert told(await shifts(world.pyotr), since) == ["0 08–20"]
    with pytest.raises(NotFound):
        async with work():
            await schedule.end_assignment(found[1].id, None)


async def test_two_rotas_at_a_time_are_refused(world: World, rota: int) -> None:
    since = today() + 10 * DAY
    async with work():
        await schedule.assign_rota(world.pyotr, rota, since, 0)
    for until in (None, since):
        with pytest.raises(Refusal, match="rota_overlap"):
            async with work():
                await schedule.assign_rota(world.pyotr, rota, since - DAY, 0, until)
    async with work():
        await schedule.assign_rota(world.pyotr, rota, since - 2 * DAY, 0, since - DAY)


BAD: list[tuple[Callable[[date], dict[str, Any]], str]] = [
    (lambda day: {"since": day, "begins_with": 4}, "bad_rota"),
    (lambda day: {"since": day, "begins_with": -1}, "bad_rota"),
    (lambda day: {"since": day, "begins_with": 0, "until": day - DAY}, "bad_period"),
    (lambda day: {"since": day - 500 * DAY, "begins_with": 0}, "far_day"),
    (lambda day: {"since": day, "begins_with": 0, "until": date(9999, 12, 31)}, "far_day"),
]


async def test_what_is_no_assignment_is_refused(world: World, rota: int) -> None:
    for values, code in BAD:
        with pytest.raises(Refusal, match=code):
            async with work():
                await schedule.assign_rota(world.pyotr, rota, **values(today()))
    assert await queries.assignments() == []


async def test_a_rota_that_is_used_stays(world: World, rota: int) -> None:
    async with work():
        await schedule.assign_rota(world.pyotr, rota, today(), 0)
    with pytest.raises(Refusal, match="rota_used"):
        async with work():
            await schedule.archive_rota(rota)
    async with work():
        await people.deactivate_member(world.pyotr)
        await schedule.archive_rota(rota)
    assert await queries.rotas() == []
    clock.offset = 86_400 + 1
    await run_due()
    assert await fetchval("SELECT count(*) FROM timers_timers WHERE kind = $1", EXTEND) == 0


async def test_days_are_refused_as_a_whole(world: World, rota: int) -> None:
    since, who = today() + DAY, world.pyotr
    bad = [
        ([], "no_days"),
        ([Cell(who, since, ((480, 480),))], "bad_times"),
        ([Cell(who, since, ((480, 480 + 37 * 60),))], "bad_times"),
        ([Cell(who, since, ((-5, 480),))], "bad_times"),
        ([Cell(who, since, ()), Cell(who, since, None)], "too_many_days"),
        ([Cell(who, since + 3650 * DAY, ())], "far_day"),
        ([Cell(who, since, ((480, 1200),)), Cell(who, since + DAY, ((1200, 2000),)), Cell(who, since + 2 * DAY, (
            (480, 900),))], "day_overlap"),
    ]  # fmt: skip
    for cells, code in bad:
        with pytest.raises(Refusal, match=code):
            async with work():
                await schedule.set_days(cells)
    assert await shifts(who) == []
    async with work():
        await schedule.set_days([Cell(who, today(), ((0, 1440),))])
        await schedule.open_shift(who)
    with pytest.raises(Refusal, match="day_open"):
        async with work():
            await schedule.set_days([Cell(who, today(), ())])


async def test_only_planners_plan(world: World, rota: int) -> None:
    technician = await world.actor(member(world.pyotr))
    for call in (
        lambda: schedule.save_rota(None, NAME, data()),
        lambda: schedule.archive_rota(rota),
        lambda: schedule.assign_rota(world.pyotr, rota, today(), 0),
        lambda: schedule.set_days([Cell(world.pyotr, today() + DAY, ())]),
        lambda: schedule.plan_duty(world.pyotr, now(), now() + DAY),
        lambda: schedule.enter_absence(world.pyotr, "vacation", today(), today()),
        lambda: schedule.decide_swap(1, True),
        lambda: schedule.decide_absence(1, True),
    ):
        with pytest.raises(NotAllowed):
            async with work(technician):
                await call()
