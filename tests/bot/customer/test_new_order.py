"""A customer orders: from any message, whatever they do on the way."""

import pytest

import bot.customer.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.customer.routes import routes
from core.kernel.actor import contact
from core.kernel.read import fetchrow, fetchval
from tests.bot.play import Phone
from tests.world import World


@pytest.fixture
async def olga(world: World) -> Phone:
    """Speaks for the whole chain: three sites."""
    return await met(world, world.olga)


@pytest.fixture
async def marat(world: World) -> Phone:
    """Has one site with one oven; reads English."""
    return await met(world, world.marat)


async def met(world: World, contact_id: int) -> Phone:
    phone = Phone(routes, World.tg(contact(contact_id)))
    await phone.command("start")
    assert phone.screens == ["customer.consent"]
    await phone.tap("consent.yes")
    assert "customer.welcome" in phone.screens
    return phone


async def test_it_goes_from_words_to_a_number_in_a_few_taps(world: World, olga: Phone) -> None:
    await olga.say("Витрина не холодит, вода на полу")
    assert olga.screens == ["customer.new.site"]
    await olga.press("new.site", world.arbat, revision=olga.last.facts["draft"]["number"])
    assert olga.screens == ["customer.new.asset"]
    await olga.press("new.asset", world.fridge, revision=olga.last.facts["draft"]["number"])
    assert olga.screens == ["customer.new.urgency"]
    await olga.tap("new.urgency", "urgent")
    assert olga.screens == ["customer.new.when"]
    await olga.tap("new.when", "soon")
    assert olga.screens == ["customer.new.check"]
    await olga.tap("new.send")
    assert "customer.created" in olga.screens
    assert "customer.order" in olga.screens
    order = await fetchrow("SELECT * FROM orders_orders")
    assert order is not None
    assert (order["words"], order["urgency"], order["site_id"]) == (
        "Витрина не холодит, вода на полу",
        "urgent",
        world.arbat,
    )
    assert await fetchval("SELECT asset_id FROM orders_order_assets") == world.fridge
    assert olga.dialogue.step is None


async def test_the_only_site_and_machine_are_not_asked_for_twice(world: World, marat: Phone) -> None:
    await marat.say("The oven is cold")
    assert marat.screens == ["customer.new.asset"]
    assert "Печь подовая" in marat.last.view.rows[0][0].label


async def test_an_album_is_answered_once_and_all_of_it_is_kept(olga: Phone) -> None:
    await olga.send("photo", "photo", "photo", album="777", text="Течёт")
    cards = await fetchval("SELECT count(DISTINCT card) FROM outbox_notices WHERE screen = 'customer.new.site'")
    assert cards == 1
    assert len(olga.dialogue.data["draft"]["files"]) == 3


async def test_photos_voice_and_words_come_at_any_moment(world: World, olga: Phone) -> None:
    await olga.send("photo")
    await olga.press("new.site", world.arbat, revision=olga.last.facts["draft"]["number"])
    await olga.send("voice")
    await olga.say("Под витриной лужа, пахнет горелым")
    draft = olga.dialogue.data["draft"]
    assert len(draft["files"]) == 2
    assert draft["words"] == "Под витриной лужа, пахнет горелым"
    assert olga.screens == ["customer.new.asset"]


async def test_a_photo_without_words_is_an_order_too(world: World, olga: Phone) -> None:
    await olga.send("photo")
    number = olga.last.facts["draft"]["number"]
    await olga.press("new.site", world.tverskaya, revision=number)
    assert olga.screens == ["customer.new.words"]
    await olga.tap("new.wordless")
    await olga.tap("new.urgency", "low")
    await olga.tap("new.when", "soon")
    await olga.tap("new.send")
    assert await fetchval("SELECT count(*) FROM orders_attachments") == 1


async def test_a_site_is_found_by_its_name_or_by_where_one_stands(world: World, olga: Phone) -> None:
    await olga.say("Сломалось")
    await olga.say("каширк")
    assert [site["id"] for site in olga.last.facts["sites"]] == [world.kashirka]
    await olga.place(55.7610, 37.6091)
    assert olga.last.facts["sites"][0]["id"] == world.tverskaya


async def test_a_day_and_a_window_are_chosen_by_buttons(world: World, olga: Phone) -> None:
    await olga.say("Сломалось")
    await olga.press("new.site", world.tverskaya, revision=olga.last.facts["draft"]["number"])
    await olga.tap("new.urgency", "normal")
    await olga.tap("new.when", "pick")
    assert olga.screens == ["customer.new.day"]
    days = [b for row in olga.last.view.rows for b in row if b.verb == "new.when" and b.extra.isdigit()]
    await olga.tap("new.when", days[-1].extra)
    assert olga.screens == ["customer.new.window"]
    await olga.tap("new.when", f"{days[-1].extra}-0912")
    assert olga.screens == ["customer.new.check"]
    await olga.tap("new.send")
    assert await fetchval("SELECT wanted_to - wanted_from = interval '3 hours' FROM orders_orders")


