"""The register: filters, pages that follow one another, search; and an order for a caller."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.kernel.actor import member
from core.kernel.clock import now
from core.kernel.errors import NotAllowed
from core.kernel.read import fetch
from core.kernel.work import work
from core.overview.queries import order_facts
from core.overview.register import Filters, register
from tests.admin_web.conftest import Orders
from tests.admin_web.visitor import Visitor
from tests.world import World


def shown(text: str) -> list[int]:
    """The numbers on a page of the register, in its order."""
    return [int(number) for number in re.findall(r'class="register-number"><a href="/admin/orders/(\d+)"', text)]


@pytest.fixture
async def five(made) -> list[int]:  # type: ignore[no-untyped-def]
    """Open, assigned, cancelled, the bakery's, and one that calls for help."""
    numbers = [(await made.new())[0], (await made.assigned())[0], (await made.new())[0]]
    await made.do("cancel", numbers[2], "передумали")
    bakery = {"customer_id": made.world.bakery, "site_id": made.world.shop, "contact_id": made.world.marat}
    numbers.append((await made.new("Печь не греет", **bakery))[0])
    helpless, job_id = await made.new("Лёд на испарителе")
    numbers.append(helpless)
    await made.do("ask_help", job_id, "nobody_fits")
    return numbers


async def test_filters(dispatcher: Visitor, five: list[int], world: World) -> None:
    new, assigned, cancelled, bakery, helpless = five
    asked = {
        "": [helpless, bakery, cancelled, assigned, new],
        "?state=open": [helpless, bakery, assigned, new],
        "?state=over": [cancelled],
        "?state=cancelled": [cancelled],
        "?state=assigned": [assigned],
        "?state=help": [helpless],
        f"?customer={world.bakery}": [bakery],
        f"?technician={world.pyotr}": [assigned],
        f"?technician={world.pyotr}&state=new": [],
        "?state=nonsense&customer=x&technician=-1&since=yesterday": [helpless, bakery, cancelled, assigned, new],
    }
    for query, expected in asked.items():
        status, text = await dispatcher.get(f"/admin/orders{query}")
        assert (status, shown(text)) == (200, expected), query


