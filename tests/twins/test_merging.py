"""One trouble told twice becomes one order, and taking it back gives each what was its own."""

import asyncio
from typing import Any

import pytest

from core.chats import actions as chats
from core.chats.queries import thread
from core.kernel.actor import SYSTEM
from core.kernel.database import pool
from core.kernel.errors import NotAllowed, Refusal
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.outbox.models import Notice
from core.overview.queries import order_facts
from core.sources.queries import order_of
from core.twins import actions as twins
from core.twins.queries import merges_of, twins_of
from core.twins.rules import MOST_ASKED
from tests.twins.conftest import Two, order, said

KEPT = {
    "messages": "SELECT order_id, text, file_id FROM chats_messages ORDER BY id",
    "attachments": "SELECT order_id, file_id, phase, caption FROM orders_attachments ORDER BY id",
    "machines": "SELECT order_id, asset_id FROM orders_order_assets ORDER BY asset_id",
    "links": "SELECT order_id, source_id, external FROM sources_links ORDER BY id",
    "orders": "SELECT id, state, cancel_reason, closed_at, merged_into, promised_at FROM orders_orders ORDER BY id",
    "clocks": "SELECT order_id, kind, started_at, due_at, met_at, cancelled_at FROM sla_deadlines ORDER BY id",
}


WAITS = """
SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)
"""


async def all_kept() -> dict[str, list[dict[str, Any]]]:
    return {name: [dict(row) for row in await fetch(sql)] for name, sql in KEPT.items()}


async def state(order_id: int) -> tuple[str, str]:
    """The order's and its newest job's."""
    facts = await order_facts(order_id)
    return facts["state"], facts["jobs"][-1]["state"]


async def make(two: Two, stage: str) -> None:
    """Bring the second order to where it may still be merged."""
    if stage == "offered":
        await two.do(orders.offer_job, await two.job(two.second), by=SYSTEM)
    if stage == "assigned":
        await two.do(orders.assign, await two.job(two.second), two.world.pyotr)


@pytest.mark.parametrize("stage", ["new", "offered", "assigned"])
async def test_what_was_merged_and_parted_is_as_it_was(two: Two, stage: str) -> None:
    await make(two, stage)
    before = await all_kept()
    await two.do(twins.merge, two.first, two.second)
    merged = await all_kept()
    assert {row["order_id"] for name in ("messages", "attachments", "machines", "links")
            for row in merged[name]} == {two.first}  # fmt: skip
    assert await state(two.second) == ("cancelled", "cancelled")
    assert [(one.keep_id, one.drop_id) for one in await merges_of(two.boss, two.first)] == [(two.first, two.second)]
    assert await two.do(twins.unmerge, two.second) == two.first
    after = await all_kept()
    if stage == "offered":
        for row in (*before["orders"], *after["orders"]):
            row["state"] = "new" if row["state"] == "offered" else row["state"]
    assert after == before
    assert await merges_of(two.boss, two.first) == []
    facts = await order_facts(two.second)
    assert (facts["jobs"][-1]["assignee"] is not None) == (stage == "assigned")


async def test_it_can_be_done_and_undone_again(two: Two) -> None:
    before = await all_kept()
    for _ in range(2):
        await two.do(twins.merge, two.first, two.second)
        await two.do(twins.unmerge, two.second)
    await two.do(twins.merge, two.second, two.first)
    await two.do(twins.unmerge, two.first)
    assert await all_kept() == before


async def test_three_become_one_and_come_apart_from_the_last(two: Two) -> None:
    async with work(two.olga):
        third = await order(two.world, "Опять не холодит")
        await said(third, "Есть кто?")
    before = await all_kept()
    await two.do(twins.merge, two.second, third)
    await two.do(twins.merge, two.first, two.second)
    assert {row["order_id"] for row in (await all_kept())["messages"]} == {two.first}
    with pytest.raises(Refusal) as refused:
        await two.do(twins.unmerge, third)
    assert refused.value.code == "orders.merge_closed"
    await two.do(twins.unmerge, two.second)
    await two.do(twins.unmerge, third)
    assert await all_kept() == before


async def test_what_is_written_to_the_one_that_ended_is_read_where_it_goes_on(two: Two) -> None:
    await two.do(twins.merge, two.first, two.second)
    await two.do(chats.post, two.second, "customer", "Код домофона 45", by=two.olga)
    assert await order_of("crm", "T-2") == two.first
    assert "Код домофона 45" in [row.text for row in await thread(two.boss, two.first)]
    await two.do(twins.unmerge, two.second)
    assert "Код домофона 45" in [row.text for row in await thread(two.boss, two.first)]
    assert await order_of("crm", "T-2") == two.second


async def refusal(two: Two, verb: Any, *args: Any) -> str:
    before = await all_kept()
    with pytest.raises(Refusal) as refused:
        await two.do(verb, *args)
    assert await all_kept() == before
    return refused.value.code