async def test_everything_can_be_corrected_before_it_is_sent(world: World, olga: Phone) -> None:
    await olga.say("Не работает")
    await olga.press("new.site", world.tverskaya, revision=olga.last.facts["draft"]["number"])
    await olga.tap("new.urgency", "low")
    await olga.tap("new.when", "soon")
    await olga.tap("new.edit", "words")
    await olga.say("Не морозит, а греет")
    assert olga.screens == ["customer.new.check"]
    await olga.tap("new.edit", "urgency")
    await olga.tap("new.urgency", "high")
    assert olga.screens == ["customer.new.check"]
    assert olga.last.facts["draft"]["words"] == "Не морозит, а греет"
    assert olga.last.facts["draft"]["urgency"] == "high"


async def test_a_second_press_of_send_makes_no_second_order(world: World, olga: Phone) -> None:
    await olga.say("Не работает")
    number = olga.last.facts["draft"]["number"]
    await olga.press("new.site", world.tverskaya, revision=number)
    await olga.tap("new.urgency", "low")
    await olga.tap("new.when", "soon")
    await olga.tap("new.send")
    await olga.press("new.send", revision=number)
    assert olga.screens == ["customer.new.gone"]
    assert await fetchval("SELECT count(*) FROM orders_orders") == 1


async def test_a_label_on_the_machine_opens_an_order_for_it(world: World, olga: Phone) -> None:
    await olga.command("start", f"q_{world.fridge_tag}")
    assert olga.last.screen == "customer.new.words"
    await olga.say("Гудит")
    assert olga.last.screen == "customer.new.urgency"
    assert olga.last.facts["draft"]["assets"][0]["id"] == world.fridge


async def test_a_forged_label_and_another_customers_are_told_as_such(world: World, olga: Phone) -> None:
    for payload in ("nonsense", "1abc-AAAAAAAAAAA", "💥", world.oven_tag):
        await olga.command("start", f"q_{payload}")
        assert olga.last.facts["note"] == "bad_tag", payload


async def test_an_old_button_of_a_machine_asks_for_the_place_that_was_left(world: World, olga: Phone) -> None:
    await olga.say("Не холодит")
    await olga.press("new.site", world.arbat, revision=olga.last.facts["draft"]["number"])
    draft = olga.last.facts["draft"]["number"]
    await olga.press("new.elsewhere", revision=draft)
    asked = olga.screens
    await olga.press("new.asset", world.fridge, revision=draft)
    assert olga.screens == asked
    assert olga.last.facts["draft"]["assets"] is None


async def test_anothers_site_cannot_be_chosen_by_a_forged_button(world: World, olga: Phone) -> None:
    await olga.say("Сломалось")
    await olga.press("new.site", world.shop, revision=olga.last.facts["draft"]["number"])
    assert olga.refused == "customers.site.not_found"
    assert olga.dialogue.step == "new_order.site"


async def test_strange_words_are_kept_as_they_are(olga: Phone) -> None:
    for text in ("я" * 4096, "😀" * 500, "שלום עולם", "<b>x</i>&amp;", "\u202eabc"):
        olga.dialogue.forget()
        await olga.say(text)
        assert olga.screens == ["customer.new.site"]
        assert olga.dialogue.data["draft"]["words"] == text


async def test_what_does_not_fit_is_refused_and_nothing_is_lost(olga: Phone) -> None:
    await olga.say("я" * 4000)
    await olga.say("ю" * 4096)
    assert olga.last.facts["note"] == "too_long"
    assert olga.dialogue.data["draft"]["words"] == "я" * 4000


async def test_a_file_that_no_bot_can_fetch_is_told_and_what_was_said_with_it_is_kept(olga: Phone) -> None:
    await olga.say("Сломалось")
    await olga.send("video", size=30_000_000, text="вот")
    assert olga.screens == ["customer.upload", "customer.new.site"]
    assert olga.shown("customer.upload").view.rows == ()
    assert olga.dialogue.data["draft"]["words"] == "Сломалось\nвот"


async def test_the_menu_sets_a_draft_aside_and_new_goes_on_with_it(olga: Phone) -> None:
    await olga.say("Сломалось")
    asked_first = olga.last.card
    await olga.say("📋 Мои заявки")
    assert olga.screens == ["customer.orders"]
    await olga.say("🛠 Новая заявка")
    assert olga.screens == ["customer.new.site"]
    assert olga.last.card != asked_first, "the answer stands below, not where the first one was"
    assert olga.last.facts["note"] == "resumed"
    assert olga.last.facts["draft"]["words"] == "Сломалось"


async def test_what_was_said_may_go_to_the_order_that_stands(world: World, olga: Phone) -> None:
    await olga.say("Не работает")
    await olga.press("new.site", world.tverskaya, revision=olga.last.facts["draft"]["number"])
    await olga.tap("new.urgency", "low")
    await olga.tap("new.when", "soon")
    await olga.tap("new.send")
    await olga.say("И ещё вода на полу")
    await olga.tap("new.join")
    assert "customer.chat.joined" in olga.screens
    assert await fetchval("SELECT text FROM chats_messages") == "И ещё вода на полу"
    assert await fetchval("SELECT count(*) FROM orders_orders") == 1