async def test_by_deadline(dispatcher: Visitor, five: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Noon in Moscow: one clock ran out in the morning, one ends at night, one tomorrow; one that stands still, is met
    or was cancelled counts for nothing."""
    noon = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    monkeypatch.setattr("admin_web.pages.orders.now", lambda: noon)
    late, today, over, tomorrow, still = five
    async with work() as w:
        await w.execute("UPDATE sla_deadlines SET due_at = $1", noon + timedelta(days=2))
        for order_id, hours in ((late, -3), (today, 8), (over, -3), (tomorrow, 13), (still, -3)):
            sql = "UPDATE sla_deadlines SET due_at = $2 WHERE order_id = $1 AND kind = 'arrival'"
            await w.execute(sql, order_id, noon + timedelta(hours=hours))
        await w.execute("UPDATE sla_deadlines SET paused_at = $2 WHERE order_id = $1", still, noon)
    every = list(reversed(five))
    asked = {"late": [late], "today": [today], "": every, "x": every, "late&state=assigned": []}
    for query, expected in asked.items():
        status, text = await dispatcher.get(f"/admin/orders?due={query}")
        assert (status, shown(text)) == (200, expected), query


async def test_dates_are_the_companys(dispatcher: Visitor, five: list[int]) -> None:
    async with work() as w:
        await w.execute(
            "UPDATE orders_orders SET created_at = '2026-03-01 21:30+00' WHERE id = ANY($1::bigint[])", five[:2]
        )
    _, text = await dispatcher.get("/admin/orders?since=2026-03-02&until=2026-03-02")
    assert shown(text) == [five[1], five[0]]
    _, text = await dispatcher.get("/admin/orders?until=2026-03-01")
    assert shown(text) == []


@pytest.mark.parametrize("dated", [False, True])
async def test_pages_follow_without_gaps(world: World, five: list[int], dated: bool) -> None:
    actor = await world.actor(member(world.dispatcher))
    filters = Filters(since=now() - timedelta(days=1) if dated else None)
    seen, after = [], ""
    for _ in range(10):
        page = await register(actor, filters, after, limit=2)
        seen += [row.number for row in page.rows]
        if page.after is None:
            break
        after = page.after
    assert seen == five[::-1]


async def test_orders_of_one_moment_are_not_lost_between_pages(world: World, five: list[int]) -> None:
    async with work() as w:
        await w.execute("UPDATE orders_orders SET created_at = $1", w.now)
    actor = await world.actor(member(world.dispatcher))
    filters = Filters(until=now() + timedelta(days=1))
    first = await register(actor, filters, limit=3)
    second = await register(actor, filters, first.after or "", limit=3)
    assert [row.number for row in (*first.rows, *second.rows)] == five[::-1]


@pytest.mark.parametrize("key", ["x", "-1", "1e999-5", "9" * 40, "nan-1", "inf-2", "1.5-x"])
async def test_a_key_that_is_none_begins_at_the_beginning(dispatcher: Visitor, five: list[int], key: str) -> None:
    for query in (f"?after={key}", f"?after={key}&since=2020-01-01"):
        status, text = await dispatcher.get(f"/admin/orders{query}")
        assert (status, shown(text)) == (200, five[::-1]), query


async def test_search(dispatcher: Visitor, five: list[int]) -> None:
    for query, expected in {
        str(five[3]): [five[3]],
        "печь": [five[3]],
        "Пятницк": [five[3]],
        "+7 916 100-00-03": [five[3]],
        "100%_": [],
    }.items():
        async with dispatcher.client.get("/admin/orders", params={"q": query}) as answer:
            assert shown(await answer.text()) == expected, query


async def test_the_register_needs_a_permission(world: World) -> None:
    with pytest.raises(NotAllowed):
        await register(await world.actor(member(world.pyotr)), Filters())


async def test_an_order_for_a_caller(dispatcher: Visitor, world: World) -> None:
    _, text = await dispatcher.get("/admin/orders/new?who=+79161000001")
    assert f"/admin/orders/new?contact={world.olga}" in text
    _, text = await dispatcher.get(f"/admin/orders/new?contact={world.olga}")
    key = re.search(r'name="key" value="([^"]+)"', text)
    assert key is not None
    form = {
        "contact": str(world.olga), "site": str(world.arbat), "words": "Капает с потолка", "urgency": "high",
        "day": f"{now() + timedelta(days=2):%Y-%m-%d}", "start": "10:00", "end": "12:00", "key": key[1],
    }  # fmt: skip
    for _ in range(2):
        assert (await dispatcher.post("/admin/orders/new", form))[0] == 204
    rows = await fetch("SELECT id FROM orders_orders")
    assert len(rows) == 1
    facts = await order_facts(rows[0]["id"])
    assert (facts["contact"]["id"], facts["site"]["id"], facts["urgency"], facts["source"]) == (
        world.olga, world.arbat, "high", "phone",
    )  # fmt: skip
    assert facts["wanted_from"][11:16] == "07:00"


async def test_a_caller_names_the_machine(dispatcher: Visitor, world: World) -> None:
    _, text = await dispatcher.get(f"/admin/orders/new?contact={world.marat}")
    assert f'name="asset" value="{world.oven}"' in text
    _, text = await dispatcher.get(f"/admin/orders/machines?site={world.arbat}")
    assert re.findall(r'name="asset" value="(\d+)"', text) == [str(world.fridge), str(world.freezer)]
    for nothing in (world.tverskaya, "", "x", 999999):
        assert "asset" not in (await dispatcher.get(f"/admin/orders/machines?site={nothing}"))[1]
    form = {"contact": str(world.olga), "site": str(world.arbat), "words": "Капает", "urgency": "high"}
    alien = {**form, "asset": str(world.oven)}
    assert (await dispatcher.post("/admin/orders/new", alien))[0] == 409
    assert not await fetch("SELECT 1 FROM orders_orders")
    assert (await dispatcher.post("/admin/orders/new", {**form, "asset": [str(world.fridge), str(world.freezer)]}))[
        0
    ] == 204
    facts = await order_facts((await fetch("SELECT id FROM orders_orders"))[0]["id"])
    assert [one["id"] for one in facts["assets"]] == [world.fridge, world.freezer]


async def test_the_customer_filter_reaches_beyond_the_list(
    dispatcher: Visitor, world: World, made: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    bakery = {"customer_id": world.bakery, "site_id": world.shop, "contact_id": world.marat}
    order_id, _ = await made.new("Печь не греет", **bakery)
    _, text = await dispatcher.get("/admin/orders")
    assert 'name="find"' not in text
    monkeypatch.setattr("admin_web.pages.orders.MOST_CUSTOMERS", 1)
    _, text = await dispatcher.get("/admin/orders")
    assert choices(text) == ["", str(world.azbuka)]
    assert 'name="find"' in text
    assert "найдите по названию" in text
    _, text = await dispatcher.get("/admin/orders/customers?find=пекар")
    assert choices(text) == ["", str(world.bakery)]
    _, text = await dispatcher.get(f"/admin/orders/customers?find=азбу&customer={world.bakery}")
    assert choices(text) == ["", str(world.bakery), str(world.azbuka)]
    assert choices((await dispatcher.get("/admin/orders/customers?find=100%25&customer=99999"))[1]) == [""]
    _, text = await dispatcher.get(f"/admin/orders?customer={world.bakery}&find=пекар")
    assert f'<option value="{world.bakery}" selected>' in text
    assert shown(text) == [order_id]


def choices(text: str) -> list[str]:
    """What the customer filter offers."""
    part = text.partition('id="customer"')[2].partition("</select>")[0] or text
    return re.findall(r'<option value="(\d*)"(?! disabled)', part)


async def test_an_order_for_somebody_new(dispatcher: Visitor) -> None:
    _, text = await dispatcher.get("/admin/orders/new?who=89035550011")
    assert 'value="89035550011"' in text
    async with dispatcher.client.post(
        "/admin/orders/new/caller",
        data={"name": "Зоя", "phone": "89035550011", "csrf": dispatcher.csrf},
        allow_redirects=False,
    ) as answer:
        assert answer.status == 303
        place = answer.headers["Location"]
    _, text = await dispatcher.get(place)
    assert "Зоя" in text
    contact = place.partition("=")[2]
    sent = {"contact": contact, "words": "Течёт", "address": "Лесная, 5", "urgency": "normal"}
    assert (await dispatcher.post("/admin/orders/new", sent))[0] == 204
    rows = await fetch("SELECT address, customer_id FROM orders_orders")
    assert [row["address"] for row in rows] == ["Лесная, 5"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("words", ""), ("urgency", "now"), ("site", "999999"), ("contact", "999999"), ("day", "2020-99-99")],
)
async def test_a_bad_form_makes_no_order(dispatcher: Visitor, world: World, field: str, value: str) -> None:
    form = {"contact": str(world.olga), "site": str(world.arbat), "words": "Капает", "urgency": "high", field: value}
    status, text = await dispatcher.post("/admin/orders/new", form)
    assert status in (404, 409)
    assert text
    assert not await fetch("SELECT 1 FROM orders_orders")
