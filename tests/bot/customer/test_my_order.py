"""What a customer does with an order that stands: looks, writes, moves, cancels, reopens, signs, rates."""

import pytest

import bot.customer.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.customer.routes import routes
from core.chats.actions import bind_group
from core.company import actions as company
from core.documents import actions as documents
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.read import fetch, fetchrow, fetchval, parsed
from core.kernel.work import current, work
from core.orders import actions as orders
from core.ratings import actions as ratings
from tests.bot.conftest import Call
from tests.bot.play import Phone
from tests.world import World


async def phone_of(world: World, contact_id: int) -> Phone:
    phone = Phone(routes, World.tg(contact(contact_id)))
    await phone.command("start")
    await phone.tap("consent.yes")
    return phone


@pytest.fixture
async def olga(call: Call) -> Phone:
    return await phone_of(call.world, call.world.olga)


@pytest.fixture
async def done(assigned: Call) -> Call:
    """Pyotr has finished and the act is being made."""
    async with work():
        for rule in ("require_before_photo", "require_after_photo"):
            await company.set_rule(rule, False)
    async with work(await assigned.world.actor(member(assigned.world.pyotr))):
        await orders.travel(assigned.job)
        await orders.arrive(assigned.job)
        await orders.finish(assigned.job, "no_access")
    return assigned


async def test_the_list_opens_an_order(call: Call, olga: Phone) -> None:
    await olga.say("📋 Мои заявки")
    assert [one["number"] for one in olga.last.facts["orders"]] == [call.order]
    await olga.tap("order.open")
    assert olga.last.screen == "customer.order"
    await olga.press("orders.list", extra="all")
    assert olga.last.facts["orders"] == []


async def test_anothers_order_is_not_there(call: Call) -> None:
    marat = await phone_of(call.world, call.world.marat)
    verbs = [verb for verb in routes.presses if verb.startswith(("order.", "rate."))]
    for verb in verbs:
        await marat.press(verb, call.order, "5")
        assert marat.refused == "orders.order.not_found", verb
    assert await fetchval("SELECT state FROM orders_orders") == "new"


async def test_a_chat_takes_whatever_comes_until_it_is_left(call: Call, olga: Phone) -> None:
    await olga.press("order.chat", call.order)
    await olga.say("Когда приедете?")
    await olga.send("photo", "photo", album="5", text="вот")
    await olga.place(55.75, 37.6)
    assert olga.reactions == 4
    await olga.say("я" * 4097)
    assert olga.last.screen == "customer.chat.long"
    await olga.press("chat.leave")
    assert await fetchval("SELECT count(*) FROM chats_messages WHERE side = 'customer'") == 4
    await olga.say("Новая беда")
    assert olga.last.screen.startswith("customer.new.")


async def test_an_answer_to_a_message_goes_to_its_order(call: Call, olga: Phone) -> None:
    await olga.say("Спасибо!", replied=f"order:{call.order}")
    assert await fetchval("SELECT text FROM chats_messages") == "Спасибо!"
    marat = await phone_of(call.world, call.world.marat)
    await marat.say("Hello", replied=f"order:{call.order}")
    assert await fetchval("SELECT count(*) FROM chats_messages") == 1


async def test_it_is_moved_to_a_window(call: Call, olga: Phone) -> None:
    await olga.press("order.move", call.order)
    days = [b for row in olga.last.view.rows for b in row if b.verb == "order.move" and b.extra.isdigit()]
    await olga.tap("order.move", days[-1].extra)
    await olga.tap("order.move", f"{days[-1].extra}-1518")
    row = await fetchrow("SELECT wanted_from, wanted_to FROM orders_orders")
    assert row is not None
    assert (row["wanted_to"] - row["wanted_from"]).total_seconds() == 3 * 3600
    for forged in ("20200101-0912", "20261301-0912", "x" * 40, "20261125-1509"):
        await olga.press("order.move", call.order, forged)
        assert olga.refused in (None, "orders.bad_window"), forged
    assert await fetchval("SELECT wanted_from FROM orders_orders") == row["wanted_from"]


