"""The rota in Chromium: by mouse, by keys, by finger; and taken back."""

import pytest
from playwright.async_api import Page, expect

from core.kernel.read import fetchval
from core.kernel.work import work
from core.schedule.queries import today
from tests.admin_web.test_browser import OpenPage, chromium, open_page  # noqa: F401
from tests.admin_web.test_forms_in_browser import page as phone  # noqa: F401
from tests.world import World

COUNT = "SELECT count(*) FROM schedule_shifts"


@pytest.fixture
async def bare(world: World) -> str:
    async with work() as w:
        await w.execute("DELETE FROM schedule_shifts")
        await w.execute("DELETE FROM schedule_fixed_days")
    return f"/admin/people/rota?span=two&from={await today()}"


async def test_cells_are_changed_by_mouse_and_keys_and_taken_back(open_page: OpenPage, bare: str) -> None:  # noqa: F811
    page = await open_page(bare)
    cells = page.locator("[data-cell]")
    first, last = cells.nth(8), cells.nth(26)
    await first.hover()
    await page.mouse.down()
    await expect(page.locator("#rota-panel")).to_be_visible()
    await last.hover()
    await page.mouse.up()
    await expect(page.locator("#rota-panel")).to_contain_text("Выбрано клеток: 10")
    await page.get_by_role("button", name="08:00–20:00").click()
    await expect(page.locator(".cell .chip-day")).to_have_count(10)
    await expect(page.locator("#rota-panel")).to_be_hidden()
    await cells.nth(8).focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Delete")
    await expect(page.locator(".cell .chip-day")).to_have_count(9)
    await page.keyboard.press("Control+z")
    await expect(page.locator(".cell .chip-day")).to_have_count(10)
    await page.get_by_role("button", name="Вернуть как было").click()
    await expect(page.locator(".cell .chip")).to_have_count(0)
    await expect(page.locator("#rota-undo")).to_be_hidden()
    assert await fetchval(COUNT) == 0


async def test_a_refusal_is_told_and_a_phone_has_room(phone: Page, bare: str) -> None:  # noqa: F811
    """A refusal that belongs to no field stands under the buttons."""
    page = phone
    await page.goto(bare)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cells = page.locator("[data-cell]")
    await cells.nth(10).click()
    await page.get_by_role("button", name="20:00–08:00").click()
    await expect(page.locator(".cell .chip-night")).to_have_count(1)
    await cells.nth(11).click()
    await page.locator("[name=starts]").fill("06:00")
    await page.locator("[name=ends]").fill("14:00")
    await page.get_by_role("button", name="Поставить").click()
    await expect(page.locator("#rota-panel .said")).to_contain_text("накладываются")
    assert await fetchval(COUNT) == 1


async def test_a_template_is_seen_while_it_is_typed(open_page: OpenPage, bare: str) -> None:  # noqa: F811
    page = await open_page("/admin/people/rotas/new")
    await page.get_by_role("button", name="2/2", exact=True).click()
    await expect(page.locator("#six")).to_contain_text("Дней в цикле: 4")
    await page.locator("[name=cycle]").fill("чепуха")
    await expect(page.locator("#six")).to_contain_text("День 1: часы пишутся")
    await page.locator("[name=cycle]").fill("20:00-08:00\n—")
    await page.locator("[name='name.ru']").fill("Ночи")
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.locator("h1")).to_contain_text("Ночи")
