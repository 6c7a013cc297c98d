"""A past day is judged anew by the robot's own scores; nothing of it changes."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from core.dispatch.queries import ruleset
from core.dispatch.rulesets import Rules
from core.kernel.actor import Actor, member
from core.kernel.database import database
from core.kernel.errors import Refusal
from core.kernel.read import fetchval
from core.kernel.work import work
from core.plan.queries import today
from core.replay import actions
from core.replay.queries import replay
from core.replay.run import replayed
from core.tasks.actions import run_one
from tests.replay.past import Past, everything
from tests.world import World


@pytest.fixture
async def lived(world: World) -> Past:
    made = Past(world, await world.actor(member(world.admin)))
    await made.live()
    return made


async def run(lived: Past, after: Rules) -> dict[str, Any]:
    return await replayed(lived.day, lived.day, [await ruleset("usual")], [after], lambda _: None)


async def test_the_near_one_is_sent_and_a_changed_rule_is_compared(lived: Past) -> None:
    """As it was: Pyotr drove south, back and south again. By the usual rules Rashid, who lives there, has the south;
    whoever loves long ways and knows no areas sends each of them first to where the other lives."""
    w, usual, before = lived.world, await ruleset("usual"), await everything()
    heard: list[float] = []
    far = replace(usual, weights={"travel": -5.0, "priority": 0.0}, off=("area",))
    result = await replayed(lived.day, lived.day, [usual], [far], heard.append)
    truth, near, odd = (result["sides"][side] for side in ("truth", "before", "after"))
    assert (result["jobs"], result["otherwise"], result["pause"]) == (3, 2, 300)
    assert (truth["visits"], truth["load"][str(w.rashid)], truth["nobody"]) == (3, 0, 0)
    assert (truth["met"], truth["due"], near["met"]) == (2, 3, 3)
    assert near["km"] < truth["km"] / 4
    assert near["km"] < odd["km"]
    assert near["load"][str(w.rashid)] > 80
    assert result["changed"] == len(result["rows"]) == 2
    row = result["rows"][0]
    assert (row["truth"]["member"], row["before"]["member"], row["after"]["member"]) == (w.pyotr, w.rashid, w.pyotr)
    assert row["after"]["score"] == sum(term["minutes"] for term in row["after"]["terms"])
    assert (row["before"]["rival"]["rejected"], row["after"]["rival"]["rejected"]) == ("area", None)
    assert row["after"]["rival"]["score"] >= row["after"]["score"]
    assert heard == sorted(heard)
    assert await everything() == before


async def test_the_same_rules_change_nothing(lived: Past) -> None:
    result = await run(lived, await ruleset("usual"))
    assert result["sides"]["before"] == result["sides"]["after"]
    assert (result["changed"], result["rows"]) == (0, [])


async def test_rules_that_reject_everybody_say_why(lived: Past) -> None:
    """Nobody is to have a second job, and who has one is asked again when somebody comes to work: never, that day."""
    result = await run(lived, replace(await ruleset("usual"), weights={"max_open": 1.0}))
    after = result["sides"]["after"]
    assert (after["nobody"], after["left"], after["visits"]) == (1, 1, 2)
    assert after["met"] == 2
    assert dict(result["reasons"]["after"])["full"] == 1
    row = result["rows"][-1]
    assert (row["after"]["member"], row["after"]["rival"]["rejected"]) == (None, "full")


async def test_a_technician_without_a_place_and_what_is_left_out(lived: Past) -> None:
    async with work(lived.admin) as w:
        await w.execute("UPDATE people_members SET home_lat = NULL, home_lon = NULL WHERE id = $1", lived.world.rashid)
        await w.execute("UPDATE orders_jobs SET state = 'cancelled' WHERE id = $1", lived.jobs[0])
        sql = "UPDATE orders_jobs SET state = 'assigned', arrived_at = NULL WHERE id = $1"
        await w.execute(sql, lived.jobs[1])
    result = await run(lived, await ruleset("usual"))
    assert (result["jobs"], result["homeless"]) == (1, 1)
    assert result["left_out"] == {"open": 1, "remote": 0, "cancelled": 1}
    assert result["sides"]["before"]["km"] == 0


async def test_what_came_before_the_period_keeps_its_technician_busy(lived: Past) -> None:
    """The last order of the day before is done in the morning, and stays Rashid's: the south waits for him."""
    async with work(lived.admin) as w:
        sql = "UPDATE orders_jobs SET created_at = created_at - interval '1 day', assignee_id = $2 WHERE id = $1"
        await w.execute(sql, lived.jobs[0], lived.world.rashid)
    result = await run(lived, await ruleset("usual"))
    assert result["jobs"] == 2
    before = result["sides"]["before"]
    assert (before["visits"], before["load"][str(lived.world.rashid)] > 80) == (2, True)


