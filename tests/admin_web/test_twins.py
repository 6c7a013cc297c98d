"""Twins on an order's page: seen with reasons, merged, told apart, taken apart."""

from core.kernel.work import work
from core.orders import actions as orders
from core.twins.models import Pair
from tests.admin_web.visitor import Visitor
from tests.world import World


async def two(world: World) -> tuple[int, int, int]:
    """Two orders and their pair."""
    made = []
    for words in ("Витрина не холодит", "Не холодит витрина, тает молоко"):
        async with work():
            place = {"customer_id": world.azbuka, "site_id": world.arbat, "contact_id": world.olga}
            made.append(await orders.create(words=words, source="phone", **place))
    return (*made, (await Pair.get()).id)  # type: ignore[return-value]


async def test_a_pair_is_shown_merged_and_taken_apart(dispatcher: Visitor, world: World) -> None:
    first, second, pair = await two(world)
    _, text = await dispatcher.get(f"/admin/orders/{second}")
    for told in (f"Похожа на №\xa0{first}", "тот же объект", "холодит", "Разные"):
        assert told in text, told
    status, _ = await dispatcher.post(f"/admin/orders/{second}/twins/merge", {"pair": str(pair)})
    assert status < 400
    _, text = await dispatcher.get(f"/admin/orders/{second}")
    assert f"Продолжается под №\xa0{first}" in text
    assert f"/admin/orders/{second}/reopen" not in text
    _, text = await dispatcher.get(f"/admin/orders/{first}")
    assert f"Сюда вошла №\xa0{second}" in text
    status, _ = await dispatcher.post(f"/admin/orders/{second}/unmerge")
    assert status < 400
    _, text = await dispatcher.get(f"/admin/orders/{second}")
    assert "Продолжается под" not in text.split("feed")[0]
    assert f"Похожа на №\xa0{first}" not in text


async def test_a_number_by_hand_and_refusals_in_words(dispatcher: Visitor, technician: Visitor, world: World) -> None:
    first, second, pair = await two(world)
    status, text = await dispatcher.post(f"/admin/orders/{first}/absorb", {"number": "№ 99999"})
    assert status == 404
    status, text = await dispatcher.post(f"/admin/orders/{first}/absorb", {"number": str(first)})
    assert (status, "с ней самой" in text) == (409, True)
    status, _ = await dispatcher.post(f"/admin/orders/{second}/twins/apart", {"pair": str(pair)})
    assert status < 400
    status, text = await dispatcher.post(f"/admin/orders/{second}/twins/merge", {"pair": str(pair)})
    assert (status, "уже решено" in text) == (409, True)
    status, _ = await dispatcher.post(f"/admin/orders/{first}/absorb", {"number": f" № {second}"})
    assert status < 400
    _, text = await dispatcher.get(f"/admin/orders/{first}")
    assert f"Сюда вошла №\xa0{second}" in text
    for path in (f"{first}/absorb", f"{second}/unmerge", f"{second}/twins/merge"):
        assert (await technician.post(f"/admin/orders/{path}"))[0] in (401, 403, 404)
