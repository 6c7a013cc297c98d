"""The planner in Chromium: a visit is dragged, its price is seen before it is dropped, done and taken back; and on a
phone the same by a press."""

import re
from collections.abc import Awaitable, Callable
from decimal import Decimal

from playwright.async_api import Page, expect

from core.dispatch import settle
from core.kernel.read import fetchval
from core.kernel.work import work
from core.plan import actions as plan
from core.plan.queries import frame, today
from core.warehouse import actions as warehouse
from tests.admin_web.test_browser import chromium, open_page
from tests.plan.conftest import morning

__all__ = ["chromium", "morning", "open_page"]
OpenPage = Callable[..., Awaitable[Page]]


async def test_a_visit_is_dragged_and_taken_back(open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.new("Гудит компрессор", asset_ids=[made.world.fridge])
    page = await open_page("/admin/planner")
    bar = page.locator(f'.plan-reserve .plan-bar[data-job="{job_id}"]')
    await expect(bar).to_contain_text(f"№\xa0{order_id}")
    track = page.locator(f'.plan-track[data-member="{made.world.svetlana}"]')
    await bar.hover()
    await page.mouse.down()
    box = await track.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 200, box["y"] + 20, steps=4)
    await expect(page.locator(".plan-tip")).to_contain_text("нет нужного навыка")
    assert await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1", job_id) is None
    await page.mouse.up()
    await expect(page.locator("#plan-dialog .plan-preview")).to_contain_text("нет нужного навыка")
    await page.select_option("#plan-dialog [name=member]", str(made.world.pyotr))
    await page.fill("#plan-dialog [name=start]", "")
    await page.locator("#plan-dialog [name=start]").dispatch_event("change")
    await expect(page.locator("#plan-dialog [name=do]")).to_have_text("Поставить")
    await page.click("#plan-dialog [name=do]")
    mine = page.locator(f'.plan-track[data-member="{made.world.pyotr}"] .plan-bar[data-job="{job_id}"]')
    await expect(mine).to_be_visible()
    assert await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1", job_id) == made.world.pyotr
    await page.click("#plan-undo")
    await expect(page.locator(f'.plan-reserve .plan-bar[data-job="{job_id}"]')).to_be_visible()
    assert await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1", job_id) is None


async def test_two_who_plan_see_each_other_and_a_phone_presses(open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    _, job_id = await made.new("Течёт")
    page, phone = await open_page("/admin/planner"), await open_page("/admin/planner", 390, 844)
    assert await phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    bar = phone.locator(f'.plan-reserve .plan-bar[data-job="{job_id}"]')
    await bar.wait_for()
    await phone.evaluate("document.getElementById('plan').scrollLeft = 5000")
    await expect(bar).to_be_in_viewport(ratio=1)
    widths = await phone.evaluate("[...document.querySelectorAll('.plan-row')].map((row) => row.scrollWidth)")
    assert len(set(widths)) == 1
    await bar.click()
    await phone.select_option("#plan-dialog [name=member]", str(made.world.rashid))
    await expect(phone.locator("#plan-dialog .plan-preview")).to_contain_text("дорога")
    await phone.click("#plan-dialog [name=do]")
    mine = page.locator(f'.plan-track[data-member="{made.world.rashid}"] .plan-bar[data-job="{job_id}"]')
    await expect(mine).to_be_visible()
    await page.goto(page.url.replace("/planner", "/planner/week"))
    await expect(page.locator(".plan-week")).to_contain_text("1 выезд")


async def test_the_way_to_the_store_is_a_block_of_its_own(morning: None, open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    """Between two ways, before the visit that lacks the parts; and the store stands on the map."""
    order_id, job_id = await made.new("Не запускается")
    async with work():
        await settle.add_demand("order", str(order_id), "part", "M2", quantity=Decimal(5))
        await warehouse.update_warehouse(made.world.store, "Склад", "Угрешская, 2", 55.7135, 37.6956)
    here = await frame(await today())
    async with work():
        await plan.move(here.day, here.revision, job_id, made.world.pyotr, sure=True)
    page = await open_page("/admin/planner")
    track = page.locator(f'.plan-track[data-member="{made.world.pyotr}"]')
    stop = track.locator(".plan-fetch")
    await expect(stop).to_have_attribute("aria-label", re.compile("Склад: Склад.*Реле пусковое — 3 шт."))
    await expect(track.locator(".plan-way")).to_have_count(2)
    block, bar = await stop.bounding_box(), await track.locator(".plan-bar").bounding_box()
    assert block is not None
    assert bar is not None
    assert block["x"] + block["width"] <= bar["x"] + 1
    await expect(page.locator(".plan-store")).to_have_count(1)
    async with work():
        await warehouse.transfer(made.world.store, made.world.van, made.world.relay, Decimal(3))
    await page.reload()
    await expect(track.locator(".plan-bar")).to_be_visible()
    await expect(stop).to_have_count(0)