async def test_it_is_cancelled_and_reopened_with_reasons(call: Call, olga: Phone) -> None:
    await olga.press("order.cancel", call.order)
    await olga.tap("order.cancel", "other")
    await olga.send("photo")
    assert olga.last.facts["note"] == "text"
    await olga.say("Сами перезагрузили, заработало")
    assert await fetchval("SELECT cancel_reason FROM orders_orders") == "Сами перезагрузили, заработало"
    await olga.press("order.cancel", call.order, "fixed")
    assert olga.toasts == ["error.orders.wrong_state"]
    assert olga.shown("customer.order").facts["state"] == "cancelled"
    await olga.tap("order.reopen")
    await olga.tap("order.reopen", "again")
    assert await fetchval("SELECT state FROM orders_orders") == "new"


async def test_the_act_is_signed_by_one_press_and_the_work_rated(done: Call) -> None:
    olga = await phone_of(done.world, done.world.olga)
    async with work(SYSTEM):
        document_id = await documents.draft_act(done.order)
    async with work() as w:
        await w.execute("UPDATE documents_documents SET state = 'ready' WHERE id = $1", document_id)
    await olga.press("sign.ok", document_id)
    assert olga.refused is None
    assert olga.toasts == ["customer.sign.thanks"]
    assert await fetchval("SELECT name FROM documents_signatures") == "Ольга Белова"
    await olga.press("sign.ok", document_id)
    assert await fetchval("SELECT count(*) FROM documents_signatures") == 1
    assert await fetchval("SELECT how FROM documents_signatures") == "bot"


async def test_an_act_is_objected_to_with_a_reason(done: Call) -> None:
    olga = await phone_of(done.world, done.world.olga)
    async with work(SYSTEM):
        document_id = await documents.draft_act(done.order)
    async with work() as w:
        await w.execute("UPDATE documents_documents SET state = 'ready' WHERE id = $1", document_id)
    await olga.press("sign.no", document_id)
    await olga.tap("sign.no", "price")
    assert "customer.refused" in olga.screens
    assert await fetchval("SELECT state FROM documents_documents") == "refused"
    marat = await phone_of(done.world, done.world.marat)
    await marat.press("sign.ok", document_id)
    assert marat.refused == "orders.order.not_found"


async def test_stars_come_one_by_one_and_can_be_corrected(done: Call) -> None:
    olga = await phone_of(done.world, done.world.olga)
    async with work(SYSTEM):
        await ratings.ask(done.order)
    await olga.press("rate.speed", done.order, "5")
    await olga.tap("rate.accuracy", "4")
    await olga.tap("rate.communication", "1")
    await olga.tap("rate.again", "communication")
    await olga.tap("rate.communication", "3")
    await olga.press("rate.speed", done.order, "9")
    await olga.send("photo")
    assert "customer.rate.text_only" in olga.screens
    await olga.say("Пришлось ждать")
    row = await fetchrow("SELECT speed, accuracy, communication, comment FROM ratings_ratings")
    assert row is not None
    assert tuple(row) == (5, 4, 3, "Пришлось ждать")


async def test_a_low_mark_alerts_the_desk_once_and_takes_in_what_follows(done: Call) -> None:
    async with work():
        group = await bind_group(-100, "Диспетчерская", True)
        await current().execute("UPDATE orders_orders SET group_id = $1", group)
        await ratings.ask(done.order)
    olga = await phone_of(done.world, done.world.olga)
    await olga.press("rate.speed", done.order, "2")
    await olga.tap("rate.accuracy", "5")
    await olga.tap("rate.communication", "4")
    await olga.say("Пришлось ждать")
    sql = "SELECT card, facts FROM outbox_notices WHERE screen = 'dispatcher.alert' AND card IS NOT NULL ORDER BY seq"
    alerts = await fetch(sql)
    assert {row["card"] for row in alerts} == {"lowmark:1"}
    rating = parsed(alerts[-1]["facts"])["order"]["rating"]
    assert rating == {"speed": 2, "accuracy": 5, "communication": 4, "comment": "Пришлось ждать"}


async def test_the_same_time_again_is_no_news(call: Call, olga: Phone) -> None:
    await olga.press("order.move", call.order, "soon")
    assert "customer.rescheduled" not in olga.screens
    assert await fetchval("SELECT count(*) FROM orders_entries WHERE kind = 'order.moved'") == 0


async def test_the_language_changes_everything_at_once(call: Call, olga: Phone) -> None:
    await olga.say("⚙️ Настройки")
    await olga.tap("settings.language", "en")
    assert "language" in olga.shown("customer.settings").view.text
    await olga.say("📋 My orders")
    assert "Open orders" in olga.last.view.text
    await olga.say("📋 Мои заявки")
    assert "Open orders" in olga.last.view.text
