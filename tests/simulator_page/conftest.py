"""The simulator's page in Chromium, with a real aiogram bot polling behind it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.simulator.box import TOKEN, bot_at, populate, serve
from tests.simulator_page.desk import PATIENCE, Rules, Stage

expect.set_options(timeout=PATIENCE * 1000)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

MINI_APP = """<!doctype html><title>app</title><p id="who">?</p><script>
const tell = (eventType, eventData = {}) => parent.postMessage(JSON.stringify({eventType, eventData}), "*");
const facts = new URLSearchParams(location.hash.slice(1));
document.getElementById("who").textContent = new URLSearchParams(facts.get("tgWebAppData")).get("user");
addEventListener("message", ({data}) => {
  const {eventType, eventData} = JSON.parse(data);
  const popup = {message: "Подписано", buttons: [{id: "ok", type: "ok"}]};
  if (eventType === "main_button_pressed") tell("web_app_open_popup", popup);
  if (eventType === "popup_closed" && eventData.button_id === "ok") tell("web_app_close");
});
tell("web_app_ready");
tell("web_app_setup_main_button", {is_visible: true, is_active: true, text: "Готово"});
</script>"""


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: sudo apt-get install -y chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


@pytest.fixture
async def mini_app() -> AsyncIterator[str]:
    async def show(request: web.Request) -> web.Response:
        return web.Response(text=MINI_APP, content_type="text/html")

    app = web.Application()
    app.router.add_get("/app", show)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/app"
    await runner.cleanup()


async def open_page(browser: Browser, url: str, width: int = 1600, height: int = 1000) -> Page:
    """The page once it has drawn its phones."""
    context = await browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", locale="ru-RU"
    )
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    await page.goto(url)
    await page.wait_for_selector("[aria-busy=false]")
    return page


@pytest.fixture
async def stage(browser: Browser, tmp_path: Path, mini_app: str) -> AsyncIterator[Stage]:
    """A desk at rest: three people, a customer bot and a forum; no error of the page goes unnoticed."""
    sim, runner, url = await serve(tmp_path / "box")
    populate(sim)
    bot = bot_at(url, TOKEN)
    rules = Rules(mini_app)
    dispatcher = rules.dispatcher()
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=1))
    picture = tmp_path / "fridge.jpg"
    Image.new("RGB", (800, 600), "#37a").save(picture)
    errors: list[str] = []
    page = await open_page(browser, url)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    yield Stage(page, sim, url, bot, rules, picture)
    await page.context.close()
    await dispatcher.stop_polling()
    await polling
    await bot.session.close()
    await runner.cleanup()
    assert errors == []
