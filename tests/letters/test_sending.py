"""News by e-mail: a real SMTP server takes them; whoever refuses is told otherwise."""

import asyncio
import re
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import SMTP

import bot.customer.app  # noqa: F401 - the screens
from bot.letters import words
from bot.letters.sender import Sender
from core import ports
from core.adapters.console import ConsoleMailer, ConsoleTexter
from core.adapters.smtp import Smtp
from core.channels import actions as channels
from core.channels.rules import CHANNELS, COSTLY, ranked, told_by
from core.customers import actions as customers
from core.guests.queries import opened
from core.kernel.actor import contact, member
from core.kernel.clock import clock
from core.kernel.errors import Outage
from core.kernel.links import links
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from core.outbox import sending
from core.outbox.models import Notice
from core.sources.threads import message_key, order_of_token
from core.timers.actions import run_due
from tests.world import World
from webhooks.mail.threads import find


class Mailbox:
    """A server's end: keeps letters, or refuses by address."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.refuse: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@pytest.fixture
async def mailbox(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailbox]:
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ports.use_mailer(Smtp(f"smtp://127.0.0.1:{port}", "Холод <desk@cold.example>"))
    monkeypatch.setattr(links, "public", "https://cold.example")
    yield box
    ports.use_mailer(None)
    for name in ("sms", "voice"):
        ports.use_texter(name, None)
    server.close()
    await server.wait_closed()


async def ordered(world: World, source: str = "form", email: str = "vera@client.example", phone: str = "") -> int:
    async with work():
        contact_id = await customers.guest(world.bakery, "Вера <b>", phone, email)
        return await orders.create(
            customer_id=world.bakery, contact_id=contact_id, words="Не греет <script>", address="Мира, 5", source=source
        )


async def test_a_letter_tells_that_the_order_is_taken(mailbox: Mailbox, world: World) -> None:
    number = await ordered(world)
    assert await Sender("email").send_waiting() == 1
    [letter] = mailbox.letters
    assert letter["To"] == "vera@client.example"
    assert f"№\xa0{number}" in letter["Subject"]
    assert order_of_token(re.search(r"\+(.+)@", letter["Reply-To"])[1]) == number  # type: ignore[index]
    assert find([], [letter["Message-ID"]], {}, message_key()).ticket == f"t{number}"
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "> Не греет <script>" in plain
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    link = re.search(r"https://cold\.example/follow/(\S+)", plain)[1]  # type: ignore[index]
    assert (await opened(link)).order_id == number
    assert await Sender("email").send_waiting() == 0


async def test_who_comes_is_told_in_the_readers_language(mailbox: Mailbox, world: World) -> None:
    async with work():
        contact_id = await customers.guest(world.bakery, "Vera", "", "vera@client.example", "en")
        number = await orders.create(
            customer_id=world.bakery, contact_id=contact_id, words="cold", address="x", source="mail"
        )
        await orders.assign((await Job.get(order_id=number)).id, world.pyotr)
    await Sender("email").send_waiting()
    received, assigned = mailbox.letters
    assert "is accepted" in received.get_body(("plain",)).get_content()
    assert "Пётр Ким" in assigned.get_body(("plain",)).get_content()
    assert assigned["References"] == received["References"]


async def test_a_refused_address_is_told_by_sms(mailbox: Mailbox, world: World) -> None:
    texter = ConsoleTexter()
    ports.use_texter("sms", texter)
    mailbox.refuse["vera@client.example"] = "550 no such user"
    number = await ordered(world, phone="+79165554433")
    await Sender("email").send_waiting()
    assert (await Notice.get(bot="email")).state == "failed"
    await Sender("sms").send_waiting()
    [(phone, text)] = texter.said
    assert (phone, str(number) in text, "https://cold.example/follow/" in text) == ("+79165554433", True, True)
    async with work(await world.actor(member(world.dispatcher))):
        await orders.cancel(number, "передумали")
    assert await Sender("email").send_waiting() == 0
    await Sender("sms").send_waiting()
    assert "отменена" in texter.said[1][1]


async def test_a_busy_server_is_tried_again(mailbox: Mailbox, world: World) -> None:
    mailbox.refuse["vera@client.example"] = "451 try later"
    await ordered(world)
    sender = Sender("email")
    await sender.send_waiting()
    assert (await Notice.get(bot="email")).state == "queued"
    assert await sender.send_waiting() == 0
    mailbox.refuse.clear()
    sender.later.clear()
    await sender.send_waiting()
    assert len(mailbox.letters) == 1


async def test_no_server_at_all_is_no_fault_of_the_address() -> None:
    with pytest.raises(Outage) as refused:
        await Smtp("smtp://127.0.0.1:1", "a@b.example").send("a@b.example", "x@y.example", b"x")
    assert not refused.value.permanent


async def test_nobody_reacts_and_the_next_channel_tells(mailbox: Mailbox, world: World) -> None:
    texter = ConsoleTexter()
    ports.use_texter("sms", texter)
    number = await ordered(world, phone="+79165554433")
    async with work():
        job = await Job.get(order_id=number)
        await orders.assign(job.id, world.pyotr)
        await orders.travel(job.id)
    await run_due()
    await Sender("sms").send_waiting()
    assert texter.said == []
    clock.offset += 16 * 60
    while await run_due():
        pass
    await Sender("sms").send_waiting()
    assert len(texter.said) == 1
    assert "Пётр" in texter.said[0][1]


async def test_a_reaction_silences_the_rest(mailbox: Mailbox, world: World) -> None:
    texter = ConsoleTexter()
    ports.use_texter("sms", texter)
    number = await ordered(world, phone="+79165554433")
    async with work():
        job = await Job.get(order_id=number)
        await orders.assign(job.id, world.pyotr)
        await orders.travel(job.id)
    async with work():
        await channels.heard(number)
    clock.offset += 16 * 60
    while await run_due():
        pass
    await Sender("sms").send_waiting()
    assert texter.said == []


async def test_a_forbidden_channel_is_never_used(mailbox: Mailbox, world: World) -> None:
    async with work(await world.actor(member(world.admin))):
        await channels.choose(world.bakery, ["email", "bot"], [])
    await ordered(world)
    async with work():
        number = await orders.create(
            customer_id=world.bakery, site_id=world.shop, contact_id=world.marat, words="x", source="telegram"
        )
        await orders.assign((await Job.get(order_id=number)).id, world.pyotr)
    assert not await Notice.filter(bot__in=("email", "customer")).exists()


async def told_in_a_closed_chat(world: World) -> set[str]:
    """A customer without another way closes the bot; somebody is sent to them meanwhile. What waits for them there."""
    chat = World.tg(contact(world.olga))
    async with work():
        number = await orders.create(
            customer_id=world.azbuka, contact_id=world.olga, words="Течёт", address="Мира, 5", source="telegram"
        )
        await sending.block("customer", chat, "bot was blocked by the user")
    async with work():
        await orders.assign((await Job.get(order_id=number)).id, world.pyotr)
    return await waiting_for(world.olga)


async def waiting_for(contact_id: int) -> set[str]:
    waiting = Notice.filter(bot="customer", chat_id=World.tg(contact(contact_id)), state="queued")
    return {str(screen) for screen in await waiting.values_list("screen", flat=True)}


async def test_what_nobody_can_be_told_waits_until_they_open_the_bot(world: World) -> None:
    assert "customer.assigned" in await told_in_a_closed_chat(world)


async def test_what_the_last_channel_refuses_waits_there_too(mailbox: Mailbox, world: World) -> None:
    mailbox.refuse["olga@client.example"] = "550 no such user"
    async with work():
        await customers.update_contact(world.olga, email="olga@client.example")
    assert "customer.assigned" not in await told_in_a_closed_chat(world)
    await Sender("email").send_waiting()
    assert "customer.assigned" in await waiting_for(world.olga)


async def test_a_forbidden_bot_is_not_waited_for(world: World) -> None:
    async with work():
        await channels.choose(world.azbuka, ["bot"], [])
    assert "customer.assigned" not in await told_in_a_closed_chat(world)


@pytest.mark.parametrize(
    ("source", "reach", "forbidden", "expected"),
    [
        ("telegram", CHANNELS, (), ("bot", "email", "whatsapp", "max", "vk", "sms", "voice")),
        ("form", CHANNELS, (), ("email", "bot", "whatsapp", "max", "vk", "sms", "voice")),
        ("whatsapp", CHANNELS, (), ("whatsapp", "bot", "email", "max", "vk", "sms", "voice")),
        ("vk", CHANNELS, (), ("vk", "bot", "email", "whatsapp", "max", "sms", "voice")),
        ("form", ("bot", "sms"), (), ("bot", "sms")),
        ("phone", CHANNELS, ("bot",), ("sms", "email", "whatsapp", "max", "vk", "voice")),
        ("desk", CHANNELS, CHANNELS, ()),
    ],
)
def test_the_channel_that_they_came_by_is_first(source: str, reach: Any, forbidden: Any, expected: Any) -> None:
    assert ranked(source, reach, forbidden, CHANNELS) == expected


def test_a_call_is_made_only_for_what_matters() -> None:
    assert told_by("customer.assigned", ("voice", "sms")) == "sms"
    assert told_by("customer.arrived", ("voice", "sms")) == "voice"
    assert told_by("customer.rate", ("voice", "sms")) is None


def test_a_messenger_that_takes_no_more_than_templates_is_passed_over() -> None:
    order, carried = ("whatsapp", "email"), {"whatsapp": frozenset({"customer.arrived"})}
    assert told_by("customer.rate", order) == "whatsapp"
    assert told_by("customer.rate", order, carried) == "email"
    assert told_by("customer.arrived", order, carried) == "whatsapp"


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("screen", sorted(COSTLY["sms"]))
def test_whatever_is_worth_an_sms_has_words_for_it(screen: str, locale: str) -> None:
    facts = {"order_number": 5, "into": 7, "seconds": 600}
    told = words.row(screen, facts, locale, ZoneInfo("Europe/Moscow"), "https://cold.example/follow/x", 60)
    assert "5" in told
    assert told.endswith(" https://cold.example/follow/x")
    assert len(told) <= 60


def test_a_messenger_gets_the_whole_screen_and_a_template_one_line() -> None:
    facts, zone = {"order_number": 5, "who": "Пётр <b>", "text": "раз\nдва"}, ZoneInfo("Europe/Moscow")
    assert words.whole("customer.message", facts, "ru", zone, "https://x.example/1", 100).endswith(
        "\nраз\nдва\n\nhttps://x.example/1"
    )
    assert words.row("customer.message", facts, "ru", zone, None, 100).endswith("Пётр <b> · № 5 раз два")
    assert (
        len(words.row("customer.message", {**facts, "text": "слово " * 99}, "ru", zone, "https://x.example/1", 60))
        <= 60
    )


def test_marks_of_a_screen_become_plain_words() -> None:
    html = 'Ждём <tg-time unix="5">в 5</tg-time>, <b>«A &amp; B»</b>\n<blockquote>раз\nдва</blockquote>'
    assert words.plain(html) == "Ждём в 5, «A & B»\n> раз\n> два"
    assert words.simple('<a href="javascript:x">x</a><b onclick="x">y</b>') == "x<b>y</b>"


async def test_the_twin_keeps_what_it_would_send() -> None:
    twin = ConsoleMailer()
    await twin.send("a", "b", b"c")
    assert twin.letters == [("a", "b", b"c")]
