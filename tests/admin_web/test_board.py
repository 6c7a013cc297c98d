"""The board, the timeline, the map and the month: what stands where, and for whom."""

import re
from datetime import timedelta

from core.company import actions as company
from core.kernel.actor import member
from core.kernel.clock import clock, now
from core.kernel.read import fetch
from core.kernel.work import work
from core.overview import board as overview
from core.overview.day import plan
from core.overview.map import picture
from core.overview.queries import order_facts
from tests.admin_web.visitor import Visitor
from tests.world import World


async def stages(world: World) -> dict[str, list[int]]:
    columns = await overview.board(await world.actor(member(world.dispatcher)))
    return {column.stage: [card.number for card in column.cards] for column in columns}


async def finished(made, member_id: int | None = None) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.travelling(member_id)
    await made.do("arrive", job_id)
    await made.do("finish", job_id, "no_access")
    return order_id, job_id


async def test_orders_stand_by_stage(world: World, made) -> None:  # type: ignore[no-untyped-def]
    new, _ = await made.new()
    assigned, _ = await made.assigned(world.svetlana)
    on_the_way, _ = await made.travelling(world.pyotr)
    paused, job = await made.travelling(world.rashid)
    await made.do("pause", job, "обед")
    found = await stages(world)
    assert found == {"new": [new], "assigned": [assigned], "travelling": [on_the_way], "on_site": [paused], "done": []}


async def test_done_today_leaves_at_midnight(world: World, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await finished(made)
    assert (await stages(world))["done"] == [order_id]
    clock.offset = 24 * 3600
    assert (await stages(world))["done"] == []


async def test_the_late_come_first_and_are_marked(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    calm, _ = await made.new(urgency="low")
    pressing, _ = await made.new(urgency="urgent")
    clock.offset = 3600
    assert (await dispatcher.answer("/admin/board")).headers["Location"] == "/admin/"
    _, text = await dispatcher.get("/admin/board", **{"HX-Request": "true"})
    assert text.index(f"order-{pressing}") < text.index(f"order-{calm}")
    assert re.search(rf'class="order-card is-late[^"]*" id="order-{pressing}"', text)
    assert not re.search(rf'class="order-card is-late[^"]*" id="order-{calm}"', text)
    assert "<html" not in text


async def test_a_call_for_help_is_seen(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    _, job_id = await made.new()
    await made.do("ask_help", job_id, "nobody_fits")
    _, text = await dispatcher.get("/admin/")
    assert "нужно решение" in text
    assert "needs-help" in text


async def test_words_of_customers_are_only_words(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new(words="<script>alert(1)</script> & «ёлки» \u202eтест")
    for path in ("/admin/", "/admin/orders", f"/admin/orders/{order_id}"):
        _, text = await dispatcher.get(path)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


async def test_the_board_is_bounded(world: World, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    await fetch(
        "WITH made AS (INSERT INTO orders_orders (customer_id, kind, source, summary, words, urgency, priority, state,"
        " address, revision, created_by, created_at) SELECT customer_id, kind, source, summary, words, urgency,"
        " priority, 'new', address, 1, created_by, created_at FROM orders_orders, generate_series(1, 200)"
        " WHERE id = $1 RETURNING id) SELECT count(*) FROM made",
        order_id,
    )
    columns = await overview.board(await world.actor(member(world.dispatcher)))
    assert len(columns[0].cards) == 2 * overview.PER_END
    assert columns[0].more
    assert order_id in [card.number for card in columns[0].cards]
    assert not columns[1].more


async def test_the_timeline_shows_shifts_and_jobs(world: World, made, dispatcher: Visitor) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.travelling()
    told = await dispatcher.json("/admin/board/day.json")
    assert {line["id"] for line in told["lines"]} >= {world.pyotr}
    assert [(visit["number"], visit["stage"], visit["member"]) for visit in told["visits"]] == [
        (order_id, "travelling", world.pyotr)
    ]
    assert told["start"] <= told["now"] <= told["end"]
    visit = (await plan(made.actor)).visits[0]
    assert visit.end - visit.start >= timedelta(minutes=60)


async def test_the_timeline_is_on_the_companys_wall(made, dispatcher: Visitor) -> None:  # type: ignore[no-untyped-def]
    async with work():
        await company.update(zone="Asia/Kamchatka")
    told = await dispatcher.json("/admin/board/day.json")
    utc = now()
    assert told["now"][11:13] == f"{(utc + timedelta(hours=12)).hour:02}"


async def test_the_map_shows_open_orders_and_who_has_them(world: World, made, dispatcher: Visitor) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.assigned()
    await made.new(site_id=None, address="где-то")
    told = await dispatcher.json("/admin/map.json")
    assert [(pin["number"], pin["stage"], pin["lat"], pin["technician"]) for pin in told["pins"]] == [
        (order_id, "assigned", 55.7522, "Пётр Ким")
    ]
    assert told["people"] == []


async def test_people_are_on_the_map_while_on_a_job(world: World, made) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.travelling()
    async with work() as w:
        await w.execute("UPDATE people_members SET on_duty_at = $2 WHERE id = $1", world.pyotr, w.now)
        await w.execute(
            "INSERT INTO presence_tracks (member_id, job_id, lat, lon, at) VALUES ($1, $2, 55.75, 37.6, $3)",
            *(world.pyotr, job_id, w.now),
        )
    people = (await picture(made.actor)).people
    assert [(one.id, one.number, one.state) for one in people] == [(world.pyotr, order_id, "travelling")]


async def test_the_month_counts_by_the_companys_days(made, dispatcher: Visitor) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    await made.do("cancel", order_id, "передумали")
    told = await dispatcher.json("/admin/board/month.json")
    days = told["days"]
    assert told["kept"] is None
    assert len(days) == 31
    assert (days[-1]["created"], days[-1]["closed"]) == (1, 1)
    assert sum(day["created"] for day in days) == 1
    assert (await order_facts(order_id))["state"] == "cancelled"


async def test_kept_promises_are_counted_when_they_ended(made, dispatcher: Visitor) -> None:  # type: ignore[no-untyped-def]
    kept, _ = await made.new()
    late, _ = await made.new()
    async with work() as w:
        sql = "UPDATE sla_deadlines SET met_at = due_at + $2::interval WHERE order_id = $1 AND kind = 'arrival'"
        await w.execute(sql, kept, timedelta(minutes=-5))
        await w.execute(sql, late, timedelta(minutes=5))
    assert (await dispatcher.json("/admin/board/month.json"))["kept"] == 50


async def test_an_empty_desk_says_what_comes(dispatcher: Visitor) -> None:
    _, text = await dispatcher.get("/admin/")
    assert "Новых нет" in text
