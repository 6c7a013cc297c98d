"""The whole way: whoever wrote in MAX or in VK is told there, answers there, and is told otherwise when it fails."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import bot.customer.app  # noqa: F401 - the screens
import core.reactions  # noqa: F401
from bot.letters.sender import Sender
from core import ports
from core.adapters.console import ConsoleTexter
from core.adapters.memory import Memory
from core.channels.queries import route_of
from core.chats import actions as chats
from core.chats.models import Message
from core.customers.models import Contact
from core.files import actions as files
from core.files.models import File
from core.guests.queries import opened
from core.kernel.actor import member
from core.kernel.links import links
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Attachment, Order
from core.outbox.models import Notice
from core.sources import actions as sources
from core.sources import requests
from core.sources.models import Request, Talk
from core.sources.talks import forget
from core.sources.worker import Follower
from core.tasks.actions import run_one
from core.tasks.models import Task
from naryad.outgoing import outgoing
from naryad.settings import Settings
from tests.letters.free import MaxServer, VkServer
from tests.webhooks.deliveries import written
from tests.world import World
from webhooks.fetch import Web
from webhooks.route import HooksDoor

DESK = "https://cold.example"
SECRETS: dict[str, dict[str, str]] = {
    "max": {"secret": "shared"},
    "vk": {"secret": "shared", "group_id": "9001", "confirmation": "c0de"},
}
Say = Callable[..., Awaitable[None]]


@pytest.fixture(params=[MaxServer, VkServer])
async def there(
    request: pytest.FixtureRequest, world: World, outside: Web, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Any]:
    made = request.param()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        made.base = f"http://127.0.0.1:{server.port}"
        outgoing(Settings(_env_file=None, **{made.channel: made.url}), outside)
        ports.use_texter("sms", ConsoleTexter())
        ports.use(storage=Memory())
        monkeypatch.setattr(links, "public", DESK)
        yield made
        made.over.set()
    ports.use_messenger(made.channel, None)
    ports.use_texter("sms", None)


@pytest.fixture
async def say(there: Any) -> AsyncIterator[Say]:
    """They write: `event` in our words, `files` by address, `answers` a message of ours."""
    async with work():
        await sources.add_source("src", there.channel, "Мессенджер", SECRETS[there.channel])
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    count = 0
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:

        async def wrote(text: str = "", *, event: str = "message", person: int = 31, **more: Any) -> None:
            nonlocal count
            count += 1
            body = (
                _max(count, text, event, person, more)
                if there.channel == "max"
                else _vk(count, text, event, person, more)
            )
            headers = {"X-Max-Bot-Api-Secret": "shared"} if there.channel == "max" else {}
            async with client.post("/hooks/src", data=written(body), headers=headers) as answer:
                assert answer.status == 200, await answer.text()
            follower = Follower()
            while await follower.run_one():
                pass

        yield wrote
    await hooks.intake.close()


def _max(n: int, text: str, event: str, person: int, more: dict[str, Any]) -> Any:
    user = {"user_id": person, "first_name": "Анна", "last_name": "Ким", "is_bot": False}
    if event != "message":
        return {"update_type": f"bot_{event}", "timestamp": 1789999990000 + n, "chat_id": 22, "user": user}
    attached = [{"type": "file", "payload": {"url": url}, "filename": "a.pdf"} for url in more.get("files", ())]
    body = {"mid": f"in.{n}", "seq": n, "text": text, "attachments": attached}
    link = {"type": "reply", "message": {"mid": more["answers"]}} if "answers" in more else None
    kind = {"chat_id": 22, "chat_type": more.get("kind", "dialog")}
    message = {"sender": user, "recipient": kind, "timestamp": 1789999990000, "body": body, "link": link}
    return {"update_type": "message_created", "timestamp": 1789999990000, "message": message}


def _vk(n: int, text: str, event: str, person: int, more: dict[str, Any]) -> Any:
    said: Any = {"user_id": person}
    if event == "message":
        attached = [{"type": "doc", "doc": {"url": url, "title": "a.pdf"}} for url in more.get("files", ())]
        peer = 2_000_000_001 if more.get("kind") else person
        said = {"from_id": person, "peer_id": peer, "out": 0, "conversation_message_id": n, "date": 1789999990}
        said |= {"text": text, "attachments": attached}
        said |= {"reply_message": {"id": int(more["answers"])}} if "answers" in more else {}
        said = {"message": said}
    kind = {"message": "message_new", "stopped": "message_deny", "started": "message_allow"}[event]
    return {"group_id": 9001, "type": kind, "event_id": f"e{n}", "v": "5.199", "object": said, "secret": "shared"}


async def ordered(world: World, say: Say, text: str = "Не греет печь", **choice: Any) -> int:
    """They wrote, and a dispatcher pressed once."""
    await say(text)
    waiting = await Request.get(state="waiting")
    async with work(await world.actor(member(world.dispatcher))):
        return await requests.make_order(waiting.id, **choice)


async def words_of(number: int) -> list[str]:
    return [one.text for one in await Message.filter(order_id=number).order_by("id")]


async def test_who_wrote_is_told_there(there: Any, say: Say, world: World) -> None:
    await say("Не греет печь")
    await say("адрес Мира, 5")
    waiting = await Request.get()
    assert (waiting.facts["words"], waiting.phone) == ("Не греет печь\nадрес Мира, 5", "")
    number = await ordered(world, say, "алло?")
    order = await Order.get(id=number)
    assert order.source == there.channel
    contact = await Contact.get(id=order.contact_id)
    assert (contact.name, contact.guest) == ("Анна Ким" if there.channel == "max" else "vk.com/id31", True)
    assert await Sender(there.channel).send_waiting() == 1
    to, text, link = there.said()
    assert to == "31"
    assert str(number) in text
    assert link not in text
    assert (await opened(link.removeprefix(f"{DESK}/follow/"))).order_id == number
    async with work(await world.actor(member(world.dispatcher))):
        await chats.post(number, "customer", "Мастер будет в пять", to_customer=True)
    await Sender(there.channel).send_waiting()
    assert "Мастер будет в пять" in there.said()[1]
    assert not await Notice.filter(bot=there.channel).exclude(state="sent").exists()


async def test_an_answer_comes_into_the_orders_thread(there: Any, say: Say, world: World) -> None:
    first = await ordered(world, say)
    await Sender(there.channel).send_waiting()
    await say("а когда?")
    assert "а когда?" in await words_of(first)
    answered = "mid.1" if there.channel == "max" else "1"
    await say("это про первое", answers=answered)
    assert "это про первое" in await words_of(first)
    await say("чужое", person=32)
    assert "чужое" not in await words_of(first)
    stranger = await Request.get(state="waiting")
    assert stranger.facts["talk"] == [there.channel, there.account, "32"]
    await say("из беседы", kind="chat")
    assert "из беседы" not in await words_of(first)
    assert await Talk.all().count() == 2


async def test_after_the_order_they_are_the_same_person(there: Any, say: Say, world: World) -> None:
    first = await ordered(world, say)
    async with work(await world.actor(member(world.dispatcher))):
        await orders.cancel(first, "передумали")
    second = await ordered(world, say, "снова не греет")
    one, two = await Order.get(id=first), await Order.get(id=second)
    assert (one.contact_id, one.customer_id) == (two.contact_id, two.customer_id)
    async with work():
        await forget()
    assert await Talk.all().count() == 1


async def test_the_customer_may_be_chosen(there: Any, say: Say, world: World) -> None:
    number = await ordered(world, say, customer_id=world.bakery)
    order = await Order.get(id=number)
    assert order.customer_id == world.bakery
    contact = await Contact.get(id=order.contact_id)
    assert contact.customer_id == world.bakery
    await Sender(there.channel).send_waiting()
    assert there.said()[0] == "31"


async def test_files_both_ways(there: Any, say: Say, world: World) -> None:
    there.files["brought.pdf"] = b"%PDF-1.4 brought"
    await say("вот счёт", files=[f"{there.base}/brought.pdf"])
    waiting = await Request.get()
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order(waiting.id)
    await say("", files=[f"{there.base}/brought.pdf?again"])
    while row := await Task.filter(kind="sources.media").first():
        assert not row.error
        await run_one()
    assert await File.filter(name="a.pdf").count() == 2
    assert await Message.filter(order_id=number, file__name="a.pdf").count() == 1
    assert await Attachment.filter(order_id=number, phase="request").count() == 1
    stored = await files.put_clean(b"%PDF-1.4 x", "document", "смета.pdf")
    async with work(await world.actor(member(world.dispatcher))):
        file_id = await files.store(stored, kind="document")
        await chats.post(number, "customer", "Вот смета", file_id, to_customer=True)
    await Sender(there.channel).send_waiting()
    assert there.brought[-1][1:] == ("смета.pdf", b"%PDF-1.4 x")
    assert "Вот смета" in there.said()[1]


async def test_who_stopped_us_is_told_otherwise_until_they_return(there: Any, say: Say, world: World) -> None:
    number = await ordered(world, say)
    order = await Order.get(id=number)
    await Contact.filter(id=order.contact_id).update(phone="+79165554433")
    await say(event="stopped")
    route = await route_of(number)
    assert route is not None
    assert route.channels == ("sms",)
    await say(event="started")
    route = await route_of(number)
    assert route is not None
    assert route.channels == (there.channel, "sms")


@pytest.mark.parametrize("lasting", [True, False])
async def test_a_refusal_goes_by_the_next_channel_at_once(there: Any, say: Say, world: World, lasting: bool) -> None:
    number = await ordered(world, say)
    order = await Order.get(id=number)
    await Contact.filter(id=order.contact_id).update(phone="+79165554433")
    there.answer = there.refusal(lasting=lasting)
    await Sender(there.channel).send_waiting()
    assert await Notice.filter(bot="sms").values_list("screen", flat=True) == ["customer.received"]
    route = await route_of(number)
    assert route is not None
    assert route.channels == (("sms",) if lasting else (there.channel, "sms"))
    await say("я тут")
    route = await route_of(number)
    assert route is not None
    assert route.channels == (there.channel, "sms")


async def test_what_nobody_answered(there: Any, say: Say, world: World) -> None:
    """VK is asked again with the same number; MAX might show it twice, so it is not."""
    await ordered(world, say)
    there.answer, sender = None, Sender(there.channel)
    await sender.send_waiting()
    there.answer = (0, None)
    sender.later.clear()
    await sender.send_waiting()
    notice = await Notice.get(bot=there.channel)
    assert (len(there.sent), notice.state) == ((1, "unknown") if there.channel == "max" else (2, "sent"))
    assert len({str(one.get("random_id")) for one in there.sent}) == 1
