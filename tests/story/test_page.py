"""The story in Chromium: played by its button, and a part of it by hand, down to a signature drawn with the mouse."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, Page, expect

from naryad.demo.photos import photo
from tests.story.browser import Phone, draw, picture, window
from tests.story.hand import Hand
from tests.story.town import PATIENCE, TECHNICIAN, Town, papers

ANNA = 7206


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[BrowserContext]:
    async with window() as context:
        yield context


@pytest.fixture
async def page(browser: BrowserContext, town: Town) -> AsyncIterator[Page]:
    """The simulator's page; nothing that its scripts complain of goes unnoticed."""
    errors: list[str] = []
    page = await browser.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    await page.goto(town.page)
    await page.wait_for_selector("[aria-busy=false]")
    yield page
    await page.close()
    assert errors == []


async def test_the_button_plays_the_story(page: Page, town: Town) -> None:
    await town.post("/sim/story", action="speed", speed=20)
    customer, technician, team = (Phone(page, role) for role in ("customer", "technician", "dispatcher"))
    await page.get_by_test_id("story-play").click()
    caption = page.get_by_test_id("story-step")
    await expect(caption).to_contain_text("Елена")
    await expect(customer.text("Подбираем мастера")).to_be_visible()
    await expect(team.el.get_by_text("Не холодит витрина").first).to_be_visible()
    await expect(caption).to_contain_text(re.compile("выезжает|прибытие|Чек-лист"))
    await picture(page, "story-middle")
    await town.ended()
    await expect(customer.text("Спасибо за оценку!")).to_be_visible()
    await picture(page, "story-end")
    assert await technician.el.is_visible()


async def test_a_customer_orders_by_hand_and_signs_on_the_technicians_screen(page: Page, town: Town) -> None:
    customer, technician = Phone(page, "customer"), Phone(page, "technician")
    await _order(customer, "Витрина течёт, на полу вода")
    order = await _created(town)
    hand = await _accept(technician, town, order)
    await _work(technician, hand)
    await technician.press("Подпись на этом экране")
    app = technician.app()
    await expect(app.locator("#title")).to_contain_text(re.compile(r"Акт"))
    await expect(app.locator("#total")).to_contain_text("1 500,00")
    await app.locator("#send").click()
    await expect(app.locator("#status")).not_to_be_empty()
    assert await town.rows.fetchval("SELECT count(*) FROM documents_signatures WHERE how = 'screen'") == 0
    await draw(page, app.locator("#pad"))
    await picture(page, "sign")
    await _lose_the_signal_and_send(page, app, town)
    await expect(customer.text("подписан")).to_be_visible()
    for mark in ("speed", "accuracy", "communication"):
        await customer.press("5 ⭐")
        async with asyncio.timeout(PATIENCE):
            while await town.rows.fetchval(f"SELECT {mark} FROM ratings_ratings WHERE order_id = $1", order) != 5:
                await asyncio.sleep(0.1)
    await town.quiet()
    row = await town.rows.fetchrow(
        "SELECT s.how, s.name, s.file_id FROM documents_signatures s JOIN documents_documents d ON d.id = s.document_id"
        " WHERE d.order_id = $1",
        order,
    )
    assert (row["how"], row["name"]) == ("screen", "Анна Зайцева")
    assert row["file_id"] is not None
    assert any(str(order) in name for name in papers(await town.mine(TECHNICIAN, hand.user)))
    await picture(page, "signed")