async def test_what_can_not_be_merged(two: Two) -> None:
    world = two.world
    async with work(SYSTEM):
        foreign = await orders.create(
            customer_id=world.bakery, site_id=world.shop, contact_id=world.marat, words="Своё", source="desk"
        )
    assert await refusal(two, twins.merge, two.first, two.first) == "orders.merge_itself"
    assert await refusal(two, twins.merge, foreign, two.second) == "orders.merge_customers"
    assert await refusal(two, twins.unmerge, two.second) == "orders.not_merged"
    with pytest.raises(NotAllowed):
        await two.do(twins.merge, two.first, two.second, by=two.olga)
    await two.do(twins.merge, two.first, two.second)
    assert await refusal(two, twins.merge, two.first, two.second) == "orders.merged"
    assert await refusal(two, twins.merge, two.second, two.first) == "orders.merged"
    assert await refusal(two, orders.reopen, two.second, "Снова") == "orders.merged"
    await two.do(orders.cancel, two.first, "Починили сами")
    assert await refusal(two, twins.unmerge, two.second) == "orders.merge_closed"


@pytest.mark.parametrize("steps", [("travel",), ("travel", "arrive"), ("travel", "arrive", "pause")])
async def test_work_that_has_begun_goes_into_no_other_order(two: Two, steps: tuple[str, ...]) -> None:
    job = await two.job(two.second)
    await two.do(orders.assign, job, two.world.pyotr)
    for step in steps:
        await two.do(getattr(orders, step), job, *(("Обед",) if step == "pause" else ()))
    assert await refusal(two, twins.merge, two.first, two.second) == "orders.merge_started"
    await two.do(twins.merge, two.second, two.first)
    assert await state(two.first) == ("cancelled", "cancelled")


async def test_nothing_goes_into_what_is_over(two: Two) -> None:
    await two.do(orders.cancel, two.first, "Починили сами")
    assert await refusal(two, twins.merge, two.first, two.second) == "orders.merge_over"
    assert await refusal(two, twins.merge, two.second, two.first) == "orders.merge_started"


async def test_a_second_call_about_it_is_seen_and_asked_about_once(two: Two) -> None:
    async with work(SYSTEM):
        third = await order(two.world, "Витрина снова не холодит!", source="phone")
    found = await twins_of(two.boss, third)
    assert {one.number for one in found} >= {two.first}
    assert await Notice.filter(screen="dispatcher.twins").count() == len(found)
    async with work(two.boss):
        await orders.change(third, words="Витрина не холодит уже час")
    assert len(await twins_of(two.boss, third)) == len(found)
    pair = next(one for one in found if one.number == two.first)
    assert await two.do(twins.merge_pair, pair.pair_id) == two.first
    assert await refusal(two, twins.apart, pair.pair_id) == "twins.settled"
    assert await refusal(two, twins.merge_pair, pair.pair_id) == "twins.settled"
    await two.do(twins.unmerge, third)
    assert two.first not in {one.number for one in await twins_of(two.boss, third)}


async def test_a_flood_of_one_trouble_does_not_flood_the_group(two: Two) -> None:
    """A monitoring system that rings every minute: each order asks about the few likeliest others, the next ones when
    those were other troubles."""
    async with work(SYSTEM):
        alarms = [await order(two.world, "Витрина не холодит", source="crm") for _ in range(9)]
    assert await Notice.filter(screen="dispatcher.twins").count() <= MOST_ASKED * (len(alarms) + 1)
    oldest, asked = [two.first, two.second, *alarms], await twins_of(two.boss, alarms[-1])
    assert [one.number for one in asked] == oldest[:MOST_ASKED]
    await two.do(twins.apart, asked[0].pair_id)
    assert [one.number for one in await twins_of(two.boss, alarms[-1])] == oldest[1 : MOST_ASKED + 1]


async def test_who_parts_a_pair_does_not_lock_out_an_order_that_comes_in(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that looks for twins is about to write of orders which the other holds, as soon as that one waits."""
    asked, go_on, whole = asyncio.Event(), asyncio.Event(), twins.candidates

    async def slowly(order_id: int) -> Any:
        asked.set()
        await go_on.wait()
        return await whole(order_id)

    async def comes_in() -> int:
        async with work(SYSTEM):
            return await order(two.world, "Витрина не холодит")

    alike = await comes_in()
    pair = (await twins_of(two.boss, alike))[0]
    monkeypatch.setattr(twins, "candidates", slowly)
    newest = asyncio.create_task(comes_in())
    await asked.wait()
    parted = asyncio.create_task(two.do(twins.apart, pair.pair_id))
    while not await pool().fetchval(WAITS):
        assert not parted.done()
        await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.gather(newest, parted)
    assert alike in {one.number for one in await twins_of(two.boss, newest.result())}


async def test_the_site_that_becomes_known_makes_a_twin(two: Two) -> None:
    async with work(SYSTEM):
        third = await order(two.world, "Не холодит витрина, что делать", site_id=two.world.kashirka)
    assert await twins_of(two.boss, third) == []
    async with work(two.boss):
        await orders.change(third, site_id=two.world.arbat)
    assert two.first in {one.number for one in await twins_of(two.boss, third)}


async def test_clocks_stand_while_merged(two: Two) -> None:
    await two.do(twins.merge, two.first, two.second)
    sql = "SELECT count(*) FROM sla_deadlines WHERE order_id = $1 AND cancelled_at IS NULL"
    assert await fetchval(sql, two.second) == 0
    assert await fetchval(sql, two.first) > 0
