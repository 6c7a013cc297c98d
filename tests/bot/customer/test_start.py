"""The first minute of people whom we know, don't know, or must not take for somebody else."""

import pytest

import bot.customer.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.customer.draft import MAX_FILES
from bot.customer.routes import routes
from core.company import actions as company
from core.kernel.actor import contact
from core.kernel.read import fetchval
from core.kernel.work import work
from core.people import actions as people
from tests.bot.play import Phone
from tests.world import World

STRANGER = 9_001


@pytest.fixture
async def stranger(world: World) -> Phone:
    return Phone(routes, STRANGER, "Тимур <b>")


async def agreed(phone: Phone) -> Phone:
    await phone.command("start")
    await phone.tap("consent.yes")
    return phone


async def test_consent_comes_first_and_is_recorded(stranger: Phone) -> None:
    await stranger.command("start")
    assert stranger.screens == ["customer.consent"]
    assert not await fetchval("SELECT count(*) FROM people_consents")
    await stranger.tap("consent.yes")
    assert await fetchval("SELECT text_version FROM people_consents WHERE user_id = $1", STRANGER) == "1"
    assert stranger.screens == ["customer.consented", "customer.phone"]


async def test_ones_own_number_makes_one_known(world: World, stranger: Phone) -> None:
    await agreed(stranger)
    await stranger.say(contact=("79161000002", True))
    assert await fetchval("SELECT party FROM people_accounts WHERE user_id = $1", STRANGER) == contact(world.ivan)
    assert stranger.last.screen == "customer.welcome"
    assert "Иван Лис" in stranger.last.view.text


async def test_somebody_elses_number_does_not(stranger: Phone) -> None:
    await agreed(stranger)
    await stranger.say(contact=("79161000002", False))
    assert stranger.last.facts["note"] == "not_own"
    assert not await fetchval("SELECT count(*) FROM people_accounts WHERE user_id = $1", STRANGER)


async def test_a_typed_number_does_not_and_what_was_typed_is_kept(stranger: Phone) -> None:
    await agreed(stranger)
    await stranger.say("+7 916 100-00-02")
    assert stranger.last.facts["note"] == "kept"
    assert stranger.dialogue.data["said"]["text"] == "+7 916 100-00-02"


async def test_a_stranger_may_order_and_loses_nothing_on_the_way(stranger: Phone) -> None:
    await stranger.send("photo", text="Течёт кран")
    assert stranger.screens == ["customer.consent"]
    await stranger.tap("consent.yes")
    await stranger.say(contact=("+79031112233", True))
    assert stranger.screens == ["customer.welcome", "customer.new.place"]
    await stranger.say("ул. Ленина, 5")
    await stranger.tap("new.urgency", "normal")
    await stranger.tap("new.when", "soon")
    await stranger.tap("new.send")
    assert await fetchval("SELECT words FROM orders_orders") == "Течёт кран"
    assert await fetchval("SELECT address FROM orders_orders") == "ул. Ленина, 5"
    assert await fetchval("SELECT count(*) FROM orders_attachments") == 1
    assert await fetchval("SELECT private FROM customers_customers ORDER BY id DESC LIMIT 1")


async def test_where_a_stranger_is_counts_too_and_they_are_told_that_it_is_kept(stranger: Phone) -> None:
    await stranger.send("photo", text="Течёт кран")
    assert stranger.last.facts["note"] == "kept"
    await stranger.place(55.75, 37.61)
    assert stranger.last.facts["note"] == "kept"
    await stranger.command("start")
    assert stranger.last.facts["note"] is None
    await stranger.tap("consent.yes")
    await stranger.say(contact=("+79031112233", True))
    draft = stranger.last.facts["draft"]
    assert (draft["words"], len(draft["files"])) == ("Течёт кран", 1)
    assert (draft["place"]["lat"], draft["place"]["lon"]) == (55.75, 37.61)


async def test_a_long_address_is_kept_whole_in_the_words(stranger: Phone) -> None:
    await agreed(stranger)
    await stranger.say(contact=("+79031112233", True))
    await stranger.say("Течёт кран")
    said = "дом за ленточкой, " * 30
    await stranger.say(said)
    draft = stranger.last.facts["draft"]
    assert len(draft["place"]["address"]) == 300
    assert said.strip() in draft["words"]


