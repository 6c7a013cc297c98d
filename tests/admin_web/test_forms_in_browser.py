"""What only a browser shows: nothing typed is lost, a word stands at its field, and no policy is broken."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright, expect

from admin_web.door import COOKIE
from core.checklists.queries import templates
from core.files import actions as files
from core.kernel.actor import contact
from core.kernel.words import words
from core.kernel.work import work
from core.orders.models import Attachment
from core.people.queries import members
from core.sources import actions as sources
from tests.admin_web.conftest import Orders
from tests.admin_web.visitor import Visitor
from tests.world import World

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE_MS = 30_000
PHONE = {"width": 390, "height": 800}
PAGES = (
    *("people", "people/new", "people/shifts", "people/areas/new", "people/roles", "customers", "customers/1"),
    "customers/1/contracts/new",
    *("sites/1", "assets/1", "labels", "prices", "stock", "checklists/cold", "settings", "settings/sla"),
    *("settings/dispatch", "settings/stages", "plumbing"),
)
T = words("admin", "ru")


@pytest.fixture
async def page(server: TestServer, admin: Visitor) -> AsyncIterator[Page]:
    """A phone's browser, signed in as the administrator. What its console complains of fails the test, but for
    refused requests, which are what the tests ask for."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: sudo apt-get install -y chromium")
    wrong: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(base_url=str(server.make_url("/")), viewport=PHONE, locale="ru-RU")  # type: ignore[arg-type]
        await context.add_cookies([{"name": COOKIE, "value": admin.session, "url": str(server.make_url("/"))}])
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        yield page
        await browser.close()
    assert [text for text in wrong if "Failed to load resource" not in text] == []


async def test_a_refusal_keeps_what_was_typed(page: Page) -> None:
    await page.goto("/admin/people/new")
    await page.fill("[name=name]", "Лев <b>Тарасов</b>")
    await page.fill("[name=phone]", "12")
    await page.locator(".pin-map").click(position={"x": 90, "y": 60})
    pinned = await page.input_value("[name=lat]")
    assert pinned
    await page.get_by_role("button", name=T.text("people.hire")).click()
    await expect(page.locator("[name=phone]")).to_have_class("form-control is-invalid", timeout=PATIENCE_MS)
    assert await page.locator("form.desk-form > .said").first.inner_text()
    assert await page.input_value("[name=name]") == "Лев <b>Тарасов</b>"
    assert await page.input_value("[name=lat]") == pinned
    await page.fill("[name=phone]", "8 916 123-45-67")
    await page.get_by_role("button", name=T.text("people.hire")).click()
    await expect(page.locator("#notes")).to_contain_text(T.text("note.people.hired"), timeout=PATIENCE_MS)
    await expect(page.locator("h1")).to_have_text("Лев <b>Тарасов</b>")
    assert "Лев <b>Тарасов</b>" in {one.name for one in await members()}
    await page.get_by_role("button", name=T.text("people.invite.technician")).click()
    await expect(page.locator("#invite code")).to_contain_text("/start i_", timeout=PATIENCE_MS)


async def test_a_checklist_is_put_together(page: Page) -> None:
    await page.goto("/admin/checklists/new")
    await page.fill("[name='name.ru']", "Осмотр")
    await page.fill("[name='i0.text.ru']", "Чисто?")
    await page.click("#add-item")
    await page.select_option("[name='i1.type']", "number")
    await page.fill("[name='i1.text.ru']", "Температура")
    await page.fill("[name='i1.min']", "9")
    await page.fill("[name='i1.max']", "1")
    save = page.get_by_role("button", name=T.text("form.save"))
    await save.click()
    await expect(page.locator("[data-field=i1] .said-here")).to_have_text(
        T.text("error.checklists.bad_item.norm"), timeout=PATIENCE_MS
    )
    await page.fill("[name='i1.min']", "-9")
    await page.locator(".item").nth(1).locator("[data-do=up]").click()
    await save.click()
    await expect(page.locator("#notes")).to_contain_text(T.text("note.checklists.saved"), timeout=PATIENCE_MS)
    made = next(one for one in await templates() if one.code == "default")
    assert [item["text"]["ru"] for item in made.items] == ["Температура", "Чисто?"]


async def test_pages_fit_a_phone(page: Page, world: World) -> None:
    wide = []
    for path in PAGES:
        answer = await page.goto(f"/admin/{path}")
        assert answer is not None
        assert answer.status == 200, path
        if await page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            wide.append(path)
    assert wide == []


async def test_a_file_is_sent_with_progress(page: Page, made: Orders, world: World, tmp_path: Path) -> None:
    order_id, _ = await made.new()
    async with work(await world.actor(contact(world.olga))):
        token = await files.issue_upload_link("order", order_id)
    bad, good = tmp_path / "virus.exe", tmp_path / "схема.pdf"
    bad.write_bytes(b"MZ\x90\x00" + bytes(100))
    good.write_bytes(b"%PDF-1.7\n" + bytes(3_000_000))
    await page.goto(f"/upload/{token}")
    await page.set_input_files("[name=file]", bad)
    await page.get_by_role("button", name=T.text("upload.send")).click()
    await expect(page.locator(".said")).not_to_be_empty(timeout=PATIENCE_MS)
    await page.set_input_files("[name=file]", good)
    await expect(page.locator("#chosen")).to_contain_text("схема.pdf · 2.9 MB")
    await page.get_by_role("button", name=T.text("upload.send")).click()
    await expect(page.locator("h1")).to_have_text(T.text("upload.done"), timeout=PATIENCE_MS)
    assert await Attachment.filter(order_id=order_id).count() == 1


async def test_a_mapping_shows_what_would_go(page: Page, world: World) -> None:
    async with work():
        await sources.add_source("crm", "jira", "Их Jira")
    await page.goto("/admin/write-backs/new/crm")
    preview = page.locator("#preview")
    await expect(preview).to_contain_text(T.text("backs.preview.none"))
    await page.fill("[name='fact.reading.temp']", "customfield_7")
    await expect(preview).to_contain_text("customfield_7")
    await expect(preview).to_contain_text("-18.5")
    await page.fill("[name='fact.act_total']", "customfield_7")
    await expect(page.locator("#notes")).to_contain_text("customfield_7")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
