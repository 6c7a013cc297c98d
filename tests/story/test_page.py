"""The story in Chromium: played by its button, and then by hand, with what the page gives to each of the three."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, FrameLocator, Page, Route, expect

from naryad.demo.photos import photo
from tests.story.browser import Phone, draw, picture, window
from tests.story.town import Town

SPEED = 20
TROUBLE = "Витрина течёт, на полу вода"
QUESTION = "Сколько будет стоить выезд?"
ASIDE = "Пётр взял с собой уплотнитель"
ANSWER = "Выезд входит в ваш договор"
TOTAL = "5 050,00"
LISTEN = """() => {
  const caption = document.querySelector("[data-testid=story-step]");
  window.told = [];
  new MutationObserver(() => {
    if (caption.textContent && told.at(-1) !== caption.textContent) told.push(caption.textContent);
  }).observe(caption, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[BrowserContext]:
    async with window() as context:
        yield context


@pytest.fixture(scope="module")
async def page(browser: BrowserContext, town: Town) -> AsyncIterator[Page]:
    """The simulator's page; nothing that its scripts complain of goes unnoticed."""
    await town.post("/sim/story", action="speed", speed=SPEED)
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
    customer, technician, team = (Phone(page, role) for role in ("customer", "technician", "dispatcher"))
    await page.evaluate(LISTEN)
    await page.get_by_role("button", name="Показать историю").click()
    await expect(team.el.get_by_text("Не холодит витрина").first).to_be_visible()
    await picture(page, "story-middle")
    await town.ended()
    await expect(customer.text("Спасибо за оценку!")).to_be_visible()
    await expect(technician.text("Клиент подписал акт")).to_be_visible()
    await expect(team.text("Тема закрыта")).to_be_visible()
    await picture(page, "story-end")
    told = [text for text in await page.evaluate("told") if text != "Начинаем…"]
    assert (len(told), told[0][:5], told[-1][:19]) == (13, "Елена", "Елена ставит оценки"), told


async def test_the_three_of_them_do_an_order_by_hand(page: Page, town: Town, tmp_path: Path) -> None:
    """All presses, words, files and places go through the page; the rows are looked at only when all is over."""
    customer, technician, team = (Phone(page, role) for role in ("customer", "technician", "dispatcher"))
    number = await _order(customer)
    name = await _assign(team, number)
    await technician.hand_to(name)
    await _talk(team, customer)
    await _drive(technician, customer, number)
    await _checklist(technician)
    await _photo_before(technician, tmp_path)
    await _report(technician)
    await technician.lead("Завершить", technician.text("Чем закончился выезд?"))
    await technician.lead("Всё сделано", customer.text(f"Заявка № {number} выполнена"))
    await _sign(page, technician, customer)
    await _rate(customer)
    card = team.message(r"Заявка №\s.* · закрыта")
    await expect(card).to_contain_text("подписан: Анна Зайцева")
    await expect(card).to_contain_text("Скорость 5 · качество 5 · общение 5")
    await expect(card).to_contain_text("Быстро и вежливо")
    await expect(team.text("Тема закрыта")).to_be_visible()
    for phone in (customer, technician, team):
        await expect(phone.messages.get_by_role("link", name=f"{number}.pdf").last).to_be_visible()
    await picture(page, "by-hand-end")
    await town.quiet()
    await _kept(town, int(number))


async def _order(customer: Phone) -> str:
    """Anna has never written before: she is asked who she is, and then about what she wrote. Returns the number."""
    await customer.hand_to("Анна Зайцева")
    await customer.el.get_by_role("button", name="Начать").click()
    await customer.press("Согласен")
    await customer.press_below("номер")
    await customer.el.get_by_role("alertdialog").get_by_role("button", name="Передать").click()
    await expect(customer.text("Анна Зайцева")).to_be_visible()
    await customer.say(TROUBLE)
    for answer in ("Колос на Бутырской", "Витрина", "всё стоит", "Как можно скорее", "Отправить заявку"):
        await customer.press(answer)
    accepted = customer.text(re.compile(r"Заявка №\s\d+ принята"))
    await expect(accepted).to_be_visible()
    return str(re.findall(r"№\s(\d+)", await accepted.inner_text())[-1])


async def _assign(team: Phone, number: str) -> str:
    """The dispatcher finds the topic, and sends the first who is named, whether the robot still asks them or they let
    its question lapse. Returns their name."""
    await team.el.get_by_role("button", name=re.compile(rf"№\s{number} · {TROUBLE}")).click()
    await expect(team.message(rf"Заявка №\s{number}")).to_contain_text("Пекарня «Колос»")
    asked, decided = team.message("Кого отправить"), team.message("назначен мастер")
    await team.lead("Назначить", asked)
    await team.lead_by(asked.get_by_test_id("inline-button").first, decided)
    found = re.search(r"назначен мастер (\S+ \S+)", await decided.inner_text())
    assert found
    return found[1]


async def _talk(team: Phone, customer: Phone) -> None:
    """She asks; what the dispatcher says by replying to it reaches her, what is said beside it stays in the topic."""
    await customer.press("Написать диспетчеру")
    await expect(customer.text("Пишите")).to_be_visible()
    await customer.say(QUESTION)
    await expect(team.text(QUESTION)).to_be_visible()
    await team.say(ASIDE)
    await expect(team.text("Видит только команда")).to_be_visible()
    await team.reply(QUESTION, ANSWER)
    await expect(customer.text(ANSWER)).to_be_visible()
    await expect(customer.text(ASIDE)).to_have_count(0)


async def _drive(technician: Phone, customer: Phone, number: str) -> None:
    """On the way with a live place: the marker is dragged, and the customer's map follows."""
    await technician.lead("Выезжаю", customer.text(f"едет к вам по заявке № {number}"))
    await technician.from_now()
    await technician.attach("Геопозиция")
    await technician.el.get_by_role("button", name="15 мин").click()
    mine, theirs = technician.el.get_by_test_id("map").last, customer.el.get_by_test_id("map").last
    await expect(theirs).to_have_attribute("data-live", "1")
    before = await theirs.get_attribute("data-lon") or ""
    await technician.drag(mine.locator(".leaflet-marker-icon"), by=60)
    await expect(theirs).not_to_have_attribute("data-lon", before)
    await picture(technician.page, "by-hand-way")
    await technician.lead("Я на месте", customer.text("на месте. Заявка"))


async def _checklist(technician: Phone) -> None:
    """A figure that cannot be is doubted and corrected; the rest is pressed."""
    await technician.lead("Чек-лист 0/5", technician.message("1 из 5. Температура внутри"))
    await technician.say("35")
    await expect(technician.message("не в норме")).to_contain_text("35 °C")
    await technician.say("3,5")
    await expect(technician.message("2 из 5. Уплотнитель")).to_be_visible()
    await technician.press("Да")
    await expect(technician.message("3 из 5. Конденсатор")).to_be_visible()
    await technician.press("Да")
    await expect(technician.message("4 из 5. Ток компрессора")).to_be_visible()
    await technician.press("К наряду")


async def _photo_before(technician: Phone, folder: Path) -> None:
    """A file of one's own."""
    await technician.lead("Фото$", technician.message("Фото до работы"))
    file = folder / "before.jpg"
    file.write_bytes(photo("before").data)
    async with technician.page.expect_file_chooser() as chooser:
        await technician.attach("Фото или видео")
    await (await chooser.value).set_files(file)
    await technician.send_files()
    await expect(technician.text("Есть 1 фото")).to_be_visible()
    await technician.press("Готово")


async def _report(technician: Phone) -> None:
    """Three steps: the hours by the clock and a work from the list; a material found by a word, and how much of it
    typed; the photo that the page offers to whoever has none."""
    await technician.lead("Работы и материалы", technician.message("Шаг 1 из 3"))
    await technician.lead("Записать время", technician.message("Работа по часам"))
    await technician.press("1. на 1 чел")
    await expect(technician.message("Шаг 1 из 3")).to_contain_text(re.compile(r"Час инженера — 1\sч, 1\s600,00"))
    await technician.press("Работы$")
    await technician.press("Диагностика")
    await expect(technician.message("Диагностика с замером давления")).to_contain_text("1 усл. × 1 500,00")
    await technician.press("Готово")
    await technician.lead("Материалы →", technician.message("Шаг 2 из 3"))
    await technician.say("уплотнитель")
    await technician.press("^Уплотнитель двери")
    await expect(technician.message("Уплотнитель двери")).to_contain_text("В машине осталось")
    await technician.say("2,5")
    await expect(technician.message("Уплотнитель двери")).to_contain_text("1 950,00")
    await technician.press("Готово")
    await expect(technician.message("Шаг 2 из 3")).to_contain_text(TOTAL)
    await picture(technician.page, "by-hand-lines")
    await technician.lead("Фото и комментарий", technician.message("Фото после работы"))
    await technician.attach("Готовое фото")
    await technician.send_files()
    await expect(technician.message("Фото после работы")).to_contain_text("Есть 1 фото")
    await technician.press("Готово")


async def _sign(page: Page, technician: Phone, customer: Phone) -> None:
    """The customer signs with a finger on the technician's telephone; nothing but ink will do."""
    await technician.press("Подпись на этом экране")
    app = technician.app()
    await expect(app.locator("#title")).to_contain_text("Акт")
    await expect(app.locator("#total")).to_contain_text(TOTAL)
    await app.locator("#send").click()
    await expect(app.locator("#status")).not_to_be_empty()
    await expect(customer.text("подписан")).to_have_count(0)
    await draw(page, app.locator("#pad"))
    await picture(page, "sign")
    await _lose_the_signal_and_send(page, app)
    await expect(customer.text("подписан")).to_be_visible()


async def _lose_the_signal_and_send(page: Page, app: FrameLocator) -> None:
    """No signal: the page keeps the stroke; the answer to the first delivery is lost: the same key signs once."""
    lost: list[str] = []

    async def lose(route: Route) -> None:
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


async def _rate(customer: Phone) -> None:
    for question in ("Приехали быстро", "Сделали хорошо", "Общались вежливо"):
        await expect(customer.text(question)).to_be_visible()
        await customer.press("5 ⭐")
    await expect(customer.text("Хотите добавить пару слов")).to_be_visible()
    await customer.say("Быстро и вежливо")
    await expect(customer.text("Передали ваши слова команде")).to_be_visible()


async def _kept(town: Town, order: int) -> None:
    [signed] = await town.rows.fetch(
        "SELECT s.how, s.name, s.file_id, d.total FROM documents_signatures s"
        " JOIN documents_documents d ON d.id = s.document_id WHERE d.order_id = $1",
        order,
    )
    assert (signed["how"], signed["name"], str(signed["total"])) == ("screen", "Анна Зайцева", "5050.00")
    assert signed["file_id"] is not None
    row = await town.rows.fetchrow("SELECT * FROM ratings_ratings WHERE order_id = $1", order)
    assert (row["speed"], row["accuracy"], row["communication"], row["comment"]) == (5, 5, 5, "Быстро и вежливо")
    lines = await town.rows.fetch(
        "SELECT l.quantity FROM reports_lines l JOIN orders_jobs j ON j.id = l.job_id WHERE j.order_id = $1", order
    )
    assert sorted(float(line["quantity"]) for line in lines) == [1.0, 1.0, 2.5]