async def test_the_process_may_only_read(desk: str) -> None:
    async with database(desk, read_only=True):
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            async with work() as w:
                await w.execute("UPDATE company_company SET name = 'x'")


WRONG = (
    ("reversed", -1, -2, "last"),
    ("future", 1, 2, "first"),
    ("future", -3, 1, "last"),
    ("too_long", -40, -1, "last"),
)


async def test_a_period_that_cannot_be_is_refused(lived: Past) -> None:
    admin, day = lived.admin, await today()
    for code, first, last, field in WRONG:
        with pytest.raises(Refusal, match=rf"replay\.{code}") as refused:
            await _start(admin, day + timedelta(days=first), day + timedelta(days=last))
        assert refused.value.data["field"] == field
    await _start(admin, day - timedelta(days=30), day)
    with pytest.raises(Refusal, match=r"replay\.counting"):
        await _start(admin, day, day)


async def _start(actor: Actor, first: date, last: date) -> int:
    async with work(actor):
        return await actions.start(first, last, "usual", None, await ruleset("usual"))


async def test_somebody_works_by_another_rota(lived: Past) -> None:
    """Had Rashid been at work only at night, Pyotr would have driven south, were it his area; and what nobody may do
    waits for the night."""
    rota = {"zone": "UTC", "starts_on": str(lived.day), "cycle": [[["18:00", "23:00"]]]}
    usual = await ruleset("usual")
    result = await replayed(
        lived.day, lived.day, [usual], [usual], lambda _: None, {"data": rota, "members": [lived.world.rashid]}
    )
    before, after = result["sides"]["before"], result["sides"]["after"]
    assert (before["nobody"], after["nobody"], after["left"]) == (0, 2, 0)
    assert after["reach"] > before["reach"] + 240
    assert (before["overtime"], after["overtime"], result["changed"]) == (0, 0, 0)


async def test_a_process_that_ends_gives_the_count_back(lived: Past) -> None:
    """The next one begins anew."""
    async with work() as w:
        await w.execute("DELETE FROM tasks_tasks")
    made, ending = await _start(lived.admin, lived.day, lived.day), asyncio.Event()
    ending.set()
    assert await run_one(stop=ending)
    assert (await replay(lived.admin, made)).state == "counting"
    assert await fetchval("SELECT count(*) FROM tasks_tasks WHERE state = 'queued'") == 1
    async with work(lived.admin):
        await actions.stop(made)
    assert await run_one()
    assert (await replay(lived.admin, made)).state == "stopped"


async def test_a_count_that_fails_says_so(lived: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not stand in the way of the next one."""
    async with work() as w:
        await w.execute("DELETE FROM tasks_tasks")
    made = await _start(lived.admin, lived.day, lived.day)
    monkeypatch.setattr(actions, "_among", lambda others, one: [])
    assert await run_one()
    assert (await replay(lived.admin, made)).state == "failed"
    assert await fetchval("SELECT count(*) FROM tasks_tasks") == 0
    await _start(lived.admin, lived.day, lived.day)
