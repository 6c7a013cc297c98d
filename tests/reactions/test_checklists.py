"""What follows when an item of a checklist fails and opens an order: ItemOpened, ItemMended."""

from typing import Any

import pytest

from core.checklists import actions as checklists
from core.checklists.opening import confirm
from core.kernel.read import fetch, parsed
from core.orders import actions as orders
from core.orders.models import Job, Order
from tests.reactions.ground import Ground

FILTER = {"ru": "Фильтр чистый?", "en": "Is the filter clean?"}
DEGREES = {"ru": "Температура", "en": "Temperature"}
ITEMS: list[dict[str, Any]] = [
    {"code": "filter", "type": "yesno", "text": FILTER, "opens": True},
    {"code": "degrees", "type": "number", "text": DEGREES, "min": 2, "max": 6, "unit": "°C", "opens": True},
    {"code": "quiet", "type": "yesno", "text": {"ru": "Тихо?", "en": "Quiet?"}},
]


@pytest.fixture
async def ground(ground: Ground) -> Ground:
    """Pyotr stands on site with a checklist whose bad answers open orders."""
    await ground.changes(checklists.save_template, "cold", {"ru": "Холод", "en": "Cold"}, ITEMS)
    await ground.at("on_site")
    return ground


async def answered(ground: Ground, item: str, value: Any = None, *, sure: bool = True) -> set[str]:
    async def act() -> None:
        await checklists.answer(ground.job, item, value, sure=sure)

    return await ground.changes(act, by="pyotr")


async def opened(ground: Ground) -> list[Order]:
    return await Order.exclude(id=ground.order).order_by("id")


async def told(order_id: int) -> list[tuple[str, dict[str, Any]]]:
    sql = "SELECT kind, facts FROM orders_entries WHERE order_id = $1 AND kind LIKE '%checklist%' ORDER BY id"
    return [(row["kind"], parsed(row["facts"])) for row in await fetch(sql, order_id)]


async def test_a_bad_answer_opens_an_order_of_the_same_place(ground: Ground) -> None:
    await ground.forget("tasks_tasks")
    found = await answered(ground, "filter", False)
    assert {"told group dispatcher.alert check_opened", "told pyotr technician.check.opened"} <= found
    assert {"task+ dispatch.seek", "told group dispatcher.topic", "told olga customer.order"} <= found
    [new] = await opened(ground)
    old = await Order.get(id=ground.order)
    for name in ("customer_id", "site_id", "contact_id", "address", "lat", "lon"):
        assert getattr(new, name) == getattr(old, name), name
    assert new.source == "checklist"
    assert new.words == f"Фильтр чистый? — нет\nНайдено по чек-листу заявки №\xa0{old.id}"
    assets = await fetch("SELECT asset_id FROM orders_order_assets WHERE order_id = $1", new.id)
    assert [row["asset_id"] for row in assets] == [ground.world.fridge]
    assert await fetch("SELECT 1 FROM twins_pairs") == []
    (off, _), (kind, facts) = await told(old.id)
    assert (off, kind, facts["number"]) == ("checklist.off_norm", "checklist.opened", new.id)
    assert [(kind, facts["number"]) for kind, facts in await told(new.id)] == [("order.from_checklist", old.id)]


async def test_it_opens_one_however_often_it_fails(ground: Ground) -> None:
    for value in (False, True, False, False):
        await answered(ground, "filter", value)
    assert len(await opened(ground)) == 1
    await answered(ground, "quiet", False)
    assert len(await opened(ground)) == 1
    await answered(ground, "degrees", 9)
    assert [order.words.splitlines()[0] for order in await opened(ground)] == [
        "Фильтр чистый? — нет",
        "Температура — 9 °C",
    ]


@pytest.mark.parametrize("mend", [True, None])
async def test_a_corrected_answer_leaves_the_order_and_says_so(ground: Ground, mend: bool | None) -> None:
    await answered(ground, "filter", False)
    found = await answered(ground, "filter", mend)
    assert "told group dispatcher.alert check_mended" in found
    [new] = await opened(ground)
    assert new.state != "cancelled"
    for order_id, other in ((ground.order, new.id), (new.id, ground.order)):
        kind, facts = (await told(order_id))[-1]
        assert (kind, facts["number"], facts["value"]) == ("checklist.mended", other, mend)
        assert facts.get("opened", False) is (order_id == new.id)
    assert "told group dispatcher.alert check_mended" not in await answered(ground, "filter", mend)


async def test_an_order_that_is_over_wakes_nobody(ground: Ground) -> None:
    await answered(ground, "filter", False)
    [new] = await opened(ground)
    await ground.changes(orders.cancel, new.id, "дубль")
    assert "told group dispatcher.alert check_mended" not in await answered(ground, "filter", True)


async def test_what_may_be_a_slip_waits_until_it_is_confirmed(ground: Ground) -> None:
    await answered(ground, "degrees", 95, sure=False)
    assert await opened(ground) == []
    await answered(ground, "degrees", 5, sure=False)
    await ground.changes(confirm, ground.job, "degrees", by="pyotr")
    assert await opened(ground) == []
    await answered(ground, "degrees", 9, sure=False)
    await ground.changes(confirm, ground.job, "degrees", by="pyotr")
    assert len(await opened(ground)) == 1


async def test_what_was_not_confirmed_opens_when_the_work_is_over(ground: Ground) -> None:
    await answered(ground, "degrees", 95, sure=False)
    await ground.changes(orders.finish, ground.job, "no_access", by="pyotr")
    assert len(await opened(ground)) == 1
    assert (await Job.get(id=ground.job)).state == "done"
