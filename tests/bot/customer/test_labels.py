"""A photo of a machine's label: the machine is recognised, and one press orders for it."""

import pytest

import bot.customer.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.customer.routes import routes
from core.assets import actions as assets
from core.assets.labels import payload_in
from core.events import FileKept
from core.kernel.actor import contact
from core.kernel.read import fetchrow, fetchval
from core.kernel.work import emit, work
from tests.bot.messenger import photo_of, sends, work_off
from tests.bot.play import Phone
from tests.world import World


async def photographs(phone: Phone, code: str | None, **said: str) -> None:
    """Send a photo and see what comes of it when its bytes were fetched."""
    sends(photo_of(code))
    await phone.send("photo", **said)
    phone.seen.clear()
    await work_off()
    await phone.look()


@pytest.mark.parametrize("text", ["https://t.me/some_bot?start=q_1a-XYZ", "q_1a-XYZ", " 1a-XYZ\n",
                                  "tg://resolve?domain=some_bot&start=q_1a-XYZ"])  # fmt: skip
def test_a_code_is_a_link_or_the_bare_payload(text: str) -> None:
    assert payload_in(text) == "1a-XYZ"


@pytest.mark.parametrize("text", ["https://[", "http://shop.example/?start=", "", "💥", "x" * 900])
def test_any_other_code_is_harmless(text: str) -> None:
    assert payload_in(text) != "1a-XYZ"


async def test_the_machine_is_told_and_put_into_the_draft(world: World, olga: Phone) -> None:
    await photographs(olga, f"https://t.me/some_bot?start=q_{world.fridge_tag}", text="Не холодит")
    assert olga.screens == ["customer.label"]
    assert "Витрина молочная" in olga.last.view.text
    await olga.tap("new.label")
    assert olga.screens == ["customer.new.urgency"]
    draft = olga.dialogue.data["draft"]
    assert (draft["site"]["id"], [a["id"] for a in draft["assets"]]) == (world.arbat, [world.fridge])
    assert (len(draft["files"]), draft["words"]) == (1, "Не холодит")


async def test_a_draft_that_moved_on_keeps_what_it_has(world: World, olga: Phone) -> None:
    sends(photo_of(world.fridge_tag))
    await olga.send("photo", text="Не холодит")
    await olga.press("new.site", world.arbat, revision=olga.last.facts["draft"]["number"])
    await olga.press("new.asset", world.freezer, revision=olga.last.facts["draft"]["number"])
    await olga.tap("new.urgency", "urgent")
    await work_off()
    await olga.look()
    await olga.tap("new.label")
    assert olga.screens == ["customer.new.when"]
    assert [a["id"] for a in olga.dialogue.data["draft"]["assets"]] == [world.freezer, world.fridge]


async def test_a_photo_of_a_draft_that_is_gone_begins_an_order(world: World, olga: Phone) -> None:
    await photographs(olga, world.fridge_tag)
    label = olga.last
    await olga.press("new.drop", extra="yes", revision=olga.dialogue.data["draft"]["number"])
    await olga.press("new.label", world.fridge, label.button("new.label").extra)
    assert olga.screens == ["customer.new.words"]
    assert len(olga.dialogue.data["draft"]["files"]) == 1


async def test_a_photo_that_is_in_an_order_already_asks_for_nothing(world: World, olga: Phone) -> None:
    sends(photo_of(world.fridge_tag))
    await olga.send("photo")
    await olga.press("new.site", world.tverskaya, revision=olga.last.facts["draft"]["number"])
    await olga.tap("new.wordless")
    await olga.tap("new.urgency", "low")
    await olga.tap("new.when", "soon")
    await olga.tap("new.send")
    await work_off()
    await olga.look()
    assert "customer.label" not in olga.screens


@pytest.mark.parametrize("text", [None, "https://shop.example/fridge", "1zz-AAAAAAAAAAA"])
async def test_other_photos_are_not_spoken_of(olga: Phone, text: str | None) -> None:
    await photographs(olga, text)
    assert olga.screens == []
    assert await fetchval("SELECT count(*) FROM tasks_tasks") == 0


async def test_another_customers_machine_is_none_of_theirs(world: World, olga: Phone) -> None:
    await photographs(olga, world.oven_tag)
    assert olga.screens == []
    await olga.press("new.label", world.oven, "1")
    assert olga.refused == "assets.not_found"


async def test_a_revoked_label_is_told_as_such(world: World, olga: Phone) -> None:
    async with work():
        await assets.revoke_tag(world.fridge_tag)
    await photographs(olga, world.fridge_tag)
    assert olga.screens == ["customer.label"]
    assert olga.last.view.rows == ()


async def test_it_is_told_once_however_often_the_work_is_done(world: World, olga: Phone) -> None:
    await photographs(olga, world.fridge_tag)
    async with work():
        await emit(FileKept((await fetchrow("SELECT id FROM files_files"))["id"]))  # type: ignore[index]
    await work_off()
    cards = await fetchval("SELECT count(DISTINCT card) FROM outbox_notices WHERE screen = 'customer.label'")
    assert cards == 1


async def test_anothers_photo_cannot_be_taken_by_a_forged_button(world: World, olga: Phone) -> None:
    await photographs(olga, world.fridge_tag)
    ivan = Phone(routes, World.tg(contact(world.ivan)))
    await ivan.command("start")
    await ivan.tap("consent.yes")
    await ivan.press("new.label", world.fridge, olga.last.button("new.label").extra)
    assert ivan.refused == "files.not_found"


async def test_a_file_that_is_no_good_is_told_to_its_sender(olga: Phone) -> None:
    sends(b"")
    await olga.send("photo", text="вот")
    olga.seen.clear()
    await work_off()
    await olga.look()
    assert olga.screens == ["customer.file_failed"]
    assert "пустой" in olga.last.view.text
