"""Files that no bot can carry: a page takes them, and they go where they were meant to."""

from collections.abc import AsyncIterator

import orjson
import pytest

import bot.customer.app
import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.dispatcher.thread import in_topic
from bot.turn import Dialogue, Incoming, Sender, Turn
from core import ports
from core.adapters.memory import Memory
from core.chats.actions import bind_group
from core.chats.rules import topic_card
from core.files import actions as files
from core.inbox.queries import scene
from core.kernel.actor import contact, member
from core.kernel.errors import Refusal
from core.kernel.read import fetch, fetchval, parsed
from core.kernel.work import current, work
from core.orders import actions as orders
from core.people import actions as people
from tests.bot.conftest import Call
from tests.bot.messenger import ADDRESS, photo_of, public_address
from tests.bot.play import Phone
from tests.world import World

LARGE = 63_000_000
VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(2000)


@pytest.fixture(autouse=True)
async def page() -> AsyncIterator[None]:
    """The desk can be reached from outside."""
    ports.use(storage=Memory())
    with public_address():
        yield


def token_of(phone: Phone) -> str:
    """What the offered link ends in."""
    url = phone.shown(f"{phone.routes.bot}.upload").view.rows[0][0].url
    assert url is not None
    assert url.startswith(f"{ADDRESS}/upload/")
    return url.rpartition("/")[2]


async def upload(phone: Phone, token: str, data: bytes = VIDEO) -> None:
    """What the page does with a file that came whole."""
    stored = await files.put_clean(data, "document", "течь.mp4", files.MAX_UPLOAD)
    async with work():
        await files.take_upload(token, stored)
    phone.seen.clear()
    await phone.look()


async def store(dialogue: Dialogue, user_id: int) -> None:
    """Keep a dialogue as the adapter does at the end of each work."""
    sql = """INSERT INTO inbox_dialogues (bot, chat_id, user_id, step, data, version, touched_at)
             VALUES ('customer', $1, $1, $2, $3::jsonb, 1, $4)"""
    async with work() as w:
        await w.execute(sql, user_id, dialogue.step, orjson.dumps(dialogue.data).decode(), w.now)


async def restore(user_id: int) -> Dialogue:
    async with work() as w:
        found = await scene(w, "customer", user_id, user_id)
    assert found.version == 2
    return Dialogue(found.step, found.data, found.version)


async def attached(order: int) -> list[tuple[str, str]]:
    sql = """SELECT f.kind, a.phase FROM orders_attachments a JOIN files_files f ON f.id = a.file_id
             WHERE a.order_id = $1 ORDER BY a.id"""
    return [(row["kind"], row["phase"]) for row in await fetch(sql, order)]


async def drafted(olga: Phone, world: World) -> None:
    """A draft that lacks nothing but the last press."""
    await olga.press("new.site", world.tverskaya, revision=olga.dialogue.data["draft"]["number"])
    await olga.tap("new.urgency", "low")
    await olga.tap("new.when", "soon")


async def test_a_draft_gets_it(world: World, olga: Phone) -> None:
    await olga.send("video", size=LARGE, text="Течёт")
    token = token_of(olga)
    await store(olga.dialogue, olga.user_id)
    await upload(olga, token)
    assert olga.last.facts["where"] == "draft"
    olga.dialogue = await restore(olga.user_id)
    await olga.tap("new.back")
    assert [file["kind"] for file in olga.dialogue.data["draft"]["files"]] == ["video"]
    await drafted(olga, world)
    await olga.tap("new.send")
    assert await attached(await fetchval("SELECT id FROM orders_orders")) == [("video", "request")]


async def test_a_draft_that_became_an_order_gets_it_there(world: World, olga: Phone) -> None:
    await olga.send("video", size=LARGE, text="Течёт")
    token = token_of(olga)
    await drafted(olga, world)
    await olga.tap("new.send")
    order = await fetchval("SELECT id FROM orders_orders")
    await upload(olga, token)
    assert (olga.shown("customer.uploaded").facts["where"], await attached(order)) == ("order", [("video", "request")])


async def test_a_draft_that_is_gone_leaves_it_to_be_asked_about(world: World, olga: Phone) -> None:
    await olga.send("video", size=LARGE, text="Течёт")
    token = token_of(olga)
    await olga.press("new.drop", extra="yes", revision=olga.dialogue.data["draft"]["number"])
    await upload(olga, token)
    assert olga.last.facts["where"] == "loose"
    await olga.tap("new.file")
    assert olga.screens == ["customer.new.site"]
    assert len(olga.dialogue.data["draft"]["files"]) == 1


