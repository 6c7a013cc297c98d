"""What customers write in a messenger in which we answer: into the right order's thread, with its files."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from core import ports
from core.adapters.console import ConsoleMessenger
from core.adapters.memory import Memory
from core.chats.models import Message
from core.customers import actions as customers
from core.files.rules import MAX_BYTES
from core.kernel.actor import contact, member
from core.kernel.clock import now
from core.kernel.errors import Outage
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Attachment, Job, Order
from core.outbox.models import Notice, Sender
from core.outbox.sending import block
from core.sources import requests, talks
from core.sources.follow.media import ATTEMPTS
from core.sources.models import Request, Said, Talk
from core.tasks.actions import run_one
from core.tasks.models import Task
from core.timers.models import Timer
from core.twins import actions as twins
from naryad.housekeeping import tidy
from tests.sources.conftest import GROUP, Bring, connect
from tests.world import World

MARAT, VERA = "+79161000003", "+79165554433"
ACCOUNT = "106540352242922"


@pytest.fixture
async def whatsapp(world: World) -> Any:
    await connect("wa", "whatsapp", {"app_secret": "s"})
    twin = ConsoleMessenger(ACCOUNT)
    ports.use_messenger("whatsapp", twin)
    ports.use(storage=Memory())
    yield twin
    ports.use_messenger("whatsapp", None)


numbers: Iterator[int] = iter(range(10**6))


def message(words: str = "", sender: str = MARAT, **more: Any) -> dict[str, Any]:
    facts = {"event": "message.received", "id": f"wamid.{next(numbers)}", "from": sender, "text": words}
    return {**facts, "account": ACCOUNT, "name": "Марат", **more}


async def ordered(world: World, words: str = "Печь не греет") -> int:
    async with work():
        return await orders.create(
            customer_id=world.bakery, site_id=world.shop, contact_id=world.marat, words=words, source="whatsapp"
        )


async def told(order_id: int, message_id: str) -> None:
    async with work():
        await talks.said("whatsapp", message_id, 1, order_id)


async def fetched() -> None:
    """Do the tasks that fetch files; others may be there. None may fail on the way."""
    while row := await Task.filter(kind="sources.media").first():
        assert not row.error
        await run_one()


async def thread(order_id: int) -> list[tuple[str, str]]:
    rows = await Message.filter(order_id=order_id).order_by("id")
    return [(row.side, row.text) for row in rows]


async def test_an_answer_gets_into_the_orders_thread_and_topic(world: World, bring: Bring, whatsapp: Any) -> None:
    number = await ordered(world)
    said = message("Ворота открыты", at=int(now().timestamp()) - 60)
    assert ((await bring("wa", **said)).what, (await bring("wa", **said)).what) == ("message", "seen")
    row = await Message.get(order_id=number)
    assert (row.text, row.party, row.side) == ("Ворота открыты", contact(world.marat), "customer")
    shown = await Notice.get(chat_id=GROUP, screen="dispatcher.message")
    assert (shown.facts["text"], shown.facts["order_number"], shown.topic) == (
        "Ворота открыты", number, f"topic:{number}",
    )  # fmt: skip
    assert await Request.all().count() == 0
    assert await talks.is_open("whatsapp", ACCOUNT, MARAT)


async def test_of_several_orders_it_is_the_one_that_they_answer(world: World, bring: Bring, whatsapp: Any) -> None:
    first, second, third = [await ordered(world, f"Беда {n}") for n in range(3)]
    assert (await bring("wa", **message("a"))).order_id == third
    await told(first, "wamid.1st")
    await told(second, "wamid.2nd")
    assert (await bring("wa", **message("b"))).order_id == second
    assert (await bring("wa", **message("c", answers="wamid.1st"))).order_id == first
    assert (await bring("wa", **message("d", answers="wamid.unknown"))).order_id == second
    async with work(await world.actor(member(world.dispatcher))):
        await orders.cancel(second, "ошиблись")
    assert (await bring("wa", **message("e", answers="wamid.2nd"))).order_id == first


async def test_a_merged_order_is_answered_where_it_goes_on(world: World, bring: Bring, whatsapp: Any) -> None:
    first, second = await ordered(world, "Раз"), await ordered(world, "Два")
    await told(first, "wamid.1st")
    async with work(await world.actor(member(world.dispatcher))):
        await twins.merge(second, first)
    assert (await bring("wa", **message("Да", answers="wamid.1st"))).order_id == second
    assert await thread(second) == [("customer", "Да")]


@pytest.mark.parametrize("said", [{"words": "Ждём"}, {"event": "message.reacted"}])
async def test_an_answer_or_a_mark_is_a_reaction(
    world: World, bring: Bring, whatsapp: ConsoleMessenger, said: dict[str, str]
) -> None:
    """Marat has a bot too: where he does not react to the one, the other would tell him."""
    whatsapp.templates["customer.on_the_way"] = "on_the_way"
    number = await ordered(world)
    await told(number, "wamid.1st")
    async with work():
        job = await Job.get(order_id=number)
        await orders.assign(job.id, world.pyotr)
        await orders.travel(job.id)
    assert await Timer.filter(kind="channels.unheard").exists()
    came = await bring("wa", **message(answers="wamid.1st", **said))
    assert (came.what, came.order_id) == ("message" if "words" in said else "reacted", number)
    assert not await Timer.filter(kind="channels.unheard").exists()


async def test_a_mark_of_what_is_not_ours_is_nothing(world: World, bring: Bring, whatsapp: Any) -> None:
    assert (await bring("wa", **message(event="message.reacted", answers="wamid.x"))).what == "nothing"
    assert (await bring("wa", **message(event="message.system"))).what == "nothing"
    assert (await bring("wa", **message())).what == "nothing"


async def test_what_is_not_passed_on_is_not_lost(world: World, bring: Bring, whatsapp: Any) -> None:
    number = await ordered(world)
    await bring("wa", **message(unread=True))
    [(side, text)] = await thread(number)
    assert side == "team"
    assert "Попросите" in text


async def test_strangers_messages_become_one_request_and_an_order_with_files(
    world: World, bring: Bring, whatsapp: ConsoleMessenger
) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "PNG")
    whatsapp.files = {"1": picture.getvalue(), "2": b"OggS" + b"\0" * 100}
    sender = {"sender": VERA, "name": "Вера"}
    await bring("wa", **message(file={"id": "1"}, **sender))
    await bring("wa", **message("Не греет", **sender))
    await bring("wa", **message("Мира, 5", file={"id": "2"}, **sender))
    request = await Request.get()
    assert (request.facts["words"], request.phone, request.facts["name"]) == ("Не греет\nМира, 5", VERA, "Вера")
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order(request.id)
    await fetched()
    rows = await Attachment.filter(order_id=number).order_by("id").select_related("file")
    assert [(row.file.kind, row.phase) for row in rows] == [("photo", "request"), ("audio", "request")]
    order = await Order.get(id=number).select_related("contact")
    assert (order.source, order.contact.phone) == ("whatsapp", VERA)
    told = await Notice.filter(bot="whatsapp").values_list("screen", flat=True)
    assert told == ["customer.received"]
    assert (await bring("wa", **message("И ещё", **sender))).order_id == number


async def test_whoever_hides_their_number_is_a_request(world: World, bring: Bring, whatsapp: Any) -> None:
    """There are orders of people whose number we do not know either; they are not meant."""
    async with work():
        contact_id = await customers.guest(world.bakery, "Вера", "", "vera@client.example")
        await orders.create(customer_id=world.bakery, contact_id=contact_id, words="a", address="b", source="form")
    for _ in range(2):
        assert (await bring("wa", **message("Не греет", sender=""))).what == "request"
    assert await Request.all().count() == 2
    assert await Talk.all().count() == 0


async def test_words_that_have_no_room_are_another_request(world: World, bring: Bring, whatsapp: Any) -> None:
    for letter in "ab":
        await bring("wa", **message(letter * 3000, sender=VERA))
    assert [row.facts["words"][0] for row in await Request.all().order_by("id")] == ["a", "b"]


async def test_a_photo_stands_in_the_thread(world: World, bring: Bring, whatsapp: ConsoleMessenger) -> None:
    number = await ordered(world)
    whatsapp.files["7"] = b"%PDF-1.4 x"
    await bring("wa", **message("Вот акт", file={"id": "7", "name": "акт.pdf"}))
    await fetched()
    assert await thread(number) == [("customer", "Вот акт"), ("customer", "")]
    row = await Attachment.get(order_id=number).select_related("file")
    assert (row.file.name, row.file.mime, row.phase, row.party) == (
        "акт.pdf", "application/pdf", "chat", contact(world.marat),
    )  # fmt: skip


@pytest.mark.parametrize("data", [b"%PDF-" + b"x" * MAX_BYTES, b"MZ\x00\x01"])
async def test_a_file_that_we_do_not_take_is_told_to_who_sent_it(
    world: World, bring: Bring, whatsapp: ConsoleMessenger, data: bytes
) -> None:
    number = await ordered(world)
    whatsapp.files["7"] = data
    await bring("wa", **message(file={"id": "7", "name": "план.dwg"}))
    await fetched()
    [(side, text)] = await thread(number)
    assert side == "customer"
    assert "“план.dwg” is not taken" in text
    assert await Notice.filter(bot="whatsapp", screen="customer.message").count() == 1
    assert not await Attachment.filter(order_id=number).exists()


async def test_a_file_that_is_gone_is_told_to_the_team(world: World, bring: Bring, whatsapp: Any) -> None:
    number = await ordered(world)
    await bring("wa", **message(file={"id": "404"}))
    await fetched()
    [(side, text)] = await thread(number)
    assert side == "team"
    assert "no such file" in text


async def test_a_file_is_asked_for_again_while_the_vendor_is_away(
    world: World, bring: Bring, whatsapp: ConsoleMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, asked = await ordered(world), []

    async def away(media_id: str, most: int) -> bytes:
        asked.append(media_id)
        raise Outage("whatsapp", "HTTP 503")

    monkeypatch.setattr(whatsapp, "fetch", away)
    await bring("wa", **message("Вот", file={"id": "7"}))
    for n in range(1, ATTEMPTS + 1):
        assert await thread(number) == [("customer", "Вот")]
        await Task.filter(kind="sources.media").update(run_at=now())
        await fetched_once()
        assert len(asked) == n
    assert "HTTP 503" in (await thread(number))[1][1]
    assert not await Task.filter(kind="sources.media").exists()


async def fetched_once() -> None:
    before = await Task.filter(kind="sources.media").values_list("attempts", flat=True)
    while await Task.filter(kind="sources.media").values_list("attempts", flat=True) == before:
        await run_one()


async def test_whoever_writes_can_be_told_there_again(world: World, bring: Bring, whatsapp: Any) -> None:
    async with work():
        await block("whatsapp", world.marat, "131026 undeliverable")
    await bring("wa", **message("Я здесь"))
    assert not await Sender.filter(bot="whatsapp", blocked_at__not_isnull=True).exists()


@pytest.mark.parametrize(
    ("ago", "is_open"), [(0, True), (23 * 60, True), (23 * 60 + 51, False), (-600, True), (None, True)]
)
async def test_any_words_may_go_for_a_day(world: World, bring: Bring, whatsapp: Any, ago: Any, is_open: bool) -> None:
    """Ten minutes of it are ours. A clock that is ahead of us buys nobody more than a day, nor does an absurd one."""
    at = {} if ago is None else {"at": int((now() - timedelta(minutes=ago)).timestamp())}
    await bring("wa", **message("a", **at))
    assert await talks.is_open("whatsapp", ACCOUNT, MARAT) is is_open
    await bring("wa", **message("b", at=10**18))
    assert await talks.is_open("whatsapp", ACCOUNT, MARAT)
    assert (await Talk.get()).heard_at <= now()


async def test_an_older_message_that_comes_late_shortens_nothing(world: World, whatsapp: Any) -> None:
    for minutes in (1, 600):
        async with work():
            await talks.heard("whatsapp", ACCOUNT, MARAT, now() - timedelta(minutes=minutes))
    assert now() - (await Talk.get()).heard_at < timedelta(minutes=2)


async def test_what_nobody_answers_any_more_is_forgotten(
    world: World, whatsapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told(await ordered(world), "wamid.1st")
    async with work():
        await talks.heard("whatsapp", ACCOUNT, MARAT, datetime.now(UTC))
    await tidy()
    assert (await Said.all().count(), await Talk.all().count()) == (1, 1)
    later = now() + talks.KEPT + timedelta(days=1)
    async with work() as w:
        w.now = later
        await talks.forget()
    assert (await Said.all().count(), await Talk.all().count()) == (0, 0)