async def _lose_the_signal_and_send(page: Page, app: object, town: Town) -> None:
    """No signal: the page keeps the stroke; the answer to the first delivery is lost: the same key signs once."""
    assert hasattr(app, "locator")
    lost: list[str] = []

    async def lose(route) -> None:  # type: ignore[no-untyped-def]
        if route.request.method != "POST" or len(lost) >= 2:
            await route.continue_()
            return
        lost.append(route.request.post_data_json["key"])
        if len(lost) == 2:
            await route.fetch()
        await route.abort("internetdisconnected")

    await page.context.route("**/app/technician/api/sign/*", lose)
    await app.locator("#send").click()
    await expect(app.locator("#status")).to_contain_text(re.compile("связ|сет|интернет", re.IGNORECASE))
    await picture(page, "sign-offline")
    await expect(app.locator("#said")).to_be_visible()
    await expect(app.locator("#mark")).to_have_class(re.compile("good"))
    assert len(lost) == 2
    assert lost[0] == lost[1]
    await page.context.unroute("**/app/technician/api/sign/*")
    await app.locator("#again").click()
    await expect(page.get_by_test_id("web-app-sheet")).to_have_count(0)


async def _order(customer: Phone, words: str) -> None:
    """Anna has never written before: she is asked who she is, and then about what she wrote."""
    await customer.hand_to(ANNA)
    await customer.el.get_by_test_id("start").click()
    await customer.press("Согласен")
    await customer.press_below("номер")
    await customer.page.get_by_test_id("dialog-yes").click()
    await expect(customer.text("Анна Зайцева")).to_be_visible()
    await customer.say(words)
    await customer.press("Колос на Бутырской")
    await customer.press("Витрина")
    await customer.press("всё стоит")
    await customer.press("Как можно скорее")
    await customer.press("Отправить заявку")
    await expect(customer.text("принята")).to_be_visible()


async def _created(town: Town) -> int:
    return int(await town.rows.fetchval("SELECT max(id) FROM orders_orders"))


async def _accept(technician: Phone, town: Town, order: int) -> Hand:
    """Whoever was asked takes it with a press on the page."""
    sql = """SELECT a.chat_id FROM dispatch_offers o JOIN orders_jobs j ON j.id = o.job_id
             JOIN outbox_addresses a ON a.party = 'member:' || o.member_id AND a.bot = 'technician'
             WHERE j.order_id = $1 AND o.state = 'open'"""
    async with asyncio.timeout(PATIENCE):
        while (user := await town.rows.fetchval(sql, order)) is None:
            await asyncio.sleep(0.2)
    hand = Hand(town, TECHNICIAN, user)
    offer, _ = await hand.button("offer.accept")
    hand.since = offer - 1
    await technician.hand_to(user)
    await technician.press("Беру")
    await expect(technician.text("Наряд ваш")).to_be_visible()
    return hand


async def _share_the_place(technician: Phone, town: Town) -> None:
    """A live place, sent with the page's own control: the desk keeps it."""
    sql = "SELECT count(*) FROM presence_tracks"
    before = await town.rows.fetchval(sql)
    await technician.el.get_by_test_id("attach").click()
    await technician.page.get_by_test_id("attach-location").click()
    await technician.el.get_by_test_id("live-900").click()
    async with asyncio.timeout(PATIENCE):
        while await town.rows.fetchval(sql) == before:
            await asyncio.sleep(0.1)


async def _work(technician: Phone, hand: Hand) -> None:
    """The middle of the visit, which `test_the_button_plays_the_story` shows: here only what an act needs."""
    await hand.button("job.go")
    await technician.press("Выезжаю")
    await _share_the_place(technician, hand.town)
    await hand.button("job.arrive")
    await technician.press("Я на месте")
    await hand.press("job.check")
    await hand.button("job.check", "list")
    await hand.say("3,5")
    for place in (1, 2):
        await hand.press("check.set", f"{place}.yes")
    await hand.press("job.open")
    await hand.press("job.photo")
    for phase, other in (("before", "after"), ("after", "before")):
        await hand.button("job.photo", other)
        upload = photo(phase)
        await hand.upload("photo", "photo.jpg", "image/jpeg", upload.data)
        if phase == "before":
            await hand.press("job.photo", other)
    await hand.press("job.lines")
    await hand.say("Диагностика")
    await hand.press("line.open")
    await hand.button("line.set")
    await hand.press("job.open")
    await hand.button("job.finish")
    await technician.press("Завершить")
    await hand.button("job.finish", "done")
    await technician.press("Всё сделано")