async def test_an_album_of_a_stranger_is_answered_once(stranger: Phone) -> None:
    await stranger.send("photo", "photo", "photo", album="a1")
    sql = "SELECT count(DISTINCT card) FROM outbox_notices WHERE screen = 'customer.consent' AND card IS NOT NULL"
    assert await fetchval(sql) == 1
    assert len(stranger.dialogue.data["said"]["files"]) == 3


async def test_what_finds_no_room_is_said_to_a_stranger(stranger: Phone) -> None:
    for note in ("kept", "full"):
        await stranger.say("ж" * 4096)
        assert stranger.last.facts["note"] == note
    for n in range(MAX_FILES + 1):
        await stranger.send("photo")
        assert stranger.last.facts["note"] == ("kept" if n < MAX_FILES else "full")
    await agreed(stranger)
    await stranger.say(contact=("+79031112233", True))
    draft = stranger.last.facts["draft"]
    assert (len(draft["words"]), len(draft["files"])) == (4096, MAX_FILES)


@pytest.mark.parametrize("note", ["many_files", "too_long"])
async def test_what_a_begun_order_has_no_room_for_is_said_though_a_place_came_too(stranger: Phone, note: str) -> None:
    """The company asks for consent anew while an order is being told."""
    await agreed(stranger)
    await stranger.say(contact=("+79031112233", True))
    await stranger.send(*["photo"] * (MAX_FILES - 1), text="ж" * 5000)
    async with work():
        await company.set_rule("consent_version", "2")
    if note == "many_files":
        await stranger.send("photo", "photo")
    else:
        await stranger.say("ж" * 4000)
    await stranger.place(55.75, 37.61)
    await stranger.tap("consent.yes")
    draft = stranger.last.facts["draft"]
    assert stranger.last.facts["note"] == note
    assert (len(draft["files"]), len(draft["words"]), draft["place"]["lat"]) == (MAX_FILES - 1, 5000, 55.75)


async def test_a_company_may_take_no_orders_from_strangers(stranger: Phone) -> None:
    async with work():
        await company.set_rule("strangers_may_order", False)
    await agreed(stranger)
    await stranger.say(contact=("+79031112233", True))
    assert stranger.screens == ["customer.stranger"]
    assert not await fetchval("SELECT count(*) FROM people_accounts WHERE user_id = $1", STRANGER)


async def test_an_invite_works_once(world: World, stranger: Phone) -> None:
    async with work():
        token = await people.issue_invite("contact", contact(world.ivan))
    await stranger.command("start", f"i_{token}")
    assert stranger.screens == ["customer.consent"]
    await stranger.tap("consent.yes")
    assert stranger.last.screen == "customer.welcome"
    other = Phone(routes, STRANGER + 1)
    await other.command("start", f"i_{token}")
    await other.tap("consent.yes")
    assert other.last.screen == "customer.phone"
    assert other.last.facts["note"] == "bad_invite"


async def test_a_label_is_remembered_until_one_is_known(world: World, stranger: Phone) -> None:
    await stranger.command("start", f"q_{world.fridge_tag}")
    await stranger.tap("consent.yes")
    await stranger.say(contact=("79161000001", True))
    assert stranger.last.screen == "customer.new.words"
    assert stranger.last.facts["draft"]["assets"][0]["id"] == world.fridge


async def test_the_language_can_be_chosen_before_anything(stranger: Phone) -> None:
    await stranger.command("start")
    await stranger.press("consent.language", extra="en")
    assert "I agree" in stranger.last.view.rows[0][0].label
    await stranger.tap("consent.yes")
    assert "consent" in stranger.seen[-2].view.text
    assert "Press the button" in stranger.last.view.text
    await stranger.say(contact=("+79031112233", True))
    assert "welcome" in stranger.last.view.text


async def test_a_withdrawn_consent_is_asked_for_again(world: World) -> None:
    phone = await agreed(Phone(routes, World.tg(contact(world.olga))))
    await phone.press("consent.withdraw", extra="yes")
    assert phone.screens == ["customer.withdrawn"]
    await phone.say("Сломалось")
    assert phone.screens == ["customer.consent"]


async def test_no_button_helps_a_stranger(stranger: Phone) -> None:
    for verb in sorted(routes.presses):
        await stranger.press(verb, 1, "yes", 1)
        assert set(stranger.screens) <= {"customer.consent", "customer.consented", "customer.phone"}, verb
    assert not await fetchval("SELECT count(*) FROM people_accounts WHERE user_id = $1", STRANGER)