async def test_an_orders_chat_gets_it(call: Call, olga: Phone) -> None:
    await olga.press("order.chat", call.order)
    await olga.send("video", size=LARGE)
    assert olga.reactions == 0
    await upload(olga, token_of(olga))
    assert await attached(call.order) == [("video", "chat")]
    assert olga.shown("customer.uploaded").facts["where"] == "chat"
    assert await fetchval("SELECT party FROM chats_messages") == contact(call.world.olga)


async def test_the_rest_of_the_message_is_not_lost(call: Call, olga: Phone) -> None:
    await olga.press("order.chat", call.order)
    await olga.send("video", size=LARGE, text="вот видео")
    assert (await fetchval("SELECT text FROM chats_messages"), olga.reactions) == ("вот видео", 1)


@pytest.mark.parametrize("phase", ["before", "after"])
async def test_a_jobs_video_stands_where_it_was_asked_for(assigned: Call, pyotr: Phone, phase: str) -> None:
    await pyotr.press("job.go", assigned.job)
    await pyotr.press("job.arrive", assigned.job)
    await pyotr.press("job.photo", assigned.job, phase)
    await pyotr.send("video", size=LARGE)
    await upload(pyotr, token_of(pyotr))
    assert await attached(assigned.order) == [("video", phase)]
    assert pyotr.shown("technician.uploaded").facts["job_id"] == assigned.job


async def test_after_the_work_it_stays_as_proof(assigned: Call, pyotr: Phone) -> None:
    await pyotr.press("job.photo", assigned.job, "before")
    await pyotr.send("video", size=LARGE)
    token = token_of(pyotr)
    async with work():
        await orders.cancel(assigned.order, "не надо")
    await upload(pyotr, token)
    assert await attached(assigned.order) == [("video", "proof")]


async def test_the_technicians_words_to_the_customer_carry_it(assigned: Call, pyotr: Phone, olga: Phone) -> None:
    await pyotr.press("job.chat", assigned.job, "customer")
    await pyotr.send("document", size=LARGE)
    await upload(pyotr, token_of(pyotr), photo_of(None))
    await olga.look()
    assert olga.shown("customer.message").facts["file"]["kind"] == "photo"


async def test_a_dispatchers_file_comes_back_into_the_topic(call: Call) -> None:
    party = member(call.world.dispatcher)
    actor = await call.world.actor(party)
    async with work():
        group = await bind_group(-100, "Диспетчерская", True)
        await current().execute("UPDATE orders_orders SET group_id = $1", group)
    async with work(actor) as w:
        turn = Turn("dispatcher", w, Sender(World.tg(party), "Дмитрий"), actor, -100, False, 5, w.now)
        turn.topic, turn.files = topic_card(call.order), (Incoming("video", "key", LARGE),)
        assert await in_topic(turn)
    told = parsed(await fetchval("SELECT facts FROM outbox_notices WHERE screen = 'dispatcher.upload'"))
    assert await fetchval("SELECT count(*) FROM chats_messages") == 0
    stored = await files.put_clean(VIDEO, "document", "течь.mp4", files.MAX_UPLOAD)
    async with work():
        await files.take_upload(told["url"].rpartition("/")[2], stored)
    assert await fetchval("SELECT side FROM chats_messages") == "team"
    assert await fetchval("SELECT count(*) FROM outbox_notices WHERE screen = 'dispatcher.message'") == 1


async def test_what_is_left_unsorted_is_proof(assigned: Call, pyotr: Phone) -> None:
    await pyotr.send("video", size=LARGE)
    assert pyotr.screens == ["technician.upload"]
    await upload(pyotr, token_of(pyotr))
    assert await attached(assigned.order) == [("video", "proof")]


async def test_a_link_is_good_once_and_only_for_who_still_belongs(assigned: Call, pyotr: Phone) -> None:
    await pyotr.send("video", size=LARGE)
    token = token_of(pyotr)
    await upload(pyotr, token)
    with pytest.raises(Refusal, match="bad_link"):
        await upload(pyotr, token)
    await pyotr.send("video", size=LARGE)
    token = token_of(pyotr)
    async with work():
        await orders.unassign(assigned.job, "ушёл")
        await people.deactivate_member(assigned.world.pyotr)
    with pytest.raises(Refusal, match="bad_link"):
        await upload(pyotr, token)
    assert len(await attached(assigned.order)) == 1


async def test_more_than_the_page_takes_is_told_at_once(olga: Phone) -> None:
    await olga.send("video", size=files.MAX_UPLOAD + 1)
    assert olga.shown("customer.upload").facts["url"] is None
