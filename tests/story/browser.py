"""The simulator's page in Chromium, as somebody at the desk sees it."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, FrameLocator, Locator, Page, async_playwright, expect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARTIFACTS = Path(__file__).parents[1] / "artifacts"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

LOOK_S = 120.0
TRIES = 6
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
        self.alert = self.el.get_by_test_id("alert")
        self.since = 0

    @property
    def messages(self) -> Locator:
        """Those of the open chat, from `from_now` on."""
        return self.el.locator(f"xpath=.//li[contains(@class, 'message') and @data-id > {self.since}]")

    async def from_now(self) -> None:
        """What stands in the chat already is not looked at any more."""
        ids = await self.messages.evaluate_all("all => all.map(one => Number(one.dataset.id))")
        self.since = max(ids, default=0)

    async def hand_to(self, name: str) -> None:
        """Give the telephone to the person of this name."""
        whose = self.el.get_by_role("button", name="Чей это телефон")
        if name not in await whose.inner_text():
            await whose.click()
            await self.page.get_by_role("menuitemradio", name=name).click()
        await expect(whose).to_contain_text(name)

    async def say(self, text: str) -> None:
        await self.el.get_by_test_id("composer").fill(text)
        await self.el.get_by_role("button", name="Отправить", exact=True).click()

    async def reply(self, to: str, text: str) -> None:
        """Answer the newest message that holds these words."""
        message = self.message(to)
        await message.hover()
        await message.get_by_role("button", name="Действия с сообщением").click()
        await self.page.get_by_role("menuitem", name="Ответить").click()
        await self.say(text)

    def button(self, label: str) -> Locator:
        """The newest inline button whose label holds these words."""
        return self.messages.get_by_test_id("inline-button").filter(has_text=re.compile(label)).last

    async def press(self, label: str) -> None:
        await self.button(label).click()

    async def lead(self, label: str, to: Locator) -> None:
        """Press until what the button opens is seen: one that changed under the finger answers with itself only."""
        await self.lead_by(self.button(label), to)

    async def lead_by(self, button: Locator, to: Locator) -> None:
        for _ in range(TRIES):
            await expect(to.or_(button).first).to_be_visible()
            if await to.is_visible():
                return
            if await self.alert.is_visible():
                await self.alert.get_by_role("button").click()
            await button.click()
            with suppress(AssertionError):
                await expect(to.or_(self.alert).first).to_be_visible(timeout=LOOK_S / TRIES * 1000)
        raise AssertionError(f"a press opened nothing; the screen: {await self.screen()}")

    async def press_below(self, label: str) -> None:
        await self.el.get_by_test_id("reply-button").filter(has_text=label).last.click()

    def text(self, words: str | re.Pattern[str]) -> Locator:
        return self.messages.get_by_text(words).last

    def message(self, words: str) -> Locator:
        """The newest message that holds these words."""
        return self.messages.filter(has_text=re.compile(words)).last

    async def screen(self) -> str:
        """The newest messages, for whoever reads why a test failed."""
        return " / ".join((await self.messages.all_inner_texts())[-4:])

    async def attach(self, what: str) -> None:
        await self.el.get_by_role("button", name="Прикрепить").click()
        await self.page.get_by_role("menuitem", name=what).click()

    async def send_files(self) -> None:
        """What was attached, from the sheet that shows it."""
        sheet = self.el.get_by_role("dialog", name="Отправка файлов")
        await sheet.get_by_role("button", name="Отправить").click()
        await expect(sheet).to_have_count(0)

    async def drag(self, what: Locator, by: float) -> None:
        """With the mouse, to the right."""
        await what.scroll_into_view_if_needed()
        box = await what.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        await self.page.mouse.move(x, y)
        await self.page.mouse.down()
        await self.page.mouse.move(x + by, y, steps=4)
        await self.page.mouse.up()

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
