"""Rotas at their edges."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.kernel.errors import Refusal
from core.kernel.work import work
from core.overview.rota import board
from core.people import actions as people
from core.schedule import actions as schedule
from core.schedule.queries import assignments
from tests.schedule.test_rotas import DAY, data, rota, today  # noqa: F401
from tests.world import World


async def test_a_rota_is_not_made_longer_over_the_next_one(world: World, rota: int) -> None:  # noqa: F811
    async with work():
        await schedule.assign_rota(world.pyotr, rota, today(), 0, today() + 9 * DAY)
        await schedule.assign_rota(world.pyotr, rota, today() + 10 * DAY, 0)
    first = (await assignments(world.pyotr))[0]
    with pytest.raises(Refusal, match="rota_overlap"):
        async with work():
            await schedule.end_assignment(first.id, today() + 30 * DAY)


async def test_whoever_left_covers_no_day(world: World, rota: int) -> None:  # noqa: F811
    async with work():
        start = datetime.combine(today() + 2 * DAY, datetime.min.time(), ZoneInfo("Europe/Moscow")) + timedelta(hours=8)
        await schedule.plan_shift(world.pyotr, start, start + timedelta(hours=12))
    async with work():
        await people.deactivate_member(world.pyotr)
    assert (await board(today() + 2 * DAY, 1)).cover[0].people == 0
