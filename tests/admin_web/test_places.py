"""A site's pin is found by its address, where a service of addresses is set."""

import pytest

from core import ports
from tests.adapters.gazetteer import ARBAT, Gazetteer, gazetteer, geocoder
from tests.admin_web.test_forms_in_browser import Page, expect, page
from tests.admin_web.visitor import Visitor
from tests.world import World

__all__ = ["page"]


@pytest.fixture
async def town():  # type: ignore[no-untyped-def]
    async with gazetteer() as one, geocoder(one.url("yandex")) as asked:
        ports.use_geocoder(asked)
        yield one
        ports.use_geocoder(None)


@pytest.mark.parametrize(
    ("address", "knows", "status", "answer"),
    [
        ("Арбат, 10", [ARBAT], 200, 200),
        ("нигде", [], 200, 404),
        ("  ", [ARBAT], 200, 409),
        ("Арбат, 10", [ARBAT], 500, 503),
    ],
)
async def test_an_address_is_asked_for(  # type: ignore[no-untyped-def]
    dispatcher: Visitor, town: Gazetteer, address: str, knows, status: int, answer: int
) -> None:
    town.knows, town.status = knows, status
    async with dispatcher.client.get("/admin/places", params={"address": address}) as got:
        assert got.status == answer
        said = await got.json()
    assert said["said"]
    if answer == 200:
        assert said == {"lat": ARBAT[0], "lon": ARBAT[1], "said": ARBAT[2]}


async def test_who_may_not_edit_asks_nothing(technician: Visitor, town: Gazetteer) -> None:
    assert (await technician.get("/admin/places?address=Арбат"))[0] == 403
    assert town.asked == []


async def test_without_a_service_there_is_no_button(dispatcher: Visitor, world: World) -> None:
    _, text = await dispatcher.get(f"/admin/sites/{world.arbat}")
    assert "data-find" not in text
    assert (await dispatcher.get("/admin/places?address=Арбат"))[0] == 404


async def test_the_button_puts_the_pin(page: Page, town: Gazetteer, world: World) -> None:
    await page.goto(f"/admin/sites/{world.arbat}")
    await page.fill("[name=address]", "Арбат, 10")
    await page.click("[data-find]")
    await expect(page.locator("[name=lat]")).to_have_value("55.74940")
    await expect(page.locator(".pin output")).to_have_text(ARBAT[2])
    town.knows = []
    await page.click("[data-find]")
    await expect(page.locator(".pin output")).to_contain_text("не нашлось")
    await expect(page.locator("[name=lat]")).to_have_value("55.74940")
