"""What somebody corrects after it was sent: a thread hears it once more, a question is to be answered anew."""

import pytest

import bot.customer.app
import bot.dispatcher.app
import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.customer.routes import routes as customer
from bot.dispatcher.routes import routes as dispatcher
from bot.technician.routes import routes as technician
from core.chats import actions as chats
from core.chats.rules import topic_card
from core.kernel.actor import contact, member
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from tests.bot.play import Phone
from tests.world import World

GROUP = -100_500


async def threads() -> list[tuple[str, str]]:
    return [(row["side"], row["text"]) for row in await fetch("SELECT side, text FROM chats_messages ORDER BY id")]


@pytest.fixture
async def order(world: World) -> int:
    async with work(await world.actor(member(world.dispatcher))):
        await chats.bind_group(GROUP, "Диспетчерская", True)
    async with work():
        return await orders.create(
            customer_id=world.azbuka, site_id=world.arbat, contact_id=world.olga, words="Не холодит", source="bot"
        )


@pytest.fixture
async def olga(order: int, world: World) -> Phone:
    phone = Phone(customer, World.tg(contact(world.olga)))
    await phone.command("start")
    await phone.tap("consent.yes")
    return phone


async def test_a_customer_corrects_what_was_said_in_the_chat(order: int, olga: Phone) -> None:
    await olga.say("раньше", message_id=5_000)
    await olga.press("order.chat", order)
    await olga.say("Приезжайте в пять", message_id=5_010)
    await olga.edit(5_010, "Приезжайте в шесть")
    assert await threads() == [("customer", "Приезжайте в пять"), ("customer", "✏️ Приезжайте в шесть")]
    for _ in range(2):
        await olga.edit(5_010, "Приезжайте в шесть")
    assert len(await threads()) == 2, "Telegram tells of changes that nobody sees"
    await olga.edit(5_000, "раньше, но лучше")
    assert olga.screens == ["customer.edited"]
    assert len(await threads()) == 2


@pytest.mark.parametrize("length", [4094, 4095, 4096])
async def test_a_correction_as_long_as_a_message_goes_too(order: int, olga: Phone, world: World, length: int) -> None:
    dmitry = Phone(dispatcher, World.tg(member(world.dispatcher)), "Дмитрий", chat=GROUP, topic=topic_card(order))
    await dmitry.say("Ждём", message_id=7_000)
    for _ in range(2):
        await dmitry.edit(7_000, "ж" * length)
    (_, first), (_, second) = await threads()
    assert (first, second.removeprefix("✏️ ")) == ("Ждём", "ж" * length)


async def test_an_answer_by_reply_is_corrected_in_its_thread(order: int, olga: Phone, world: World) -> None:
    async with work(await world.actor(member(world.dispatcher))):
        asked = await chats.post(order, "customer", "Когда удобно?", to_customer=True)
    await olga.say("Завтра", replied=f"msg:{asked}", message_id=5_000)
    await olga.edit(5_000, "Послезавтра", replied=f"msg:{asked}")
    assert (await threads())[-1] == ("customer", "✏️ Послезавтра")


async def test_an_answer_to_a_question_is_to_be_given_anew(order: int, olga: Phone) -> None:
    await olga.say("Не холодит", message_id=5_000)
    await olga.edit(5_000, "Не холодит и течёт")
    assert olga.screens == ["customer.edited"]
    assert olga.dialogue.data["draft"]["words"] == "Не холодит"


async def test_a_live_place_that_moves_is_no_correction(order: int, olga: Phone) -> None:
    await olga.stop_live(5_000)
    assert olga.screens == []


async def test_a_technician_corrects_what_was_said(order: int, world: World) -> None:
    async with work(await world.actor(member(world.dispatcher))):
        job_id = await fetchval("SELECT id FROM orders_jobs WHERE order_id = $1", order)
        await orders.assign(job_id, world.pyotr)
    pyotr = Phone(technician, World.tg(member(world.pyotr)))
    await pyotr.press("job.chat", job_id, "team")
    await pyotr.say("Нужна плата", message_id=6_000)
    await pyotr.edit(6_000, "Нужны две платы")
    assert await threads() == [("team", "Нужна плата"), ("team", "✏️ Нужны две платы")]
    await pyotr.press("talk.leave", job_id)
    await pyotr.edit(6_000, "Три платы")
    assert pyotr.screens == ["technician.edited"]


async def test_the_team_corrects_in_a_topic_and_to_the_customer(order: int, world: World) -> None:
    async with work(await world.actor(contact(world.olga))):
        asked = await chats.post(order, "customer", "Нужен пропуск?")
    dmitry = Phone(dispatcher, World.tg(member(world.dispatcher)), "Дмитрий", chat=GROUP, topic=topic_card(order))
    await dmitry.say("Не нужен", replied=f"msg:{asked}", message_id=7_000)
    await dmitry.edit(7_000, "Нужен, закажем", replied=f"msg:{asked}")
    await dmitry.edit(7_000, "Нужен, закажем", replied=f"msg:{asked}")
    assert (await threads())[1:] == [("customer", "Не нужен"), ("customer", "✏️ Нужен, закажем")]
    dmitry.topic = None
    await dmitry.edit(7_001, "болтовня")
    assert (dmitry.screens, len(await threads())) == ([], 3)
