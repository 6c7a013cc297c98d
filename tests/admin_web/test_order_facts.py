"""What an order's page says of the work: its kind, how much hangs on the machine, what is needed, how long each stage
took."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from core.company import actions as company
from core.contracts.actions import add_contract
from core.dispatch import settle
from core.kernel.actor import member
from core.kernel.clock import clock
from core.kernel.read import fetch
from core.kernel.work import work
from core.orders.models import Order
from core.overview.queries import order_facts
from tests.admin_web.conftest import Orders
from tests.admin_web.sending import send
from tests.admin_web.visitor import Visitor
from tests.world import World


async def test_kind_criticality_and_needs_are_told(dispatcher: Visitor, made: Orders, world: World) -> None:
    order_id, _ = await made.new(asset_ids=[world.fridge], kind="maintenance")
    async with work(await world.actor(member(world.admin))):
        contract = await add_contract(world.azbuka, "77/2020", date(2020, 1, 1), None, {})
        await settle.add_demand("contract", str(contract), "skill", "heat", 3)
        await settle.add_demand("kind", "maintenance", "part", "M1", quantity=Decimal("1"))
        await settle.add_demand("customer", str(world.azbuka), "part", "M1", quantity=Decimal("2.5"))
        await settle.add_demand("kind", "repair", "skill", "cold", 5)
        await settle.add_demand("skill", "cold", "part", "M1", quantity=Decimal("0.5"))
        await settle.add_demand("skill", "heat", "part", "M2", quantity=Decimal("4"))
    facts = await order_facts(order_id, whole=True)
    assert facts["contract"] == {"id": contract, "number": "77/2020"}
    assert [(one["what"], one["level"], one["quantity"]) for one in facts["needs"]] == [
        ("part", 1, 2.5),
        ("part", 1, 4),
        ("skill", 1, 1),
        ("skill", 3, 1),
    ]
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    for told in ("обслуживание", "без него всё встанет", "77/2020", "2,5", "не ниже 3", facts["needs"][0]["name"]):
        assert told in text, told


async def test_the_contract_is_that_of_the_companys_day(made: Orders, world: World) -> None:
    order_id, _ = await made.new()
    await Order.filter(id=order_id).update(created_at=datetime(2025, 12, 31, 22, tzinfo=UTC), wanted_from=None)
    async with work(await world.actor(member(world.admin))):
        await company.update(zone="Asia/Vladivostok")
        await add_contract(world.azbuka, "old", date(2025, 1, 1), date(2025, 12, 31), {})
        new = await add_contract(world.azbuka, "new", date(2026, 1, 1), None, {})
    assert (await order_facts(order_id, whole=True))["contract"] == {"id": new, "number": "new"}


async def test_time_at_each_stage_is_told(dispatcher: Visitor, made: Orders) -> None:
    order_id, job_id = await made.new()
    for minutes, verb, args in ((5, "assign", (made.world.pyotr,)), (20, "travel", ()), (75, "arrive", ())):
        clock.offset += 60 * minutes
        await made.do(verb, job_id, *args)
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    told = re.findall(r'<span class="stage-(\w+)"><span class="dot"></span>[^<]*<strong>([^<]*)</strong>', text)
    assert [(stage, time.replace("\xa0", " ")) for stage, time in told] == [
        ("new", "5 мин"),
        ("assigned", "20 мин"),
        ("travelling", "1 ч 15 мин"),
        ("on_site", "1 мин"),
    ]
    for minutes, verb, args in ((30, "pause", ("обед",)), (20, "resume", ()), (25, "cancel", ("так",))):
        clock.offset += 60 * minutes
        await made.do(verb, order_id if verb == "cancel" else job_id, *args)
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    assert re.search(
        r"На объекте:</span> [\d., :]+–\d\d:\d\d \(55 мин, перерыв 20 мин\), Пётр Ким", text.replace("\xa0", " ")
    )


async def test_the_kind_is_corrected_and_the_clocks_follow(dispatcher: Visitor, made: Orders) -> None:
    order_id, _ = await made.new()
    at = f"/admin/orders/{order_id}/change"
    _, text = await dispatcher.get(at)
    assert '<option value="repair" selected>' in text
    facts = await order_facts(order_id)
    form = {"words": facts["words"], "site": str(facts["site"]["id"]), "address": facts["address"],
            "lat": f"{facts['lat']:.5f}", "lon": f"{facts['lon']:.5f}"}  # fmt: skip
    assert (await send(dispatcher, at, {**form, "kind": "dance"})).status == 409
    assert (await send(dispatcher, at, {**form, "kind": "install"})).done
    after = await order_facts(order_id)
    assert (after["kind"], after["words"], after["lat"]) == ("install", facts["words"], facts["lat"])
    assert await fetch("SELECT 1 FROM orders_entries WHERE kind = 'order.changed' AND facts->'fields' ? 'kind'")


async def test_a_caller_wants_an_installation(dispatcher: Visitor, world: World) -> None:
    form = {"contact": str(world.olga), "site": str(world.arbat), "words": "Повесить", "kind": "install"}
    assert (await dispatcher.post("/admin/orders/new", {**form, "kind": "dance"}))[0] == 409
    assert (await dispatcher.post("/admin/orders/new", form))[0] == 204
    rows = await fetch("SELECT kind FROM orders_orders")
    assert [row["kind"] for row in rows] == ["install"]
