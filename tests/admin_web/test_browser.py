"""The pages in Chromium: they stay current without a reload, break no policy, and fit a phone."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright, expect

from admin_web.door import COOKIE
from core.chats.actions import post
from core.kernel.read import fetchval
from core.kernel.work import work
from tests.admin_web.visitor import Visitor

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 20_000
OpenPage = Callable[..., Awaitable[Page]]

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: sudo apt-get install -y chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(chromium: Browser, server: TestServer, dispatcher: Visitor) -> AsyncIterator[OpenPage]:
    """A page for the dispatcher. Whatever the browser complains of fails the test."""
    contexts, complaints = [], list[str]()

    async def opened(path: str, width: int = 1280, height: int = 900) -> Page:
        context = await chromium.new_context(viewport={"width": width, "height": height}, locale="ru-RU")
        contexts.append(context)
        await context.add_cookies([{"name": COOKIE, "value": dispatcher.session, "url": str(server.make_url("/"))}])
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(str(server.make_url(path)))
        await expect(page.locator("body.is-live")).to_be_visible()
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert complaints == []


async def test_the_board_follows_the_desk(open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    page = await open_page("/admin/")
    await page.evaluate("window.unchanged = true")
    order_id, job_id = await made.new("Гудит компрессор")
    await expect(page.locator(f".stage-new #order-{order_id}")).to_contain_text("Гудит компрессор")
    await made.do("assign", job_id, made.world.pyotr)
    await expect(page.locator(f".stage-assigned #order-{order_id}")).to_contain_text("Ким П.")
    await expect(page.locator(".stage-new .order-card")).to_have_count(0)
    await made.do("travel", job_id)
    await expect(page.locator(f'#day [data-number="{order_id}"]')).to_be_visible()
    await expect(page.locator("#map .pin.stage-travelling")).to_have_count(1)
    await expect(page.locator("#month canvas")).to_be_visible()
    assert await page.evaluate("window.unchanged")


async def test_words_of_customers_stay_words(open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.travelling(words='<b class="evil">жирно</b>')
    page = await open_page("/admin/")
    await expect(page.locator(f'#day [data-number="{order_id}"]')).to_contain_text("<b")
    await page.locator("#map .pin").click()
    await expect(page.locator(".map-tip")).to_contain_text("<b")
    await page.goto(page.url + f"orders/{order_id}")
    await expect(page.locator("h1")).to_contain_text("<b")
    assert await page.locator(".evil").count() == 0


async def test_an_order_is_steered_and_talked_about(open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.new()
    page = await open_page(f"/admin/orders/{order_id}")
    await page.fill("#composer textarea", "недописанное")
    async with work(made.actor):
        await post(order_id, "team", "ключ у охраны")
    await expect(page.locator(".message.side-team")).to_contain_text("ключ у охраны")
    assert await page.input_value("#composer textarea") == "недописанное"

    await page.click('a[href$="/assign"]')
    await page.locator("#panel .candidate").filter(has_text="Пётр Ким").get_by_role("button").click()
    await expect(page.locator(".toast")).to_contain_text("Мастер назначен")
    assert await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1", job_id) == made.world.pyotr

    await page.fill("#composer textarea", "Едем!")
    await page.click("#composer button[value=customer]")
    await expect(page.locator(".message.side-customer")).to_contain_text("Едем!")


async def test_a_correction_asks_for_the_machines_of_the_site(open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new(asset_ids=[made.world.fridge])
    page = await open_page(f"/admin/orders/{order_id}")
    await page.get_by_role("link", name="Исправить заявку").click()
    machines = page.locator("#machines input")
    await expect(machines).to_have_count(2)
    await expect(page.locator("#machines input:checked")).to_have_count(1)
    await page.select_option("[name=site]", str(made.world.kashirka))
    await expect(machines).to_have_count(1)
    await machines.check()
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.locator(".order-facts")).to_contain_text("Каширк")
    linked = await fetchval("SELECT asset_id FROM orders_order_assets WHERE order_id = $1", order_id)
    assert linked == made.world.air


async def test_a_customer_is_found_for_the_filter(
    open_page: OpenPage,
    made,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    monkeypatch.setattr("admin_web.pages.orders.MOST_CUSTOMERS", 1)
    page = await open_page("/admin/orders")
    await page.locator("[name=find]").press_sequentially("пекар")
    await page.select_option("[name=customer]", label="Пекарня")
    await page.get_by_role("button", name="Показать").click()
    await expect(page.locator("[name=customer]")).to_have_value(str(made.world.bakery))


async def test_a_loss_is_asked_about(open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    page = await open_page(f"/admin/orders/{order_id}")
    asked = []

    async def no(dialog) -> None:  # type: ignore[no-untyped-def]
        asked.append(dialog.message)
        await dialog.dismiss()

    page.once("dialog", no)
    await page.click('a[href$="/cancel"]')
    await page.click("#panel .btn-danger")
    assert f"№\xa0{order_id}" in asked[0]
    assert await fetchval("SELECT state FROM orders_orders WHERE id = $1", order_id) == "new"
    page.once("dialog", lambda dialog: dialog.accept())
    await page.click("#panel .btn-danger")
    await expect(page.locator(".toast")).to_contain_text("Заявка отменена")
    assert await fetchval("SELECT state FROM orders_orders WHERE id = $1", order_id) == "cancelled"


async def test_pages_fit_a_phone(open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.travelling(words="Слово" * 30 + " и ещё слова")
    for path in ("/admin/", "/admin/orders", "/admin/map", f"/admin/orders/{order_id}", "/admin/orders/new?who=Ольга"):
        page = await open_page(path, 390, 844)
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, path
        await page.context.close()


async def test_the_menu_fits_every_window(open_page: OpenPage, admin: Visitor, server: TestServer) -> None:
    """An administrator has all of it; whose session it is stands at its end and can be pressed."""
    page = await open_page("/admin/")
    session = {"name": COOKIE, "value": admin.session, "url": str(server.make_url("/"))}
    await page.context.add_cookies([session])
    await page.reload()
    for width in (1280, 1366, 1440, 1600, 1650, 1920):
        await page.set_viewport_size({"width": width, "height": 800})
        ends = await page.locator('.navbar a[href="/admin/sessions"]').evaluate("a => a.getBoundingClientRect().right")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
        assert ends <= width, width


async def test_what_waits_for_a_decision_comes_by_itself_and_goes_by_a_press(open_page: OpenPage, made) -> None:  # type: ignore[no-untyped-def]
    """On a phone, where nothing sticks out; the badge counts along."""
    page = await open_page("/admin/todo", width=390, height=800)
    await expect(page.locator("#todo")).to_contain_text("Решать нечего")
    _, job_id = await made.new("Гудит компрессор на молочной витрине у входа")
    await made.do("ask_help", job_id, "manual")
    row = page.locator(f"#todo-nobody-{job_id}")
    await expect(row).to_contain_text("По правилам назначают вручную")
    await expect(page.locator("#todo-count")).to_have_text("1")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await row.get_by_role("button", name="Позже").click()
    await expect(page.locator("#todo")).to_contain_text("Решать нечего")
