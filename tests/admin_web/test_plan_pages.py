"""A floor plan on the page: drawn, pinned, narrowed down, led to from an order, refused in words."""

import asyncio
import io
import re
from typing import Any

import pytest
from aiohttp import FormData
from PIL import Image

from admin_web.live import TOPICS
from core.assets import plans
from core.assets.queries import pins_at, plans_at
from core.kernel.actor import SYSTEM
from core.kernel.work import work
from naryad.housekeeping import tidy
from tests.admin_web.conftest import Orders
from tests.admin_web.sending import NASTY, Answer, number_in, send
from tests.admin_web.visitor import Visitor
from tests.assets.test_plans import bomb, drawing
from tests.world import World


async def upload(visitor: Visitor, path: str, data: bytes | None = None, **fields: str) -> Answer:
    form = FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    if data is not None:
        form.add_field("file", io.BytesIO(data), filename="план.png", content_type="image/png")
    return await send(visitor, path, form)


@pytest.fixture
async def hall(dispatcher: Visitor, world: World) -> str:
    """The address of a plan of Arbat, with the fridge on it."""
    made = await upload(dispatcher, f"/admin/sites/{world.arbat}/plans", drawing((800, 600)), name="Зал")
    assert made.where is not None
    pinned = await send(dispatcher, f"{made.where}/pins", {"what": f"asset-{world.fridge}", "x": "0.25", "y": "0.75"})
    assert pinned.status == 200
    return made.where


def pins_on(text: str) -> dict[str, str]:
    """Each pin of the page and its classes."""
    return {key: names for names, key in re.findall(r'<svg class="floor-pin ([^"]+)" id="pin-([^"]+)"', text)}


async def test_a_site_is_drawn_pinned_and_looked_at(
    dispatcher: Visitor, technician: Visitor, made: Orders, world: World
) -> None:
    site = f"/admin/sites/{world.arbat}"
    _, text = await dispatcher.get(f"{site}/plans")
    assert "ещё нет планов" in text
    added = await upload(dispatcher, f"{site}/plans", drawing((800, 600)), name="Зал")
    where = str(added.where)
    assert where.startswith(f"{site}/plans/")
    async with dispatcher.client.get(f"{where}/picture") as answer:
        assert Image.open(io.BytesIO(await answer.read())).size == (800, 600)
    order_id, job_id = await made.assigned(asset_ids=[world.fridge])
    floor = await send(dispatcher, f"{where}/pins", {"what": f"asset-{world.fridge}", "x": "0.25", "y": "0,75"})
    assert pins_on(floor.text) == {f"asset-{world.fridge}": "stage-assigned is-critical"}
    assert 'x="25.00%" y="75.00%"' in floor.text
    assert "Не на плане: 1" in floor.text
    _, text = await dispatcher.get(f"{where}?stage=assigned&pin=asset-{world.fridge}")
    assert f'href="/admin/orders/{order_id}"' in text
    assert "<style" not in text
    assert not re.search(r'\sstyle="', text)
    for query in ("?stage=travelling", "?due=late"):
        _, text = await dispatcher.get(f"{where}{query}")
        assert pins_on(text) == {}
        assert "По этому отбору" in text
    await made.do("travel", job_id)
    _, text = await dispatcher.get(where)
    assert pins_on(text)[f"asset-{world.fridge}"].startswith("stage-travelling")
    for path in (f"/admin/orders/{order_id}", f"/admin/assets/{world.fridge}"):
        _, text = await dispatcher.get(path)
        assert f"{where}?pin=asset-{world.fridge}" in text
    _, text = await dispatcher.get(site)
    assert "1 метка" in text
    assert (await technician.get(where))[0] == 403


async def test_a_plan_is_renamed_redrawn_and_removed_with_a_word(hall: str, dispatcher: Visitor, world: World) -> None:
    assert (await send(dispatcher, hall, {"name": "Торговый зал"})).done
    assert (await upload(dispatcher, f"{hall}/picture", drawing((300, 300), "JPEG"))).done
    _, text = await dispatcher.get(hall)
    assert "<title>Торговый зал" in text
    assert 'width="300" height="300"' in text
    assert "со всеми метками" in text
    await tidy()
    async with dispatcher.client.get(f"{hall}/picture") as answer:
        assert answer.status == 200, "housekeeping leaves pictures alone"
    assert (await send(dispatcher, f"{hall}/unpin", {"what": f"asset-{world.fridge}"})).status == 200
    assert await pins_at(world.arbat) == []
    assert (await send(dispatcher, f"{hall}/remove")).where == f"/admin/sites/{world.arbat}/plans"
    assert (await dispatcher.get(hall))[0] == 404


async def test_nonsense_is_answered_in_words(hall: str, dispatcher: Visitor, world: World) -> None:
    fridge, site = f"asset-{world.fridge}", f"/admin/sites/{world.arbat}/plans"
    tries: list[tuple[str, dict[str, Any], int, str]] = [
        (f"{hall}/pins", {"what": fridge, "x": "1.01", "y": "0"}, 409, "за краем"),
        (f"{hall}/pins", {"what": fridge, "x": "NaN", "y": "0"}, 409, ""),
        (f"{hall}/pins", {"what": fridge, "x": "", "y": "0"}, 409, ""),
        (f"{hall}/pins", {"what": f"asset-{world.oven}", "x": "0", "y": "0"}, 409, "на другом объекте"),
        (f"{hall}/pins", {"what": "order-99", "x": "0", "y": "0"}, 404, ""),
        (f"{hall}/unpin", {"what": "wall-1"}, 409, ""),
        (f"/admin/sites/{world.tverskaya}/plans/{number_in(hall)}", {"name": "Чужой"}, 404, "Такого плана"),
        (f"{site}/99999999999", {"name": "x"}, 404, ""),
    ]
    tries += [(f"{hall}/pins", {"what": value, "x": value, "y": value}, 409, "") for value in NASTY.values()]
    for path, data, status, said in tries:
        answer = await send(dispatcher, path, data)
        assert answer.status == status, (path, data)
        assert said in answer.said, (path, data)
    assert [(pin.asset_id, pin.x, pin.y) for pin in await pins_at(world.arbat)] == [(world.fridge, 0.25, 0.75)]
    for data, name, field in (
        (drawing(), "Зал", "name"),
        (drawing(), " ", "name"),
        (None, "Кухня", "file"),
        (b"%PDF-1.7", "Кухня", "file"),
        (b"MZ\x90\x00", "Кухня", "file"),
        (bomb(), "Кухня", "file"),
    ):
        answer = await upload(dispatcher, site, data, name=name)
        assert (answer.status, answer.field) == (409, field), (name, answer.said)
        assert answer.said
    for value in NASTY.values():
        assert (await upload(dispatcher, site, drawing(), name=value)).status in (204, 409)
    assert len(await plans_at(SYSTEM, world.arbat)) > 1


async def test_open_pages_hear_of_a_pin(hall: str, dispatcher: Visitor, world: World) -> None:
    assert plans.TOPIC in TOPICS
    async with dispatcher.client.get("/admin/live") as stream:
        async with work(SYSTEM):
            await plans.pin_asset(number_in(hall), world.freezer, 0.5, 0.5)
        heard = b""
        async with asyncio.timeout(10):
            while b"event: assets" not in heard:
                heard += await stream.content.readany()
    assert str(world.arbat).encode() in heard
