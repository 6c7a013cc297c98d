"""The simulator's page in Chromium, as somebody at the desk sees it."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, FrameLocator, Locator, Page, async_playwright, expect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARTIFACTS = Path(__file__).parents[1] / "artifacts"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

LOOK_S = 60.0
expect.set_options(timeout=LOOK_S * 1000)


@asynccontextmanager
async def window(width: int = 1600, height: int = 1000) -> AsyncIterator[BrowserContext]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: sudo apt-get install -y chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        size = {"width": width, "height": height}
        context = await browser.new_context(viewport=size, reduced_motion="reduce", locale="ru-RU")  # type: ignore[arg-type]
        context.set_default_timeout(LOOK_S * 1000)
        yield context
        await browser.close()


async def picture(page: Page | Locator, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"{name}.png")


class Phone:
    """One phone of the page, by its role."""

    def __init__(self, page: Page, role: str) -> None:
        self.page = page
        self.el = page.get_by_test_id(f"phone-{role}")

    async def hand_to(self, person: int) -> None:
        if await self.el.get_attribute("data-user") != str(person):
            await self.el.get_by_test_id("person-switch").click()
            await self.page.get_by_test_id(f"person-{person}").click()
        await expect(self.el).to_have_attribute("data-user", str(person))

    async def say(self, text: str) -> None:
        await self.el.get_by_test_id("composer").fill(text)
        await self.el.get_by_test_id("send").click()

    def button(self, label: str) -> Locator:
        """The newest inline button whose label holds these words."""
        return self.el.get_by_test_id("inline-button").filter(has_text=re.compile(label)).last

    async def press(self, label: str) -> None:
        await self.button(label).click()

    async def press_below(self, label: str) -> None:
        await self.el.get_by_test_id("reply-button").filter(has_text=label).last.click()

    def text(self, words: str) -> Locator:
        return self.el.get_by_test_id("messages").get_by_text(words).last

    def app(self) -> FrameLocator:
        return self.el.frame_locator("[data-testid=web-app]")


async def draw(page: Page, canvas: Locator) -> None:
    """A signature with the mouse."""
    box = await canvas.bounding_box()
    assert box is not None
    path = ((0.15, 0.6), (0.25, 0.25), (0.32, 0.75), (0.45, 0.35), (0.55, 0.7), (0.7, 0.4), (0.85, 0.6))
    for n, (x, y) in enumerate(path):
        await page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=6)
        if n == 0:
            await page.mouse.down()
    await page.mouse.up()
